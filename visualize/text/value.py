"""Values as text of a bounded length, whatever they are: what a node was given, and what it gave.

JSON values are written as JSON, text as it is, everything else as its ``repr``. Only as much of a value is looked at
as is shown, so that a list of a million items costs no more than a short one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planweave.visualize.text.unit import plural, size

__all__ = ["Shown", "show"]

_DEEPEST = 12
_NARROW = 72
_MANY = 1_000  # the order of larger sets is left to chance
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as text.

    Attributes:
        text: at most as long as was asked for.
        note: its type and size; empty where the text says it all.
    """

    text: str
    note: str


def show(value: Any, limit: int) -> Shown:
    """A value as text of at most ``limit`` characters.

    >>> show({"a": [1, 2]}, 100)
    Shown(text='{"a": [1, 2]}', note='')
    >>> show(list(range(1000)), 16)
    Shown(text='[0, 1, 2, 3, 4,…', note='list of 1,000 items')
    """
    if isinstance(value, str):
        return Shown(_cut(value, limit), "" if len(value) <= min(limit, 200) else f"text of {size(len(value))}")
    text = _written(value, limit)
    return Shown(text, _note(value) if len(text) > _NARROW or text.endswith(_CUT) else "")


def _note(value: Any) -> str:
    """The type and size of a value that is not shown in full."""
    if isinstance(value, Mapping):
        return f"{type(value).__name__} of {plural(len(value), 'entry', 'entries')}"
    if isinstance(value, bytes | bytearray):
        return f"{type(value).__name__} of {plural(len(value), 'byte')}"
    if isinstance(value, Sequence | set | frozenset):
        return f"{type(value).__name__} of {plural(len(value), 'item')}"
    return type(value).__name__


def _written(value: Any, limit: int) -> str:
    """The value on one line if it is short, else with one item on each."""
    line = _joined(_pieces(value, limit, 0), limit)
    if len(line) <= _NARROW or not isinstance(value, list | tuple | Mapping):
        return line
    return _joined(_lines(value, limit), limit)


def _joined(pieces: Iterator[str], limit: int) -> str:
    """The pieces as one text; no more of them is made than fits."""
    found: list[str] = []
    length = 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length > limit:
            break
    return _cut("".join(found), limit)


def _lines(value: Any, limit: int) -> Iterator[str]:
    """A container in pieces, with a line for each of its items."""
    opening, closing = _brackets(value)
    yield opening
    for place, item in enumerate(_items(value, limit, 0)):
        yield ",\n  " if place else "\n  "
        yield from item
    yield f"\n{closing}"


def _pieces(value: Any, limit: int, depth: int) -> Iterator[str]:
    """The text of a value in pieces, so that writing can end early."""
    if isinstance(value, str):
        yield json.dumps(value[: limit + 1], ensure_ascii=False)
    elif isinstance(value, bool) or value is None:
        yield json.dumps(value)
    elif isinstance(value, bytes | bytearray):
        yield _representation(bytes(value[: limit + 1]))
    elif type(value) in (list, tuple, set, frozenset) or isinstance(value, Mapping):
        opening, closing = _brackets(value)
        if depth >= _DEEPEST:
            yield f"{opening}{_CUT}{closing}"
            return
        yield opening
        for place, item in enumerate(_items(value, limit, depth)):
            yield ", " if place else ""
            yield from item
        yield closing
    else:
        yield _representation(value)


def _items(value: Any, limit: int, depth: int) -> Iterator[Iterator[str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield _entry(key, item, limit, depth)
        return
    ordered = sorted(value, key=_representation) if isinstance(value, set | frozenset) and len(value) < _MANY else value
    for item in ordered:
        yield _pieces(item, limit, depth + 1)


def _entry(key: Any, item: Any, limit: int, depth: int) -> Iterator[str]:
    yield json.dumps(key, ensure_ascii=False) if isinstance(key, str) else _representation(key)
    yield ": "
    yield from _pieces(item, limit, depth + 1)


def _brackets(value: Any) -> tuple[str, str]:
    return ("(", ")") if isinstance(value, tuple) else ("[", "]") if isinstance(value, list) else ("{", "}")


def _representation(value: Any) -> str:
    """The ``repr`` of a value, or why there is none: it is the user's code, and no picture fails because of it."""
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(0, limit - 1)] + _CUT
