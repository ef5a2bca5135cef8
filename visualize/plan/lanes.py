"""Gives the lines beside a list of rows a lane each, so that none lies on another. Pure.

Short lines stand near the rows, long ones around them, so that few cross.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["Thread", "alive", "threads_of"]


class Thread(NamedTuple):
    """A line from a row down to others.

    Attributes:
        row: where it begins.
        kind: why there is one.
        ends: the rows that it leads to, in order.
        lane: how far from the rows it runs, from 0.
    """

    row: int
    kind: str
    ends: tuple[int, ...]
    lane: int = 0


def threads_of(edges: Mapping[tuple[int, str], Sequence[int]]) -> list[Thread]:
    """The lines for the edges between rows, given by where they begin and their kind.

    >>> threads = threads_of({(0, "a"): [2, 9], (1, "a"): [3], (3, "a"): [5]})
    >>> [(thread.row, thread.lane) for thread in threads]
    [(0, 1), (1, 0), (3, 0)]
    """
    threads = [Thread(row, kind, tuple(sorted(ends))) for (row, kind), ends in edges.items()]
    lanes: list[list[tuple[int, int]]] = []
    found = []
    for thread in sorted(threads, key=lambda one: (one.ends[-1] - one.row, one)):
        lane = next((number for number, taken in enumerate(lanes) if _is_free(taken, thread)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        insort(lanes[lane], (thread.row, thread.ends[-1]))
        found.append(thread._replace(lane=lane))
    return sorted(found)


def _is_free(taken: Sequence[tuple[int, int]], thread: Thread) -> bool:
    """Whether a line lies on none of those in a lane, which lie on none of one another."""
    place = bisect_left(taken, (thread.row, thread.ends[-1]))
    before = place == 0 or taken[place - 1][1] <= thread.row
    return before and (place == len(taken) or taken[place][0] >= thread.ends[-1])


def alive(threads: Sequence[Thread], rows: int) -> list[int]:
    """How many lines lead to each row or beyond from rows before it.

    >>> alive([Thread(0, "a", (2,)), Thread(1, "a", (2, 3))], 5)
    [0, 1, 2, 1, 0]
    """
    change = [0] * (rows + 2)
    for thread in threads:
        change[thread.row + 1] += 1
        change[thread.ends[-1] + 1] -= 1
    found, now = [], 0
    for row in range(rows):
        now += change[row]
        found.append(now)
    return found
