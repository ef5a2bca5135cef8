"""Draws when each node of a run did what, as SVG, without Graphviz.

A row for each node, in the order in which they began; parts below what they are parts of. From left to right: a thin
line while a node waits for room, a bar for each attempt in the colour of how it ended, a dashed line for the pause
before the next one, a bracket around the parts of an expanded node. The critical path is drawn through the rows.
Above them stands how many nodes ran at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planweave.engine.dag import without_collection
from planweave.engine.state import NodeState
from planweave.visualize.document import HEADER, MARGIN, Drawing, document, moved
from planweave.visualize.legend import Entry, draw_legend, state_entry
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, ORDER
from planweave.visualize.picture.reading import read_run
from planweave.visualize.picture.snapshot import Snapshot, snapshot_of
from planweave.visualize.text.label import clean
from planweave.visualize.text.svg import element
from planweave.visualize.text.unit import clock, duration, plural
from planweave.visualize.timeline.axis import axis_of
from planweave.visualize.timeline.bars import (
    AXIS,
    ROW,
    STRIP,
    draw_axis,
    draw_path,
    draw_row,
    draw_strip,
    label_width,
    states_of,
)
from planweave.visualize.timeline.rows import Row, rows_of
from planweave.visualize.timeline.span import Span, Times, critical_path, read_times

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["Timeline", "draw_timeline", "draw_timeline_body", "timeline_of"]

_WIDTH = 1040.0
_LABELS = (70.0, 250.0)
_RIGHT = 92.0
_INK = INK["light"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a timeline shows: its rows, the critical path, and the time that they cover."""

    title: str
    subtitle: str
    rows: tuple[Row, ...]
    path: tuple[Span, ...]
    times: Times

    @property
    def states(self) -> tuple[NodeState, ...]:
        """The states that occur in it, the gravest first: of its nodes, and those whose colours their bars have."""
        found = {row.part.state for row in self.rows if row.part is not None}
        found |= {state for row in self.rows if row.part is not None for span in row.spans for state in states_of(span)}
        found |= {state for row in self.rows for state, _ in row.counts}
        return tuple(state for state in ORDER if state in found)


def timeline_of(run: Run[Any] | Snapshot, options: Options | None = None) -> Timeline:
    """The timeline of a run as it stands now. Pure.

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
    return Timeline(clean(draft.title), subtitle, tuple(rows), tuple(path), times)


def draw_timeline(run: Run[Any], options: Options | None = None) -> str:
    """The timeline of a run as an SVG document."""
    timeline = timeline_of(run, options)
    inner = draw_timeline_body(timeline)
    legend = draw_legend(_entries(timeline), _WIDTH)
    return document(
        timeline.title,
        timeline.subtitle,
        _WIDTH + 2 * MARGIN,
        HEADER + inner.height + legend.height + MARGIN,
        moved(inner.body, MARGIN, HEADER),
        moved(legend.body, MARGIN, HEADER + inner.height),
    )


def draw_timeline_body(timeline: Timeline, index: Mapping[str, int] | None = None) -> Drawing:
    """What ``draw_timeline`` puts between title and legend.

    Args:
        timeline: what is shown.
        index: the number of each node on the HTML page, where rows can be chosen.
    """
    widest = max((label_width(row) for row in timeline.rows), default=0.0)
    labels = min(max(widest, _LABELS[0]), _LABELS[1]) + 10
    axis = axis_of(timeline.times.start, timeline.times.end, left=labels, width=_WIDTH - labels - _RIGHT)
    top = AXIS + STRIP
    height = top + len(timeline.rows) * ROW + 6
    path = {span.record.id for span in timeline.path}
    lines = [*draw_axis(axis, height), *draw_strip(list(timeline.times.spans.values()), axis)]
    lines += draw_path(timeline.path, timeline.rows, axis, top)  # below the bars, so that it hides none
    for place, row in enumerate(timeline.rows):
        lines += draw_row(row, axis, top + place * ROW, path, index)
    return Drawing("\n".join(lines), _WIDTH, height)


def _entries(timeline: Timeline) -> Iterator[Entry]:
    """What the legend explains: the states that occur, and the lines that do."""
    yield from map(state_entry, timeline.states)
    spans = [span for row in timeline.rows for span in row.spans]
    if any(span.ready is not None and span.ready < span.start for span in spans):
        yield Entry(
            "ready, waiting for room", element("path", d="M0,-3H17", stroke=_INK.frame, stroke_width=2.5, class_="room")
        )
    if any(len(span.record.attempts) > 1 for span in spans):
        line = element("path", d="M0,-3H17", stroke=_INK.edge, stroke_dasharray="2 2")
        yield Entry("pause before a retry", line)
    if len(timeline.path) > 1:
        took = duration(timeline.path[-1].end - timeline.path[0].start)
        nodes = plural(len(timeline.path), "node")
        line = element("path", d="M0,-8V-3H17", stroke=_INK.path, stroke_width=1.6, fill="none", class_="path")
        yield Entry(f"critical path: {nodes}, {took}", line)
