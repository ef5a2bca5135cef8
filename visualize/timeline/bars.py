"""Draws the parts of a timeline: its axis, its rows, and the critical path through them, as SVG elements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from planweave.engine.errors import describe
from planweave.engine.history import Attempt
from planweave.engine.state import NodeState
from planweave.visualize.palette import INK, LOOKS
from planweave.visualize.picture.caption import counts_in_words
from planweave.visualize.text.label import clean, shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import dashes, element, number, points
from planweave.visualize.text.unit import duration, plural
from planweave.visualize.timeline.axis import Axis
from planweave.visualize.timeline.concurrency import concurrency, most_at_once
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.span import Span

__all__ = [
    "AXIS",
    "BAR",
    "ROW",
    "STRIP",
    "draw_axis",
    "draw_path",
    "draw_row",
    "draw_strip",
    "label_width",
    "states_of",
]

ROW, BAR, AXIS, STRIP = 19.0, 11.0, 20.0, 34.0
"""Points: the height of a row, of a bar in it, of the axis, and of the strip below that says how many ran at once."""

_LABEL_SIZE, _SMALL = 10.0, 9.0
_INDENT, _SIGN = 12.0, 14.0
_BINS = 240
_LEAST_BAR = 1.5
_INK = INK["light"]


def label_width(row: Row) -> float:
    """Points that the label of a row takes, with its indent and its sign."""
    return row.depth * _INDENT + _SIGN + text_width_points(row.label, _LABEL_SIZE)


def draw_axis(axis: Axis, height: float) -> Iterator[str]:
    """The marks of the axis and the lines below them."""
    yield f'<g class="axis" stroke="{_INK.grid}">'
    for seconds, _ in axis.marks:
        x = axis.at(axis.start + seconds)
        yield element("path", d=f"M{number(x)},{number(AXIS - 4)}V{number(height)}")
    yield "</g>"
    for seconds, word in axis.marks:
        x = axis.at(axis.start + seconds)
        yield element(
            "text", word, x=x, y=AXIS - 9, text_anchor="middle", font_size=_SMALL, fill=_INK.quiet, class_="quiet"
        )


def draw_strip(spans: Sequence[Span], axis: Axis) -> Iterator[str]:
    """How many nodes ran at once, as an area below the axis."""
    intervals = [interval for span in spans for interval in _worked(span)]
    most = most_at_once(intervals)
    if not most:
        return
    yield element(
        "text", f"at once, up to {most:,}", x=_SIGN, y=AXIS + 17, font_size=_SMALL, fill=_INK.quiet, class_="quiet"
    )
    yield _area(intervals, axis, AXIS + 2, STRIP - 10, float(most))


def _worked(span: Span) -> Iterator[tuple[float, float]]:
    """When attempts of the node ran; that it waited for a time or for its parts is no work."""
    if span.record.node.kind == "sleep":
        return
    for attempt in span.record.attempts:
        yield attempt.started, min(span.end, span.end if attempt.ended is None else attempt.ended)


def _area(intervals: Sequence[tuple[float, float]], axis: Axis, top: float, height: float, most: float) -> str:
    """A stepped area, as high as intervals are open."""
    levels = concurrency(intervals, axis.start, axis.seconds, _BINS)
    bottom, width = top + height, axis.width / _BINS
    steps: list[tuple[float, float]] = []
    for place, level in enumerate(levels):
        y = bottom - height * min(1.0, level / most)
        if not steps or abs(steps[-1][1] - y) > 0.04:
            x = axis.left + place * width
            steps += [(x, steps[-1][1] if steps else bottom), (x, y)]
    steps += [(axis.left + axis.width, steps[-1][1]), (axis.left + axis.width, bottom)]
    return element("polygon", points=points(steps), fill=_INK.area, class_="area")


# ---------------------------------------------------------------------- rows


def draw_row(row: Row, axis: Axis, top: float, path: Collection[str], index: Mapping[str, int] | None) -> Iterator[str]:
    """A row: its sign and label, its bars, and on the right how long it took."""
    middle = top + ROW / 2
    part = row.part
    choose = "" if index is None or part is None else f' data-node="{index[part.key]}" tabindex="0" role="button"'
    yield f'<g class="row"{choose}>'
    yield element("title", _tooltip(row, axis))
    yield element(
        "rect",
        x=0,
        y=top,
        width=axis.left + axis.width + 92,
        height=ROW,
        fill="none",
        pointer_events="all",
        class_="target",
    )
    x = row.depth * _INDENT
    if part is not None and part.state is not None:
        look = LOOKS[part.state]
        yield element(
            "text",
            look.sign,
            x=x + 1,
            y=middle + 3.5,
            font_size=_LABEL_SIZE,
            fill=look.mark,
            class_=f"mark {part.state}",
        )
    loud = part is not None and part.key in path
    yield element(
        "text",
        shorten(row.label, axis.left - 10 - _SIGN - x, _LABEL_SIZE),
        x=x + _SIGN,
        y=middle + 3.5,
        font_size=_LABEL_SIZE,
        fill=_INK.text if loud else _INK.quiet,
        class_="text" if loud else "quiet",
    )
    if part is None:
        yield from _many(row, axis, middle)
    else:
        for span in row.spans:
            yield from _node(span, axis, middle)
    words = _words(row)
    yield element(
        "text",
        shorten(words, 86, _SMALL),
        x=axis.left + axis.width + 90,
        y=middle + 3.2,
        text_anchor="end",
        font_size=_SMALL,
        fill=_INK.quiet,
        class_="quiet",
    )
    yield "</g>"


def _words(row: Row) -> str:
    """What stands on the right: how long it took, in how many tries; of many, what went wrong."""
    if row.part is None:
        if not row.many:
            return duration(max(s.close for s in row.spans) - min(s.start for s in row.spans)) if row.spans else ""
        return counts_in_words(row.counts[:1])
    if not row.spans or not row.spans[0].ran:
        return LOOKS[row.part.state].word if row.part.state is not None else ""
    span = row.spans[0]
    if span.record.cached:
        return "cached"
    tries = plural(len(span.record.attempts), "try", "tries") + ", " if len(span.record.attempts) > 1 else ""
    return tries + duration(span.close - span.start)


def _tooltip(row: Row, axis: Axis) -> str:
    if row.part is None:
        return "\n".join(line for line in (row.label, counts_in_words(row.counts)) if line)
    lines = [clean(row.part.key)]
    for span in row.spans:
        record = span.record
        begin, end = duration(span.start - axis.start), duration(span.close - axis.start)
        lines.append(f"{LOOKS[record.state].word}, from {begin} to {end}")
        if span.ready is not None and span.start > span.ready:
            lines.append(f"waited {duration(span.start - span.ready)} for room")
        for attempt in record.attempts if len(record.attempts) > 1 else ():
            said = "" if attempt.error is None else f": {clean(describe(attempt.error))[:120]}"
            took = "" if attempt.ended is None else f" {duration(attempt.ended - attempt.started)}"
            lines.append(f"try {attempt.number}{took}{said}")
        if record.error is not None and len(record.attempts) < 2:
            lines.append(clean(describe(record.error))[:200])
    return "\n".join(lines)


def _node(span: Span, axis: Axis, y: float) -> Iterator[str]:
    """The bars of a node."""
    record = span.record
    if not span.ran and record.ended is not None:  # it was skipped, say: an instant
        yield _sign(record.state, axis.at(span.end), y)
        return
    if span.ready is not None and span.ready < span.start:
        yield element(
            "path",
            d=f"M{number(axis.at(span.ready))},{number(y)}H{number(axis.at(span.start))}",
            stroke=_INK.frame,
            stroke_width=2.5,
            class_="room",
        )
    if span.expanded:
        yield from _bracket(axis.at(span.end), axis.at(span.close), y, record.state)
    for one, other in pairwise(record.attempts):
        pause = f"M{number(axis.at(one.ended or one.started))},{number(y)}H{number(axis.at(other.started))}"
        yield element("path", d=pause, stroke=_INK.edge, stroke_dasharray="2 2", class_="pause")
    for begin, end, state in _tries(span):
        yield from _bar(axis.at(begin), axis.at(end), y, state)


def _tries(span: Span) -> Iterator[tuple[float, float, NodeState]]:
    """When each attempt began and ended, and in which colour it is drawn."""
    attempts = span.record.attempts or ((Attempt(1, span.start, span.end),) if span.ran else ())
    for attempt in attempts:
        last = attempt is attempts[-1]
        end = span.end if last or attempt.ended is None else attempt.ended
        state = span.record.state
        if attempt.error is not None or not last:
            state = NodeState.FAILED
        elif span.record.node.kind == "sleep":
            state = NodeState.WAITING
        yield attempt.started, end, state


def states_of(span: Span) -> set[NodeState]:
    """The states in whose colours the bars of a node are drawn."""
    return {state for _, _, state in _tries(span)}


def _bar(left: float, right: float, y: float, state: NodeState) -> Iterator[str]:
    look = LOOKS[state]
    width = max(right - left, _LEAST_BAR)
    slim = width < 5  # no room for a border: the stronger colour alone
    yield f'<g class="vertex {state}{" slim" if slim else ""}">'
    yield element(
        "rect",
        x=left,
        y=y - BAR / 2,
        width=width,
        height=BAR,
        rx=min(2.0, width / 2),
        fill=look.mark if slim else look.light.fill,
        stroke=None if slim else look.light.line,
        stroke_dasharray=None if slim else dashes(look.border),
        class_="box",
    )
    yield "</g>"
    if state is NodeState.FAILED:
        yield _sign(state, left + width + 7, y)


def _sign(state: NodeState, x: float, y: float) -> str:
    look = LOOKS[state]
    return element(
        "text", look.sign, x=x, y=y + 3.2, text_anchor="middle", font_size=9, fill=look.mark, class_=f"mark {state}"
    )


def _bracket(left: float, right: float, y: float, state: NodeState) -> Iterator[str]:
    """A line over the parts of a node, with its ends turned down."""
    look = LOOKS[state]
    path = f"M{number(left)},{number(y + 5)}V{number(y)}H{number(max(right, left + 2))}V{number(y + 5)}"
    yield element("path", d=path, fill="none", stroke=look.mark, stroke_width=1.5, class_=f"bracket {state}")


def _many(row: Row, axis: Axis, y: float) -> Iterator[str]:
    """A group: a line over its nodes. Nodes without a row of their own: how many of them ran at once."""
    spans = row.spans
    if not spans:
        return
    if not row.many:
        left, right = axis.at(min(span.start for span in spans)), axis.at(max(span.close for span in spans))
        path = f"M{number(left)},{number(y + 4)}V{number(y)}H{number(max(right, left + 2))}V{number(y + 4)}"
        yield element("path", d=path, fill="none", stroke=_INK.faint, stroke_width=1.5, class_="frame")
        return
    intervals = [interval for span in spans for interval in _worked(span)]
    most = most_at_once(intervals)
    if most:
        yield _area(intervals, axis, y - 7, 14, float(most))
    failures = sorted({round(axis.at(span.end)) for span in spans if span.record.state is NodeState.FAILED})
    for x in failures:
        yield _sign(NodeState.FAILED, float(x), y)


# ---------------------------------------------------------------------- critical path


def draw_path(path: Sequence[Span], rows: Sequence[Row], axis: Axis, top: float) -> Iterator[str]:
    """The critical path: a line below each of its bars, and from its end to the start of the next that has a row."""
    places = {row.part.key: place for place, row in enumerate(rows) if row.part is not None}
    shown = [(step, span, places[span.record.id]) for step, span in enumerate(path) if span.record.id in places]
    if len(path) < 2:
        return
    yield f'<g class="path" fill="none" stroke="{_INK.path}" stroke-width="1.6" stroke-linejoin="round">'
    steps = []
    for step, span, place in shown:
        y = top + place * ROW + ROW / 2 + BAR / 2 + 1.2
        left = axis.at(span.start)
        steps.append((step, left, y, max(axis.at(span.end), left + _LEAST_BAR)))
    for _, left, y, right in steps:
        yield element("path", d=f"M{number(left)},{number(y)}H{number(right)}")
    for (one, _, y, right), (other, then, below, _) in pairwise(steps):
        line = f"M{number(right)},{number(y)}H{number(max(right, then))}V{number(below)}"
        yield element(
            "path", d=line, stroke_dasharray="2 3" if other > one + 1 else None
        )  # through nodes without a row
    yield "</g>"
