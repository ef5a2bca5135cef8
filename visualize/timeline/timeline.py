"""Draws when each node of a run did what, as SVG, without Graphviz.

A row for each node, in the order in which they began; parts below what they are parts of. From left to right: a thin
line while a node waits for room, a bar for each attempt in the colour of how it ended, a dashed line for the pause
before the next one, a bracket around the parts of an expanded node. The critical path is drawn through the rows.
Above them stands how many nodes ran at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planweave.engine.dag import without_collection
from planweave.engine.state import NodeState
from planweave.visualize.document import HEADER, MARGIN, Drawing, document, moved
from planweave.visualize.legend import draw_legend, state_entry
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, LOOKS, ORDER
from planweave.visualize.picture.reading import read_run
from planweave.visualize.picture.snapshot import Snapshot, snapshot_of
from planweave.visualize.text.label import clean, shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import element, number
from planweave.visualize.text.unit import clock
from planweave.visualize.timeline.axis import Axis, axis_of
from planweave.visualize.timeline.bars import busy, draw_area, draw_bars, draw_path, tries_of
from planweave.visualize.timeline.concurrency import most_at_once
from planweave.visualize.timeline.key import line_entries
from planweave.visualize.timeline.rows import Row, rows_of
from planweave.visualize.timeline.span import Span, Times, critical_path, read_times
from planweave.visualize.timeline.words import tooltip, words_of

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["Timeline", "at_once_in_words", "draw_timeline", "draw_timeline_body", "timeline_of"]

_WIDTH = 1040.0
_ROW, _AXIS, _STRIP = 19.0, 20.0, 34.0  # the heights of a row, of the axis, and of what says how many ran at once
_LABEL_SIZE, _SMALL = 10.0, 9.0
_INDENT, _DEEPEST, _SIGN, _GAP = 12.0, 12, 14.0, 10.0
_SLACK = 0.01  # points: sums of widths are not the same to the last bit
_INK = INK["light"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a timeline shows.

    Attributes:
        title, subtitle: what stands above it.
        rows: from top to bottom.
        path: the critical path, first to last.
        times: of every node, whether it has a row or not.
        at_once: the largest number of nodes that ran at one time.
    """

    title: str
    subtitle: str
    rows: tuple[Row, ...]
    path: tuple[Span, ...]
    times: Times
    at_once: int

    @property
    def states(self) -> tuple[NodeState, ...]:
        """The states that occur in it, the gravest first: of its nodes, and those whose colours their bars have."""
        own = [row for row in self.rows if row.part is not None]
        found = {row.part.state for row in own if row.part is not None}
        found |= {one.state for row in own for span in row.spans for one in tries_of(span) if not one.retried}
        found |= {state for row in self.rows for state, _ in row.counts}
        return tuple(state for state in ORDER if state in found)

    @property
    def path_ids(self) -> frozenset[str]:
        """The nodes on the critical path."""
        return frozenset(span.record.id for span in self.path)


def timeline_of(run: Run[Any] | Snapshot, options: Options | None = None) -> Timeline:
    """The timeline of a run as it stands now.

    Args:
        run: it may be live.
        options: ``rows`` and ``items`` count here.
    """
    options = options or Options()
    with without_collection():
        moment = snapshot_of(run)
        times = read_times(moment)
        path = critical_path(times)
        draft = read_run(moment)
        rows = rows_of(draft, times.spans, {span.record.id for span in path}, items=options.items, rows=options.rows)
    subtitle = f"{draft.subtitle} · started {clock(times.start)}"
    at_once = most_at_once(busy(list(times.spans.values())))
    return Timeline(clean(draft.title), subtitle, tuple(rows), tuple(path), times, at_once)


def draw_timeline(run: Run[Any], options: Options | None = None) -> str:
    """The timeline of a run as an SVG document."""
    timeline = timeline_of(run, options)
    inner = draw_timeline_body(timeline)
    states = map(state_entry, timeline.states)
    legend = draw_legend([*states, *line_entries(timeline.rows, timeline.path, timeline.times)], _WIDTH)
    return document(
        timeline.title,
        timeline.subtitle,
        _WIDTH + 2 * MARGIN,
        HEADER + inner.height + legend.height + MARGIN,
        moved(inner.body, MARGIN, HEADER),
        moved(legend.body, MARGIN, HEADER + inner.height),
    )


def draw_timeline_body(timeline: Timeline) -> Drawing:
    """What ``draw_timeline`` puts between title and legend."""
    labels = [_indent(row) + text_width_points(row.label, _LABEL_SIZE) for row in timeline.rows]
    least = _SIGN + text_width_points(at_once_in_words(timeline), _SMALL)
    left = max(min(max(labels, default=0.0), _WIDTH / 3), least) + _GAP
    right = max((text_width_points(words_of(row), _SMALL) for row in timeline.rows), default=0.0) + _GAP
    axis = axis_of(timeline.times.start, timeline.times.end, left=left, width=_WIDTH - left - right - _GAP)
    top = _AXIS + _STRIP
    height = top + len(timeline.rows) * _ROW + 6
    lines = [*_axis(axis, height), *_strip(timeline, axis)]
    lines += draw_path(timeline.path, timeline.rows, axis, top, _ROW)  # below the bars, so that it hides none
    path = timeline.path_ids
    for place, row in enumerate(timeline.rows):
        lines += _row(row, axis, top + place * _ROW, path)
    return Drawing("\n".join(lines), _WIDTH, height)


def _axis(axis: Axis, height: float) -> Iterator[str]:
    """The marks of the axis and the lines below them."""
    yield f'<g class="axis" stroke="{_INK.grid}">'
    for seconds, _ in axis.marks:
        x = axis.at(axis.start + seconds)
        yield element("path", d=f"M{number(x)},{number(_AXIS - 4)}V{number(height)}")
    yield "</g>"
    for seconds, word in axis.marks:
        x = axis.at(axis.start + seconds)
        yield _text(word, x, _AXIS - 9, _SMALL, text_anchor="middle")


def _strip(timeline: Timeline, axis: Axis) -> Iterator[str]:
    """How many nodes ran at once, as an area below the axis."""
    yield _text(at_once_in_words(timeline), _SIGN, _AXIS + 17, _SMALL)
    yield draw_area(busy(list(timeline.times.spans.values())), axis, _AXIS + 2, _STRIP - 10)


def at_once_in_words(timeline: Timeline) -> str:
    """What stands beside the strip; nothing, where no node ever ran."""
    return f"at once, up to {timeline.at_once:,}" if timeline.at_once else ""


def _indent(row: Row) -> float:
    """Points before the label of a row, with the room of its sign."""
    return min(row.depth, _DEEPEST) * _INDENT + _SIGN


def _row(row: Row, axis: Axis, top: float, path: frozenset[str]) -> Iterator[str]:
    """A row: its sign and label, its bars, and on the right how long it took."""
    middle, x, part = top + _ROW / 2, _indent(row), row.part
    yield '<g class="row">'
    yield element("title", tooltip(row, axis.start))
    yield element("rect", x=0, y=top, width=_WIDTH, height=_ROW, fill="none", pointer_events="all")
    if part is not None and part.state is not None:
        look = LOOKS[part.state]
        yield element("text", look.sign, x=x - _SIGN + 1, y=middle + 3.5, font_size=_LABEL_SIZE, fill=look.mark)
    loud = part is not None and part.key in path
    label = shorten(row.label, axis.left - _GAP - x + _SLACK, _LABEL_SIZE)
    yield _text(label, x, middle + 3.5, _LABEL_SIZE, loud=loud)
    yield from draw_bars(row, axis, middle)
    yield _text(words_of(row), _WIDTH - 2, middle + 3.2, _SMALL, text_anchor="end")
    yield "</g>"


def _text(words: str, x: float, y: float, size: float, *, loud: bool = False, text_anchor: str | None = None) -> str:
    fill = _INK.text if loud else _INK.quiet
    return element("text", words, x=x, y=y, text_anchor=text_anchor, font_size=size, fill=fill)
