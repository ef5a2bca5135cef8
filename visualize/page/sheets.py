"""The sheets of a page, between which its reader turns: the graph is one SVG, the timeline has rows of HTML.

The rows of the timeline are as wide as the window wants, their text is of one size, and what happens over time stands
in per cent (``visualize/timeline/axis.py``): stretching it is a matter of one width, and scrolling one of the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planweave.visualize.document import Drawing
from planweave.visualize.legend import Entry
from planweave.visualize.palette import LOOKS
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import FONTS, element, escape, number
from planweave.visualize.timeline.axis import Axis, axis_of, finer_marks
from planweave.visualize.timeline.bars import busy, draw_area, draw_bars, draw_path
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.timeline import Timeline, at_once_in_words
from planweave.visualize.timeline.words import spoken, tooltip, words_of

__all__ = ["graph_sheet", "legend_list", "timeline_sheet", "timeline_sizes"]

_PADDING = 8.0
_PITCH, _RULER, _STRIP = 24.0, 48.0, 22.0  # pixels: a row, the ruler above them, how many ran at once in it
_NAME_SIZE, _TOOK_SIZE = 13.0, 12.0
_INDENT, _DEEPEST, _SIGN, _GAP = 14, 12, 18, 12
_LONGEST_NAME = 420.0
_USUAL_MARKS = 9


def graph_sheet(drawing: Drawing, *, hidden: bool) -> str:
    """The sheet of a graph, which the script pans and zooms."""
    width, height = drawing.width + 2 * _PADDING, drawing.height + 2 * _PADDING
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    return (
        f'<div class="sheet canvas" id="graph" role="tabpanel" aria-label="Graph"{" hidden" if hidden else ""}>'
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{escape(FONTS)}"><g class="view">'
        f'<g transform="translate({_PADDING:g} {_PADDING:g})">\n{drawing.body}\n</g></g></svg></div>'
    )


def legend_list(name: str, entries: Iterable[Entry], *, hidden: bool) -> str:
    """What the lines of a sheet mean; nothing, where it has none that need it."""
    items = [
        f'<li><svg width="20" height="16" viewBox="-1.5 -11 20 16" aria-hidden="true">{entry.sample}</svg>'
        f"{escape(entry.words)}</li>"
        for entry in entries
    ]
    if not items:
        return ""
    return f'<ul class="legend" data-of="{name}"{" hidden" if hidden else ""}>{"".join(items)}</ul>'


# ---------------------------------------------------------------------- timeline


def timeline_sizes(timeline: Timeline) -> str:
    """The rule of the style sheet that gives the columns and rows of a timeline their sizes."""
    names = [_before(row) + text_width_points(_label(row), _NAME_SIZE) for row in timeline.rows]
    took = [text_width_points(words_of(row), _TOOK_SIZE) for row in timeline.rows]
    names.append(_SIGN + text_width_points(at_once_in_words(timeline), _TOOK_SIZE))
    widths = {"names": max(names) + _GAP, "took": max([40.0, *took]) + 2 * _GAP}
    sizes = widths | {"pitch": _PITCH, "ruler": _RULER}
    variables = " ".join(f"--{name}: {number(value)}px;" for name, value in sizes.items())
    return f"#timeline {{ {variables} --zoom: 1; }}"


def timeline_sheet(timeline: Timeline, index: Mapping[str, int], *, hidden: bool) -> str:
    """The sheet of a timeline.

    Args:
        timeline: what is shown.
        index: the number of each node on the page.
        hidden: whether another sheet is shown first.
    """
    times = timeline.times
    axis = axis_of(times.start, times.end, elastic=True)
    path = draw_path(timeline.path, timeline.rows, axis, _RULER, _PITCH)
    critical = timeline.path_ids
    rows: list[str] = []
    groups = 0
    for row in timeline.rows:
        if row.part is not None:
            chosen = f'data-node="{index[row.part.key]}"'
        else:
            chosen, groups = f'data-group="{groups}"', groups + 1
        rows.append(_row(row, axis, chosen, loud=row.part is not None and row.part.key in critical))
    return (
        f'<div class="sheet" id="timeline" role="tabpanel" aria-label="Timeline"{" hidden" if hidden else ""}>'
        f'<div class="times"><svg class="ground" aria-hidden="true">{"".join([*_grid(axis), *path])}</svg>\n'
        f"{_ruler(timeline, axis)}\n{''.join(rows)}</div></div>"
    )


def _levels(axis: Axis) -> Iterator[tuple[str, Iterator[tuple[float, str]]]]:
    """The marks for each width that the axis may have, in groups of which the script shows one."""
    levels = finer_marks(axis.seconds)
    usual = max(place for place, marks in enumerate(levels) if place == 0 or len(marks) <= _USUAL_MARKS)
    for place, marks in enumerate(levels):
        state = "" if place == usual else " hidden"
        yield f'data-marks="{len(marks)}"{state}', ((axis.start + seconds, word) for seconds, word in marks)


def _grid(axis: Axis) -> Iterator[str]:
    for level, marks in _levels(axis):
        lines = [element("line", x1=axis.x(time), x2=axis.x(time), y1=_RULER, y2="100%") for time, _ in marks]
        yield f'<g class="axis" {level}>{"".join(lines)}</g>'


def _ruler(timeline: Timeline, axis: Axis) -> str:
    """What stays above the rows when they are scrolled: the axis, and how many nodes ran at once."""
    words = [
        f"<g {level}>"
        + "".join(element("text", word, x=axis.x(time), y=14, text_anchor="middle") for time, word in marks)
        + "</g>"
        for level, marks in _levels(axis)
    ]
    area = draw_area(busy(list(timeline.times.spans.values())), axis, _RULER - _STRIP - 2, _STRIP)
    name = at_once_in_words(timeline)
    return (
        f'<div class="ruler"><span class="name">{name}</span>'
        f'<svg class="chart" aria-hidden="true">{"".join(words)}{area}</svg><span class="took"></span></div>'
    )


def _row(row: Row, axis: Axis, chosen: str, *, loud: bool) -> str:
    part = row.part
    sign = "" if part is None or part.state is None else LOOKS[part.state].sign
    told = f'aria-label="{escape(spoken(row))}" title="{escape(tooltip(row, axis.start))}"'
    name = (
        f'<span class="name{" loud" if loud else ""}">{"<i></i>" * min(row.depth, _DEEPEST)}'
        f'<b class="mark {"" if part is None else part.state}">{sign}</b><bdi>{escape(_label(row))}</bdi></span>'
    )
    bars = "".join(draw_bars(row, axis, _PITCH / 2))
    return (
        f'<div class="row" {chosen} tabindex="0" role="button" {told}>{name}'
        f'<svg class="chart" aria-hidden="true">{bars}</svg><span class="took">{escape(words_of(row))}</span></div>\n'
    )


def _label(row: Row) -> str:
    return shorten(row.label, _LONGEST_NAME, _NAME_SIZE)


def _before(row: Row) -> float:
    """Pixels before the label of a row."""
    return min(row.depth, _DEEPEST) * _INDENT + _SIGN
