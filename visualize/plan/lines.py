"""The lines of an outline: from each task down to its parts, over as many columns as there are between them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.graphviz.geometry import Point
from planweave.visualize.plan.outline import Entry
from planweave.visualize.plan.rows import PITCH, Layout
from planweave.visualize.plan.sheet import Curve, Line, straight

__all__ = ["lines_of"]

_BEND = 5.0
_INSET = 10.0  # where a line leaves a box, from its left


def lines_of(entries: Sequence[Entry], layout: Layout) -> Iterator[Line]:
    """The lines of an outline, one for each entry that is part of another.

    A line begins where the one to the part before ends, so that together they are one.
    """
    inset = min(_INSET, layout.indent * 0.45)
    ends: dict[int, tuple[int, float]] = {}  # the row and height at which the line from each entry has come to its end
    for place, entry in enumerate(entries):
        parent = entry.parent
        if parent < 0:
            continue
        box, above = layout.boxes[place], layout.boxes[parent]
        row, start = layout.rows[place], layout.rows[parent]
        y = box.middle.y
        if row == start:
            yield Line(parent, place, (straight((above.x + above.width, y), (box.x, y)),))
            continue
        offset = above.x - layout.lefts[layout.column_of(start)] + inset
        began, top = ends.get(parent, (start, above.y + above.height))
        if entry.follows:
            yield Line(parent, place, tuple(_down(layout, began, top, row, box.y, offset)), arrow=True)
        else:
            x = layout.lefts[layout.column_of(row)] + offset
            bend = min(_BEND, box.x - x)
            *curves, last = _down(layout, began, top, row, y - bend, offset)
            turn = (Point(x, y - bend / 2), Point(x + bend / 2, y), Point(x + bend, y))
            yield Line(parent, place, (*curves, last + turn + straight(turn[-1], (box.x, y))[1:]))
            ends[parent] = (row, y - bend)


def _down(layout: Layout, row: int, top: float, end: int, bottom: float, offset: float) -> Iterator[Curve]:
    """The way down from a height in one row to a height in another, through all columns between them."""
    first, last = layout.column_of(row), layout.column_of(end)
    for column in range(first, last + 1):
        x = layout.lefts[column] + offset
        start = top if column == first else PITCH * bool(layout.crumbs[column])
        stop = bottom if column == last else layout.bottoms[column]
        yield straight((x, start), (x, stop))
