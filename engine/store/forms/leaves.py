"""The table of the types that hold no other values: for each, its tag, and how its values become plain data and back.

It goes by the exact type: a subclass may hold what its base does not show.
"""

from __future__ import annotations

import datetime
import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from uuid import UUID

from planweave.engine.missing import Missing
from planweave.engine.state import NodeState
from planweave.engine.store.forms.refused import Refused
from planweave.engine.store.forms.zones import read_zone, write_zone


class Leaf(NamedTuple):
    """How the values of a type are written: as a list of the tag and of what ``write`` gives, which ``read`` takes."""

    kind: type
    tag: str
    write: Callable[[Any], tuple[Any, ...]]
    read: Callable[..., Any]


def _text(value: object) -> tuple[str]:
    return (str(value),)


def _bytes(value: bytes | bytearray) -> tuple[str]:
    return (b64encode(value).decode(),)


def read_bytes(text: str) -> bytes:
    """The bytes that base64 stands for."""
    return b64decode(text, validate=True)


def _decimal(value: Decimal) -> tuple[str]:
    return (_finite(value, value.is_finite()),)


def _read_decimal(text: str) -> Decimal:
    value = Decimal(_expect(text, str))
    _finite(value, value.is_finite())
    return value


def _complex(value: complex) -> tuple[float, float]:
    _finite(value, math.isfinite(value.real) and math.isfinite(value.imag))
    return value.real, value.imag


def _finite(value: object, is_finite: bool) -> str:
    if not is_finite:
        raise Refused(f"{value} is no finite number")
    return str(value)


def _moment(value: datetime.datetime | datetime.time) -> tuple[Any, ...]:
    """What the clock shows; where they are told, also which of two equal hours it is (fold) and the time zone."""
    shown = value.replace(tzinfo=None, fold=0).isoformat()
    if value.tzinfo is None:
        return (shown, value.fold) if value.fold else (shown,)
    return shown, value.fold, write_zone(value.tzinfo)


def _reads_moment(kind: Any) -> Callable[..., Any]:
    def read(shown: str, fold: int = 0, zone: Any = None) -> Any:
        return kind.fromisoformat(shown).replace(fold=fold, tzinfo=None if zone is None else read_zone(zone))

    return read


def _expect(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Refused(f"{kind.__name__} stands for {type(value).__name__}")
    return value


def _path(kind: type[PurePath]) -> Leaf:
    return Leaf(kind, f"~{kind.__name__}", _text, lambda text: kind(_expect(text, str)))


def _read_integers(kind: Any) -> Callable[..., Any]:
    return lambda *numbers: kind(*(_expect(number, int) for number in numbers))


_TABLE = (
    Leaf(bytes, "~bytes", _bytes, read_bytes),
    Leaf(bytearray, "~bytearray", _bytes, lambda text: bytearray(read_bytes(text))),
    Leaf(complex, "~complex", _complex, lambda real, imaginary: complex(float(real), float(imaginary))),
    Leaf(Decimal, "~decimal", _decimal, _read_decimal),
    Leaf(Fraction, "~fraction", lambda value: (value.numerator, value.denominator), _read_integers(Fraction)),
    Leaf(range, "~range", lambda value: (value.start, value.stop, value.step), _read_integers(range)),
    Leaf(UUID, "~uuid", _text, UUID),
    Leaf(datetime.date, "~date", lambda value: (value.isoformat(),), datetime.date.fromisoformat),
    Leaf(datetime.datetime, "~datetime", _moment, _reads_moment(datetime.datetime)),
    Leaf(datetime.time, "~time", _moment, _reads_moment(datetime.time)),
    Leaf(
        datetime.timedelta,
        "~timedelta",
        lambda value: (value.days, value.seconds, value.microseconds),
        _read_integers(datetime.timedelta),
    ),
    _path(type(Path())),
    _path(PurePosixPath),
    _path(PureWindowsPath),
    Leaf(
        Missing,
        "~missing",
        lambda value: (value.state.value, value.cause),
        lambda state, cause: Missing(NodeState(state), _expect(cause, str)),
    ),
)

WRITTEN = {leaf.kind: leaf for leaf in _TABLE}
"""By type."""

READ = {leaf.tag: leaf for leaf in _TABLE}
"""By tag."""
