"""A store around a store: what it does not do in its own way is passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planweave.engine.store.store import Store


class Around:
    """Passes on what a subclass does not do in its own way."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.url = store.url


def _pass_on(name: str) -> Callable[..., Any]:
    return lambda self, *args, **named: getattr(self.store, name)(*args, **named)


for name, call in vars(Store).items():
    if callable(call) and not name.startswith("_"):
        setattr(Around, name, _pass_on(name))
