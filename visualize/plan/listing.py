"""The sheet that tells the partial order of a long plan: a row for each step, lines beside the rows for what it needs.

A plan of hundreds of steps is mostly a chain, which as boxes and arrows would be a strip of many screens. As a list it
is a page: what a step makes true is a line that runs beside the rows as long as some step still needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from planweave.visualize.graphviz.geometry import Point, Rectangle
from planweave.visualize.legend import EDGE_DASHES, EDGE_WORDS
from planweave.visualize.palette import PLAIN
from planweave.visualize.picture.picture import EdgeKind
from planweave.visualize.plan.columns import Column, columns_of
from planweave.visualize.plan.lanes import Thread, alive, threads_of
from planweave.visualize.plan.order import Order, Stop
from planweave.visualize.plan.outline import steps_in_words
from planweave.visualize.plan.phrases import facts_in_words, initial_in_words, tooltip_of
from planweave.visualize.plan.sheet import (
    HEIGHT,
    SIZE,
    SMALL,
    Box,
    Curve,
    Line,
    Note,
    Sample,
    Sheet,
    Style,
    Word,
    straight,
    width_of,
)
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points

__all__ = ["list_of"]

_PITCH = 26.0
_LANE, _ALL_LANES = 9.0, 320.0
_NOTES, _BETWEEN = 9.0, 36.0
_IN, _OUT = -3.0, 3.5  # where lines enter and leave a box, from its middle
_BEND = 4.0
_STEM = 12.0  # where a line to the next row leaves a box, from its left
_FACTS = 20  # of a line that are told
_LINE = 0.25  # of a level: so bad is a line that leads from one column to the next
_EDGE = 5.0  # how far lines go beyond the first and the last row of a column
_STYLE = Style(PLAIN.light)
_WIDEST_NAME, _WIDEST_WORDS = 240.0, 320.0
_ROOM, _INITIAL_ROOM = 400.0, 190.0  # of what a step needs
_FEW, _MORE = 60, 1.5  # for so few rows there is more room


def list_of(order: Order) -> Sheet:
    """The partial order on a sheet, in columns."""
    return _Writer.of(order).sheet()


@dataclass(frozen=True)
class _Writer:
    """What makes one sheet.

    Attributes:
        stems: the kind of the line to each step from the one in the row above; empty: there is none.
        threads: the lines from rows further above.
        words: in each box.
        notes: beside each box, what is read second and what is read last.
        columns: from which row to which.
        column_of: the number of the column of each row.
        lanes: how many lines run beside each column.
        lefts: where each column begins.
        lane: points between two lines.
    """

    order: Order
    stems: Sequence[EdgeKind | None]
    threads: Sequence[Thread]
    words: Sequence[tuple[Word, ...]]
    notes: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    column_of: Sequence[int]
    lanes: Sequence[int]
    lefts: Sequence[float]
    lane: float

    @classmethod
    def of(cls, order: Order) -> _Writer:
        """What makes the sheet of an order."""
        stops = order.stops
        edges: dict[tuple[int, str], list[int]] = {}
        stems: list[EdgeKind | None] = [None] * len(stops)
        for row, stop in enumerate(stops):
            for tail, kind in stop.edges():
                if tail == row - 1:
                    stems[row] = kind
                else:
                    edges.setdefault((tail, kind), []).append(row)
        threads = threads_of(edges)
        lane = min(_LANE, _ALL_LANES / max((thread.lane + 1 for thread in threads), default=1))
        words = [_words(stop) for stop in stops]
        room, rest = (part * (_MORE if len(stops) <= _FEW else 1.0) for part in (_ROOM, _INITIAL_ROOM))
        notes = [(facts_in_words(stop, stops, room), initial_in_words(stop.initial, rest)) for stop in stops]
        lengths = [_length(*both) for both in zip(words, notes, strict=True)]
        usual = sorted(lengths)[len(lengths) * 9 // 10] + 4 * lane if lengths else 0.0
        badness = [_LINE * number for number in alive(threads, len(stops))]
        columns = columns_of(badness, usual + _BETWEEN, _PITCH)
        lanes = [max((one.lane + 1 for one in threads if _passes(one, column)), default=0) for column in columns]
        widths = [
            lane * count + max(lengths[column.first : column.end], default=0.0) + _BETWEEN
            for column, count in zip(columns, lanes, strict=True)
        ]
        column_of = [number for number, column in enumerate(columns) for _ in range(*column)]
        lefts = [*accumulate(widths, initial=0.0)]
        return cls(order, stems, threads, words, notes, columns, column_of, lanes, lefts, lane)

    # ------------------------------------------------------------------ places

    def x(self, column: int, lane: int) -> float:
        """Where a lane runs."""
        return self.lefts[column] + self.lane * (self.lanes[column] - lane - 0.5)

    def box(self, row: int) -> Rectangle:
        """Where the box of a step stands."""
        column = self.column_of[row]
        x = self.lefts[column] + self.lane * self.lanes[column]
        y = _EDGE + _PITCH * (row - self.columns[column].first) + (_PITCH - HEIGHT) / 2
        return Rectangle(x, y, width_of(self.words[row], _STYLE), HEIGHT)

    def bottom(self, column: int) -> float:
        """Where the lines of a column end that go on in the next."""
        return 2 * _EDGE + _PITCH * (self.columns[column].end - self.columns[column].first)

    # ------------------------------------------------------------------ what is drawn

    def sheet(self) -> Sheet:
        """The sheet."""
        stops = self.order.stops
        boxes = [
            Box(self.box(row), self.words[row], _STYLE, stop.label, "\n".join(tooltip_of(stop, stops)), stop.is_many)
            for row, stop in enumerate(stops)
        ]
        lines = [self.stem(row, kind) for row, kind in enumerate(self.stems) if kind is not None]
        lines += [line for thread in self.threads for line in self.thread(thread)]
        height = max((self.bottom(column) for column in range(len(self.columns))), default=0.0)
        width = max(self.lefts[-1] - _BETWEEN, 0.0)
        return Sheet(
            self.order.title, self.order.subtitle, boxes, lines, list(self.texts()), list(self.samples()), width, height
        )

    def texts(self) -> Iterator[Note]:
        """What each step needs, beside its box."""
        for row, (facts, initial) in enumerate(self.notes):
            place = self.box(row)
            if facts or initial:
                yield Note(place.x + place.width + _NOTES, place.middle.y + 3.2, facts, initial)

    def stem(self, row: int, kind: EdgeKind) -> Line:
        """The line from one row to the next."""
        above, below = self.box(row - 1), self.box(row)
        start, end = (above.x + _STEM, above.y + above.height), (below.x + _STEM, below.y)
        curves: tuple[Curve, ...] = (straight(start, end),)
        column = self.column_of[row]
        if column != self.column_of[row - 1]:
            curves = straight(start, (start[0], self.bottom(column - 1))), straight((end[0], 0.0), end)
        return self.line(row - 1, row, curves, kind)

    def line(self, tail: int, head: int, curves: tuple[Curve, ...], kind: EdgeKind) -> Line:
        """A line that says what it stands for."""
        stops = self.order.stops
        facts = [need.fact for need in stops[head].links.get(tail, ())]
        told = "\n".join([f"{stops[tail].number} → {stops[head].number}", *facts[:_FACTS]])
        # between two rows there is no room for dashes: what makes nothing true is pale, too
        pale = kind == "control"
        return Line(tail, head, curves, kind, EDGE_DASHES.get(kind, ""), arrow=True, is_pale=pale, tooltip=told)

    def thread(self, thread: Thread) -> Iterator[Line]:
        """The lines of a thread: each begins where it leaves the one before."""
        kind: EdgeKind = thread.kind  # type: ignore[assignment]  # because lanes know no kinds
        place = self.box(thread.row)
        x, y = self.x(self.column_of[thread.row], thread.lane), place.middle.y + _OUT
        turn = (Point(x + _BEND / 2, y), Point(x, y + _BEND / 2), Point(x, y + _BEND))
        way: Curve = straight((place.x, y), (x + _BEND, y)) + turn
        row = thread.row
        for end in thread.ends:
            box = self.box(end)
            x, y = self.x(self.column_of[end], thread.lane), box.middle.y + _IN
            first, *others = self.down(thread.lane, row, way[-1].y, end, y - _BEND)
            *curves, last = (way + first[1:], *others)
            turn = (Point(x, y - _BEND / 2), Point(x + _BEND / 2, y), Point(x + _BEND, y))
            arrival = last + turn + straight((x + _BEND, y), (box.x, y))[1:]
            yield self.line(thread.row, end, (*curves, arrival), kind)
            row, way = end, (Point(x, y - _BEND),)

    def down(self, lane: int, row: int, top: float, end: int, bottom: float) -> Iterator[Curve]:
        """The way down in a lane, through all columns between two rows."""
        first, last = self.column_of[row], self.column_of[end]
        for column in range(first, last + 1):
            x = self.x(column, lane)
            yield straight((x, top if column == first else 0.0), (x, bottom if column == last else self.bottom(column)))

    def samples(self) -> Iterator[Sample]:
        """The legend."""
        kinds = {*self.stems, *(thread.kind for thread in self.threads)}
        if "data" in kinds:
            yield Sample("makes a fact true that is needed; ← its step", arrow=True)
        for kind in ("negative", "control"):
            if kind in kinds:
                yield Sample(EDGE_WORDS[kind], dash=EDGE_DASHES[kind], arrow=True, is_pale=kind == "control")
        if any(stop.is_many for stop in self.order.stops):
            yield Sample("several steps", _STYLE, is_folded=True)


def _words(stop: Stop) -> tuple[Word, ...]:
    """What stands in the box of a step."""
    words = (
        Word(f"{stop.span.first:,}", SMALL, is_quiet=True),
        Word(shorten(stop.name, _WIDEST_NAME, SIZE)),
        Word(shorten(stop.words, _WIDEST_WORDS, SIZE), is_quiet=True),
        Word(steps_in_words(stop.span) if stop.is_many else "", SMALL, is_quiet=True),
    )
    return tuple(word for word in words if word.text)


def _length(words: Sequence[Word], notes: Sequence[str]) -> float:
    """Points that a row takes."""
    return width_of(words, _STYLE) + sum(text_width_points(note, SMALL) + _NOTES for note in notes if note)


def _passes(thread: Thread, column: Column) -> bool:
    """Whether a line runs beside a column."""
    return thread.row < column.end and thread.ends[-1] >= column.first
