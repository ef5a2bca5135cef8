"""Rows of a database as values, when they are what they should be: a damaged file may hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, get_type_hints

from planweave.engine.errors import StoreUnusable

_T = TypeVar("_T")


def made(kind: type[_T], values: Sequence[Any], url: str) -> _T:
    """The value whose fields a row has, in their order.

    Args:
        kind: a dataclass.
        values: of its fields.
        url: where they come from.

    Raises:
        StoreUnusable: one of them has another type than its field.

    >>> from planweave.engine.store.entry import Entry
    >>> made(Entry, (0, "[]", None), "sqlite:///runs.db")
    Traceback (most recent call last):
    planweave.engine.errors.StoreUnusable: sqlite:///runs.db is damaged: hash=None cannot be
      fix: restore it from a backup; planweave audit verify names what is wrong
    """
    fields = _fields(kind)  # type: ignore[arg-type]  # a class can be hashed, though mypy has doubts
    for (name, expected), value in zip(fields, values, strict=True):
        if not isinstance(value, expected):
            raise StoreUnusable(
                f"{url} is damaged: {name}={value!r:.40} cannot be",
                mend="restore it from a backup; planweave audit verify names what is wrong",
            )
    return kind(*values)


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(get_type_hints(kind).items())
