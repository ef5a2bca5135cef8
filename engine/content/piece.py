"""Pieces: bytes for a value that say what it is and where they end, so that pieces side by side are never mixed up.

A value that holds no others is written out (``leaf``), one that does is a hash of their pieces (``whole``). Both open
with a tag, which only one type bears.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import uuid4
from weakref import WeakKeyDictionary

from planweave.engine.errors import ValueRefused

Each: TypeAlias = Callable[[Any], bytes]
"""Gives the piece of a value that another one holds."""

Look: TypeAlias = Callable[[Any, Each], Iterable[bytes]]
"""Gives the pieces of what a value holds."""


def tag(name: str) -> bytes:
    """What opens the pieces of the type of this name.

    >>> tag("builtins.str")
    b'12:builtins.str'
    """
    text = name.encode("utf-8", "surrogatepass")
    return b"%d:%s" % (len(text), text)


def leaf(tag: bytes, content: bytes) -> bytes:
    """The piece of a value that holds no others.

    >>> leaf(b"3:str", b"a"), leaf(b"3:str", b"1:a")
    (b'3:str1:a', b'3:str3:1:a')
    """
    return b"%s%d:%s" % (tag, len(content), content)


def whole(tag: bytes, pieces: Iterable[bytes]) -> bytes:
    """The piece of a value that holds others, made of theirs; it is as short as theirs are long."""
    return b"%s#%s" % (tag, sha256(b"".join(pieces)).digest())


def tag_of(kind: type) -> bytes:
    """The tag of a class: its full name where that leads to it, else with a number of its own.

    Classes made in functions share their names, and may mean different things, as functions do around two closures.

    >>> tag_of(int)
    b'12:builtins.int'
    """
    if is_found(kind):
        return tag(_name(kind))
    if kind not in _numbers:
        _numbers[kind] = uuid4().hex  # no other process has it, so a hash that is kept will not be taken for another's
    return tag(f"{_name(kind)} {_numbers[kind]}")


_numbers: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def is_found(kind: type) -> bool:
    """Whether the module and the name of a class lead to it."""
    found: object = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is kind


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def refused(kind: type, why: str = "has no content to compare", mend: str | None = None) -> ValueRefused:
    """The error about a value of this type."""
    return ValueRefused(f"{words(kind)} {why}", mend=mend)


def words(kind: type) -> str:
    """The type of a value, as a person would say it.

    >>> words(int), words(type(sys))
    ('an int', 'a module')
    """
    try:
        name = kind.__qualname__ if kind.__module__ == "builtins" else _name(kind)
    except Exception:  # a class whose class refuses to tell
        name = "object"
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} {name}"
