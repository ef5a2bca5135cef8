"""The axis of a timeline: where its marks stand and what is written at them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.visualize.text.unit import duration

__all__ = ["Axis", "axis_of"]

_STEPS = (1.0, 2.0, 5.0)
_LONG_STEPS = (60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0)
_DAY = 86400
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from seconds to points.

    Attributes:
        start: seconds at its left end.
        seconds: how long it is.
        left, width: where it stands, in points.
        marks: seconds after ``start``, with what is written there.
    """

    start: float
    seconds: float
    left: float
    width: float
    marks: tuple[tuple[float, str], ...]

    def at(self, time: float) -> float:
        """The point that stands for a time; times beyond an end are at that end.

        >>> axis_of(100.0, 110.0, left=50, width=200).at(105.0)
        150.0
        """
        return self.left + self.width * min(1.0, max(0.0, (time - self.start) / self.seconds))


def axis_of(start: float, end: float, *, left: float, width: float, marks: int = 8) -> Axis:
    """The axis from one time to another.

    Args:
        start: seconds, where it begins.
        end: seconds, where it ends.
        left: points, where its left end stands.
        width: points.
        marks: about how many marks it should have, at most.

    >>> [word for _, word in axis_of(0, 0.9, left=0, width=100).marks]
    ['0', '0.2 s', '0.4 s', '0.6 s', '0.8 s']
    >>> [word for _, word in axis_of(0, 4000, left=0, width=100).marks]
    ['0', '10 min', '20 min', '30 min', '40 min', '50 min', '1 h']
    """
    seconds = max(end - start, _LEAST)
    step = _step(seconds / marks)
    # Counting, not adding: a sum of steps would drift from the numbers that are written.
    places = [number * step for number in range(int(seconds / step * (1 + 1e-9)) + 1)]
    return Axis(start, seconds, left, width, tuple((place, _word(place, step, seconds)) for place in places))


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
    decimals = 0 if step >= scale * 0.9 else 1 if step >= scale * 0.09 else 2
    return f"{place / scale:.{decimals}f} {unit}"
