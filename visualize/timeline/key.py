"""What the legend of a timeline says of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.engine.state import NodeState
from planweave.visualize.legend import Entry
from planweave.visualize.palette import INK, LOOKS
from planweave.visualize.text.svg import element
from planweave.visualize.text.unit import duration, plural
from planweave.visualize.timeline.axis import axis_of
from planweave.visualize.timeline.bars import RETRIED_BORDER, RETRIED_GROUND, shows_pause, shows_wait, tries_of
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.span import Span, Times, waited_on

__all__ = ["line_entries"]

_WORTH_TELLING = 0.01  # of the critical path
_INK = INK["light"]


def line_entries(rows: Sequence[Row], path: Sequence[Span], times: Times) -> Iterator[Entry]:
    """The lines and the one bar that are no state, as far as they occur."""
    axis = axis_of(times.start, times.end)
    spans = [span for row in rows if not row.many for span in row.spans]
    if any(one.retried for span in spans for one in tries_of(span)):
        yield Entry("failed, tried again", _retried())
    if any(shows_wait(span, axis) for span in spans):
        yield Entry("ready, waiting for room", _line(stroke=_INK.frame, stroke_width=2.5, class_="room"))
    if any(shows_pause(span, axis) for span in spans):
        yield Entry("pause before a retry", _line(stroke=_INK.edge, stroke_dasharray="2 2", class_="pause"))
    if len(path) > 1:
        line = element("path", d="M0,-8V-3H17", stroke=_INK.path, stroke_width=1.6, fill="none", class_="path")
        yield Entry(_path_in_words(path), line)


def _line(**look: str | float | None) -> str:
    return element("path", d="M0,-3H17", **look)


def _retried() -> str:
    look = LOOKS[NodeState.FAILED].light
    box = element(
        "rect",
        x=0.5,
        y=-9,
        width=16,
        height=12,
        rx=2,
        fill=look.fill,
        fill_opacity=RETRIED_GROUND,
        stroke=look.line,
        stroke_dasharray=RETRIED_BORDER,
        class_="box",
    )
    return f'<g class="vertex {NodeState.FAILED} retried">{box}</g>'


def _path_in_words(path: Sequence[Span]) -> str:
    """How long the critical path is, and how much of that is no work but waiting for room."""
    took, waited = path[-1].end - path[0].begin, waited_on(path)
    extra = f", of which {duration(waited)} waiting for room" if waited > _WORTH_TELLING * took else ""
    return f"critical path: {plural(len(path), 'node')}, {duration(took)}{extra}"
