"""The table of the types that hold no other values, and the bytes that only equal values of each are written as.

It goes by the exact type: a subclass may hold what its base does not show.
"""

from __future__ import annotations

import datetime
import re
import struct
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from zoneinfo import ZoneInfo

from planweave.engine.content.piece import is_found, leaf, refused, tag, tag_of


def _text(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


def _moment(value: datetime.datetime | datetime.time) -> bytes:
    """What a clock shows, in which zone it stands, and which of two equal hours it is (fold)."""
    return b"%s %d %s" % (_text(value.replace(tzinfo=None).isoformat()), value.fold, _zone(value.tzinfo))


def _zone(zone: datetime.tzinfo | None) -> bytes:
    kind = type(zone)
    if zone is None:
        return b""
    if isinstance(zone, datetime.timezone):
        return leaf(tag_of(kind), _text(repr(zone)))
    if kind is ZoneInfo:
        zone.__reduce__()  # raises where the zone was read from a file, which the key does not tell
        return leaf(tag_of(kind), _text(zone))
    if kind.__module__.startswith("pydantic_core.") and is_found(kind):  # what pydantic makes of a text with an offset
        return leaf(tag_of(kind), _text(zone.utcoffset(None)))
    raise refused(kind, "is a time zone that cannot be compared", mend="use zoneinfo.ZoneInfo or datetime.timezone")


def _pattern(value: re.Pattern[Any]) -> bytes:
    pattern = value.pattern
    text = pattern if isinstance(pattern, bytes) else _text(pattern)
    return b"%d %d %s" % (value.flags, isinstance(pattern, bytes), text)


_FLOAT, _COMPLEX = struct.Struct(">d"), struct.Struct(">dd")

_WRITERS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda value: b"",
    type(Ellipsis): lambda value: b"",
    bool: lambda value: b"%d" % value,
    int: lambda value: b"%x" % value,  # decimal digits are refused past a few thousand
    float: _FLOAT.pack,  # so that -0.0 is not 0.0, and nan is equal to itself
    complex: lambda value: _COMPLEX.pack(value.real, value.imag),
    str: _text,
    bytes: lambda value: value,
    bytearray: bytes,
    Decimal: _text,
    Fraction: lambda value: b"%x/%x" % (value.numerator, value.denominator),
    range: lambda value: b"%x %x %x" % (value.start, value.stop, value.step),
    uuid.UUID: lambda value: value.bytes,
    datetime.date: _text,
    datetime.datetime: _moment,
    datetime.time: _moment,
    datetime.timedelta: lambda value: _text(repr(value)),
    datetime.timezone: _zone,
    ZoneInfo: _zone,
    re.Pattern: _pattern,
    **dict.fromkeys((PurePath, Path, PosixPath, WindowsPath, PurePosixPath, PureWindowsPath), _text),
}

LEAVES: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    kind: (tag(f"{kind.__module__}.{kind.__qualname__}"), write) for kind, write in _WRITERS.items()
}
"""For each type, its tag and what writes its values."""
