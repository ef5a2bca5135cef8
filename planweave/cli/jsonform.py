"""The JSON form of any value: what ``--json`` shows of results.

It is made to be read, not to be read back: types that JSON does not know become the nearest that it does, and what
has no form at all becomes its ``repr`` with a note. It never raises, whatever the value holds or does.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

DEEPEST = 100
"""How deep a value may nest; the same bound as for arguments of tasks."""

LONGEST_REPR = 500
MOST_DIGITS = 4000
"""Decimal digits of a whole number; Python itself refuses to write more than 4300."""


def json_form(value: Any) -> Any:
    """The value as dicts, lists, texts, numbers, booleans and None: always fit for ``json.dumps``.

    Infinity and NaN become texts; bytes ``{"base64": ...}``; sets sorted lists; dataclasses, models and named tuples
    objects; dates, paths, decimals and the like texts; numpy arrays lists.

    >>> json_form({1: float("nan"), "at": (date(2026, 11, 22), {3, 1})})
    {'1': 'NaN', 'at': ['2026-11-22', [1, 3]]}
    >>> json_form([object])
    [{'repr': "<class 'object'>", 'type': 'type', 'note': 'has no JSON form'}]
    """
    return _form(value, ())


def _form(value: Any, above: tuple[int, ...]) -> Any:
    if value is None or value is True or value is False:
        return value
    leaf = _LEAVES.get(type(value))
    if leaf is None and len(above) >= DEEPEST:
        return _note(value, f"nests more than {DEEPEST} deep")
    if leaf is None and id(value) in above:
        return _note(value, "holds itself")
    try:
        return leaf(value) if leaf is not None else _composed(value, (*above, id(value)))
    except Exception as error:  # whatever a value of the user's does when it is looked at
        return _note(value, f"could not be read: {type(error).__name__}")


def _composed(value: Any, above: tuple[int, ...]) -> Any:
    if isinstance(value, Enum):
        return _form(value.value, above)
    if isinstance(value, type):
        return _note(value, "has no JSON form")
    if is_dataclass(value):
        return {field.name: _form(getattr(value, field.name, None), above) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _form(item, above) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return _mapping(value.items(), above)
    if isinstance(value, Set):
        return sorted((_form(item, above) for item in value), key=lambda form: json.dumps(form, sort_keys=True))
    if isinstance(value, list | tuple):
        return [_form(item, above) for item in value]
    for base, leaf in _LEAVES.items():
        if isinstance(value, base):
            return leaf(value)
    if hasattr(value, "model_dump"):  # a pydantic model
        return _form(value.model_dump(), above)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # numpy
        return _form(value.tolist(), above)
    return _note(value, "has no JSON form")


def _mapping(items: Iterable[tuple[Any, Any]], above: tuple[int, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in items:
        name = _name(key, above)
        while name in found:  # 1 and "1" are two keys here, and would be one in JSON
            name += "'"
        found[name] = _form(item, above)
    return found


def _name(key: Any, above: tuple[int, ...]) -> str:
    form = _form(key, above)
    if isinstance(form, str):
        return form
    return form["repr"] if isinstance(form, dict) and "repr" in form else json.dumps(form)


def _text(value: str) -> str:
    """A text without lone surrogates, which no JSON parser need accept; they stay readable as escapes."""
    plain = str.__str__(value)
    return plain.encode("utf-8", "backslashreplace").decode("utf-8")


def _whole(value: int) -> Any:
    plain = int(value)
    if plain.bit_length() > MOST_DIGITS * 3:  # 10 bits make three digits
        return {"repr": f"{plain >> (plain.bit_length() - 64):#x}…", "type": "int", "note": "has too many digits"}
    return plain


def _number(value: float) -> Any:
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _bytes(value: bytes | bytearray | memoryview) -> dict[str, str]:
    return {"base64": base64.b64encode(bytes(value)).decode("ascii")}


def _error(value: BaseException) -> str:
    return _text(f"{type(value).__name__}: {value}")


_LEAVES: dict[type, Callable[[Any], Any]] = {
    str: _text,
    int: _whole,
    float: _number,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    date: lambda value: value.isoformat(),
    time: lambda value: value.isoformat(),
    timedelta: lambda value: value.total_seconds(),
    Decimal: str,
    Fraction: str,
    UUID: str,
    PurePath: lambda value: _text(str(value)),
    BaseException: _error,
}
"""The form of what holds nothing else, by type; subclasses have that of the first that they are."""


def _note(value: Any, note: str) -> dict[str, str]:
    try:
        words = repr(value)
    except Exception as error:  # RecursionError too: a value may nest too deep for its own repr
        words = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    cut = words if len(words) <= LONGEST_REPR else f"{words[:LONGEST_REPR]}…"
    return {"repr": _text(cut), "type": type(value).__qualname__, "note": note}
