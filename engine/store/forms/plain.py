"""Plain data: what JSON has itself, and gives back as it was. The shortest way, as nearly all values are plain."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pydantic_core import to_json

from planweave.engine.store.forms.refused import LARGEST, MAX_DEPTH, Refused

MARK = "~"
"""What a list opens with that is no list but something else; a list that happens to open so is told apart."""

SCALARS = frozenset({str, int, bool, float, type(None)})

_PLAIN = SCALARS | {list, dict}
_DIGITS = 4_300  # as many as Python reads and prints unless told otherwise
_LEAST_LONG = 10**_DIGITS
_LONG_NUMBER = b"0" * (_DIGITS + 1)
_DIGITS_AS_ZEROS = bytes(ord("0") if chr(byte).isdigit() else byte for byte in range(128)) + bytes(range(128, 256))
_MANY = 65_536


def plain_text(value: Any) -> str | None:
    """The JSON of plain data; None where it is not plain, or where a closer look is needed.

    Raises:
        Refused: it is a scalar that has none.

    >>> plain_text({"a": [1, None]}), plain_text((1,)), plain_text([float("nan")])
    ('{"a":[1,null]}', None, None)
    """
    kind = type(value)
    if kind is not list and kind is not dict:
        return scalar_text(value) if kind in SCALARS else None
    if not _is_plain(value):
        return None
    try:
        written = to_json(value)
    except ValueError:  # half a surrogate pair
        return None
    if len(written) > _DIGITS and _LONG_NUMBER in written.translate(_DIGITS_AS_ZEROS):
        return None
    return None if b"NaN" in written or b"Infinity" in written else written.decode()


def _is_plain(value: Any) -> bool:
    """Whether a list or dict holds only plain data, at most MAX_DEPTH deep, and no list that opens like a tag.

    It goes level by level, because sets of types are made much faster than the items are walked through.
    """
    level, count = [value], 0
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for one in level:
            items = one
            if type(one) is dict:
                for key in one:
                    if type(key) is not str:
                        return False
                items = one.values()
            elif one and type(one[0]) is str and one[0][:1] == MARK:
                return False
            kinds = set(map(type, items))
            if not kinds <= SCALARS:
                if not kinds <= _PLAIN:
                    return False
                below += [item for item in items if type(item) is list or type(item) is dict]
            count += len(one)
            if count > LARGEST // 2:
                return False
        if not below:
            return True
        if len(below) > _MANY and len(set(map(id, below))) < len(below):
            return False  # the same lists over and over: they may be many more when they are written out
        level = below
    return False


def flat_text(items: Any) -> str | None:
    """The JSON of a list or dict that holds scalars alone; None where it does not, or a closer look is needed."""
    return plain_text(items) if is_flat(items) else None


def is_flat(items: Any) -> bool:
    """Whether a list or dict holds scalars alone."""
    return set(map(type, items.values() if type(items) is dict else items)) <= SCALARS


def scalar_text(value: Any) -> str:
    """The JSON of a scalar.

    Raises:
        Refused: it has none.
    """
    kind = type(value)
    if kind is float and not isfinite(value):
        raise Refused(f"{value} is no value of JSON")
    if kind is int and not -_LEAST_LONG < value < _LEAST_LONG:
        raise Refused(f"it is a number of more than {_DIGITS:,} digits: it could not be read back")
    try:
        return to_json(value).decode()
    except ValueError:
        raise Refused("its text holds half a surrogate pair, which is no character") from None
