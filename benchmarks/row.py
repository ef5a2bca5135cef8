"""A row of the tables: one thing that was measured, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from benchmarks.measure import Match, Spread, Turn
from benchmarks.setting import Setting

OURS = "planweave"
"""The name of the piece that is ours."""


class Unit(StrEnum):
    """What a figure is."""

    TIMES = "x"
    SECONDS = "s"
    REFERENCE_SECONDS = "s*"
    """Seconds on the machine that the bound was set for; see ``bare.py``."""
    BYTES = "B"
    SHARE = "%"
    """A share of 1, shown as so many of a hundred."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured.

    Attributes:
        case: what was measured.
        ours: what planweave took; None where it was no part of it.
        beside: what ran side by side with it, and what that took.
        figure: what is judged.
        unit: of the figure; ``ours`` and ``beside`` are seconds, bytes where the figure is.
        bound: the most that the median of the figure may be; None: it is only told.
        note: what else a reader must know, or why there is nothing to see.
    """

    case: str
    ours: Spread | None = None
    beside: tuple[str, Spread] | None = None
    figure: Spread | None = None
    unit: Unit = Unit.TIMES
    bound: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """``"holds"`` or ``"misses"`` by the median; empty where there is no bound.

        >>> Row("run", figure=Spread(1.0, 2.0, 9.0), bound=2.5).verdict
        'holds'
        """
        if self.bound is None or self.figure is None:
            return ""
        return "holds" if self.figure.middle <= self.bound else "misses"

    def as_dict(self) -> dict[str, Any]:
        """The row for JSON."""
        return asdict(self) | {"verdict": self.verdict}


def judged(
    case: str,
    match: Match,
    setting: Setting,
    formula: Callable[[Turn], float],
    *,
    ours: str = OURS,
    beside: str | None = None,
    unit: Unit = Unit.TIMES,
    bound: float | None = None,
    note: str = "",
) -> Row:
    """Play a match until its verdict is clear, or all turns are taken, and make a row of it.

    ``formula`` makes the figure of one turn, ``ours`` and ``beside`` are the names of the pieces that are shown, and
    the rest is what the row has.
    """
    if not match.turns:
        match.play(setting.turns)
    while bound is not None and len(match.turns) < setting.most_turns and match.figure(formula).straddles(bound):
        match.play(setting.turns)
    shown = None if beside is None else (beside, match.seconds(beside))
    return Row(case, match.seconds(ours), shown, match.figure(formula), unit, bound, note)


def ratio(beside: str, ours: str = OURS) -> Callable[[Turn], float]:
    """The formula of how many times as much one piece takes as another.

    >>> ratio("bare loop")({"planweave": 6.0, "bare loop": 2.0})
    3.0
    """
    return lambda turn: turn[ours] / turn[beside]
