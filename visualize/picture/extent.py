"""How large a picture comes out when it is laid out in levels, and how long its edges are. Pure estimates.

A strip of many screens in one direction and one box in the other is no picture, and long edges cost Graphviz more time
than anything else: it breaks each into pieces of one level, and orders and places every piece.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from planweave.visualize.picture.draft import Draft
from planweave.visualize.picture.picture import levels

__all__ = ["PAGE", "WINDOW", "Extent", "extents", "is_strip", "length_of_edges"]

PAGE, WINDOW = 0.8, 1.5
"""Width over height: of a picture in a document, where scrolling down is easier than sideways, and of a window."""

_BETWEEN, _ALONG = 20.0, 38.0
_LANES = (26.0, 34.0)  # what Graphviz leaves for an edge that passes a level, where edges lead right and down
_BOX = (110.0, 40.0)
_SLIMMEST = 8.0
_LONGEST = 3000.0
_EACH = 2.0  # who asks for more vertices than usual gets a longer picture, too


class Extent(NamedTuple):
    """Points."""

    width: float
    height: float

    def missing(self, shape: float) -> float:
        """How far it is from a shape (width over height); 0: it has that shape."""
        return abs(math.log(self.width / self.height / shape))


def extents(
    level: Mapping[str, int], edges: Iterable[tuple[str, str]], sizes: Mapping[str, tuple[float, float]]
) -> tuple[Extent, Extent]:
    """About how large a picture is whose edges lead down, and one whose edges lead to the right.

    Args:
        level: of each vertex.
        edges: tails and heads; each head is on a higher level.
        sizes: width and height of each vertex.

    >>> extents({"a": 0, "b": 1}, [("a", "b")], {"a": (100, 40), "b": (100, 40)})
    (Extent(width=120.0, height=156.0), Extent(width=276.0, height=60.0))
    """
    rows: list[list[tuple[float, float]]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for key, place in level.items():
        rows[place].append(sizes[key])
    lanes = _passing(level, edges, len(rows))

    def lengths(along: int) -> tuple[float, float]:
        long = sum(max(size[along] for size in row) + _ALONG for row in rows)
        wide = [
            sum(size[1 - along] + _BETWEEN for size in row) + _LANES[along] * passing
            for row, passing in zip(rows, lanes, strict=True)
        ]
        return long or 1.0, max(wide, default=1.0)

    down, right = lengths(1), lengths(0)
    return Extent(down[1], down[0]), Extent(*right)


def _passing(level: Mapping[str, int], edges: Iterable[tuple[str, str]], depth: int) -> Sequence[int]:
    """How many edges pass each level."""
    change = [0] * (depth + 1)
    for tail, head in edges:
        if level[head] > level[tail] + 1:
            change[level[tail] + 1] += 1
            change[level[head]] -= 1
    found, now = [], 0
    for step in change[:depth]:
        now += step
        found.append(now)
    return found


def is_strip(draft: Draft, nodes: int) -> bool:
    """Whether the picture would be many screens long and a few boxes wide, or the other way round.

    Args:
        draft: with one box of about the usual size for each part.
        nodes: how many vertices a picture may have.
    """
    edges = draft.forward()
    down, right = extents(levels(draft.parts, edges), edges, dict.fromkeys(draft.parts, _BOX))
    better = min(down, right, key=lambda extent: extent.missing(PAGE))
    longest = max(better)
    return longest > max(_LONGEST, _EACH * nodes) and longest > _SLIMMEST * min(better)


def length_of_edges(draft: Draft) -> int:
    """Over how many levels all edges lead together: what a layout takes time for."""
    level = levels(draft.parts, draft.forward())
    return sum(level[head] - level[tail] for tail, head in draft.forward())
