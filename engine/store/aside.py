"""Large values, set aside: what is too long for a row is kept by the store under the name of its sha256."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from pydantic_core import from_json

from planweave.engine.errors import UnreadableValue
from planweave.engine.store.store import Store
from planweave.engine.store.values import name_of_blob, revive


class Aside:
    """The large values of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, data: bytes) -> str:
        """Keep data; gives their name. When it returns, they are on disk."""
        name = sha256(data).hexdigest()
        self._store.put_blob(name, data)
        return name

    def get(self, name: str) -> bytes:
        """The data of a name.

        Raises:
            UnreadableValue: they are not there, or not what they were.
        """
        data = self._store.get_blob(name)
        if data is None:
            raise UnreadableValue(f"a large value is missing: {name}", mend="put back what was deleted, from a backup")
        if sha256(data).hexdigest() != name:
            raise UnreadableValue(f"a large value is damaged: {name}", mend="put it back from a backup")
        return data


def reader(store: Store) -> Callable[[Any, Any], Any]:
    """What makes values of parsed JSON, wherever the store keeps them; see ``values.revive``."""
    aside = Aside(store)

    def read(written: Any, annotation: Any) -> Any:
        name = name_of_blob(written)
        return revive(written if name is None else from_json(aside.get(name)), annotation)

    return read
