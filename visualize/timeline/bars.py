"""Draws what happened over time, as SVG elements: the bars of a row, how many ran at once, the critical path.

Every place along the axis is what ``Axis.x`` says, in points or in per cent, so that the same bars stand in a file and
on a page, where time can be stretched without stretching text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from planweave.engine.history import Attempt
from planweave.engine.node import WAITS
from planweave.engine.state import NodeState
from planweave.visualize.palette import INK, LOOKS
from planweave.visualize.text.svg import dashes, element, number, points
from planweave.visualize.timeline.axis import Axis
from planweave.visualize.timeline.concurrency import concurrency, most_at_once
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.span import Span, Stretch

__all__ = [
    "RETRIED_BORDER",
    "RETRIED_GROUND",
    "busy",
    "draw_area",
    "draw_bars",
    "draw_path",
    "shows_pause",
    "shows_wait",
    "tries_of",
]

RETRIED_GROUND, RETRIED_BORDER = 0.2, "3 2"
"""Opacity and dashes of an attempt that failed and was followed by another: it is no failure of the node."""

_BAR = 11.0
_LEAST_BAR, _SLIM = 1.5, 5.0  # points; a slim bar has no room for a border
_BINS = 240
_INK = INK["light"]


class Try(NamedTuple):
    """A bar: when an attempt began and ended, in which colour it is drawn, and whether it was followed by another."""

    begin: float
    end: float
    state: NodeState
    retried: bool = False


def tries_of(span: Span) -> Iterator[Try]:
    """The attempts of a node; a failed one is its failure only where none was to follow."""
    record = span.record
    for attempt in record.attempts or ((Attempt(1, span.start, span.end),) if span.ran else ()):
        end = span.end if attempt.ended is None else min(span.end, attempt.ended)
        last = attempt is record.attempts[-1] if record.attempts else True
        if not last or (attempt.error is not None and record.state is not NodeState.FAILED):
            yield Try(attempt.started, end, NodeState.FAILED, retried=True)
        else:
            yield Try(attempt.started, end, NodeState.WAITING if record.node.kind in WAITS else record.state)


def busy(spans: Sequence[Span]) -> list[Stretch]:
    """When attempts ran; that a node waited for a time or for its parts is no work."""
    return [
        (attempt.started, span.end if attempt.ended is None else min(span.end, attempt.ended))
        for span in spans
        if span.record.node.kind not in WAITS
        for attempt in span.record.attempts
    ]


def shows_wait(span: Span, axis: Axis) -> bool:
    """Whether it is seen that the node waited for room."""
    return any(axis.shows(*wait) for wait in span.waits)


def shows_pause(span: Span, axis: Axis) -> bool:
    """Whether it is seen that the node waited for its next attempt."""
    return any(axis.shows(*pause) for pause in span.pauses)


# ---------------------------------------------------------------------- bars


def draw_bars(row: Row, axis: Axis, y: float) -> Iterator[str]:
    """The bars of a row around the line ``y``."""
    if row.part is None:
        yield from _many(row, axis, y)
        return
    for span in row.spans:
        yield from _node(span, axis, y)


def _node(span: Span, axis: Axis, y: float) -> Iterator[str]:
    """The bars of a node, its waits and its pauses."""
    record = span.record
    for begin, end in span.waits:
        if axis.shows(begin, end):
            yield _line(axis, begin, end, y, stroke=_INK.frame, stroke_width=2.5, class_="room")
    for begin, end in span.pauses:
        if axis.shows(begin, end):
            yield _line(axis, begin, end, y, stroke=_INK.edge, stroke_dasharray="2 2", class_="pause")
    if not span.ran and record.ended is not None:  # it was skipped, say: an instant
        yield _sign(record.state, axis.x(span.end), y)
        return
    if span.expanded:
        yield from _bracket(axis, span.end, span.close, y, record.state)
    for attempt in tries_of(span):
        yield from _bar(attempt, axis, y)


def _bar(attempt: Try, axis: Axis, y: float) -> Iterator[str]:
    begin, end, state, retried = attempt
    look = LOOKS[state]
    width = axis.at(end) - axis.at(begin)
    slim = not axis.elastic and width < _SLIM  # the stronger colour alone
    yield f'<g class="vertex {state}{" slim" if slim else ""}{" retried" if retried else ""}">'
    yield element(
        "rect",
        x=axis.x(begin),
        y=y - _BAR / 2,
        width=axis.across(begin, end, _LEAST_BAR),
        height=_BAR,
        rx=2,
        fill=look.mark if slim else look.light.fill,
        fill_opacity=(0.5 if slim else RETRIED_GROUND) if retried else None,
        stroke=None if slim else look.light.line,
        stroke_dasharray=None if slim else RETRIED_BORDER if retried else dashes(look.border),
        class_="box",
    )
    yield "</g>"
    if state is NodeState.FAILED and not retried:
        yield _sign(state, axis.x(end), y, beside=7)


def _line(axis: Axis, begin: float, end: float, y: float, **look: str | float | None) -> str:
    return element("line", x1=axis.x(begin), y1=y, x2=axis.x(end), y2=y, **look)


def _sign(state: NodeState, x: str | float, y: float, *, beside: float | None = None) -> str:
    look = LOOKS[state]
    return element(
        "text",
        look.sign,
        x=x,
        y=y + 3.2,
        dx=beside,
        text_anchor="middle",
        font_size=9,
        fill=look.mark,
        class_=f"mark {state}",
    )


def _bracket(axis: Axis, begin: float, end: float, y: float, state: NodeState) -> Iterator[str]:
    """A line over the parts of a node, with its ends turned down."""
    yield f'<g class="bracket {state}" stroke="{LOOKS[state].mark}" stroke-width="1.5" stroke-linecap="square">'
    yield from _turned_down(axis, begin, end, y, 5)
    yield "</g>"


def _turned_down(axis: Axis, begin: float, end: float, y: float, depth: float) -> Iterator[str]:
    yield _line(axis, begin, end, y)
    for time in (begin, end):
        yield element("line", x1=axis.x(time), y1=y, x2=axis.x(time), y2=y + depth)


def _many(row: Row, axis: Axis, y: float) -> Iterator[str]:
    """A group: a line over its nodes. Nodes without a row of their own: how many of them ran at once."""
    spans = row.spans
    if not spans:
        return
    if not row.many:
        yield f'<g class="frame" stroke="{_INK.faint}" stroke-width="1.5" stroke-linecap="square">'
        yield from _turned_down(axis, min(span.start for span in spans), max(span.close for span in spans), y, 4)
        yield "</g>"
        return
    yield draw_area(busy(spans), axis, y - 7, 14)
    failures = {round(axis.at(span.end), 1): span.end for span in spans if span.record.state is NodeState.FAILED}
    for end in failures.values():
        yield _sign(NodeState.FAILED, axis.x(end), y)


# ---------------------------------------------------------------------- how many ran at once


def draw_area(intervals: Sequence[Stretch], axis: Axis, top: float, height: float) -> str:
    """A stepped area, as high as intervals are open; nothing, if none ever is."""
    most = most_at_once(intervals)
    if not most:
        return ""
    steps: list[tuple[float, float]] = []
    for place, level in enumerate(concurrency(intervals, axis.start, axis.seconds, _BINS)):
        y = height - height * min(1.0, level / most)
        if not steps or abs(steps[-1][1] - y) > 0.04:
            steps += [(place, steps[-1][1] if steps else height), (place, y)]
    steps += [(_BINS, steps[-1][1]), (_BINS, height)]
    width = "100%" if axis.elastic else number(axis.width)
    room = f'x="{number(axis.left)}" y="{number(top)}" width="{width}" height="{number(height)}"'
    area = element("polygon", points=points(steps), fill=_INK.area, class_="area")
    return f'<svg {room} viewBox="0 0 {_BINS} {number(height)}" preserveAspectRatio="none">{area}</svg>'


# ---------------------------------------------------------------------- critical path


def draw_path(path: Sequence[Span], rows: Sequence[Row], axis: Axis, top: float, pitch: float) -> Iterator[str]:
    """The critical path: a line below each of its bars, and from its end to the start of the next that has a row.

    Args:
        path: first to last.
        rows: all of them; those of the path are found among them.
        axis: where times stand.
        top: points, where the first row begins.
        pitch: points from one row to the next.
    """
    places = {row.part.key: place for place, row in enumerate(rows) if row.part is not None}
    shown = [(step, span, places[span.record.id]) for step, span in enumerate(path) if span.record.id in places]
    if len(path) < 2:
        return
    yield f'<g class="path" fill="none" stroke="{_INK.path}" stroke-width="1.6" stroke-linecap="square">'
    lines = [(step, span, top + place * pitch + pitch / 2 + _BAR / 2 + 1.2) for step, span, place in shown]
    reached = axis.start
    for _, span, y in lines:
        yield _line(axis, min(span.start, max(reached, span.begin)), span.end, y)
        reached = span.end
    for (one, span, y), (other, following, below) in pairwise(lines):
        turn = min(following.start, max(span.end, following.begin))
        dashed = "2 3" if other > one + 1 else None  # through nodes without a row
        if turn > span.end:
            yield _line(axis, span.end, turn, y, stroke_dasharray=dashed)
        yield element("line", x1=axis.x(turn), y1=y, x2=axis.x(turn), y2=below, stroke_dasharray=dashed)
    yield "</g>"
