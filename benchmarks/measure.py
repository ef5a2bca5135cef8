"""Measuring: pieces of work that take turns in one process, so that what disturbs one disturbs the others.

A figure is worked out of each turn by itself, from pieces that ran right after one another, and told as a median with
its quartiles. Time is processor time unless said otherwise: what other programs do counts as little as can be.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LEAST = 0.02
"""Seconds that a piece is repeated for at least, so that starting the clock and warming the caches do not matter."""

Turn = Mapping[str, float]
"""Seconds that one unit of each piece took, by the name of the piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Work whose time is taken.

    Attributes:
        work: does it.
        units: how many nodes (items, rounds, ...) it does: times are told for one.
    """

    work: Callable[[], object]
    units: int = 1


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure as it was found again and again: its median between its quartiles."""

    low: float
    middle: float
    high: float

    @staticmethod
    def of(figures: Iterable[float]) -> Spread:
        """The quartiles of some figures.

        >>> Spread.of([4, 1, 3, 2, 5])
        Spread(low=2.0, middle=3.0, high=4.0)
        """
        found = [float(one) for one in figures]
        if len(found) == 1:
            return Spread(found[0], found[0], found[0])
        return Spread(*statistics.quantiles(found, n=4, method="inclusive"))

    def straddles(self, bound: float) -> bool:
        """Whether the bound lies between the quartiles, so that the median may be on either side by chance."""
        return self.low <= bound <= self.high


class Match:
    """Pieces that take turns.

    Args:
        pieces: by name.
        clock: tells the time in seconds.

    Attributes:
        turns: what the pieces took, so far.
    """

    def __init__(self, pieces: Mapping[str, Piece], clock: Callable[[], float] = time.process_time) -> None:
        self.turns: list[Turn] = []
        self._pieces = pieces
        self._clock = clock
        self._times = {name: math.ceil(LEAST / max(self._take(piece, 1), 1e-6)) for name, piece in pieces.items()}

    def play(self, turns: int) -> None:
        """Let each piece have so many turns, in one order and then in the other."""
        for _ in range(turns):
            names = list(self._pieces)[:: 1 if len(self.turns) % 2 == 0 else -1]
            taken = {name: self._take(self._pieces[name], self._times[name]) for name in names}
            self.turns.append({name: taken[name] / self._pieces[name].units for name in names})

    def seconds(self, name: str) -> Spread:
        """What one unit of a piece took."""
        return Spread.of(turn[name] for turn in self.turns)

    def figure(self, formula: Callable[[Turn], float]) -> Spread:
        """What a formula makes of each turn."""
        return Spread.of(formula(turn) for turn in self.turns)

    def _take(self, piece: Piece, times: int) -> float:
        gc.collect()  # what others left
        start = self._clock()
        for _ in range(times):
            piece.work()
        return (self._clock() - start) / times
