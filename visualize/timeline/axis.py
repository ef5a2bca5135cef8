"""The axis of a timeline: where its marks stand and what is written at them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from planweave.visualize.text.unit import duration

__all__ = ["STRETCH", "Axis", "Mark", "axis_of", "finer_marks", "marks_of"]

Mark = tuple[float, str]
"""Where a mark stands, in seconds from the start of the axis, and what is written there."""

_STEPS = (1.0, 2.0, 5.0)
_LONG_STEPS = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0)
_DAY = 86400
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_LEAST = 1e-6
_LEAST_SHARE = 1e-4  # per cent: a bar of no width would not be drawn at all, not even its border
_FINENESS = 2_000

STRETCH = 32
"""How many times its width an elastic axis may be stretched."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from seconds to points, or to per cent of a width that only the reader's window knows.

    Attributes:
        start: seconds at its left end.
        seconds: how long it is.
        left, width: where it stands, in points or per cent.
        marks: seconds after ``start``, with what is written there.
        elastic: whether it counts in per cent, and may be stretched.
    """

    start: float
    seconds: float
    left: float
    width: float
    marks: tuple[Mark, ...]
    elastic: bool = False

    def at(self, time: float) -> float:
        """The point that stands for a time; times beyond an end are at that end.

        >>> axis_of(100.0, 110.0, left=50, width=200).at(105.0)
        150.0
        """
        return self.left + self.width * min(1.0, max(0.0, (time - self.start) / self.seconds))

    def x(self, time: float) -> str | float:
        """The same as the coordinate of an element.

        >>> axis_of(0.0, 8.0, elastic=True).x(1.0)
        '12.5%'
        """
        return _per_cent(self.at(time)) if self.elastic else self.at(time)

    def across(self, begin: float, end: float, least: float) -> str | float:
        """The width of an element from one time to another; on an axis in points it is no less than ``least``."""
        width = self.at(end) - self.at(begin)
        return _per_cent(max(width, _LEAST_SHARE)) if self.elastic else max(width, least)

    def shows(self, begin: float, end: float) -> bool:
        """Whether a stretch is long enough to be seen: half a point, or so much where it is stretched most."""
        return end - begin > self.seconds / (_FINENESS * (STRETCH if self.elastic else 1))


def axis_of(
    start: float, end: float, *, left: float = 0.0, width: float = 100.0, marks: int = 8, elastic: bool = False
) -> Axis:
    """The axis from one time to another.

    Args:
        start: seconds, where it begins.
        end: seconds, where it ends.
        left: points, where its left end stands.
        width: points.
        marks: about how many marks it should have, at most.
        elastic: whether it counts in per cent instead.
    """
    seconds = max(end - start, _LEAST)
    return Axis(start, seconds, left, width, marks_of(seconds, marks), elastic)


def marks_of(seconds: float, most: int) -> tuple[Mark, ...]:
    """Marks at round times.

    Args:
        seconds: how long the axis is.
        most: about how many marks it should have, at most.

    >>> [word for _, word in marks_of(0.9, 8)]
    ['0', '0.2 s', '0.4 s', '0.6 s', '0.8 s']
    >>> [word for _, word in marks_of(4000, 8)]
    ['0', '10 min', '20 min', '30 min', '40 min', '50 min', '1 h']
    """
    step = _step(seconds / most)
    # Counting, not adding: a sum of steps would drift from the numbers that are written.
    places = [number * step for number in range(int(seconds / step * (1 + 1e-9)) + 1)]
    return tuple((place, _word(place, step, seconds)) for place in places)


def finer_marks(seconds: float) -> list[tuple[Mark, ...]]:
    """The marks of an axis that is narrow at first and stretched then: ever more, as long as no two read alike.

    >>> [len(marks) for marks in finer_marks(10.0)]
    [3, 6, 11, 21, 51, 101, 201]
    """
    found: list[tuple[Mark, ...]] = []
    for most in (2 << power for power in range(8)):
        marks = marks_of(seconds, most)
        if found and len({word for _, word in marks}) < len(marks):
            break
        if not found or len(marks) > len(found[-1]):
            found.append(marks)
    return found


def _per_cent(share: float) -> str:
    return f"{share:.4f}".rstrip("0").rstrip(".") + "%"


def _step(least: float) -> float:
    """The smallest round step that is no smaller than ``least``."""
    if least > 30:
        for step in _LONG_STEPS:
            if step >= least:
                return step
    scale: float = _DAY if least > 30 else _LEAST
    while True:
        for step in _STEPS:
            if step * scale >= least * (1 - 1e-9):
                return step * scale
        scale *= 10


def _word(place: float, step: float, seconds: float) -> str:
    """What is written at a mark: in one unit for the whole axis, where it is shorter than a minute."""
    if place == 0:
        return "0"
    if seconds >= 60:
        return duration(place)
    scale, unit = next(((scale, unit) for scale, unit in _UNITS if seconds >= scale * 0.8), _UNITS[-1])
    decimals = max(0, math.ceil(-math.log10(step / scale) - 1e-9))
    return f"{place / scale:.{decimals}f} {unit}"
