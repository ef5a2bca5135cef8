"""Large values, set aside: what is too long for a row is kept by the store under the name of its sha256."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from pydantic_core import from_json

from planweave.engine.errors import UnreadableValue
from planweave.engine.store.store import Store
from planweave.engine.store.values import name_of_blob, reference, revive

INLINE = 256 * 1024
"""How many characters a value may take in a row of a store; one that takes more is a blob."""

_NAME = re.compile(r"[0-9a-f]{64}")


class Aside:
    """The large values of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def text(self, text: str) -> str:
        """The text of a value itself, or a reference to the blob that it has become, since it is long.

        Raises:
            StoreUnusable: it cannot be kept.
        """
        return text if len(text) <= INLINE else reference(self.put(text.encode()))

    def put(self, data: bytes) -> str:
        """Keep data; gives their name. When it returns, they are on disk."""
        name = sha256(data).hexdigest()
        self._store.put_blob(name, data)
        return name

    def get(self, name: str) -> bytes:
        """The data of a name, as a record has it, which leads to nothing but what was set aside.

        Raises:
            UnreadableValue: they are not there, or not what they were.
        """
        data = self._store.get_blob(name) if _NAME.fullmatch(name) else None
        if data is None:
            raise UnreadableValue(
                f"a large value is missing: {name:.80}", mend="put back what was deleted, from a backup"
            )
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
