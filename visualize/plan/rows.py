"""Lays an outline out: which entries share a row, in which column the row stands, and where each box is. Pure.

A task whose only part is one step takes one row with it. That is how most tasks end, and it makes half the rows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from planweave.visualize.graphviz.geometry import Rectangle
from planweave.visualize.plan.columns import Column, columns_of
from planweave.visualize.plan.outline import Entry, Outline, children_of, depths_of
from planweave.visualize.plan.sheet import HEIGHT, width_of
from planweave.visualize.plan.words import STYLES, words_of

__all__ = ["BETWEEN", "PITCH", "Layout", "lay_out"]

PITCH = 25.0
"""Points from one row to the next."""

BETWEEN = 34.0
"""Points between columns."""

_SPACE = 16.0  # between boxes of a row
_INDENT, _DEEPEST = 22.0, 480.0  # points for each level, and for all
_WIDEST = (430.0, 760.0)  # of a row of several boxes, unless one box takes more: what makes less of it
_ROWS = 1.3
_AIR = 9.0  # above a task that is part of nothing


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands.

    Attributes:
        boxes: of each entry.
        rows: of each entry.
        columns: from which row to which.
        lefts: where each column begins.
        crumbs: what the first row of each column is part of, the outermost first; the row above it tells of that.
        bottoms: where the last row of each column ends.
        indent: points for each level.
        width, height: of everything.
    """

    boxes: Sequence[Rectangle]
    rows: Sequence[int]
    columns: Sequence[Column]
    lefts: Sequence[float]
    crumbs: Sequence[Sequence[int]]
    bottoms: Sequence[float]
    indent: float
    width: float
    height: float

    def column_of(self, row: int) -> int:
        """The number of the column that a row stands in."""
        return next(number for number, column in enumerate(self.columns) if row < column.end)


def lay_out(outline: Outline) -> Layout:
    """The places of the entries of an outline."""
    entries = outline.entries
    depths = depths_of(entries)
    indent = min(_INDENT, _DEEPEST / max(1, *depths)) if len(depths) > 1 else _INDENT
    widths = [width_of(words_of(entry), STYLES[entry.kind]) for entry in entries]
    places = [indent * depth for depth in depths]
    ways = [_Rows.of(_rows(entries, widths, places, widest), widths, places) for widest in _WIDEST]
    lines, rows, starts, ends = min(ways, key=_Rows.cost)
    columns = columns_of([depths[line[0]] for line in lines], _usual(ends) + BETWEEN, PITCH)
    crumbs = [_around(entries, lines[column.first][0]) if lines else [] for column in columns]
    lefts = [*accumulate((max(ends[one.first : one.end], default=0.0) + BETWEEN for one in columns), initial=0.0)]
    boxes: list[Rectangle] = []
    bottoms = []
    for column, left, above in zip(columns, lefts, crumbs, strict=False):
        y = PITCH * bool(above)
        for row in range(column.first, column.end):
            first = entries[lines[row][0]]
            y += _AIR * (first.parent < 0 and first.kind != "step" and row > column.first)
            x = left + starts[row]
            for one in lines[row]:
                boxes.append(Rectangle(x, y + (PITCH - HEIGHT) / 2, widths[one], HEIGHT))
                x += widths[one] + _SPACE
            y += PITCH
        bottoms.append(y)
    return Layout(boxes, rows, columns, lefts, crumbs, bottoms, indent, max(lefts[-1] - BETWEEN, 0.0), max(bottoms))


class _Rows(NamedTuple):
    """The entries of each row, the row of each entry, and from where to where each row reaches."""

    lines: list[list[int]]
    rows: list[int]
    starts: list[float]
    ends: list[float]

    @classmethod
    def of(cls, rows: list[int], widths: Sequence[float], places: Sequence[float]) -> _Rows:
        """The rows, given the row of each entry, its width, and where its level begins."""
        lines: list[list[int]] = [[] for _ in range(rows[-1] + 1 if rows else 0)]
        for place, row in enumerate(rows):
            lines[row].append(place)
        starts = [places[line[0]] for line in lines]
        lengths = [sum(widths[one] for one in line) + _SPACE * (len(line) - 1) for line in lines]
        return cls(lines, rows, starts, [start + length for start, length in zip(starts, lengths, strict=True)])

    def cost(self) -> float:
        """How much paper they take; rows count for more than their width does, because what is read is a list."""
        return float(len(self.lines) ** _ROWS * max(self.ends, default=0.0))


def _usual(lengths: Sequence[float]) -> float:
    """How long most rows are: nine of ten are no longer."""
    return sorted(lengths)[len(lengths) * 9 // 10] if lengths else 0.0


def _rows(entries: Sequence[Entry], widths: Sequence[float], starts: Sequence[float], most: float) -> list[int]:
    """The row of each entry: its own, or that of the task whose only part it is."""
    below = children_of(entries)
    beside = [[one for one in some if not entries[one].follows] for some in below]  # to the right of each entry
    tails: list[float | None] = [None] * len(entries)  # how long a row is from each entry on, if it may end so
    for place in reversed(range(len(entries))):
        if not below[place]:
            tails[place] = widths[place]
        elif len(below[place]) == len(beside[place]) == 1 and (tail := tails[beside[place][0]]) is not None:
            tails[place] = widths[place] + _SPACE + tail
    widest = max([most, *(start + width for start, width in zip(starts, widths, strict=True))])
    rows: list[int] = []
    end = 0.0
    for place, entry in enumerate(entries):
        parent, tail = entry.parent, tails[place]
        alone = parent >= 0 and not entry.follows and len(beside[parent]) == 1 and rows[parent] == rows[-1]
        if alone and tail is not None and end + _SPACE + tail <= widest:
            rows.append(rows[-1])
            end += _SPACE + widths[place]
        else:
            rows.append(rows[-1] + 1 if rows else 0)
            end = starts[place] + widths[place]
    return rows


def _around(entries: Sequence[Entry], place: int) -> list[int]:
    """What an entry is part of, the outermost first; of a recursion only the round that it is in."""
    found: list[int] = []
    while entries[place].parent >= 0:
        if not entries[place].follows or not found:
            found.append(entries[place].parent)
        place = entries[place].parent
    return found[::-1]
