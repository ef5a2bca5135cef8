"""The bare loop: the least that running a graph in order can cost, and by which the speed of a machine is told.

Bounds that are times (so many microseconds a node) were set on a machine where the bare loop takes ``REFERENCE``
seconds a node of a layered graph of 10,000. Elsewhere a time is divided by how much slower the bare loop is there,
taken in the same turn. Such times bear a star: ``µs*``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from benchmarks.measure import Piece, Turn
from benchmarks.shapes import Shape, layered, successors
from benchmarks.tasks import nothing

BARE = "bare loop"
"""The name of the piece."""

REFERENCE = 0.25e-6
"""Seconds a node on the machine that the bounds were set for (two shared cores, Python 3.11)."""


def bare_loop(shape: Shape) -> Piece:
    """Call a function that does nothing for each node, after those before it, counting what is missing."""
    after = successors(shape)

    def run() -> None:
        missing = [len(before) for before in shape]
        ready = deque(i for i, count in enumerate(missing) if not count)
        while ready:
            i = ready.popleft()
            nothing()
            for j in after[i]:
                missing[j] -= 1
                if not missing[j]:
                    ready.append(j)

    return Piece(run, len(shape))


def reference_loop() -> Piece:
    """The bare loop on the graph that ``REFERENCE`` is about."""
    return bare_loop(layered(10_000))


def at_reference(*names: str) -> Callable[[Turn], float]:
    """The formula of what a piece takes, less what others do, where the bare loop takes ``REFERENCE``.

    >>> at_reference("heard", "unheard")({"heard": 6.0, "unheard": 2.0, "bare loop": 2 * REFERENCE})
    2.0
    """
    first, *others = names
    return lambda turn: (turn[first] - sum(turn[name] for name in others)) * REFERENCE / turn[BARE]
