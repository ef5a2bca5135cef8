"""Writes a sheet as SVG, for a file or for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.document import HEADER, MARGIN, SUBTITLE_SIZE, Drawing, document, moved
from planweave.visualize.graphviz.geometry import Point
from planweave.visualize.legend import Entry, draw_legend
from planweave.visualize.palette import INK
from planweave.visualize.plan.sheet import SIZE, SMALL, SPACE, Box, Line, Note, Sample, Sheet, Style, Word
from planweave.visualize.text.measure import is_estimate, text_width_points
from planweave.visualize.text.svg import dashes, element, escape, number, points

__all__ = ["draw_sheet", "entries_of", "sheet_body"]

_INK = INK["light"]
_BASE = 12.8  # the base line of the words, from the top of their box
_GAP = 4.0  # between words
_SHEET = 2.5  # how far the sheet behind what is folded stands out
_HEAD = (5.5, 2.6)  # the length of an arrow and half its width
_LEAST_WIDTH, _WIDEST_TITLE = 300.0, 520.0


def draw_sheet(sheet: Sheet) -> str:
    """The sheet as an SVG document, with title and legend."""
    title = min(text_width_points(sheet.subtitle, SUBTITLE_SIZE), _WIDEST_TITLE)
    width = max(sheet.width, title, _LEAST_WIDTH) + 2 * MARGIN
    legend = draw_legend(entries_of(sheet.samples), width - 2 * MARGIN)
    return document(
        sheet.title,
        sheet.subtitle,
        width,
        HEADER + sheet.height + legend.height + MARGIN,
        moved(sheet_body(sheet).body, MARGIN, HEADER),
        moved(legend.body, MARGIN, HEADER + sheet.height),
    )


def sheet_body(sheet: Sheet, *, interactive: bool = False) -> Drawing:
    """What stands between title and legend; ``interactive``: on a page, where boxes take the keyboard focus."""
    lines = [f'<g class="edges" fill="none" stroke="{_INK.edge}">']
    lines += [_line(line, interactive=interactive) for line in sheet.lines]
    lines.append("</g>")
    lines += map(_note, sheet.notes)
    for place, box in enumerate(sheet.boxes):
        lines += _box(box, place, interactive=interactive)
    return Drawing("\n".join(lines), sheet.width, sheet.height)


# ---------------------------------------------------------------------- lines


def _line(line: Line, *, interactive: bool) -> str:
    ends = f' data-tail="{line.tail}" data-head="{line.head}"' if interactive else ""
    path = "".join(_path(curve) for curve in line.curves)
    title = element("title", line.tooltip) if line.tooltip else ""
    arrow = ""
    if line.arrow:
        fill = _INK.faint if line.is_pale else _INK.edge
        arrow = element("polygon", points=points(_head(line.curves[-1])), fill=fill, stroke="none", class_="arrow")
    drawn = element("path", d=path, stroke_dasharray=line.dash or None)
    pale = f' ghost" stroke="{_INK.faint}' if line.is_pale else ""
    return f'<g class="edge {line.kind}{pale}"{ends}>{title}{drawn}{arrow}</g>'


def _path(curve: Sequence[Point]) -> str:
    """The path of curves; those that are straight are written shorter."""
    words = [f"M{points(curve[:1])}"]
    for place in range(0, len(curve) - 3, 3):
        start, first, second, end = curve[place : place + 4]
        words.append(f"L{points([end])}" if first == start and second == end else f"C{points([first, second, end])}")
    return "".join(words)


def _head(curve: Sequence[Point]) -> Sequence[tuple[float, float]]:
    """The corners of the arrow at the end of a curve, which comes along one of the axes."""
    end = curve[-1]
    before = next(point for point in reversed(curve) if point != end)
    length, half = _HEAD
    if abs(end.x - before.x) > abs(end.y - before.y):
        back = end.x - length if end.x > before.x else end.x + length
        return (end, (back, end.y - half), (back, end.y + half))
    back = end.y - length if end.y > before.y else end.y + length
    return (end, (end.x - half, back), (end.x + half, back))


def _note(note: Note) -> str:
    title = element("title", note.tooltip) if note.tooltip else ""
    start = element("text", x=note.x, y=note.y, font_size=SMALL, fill=_INK.quiet, class_="quiet").removesuffix("/>")
    spans = [element("tspan", note.text)] if note.text else []
    if note.faint:
        spans.append(element("tspan", note.faint, dx=SPACE if spans else None, fill=_INK.ghost, class_="faint"))
    text = f"{start}>{''.join(spans)}</text>"
    return f"<g>{title}{text}</g>" if title else text


# ---------------------------------------------------------------------- boxes


def _box(box: Box, index: int, *, interactive: bool) -> Iterator[str]:
    style, place = box.style, box.place
    focus = f' tabindex="0" role="button" aria-label="{escape(box.label)}"' if interactive else ""
    yield f'<g class="vertex {style.class_}" data-vertex="{index}"{focus}>'
    yield element("title", box.tooltip or box.label)
    radius = place.height / 2 if style.is_round else 5.0
    if box.is_folded:
        yield _rectangle(style, place.x + _SHEET, place.y + _SHEET, place.width, place.height, radius, "back")
    yield _rectangle(style, *place, radius, "box")
    if any(is_estimate(word.text) for word in box.words):
        # cut off where the box ends, by an inner picture: a clip path would need an id that is unique in a notebook
        x, y, width, height = map(number, place)
        yield f'<svg class="vertex {style.class_}" x="{x}" y="{y}" width="{width}" height="{height}" overflow="hidden">'
        yield _text(box.words, style, style.side, _BASE)
        yield "</svg>"
    else:
        yield _text(box.words, style, place.x + style.side, place.y + _BASE)
    yield "</g>"


def _rectangle(style: Style, x: float, y: float, width: float, height: float, radius: float, class_: str) -> str:
    return element(
        "rect",
        x=x,
        y=y,
        width=width,
        height=height,
        rx=radius,
        fill=style.shade.fill,
        stroke=style.shade.line,
        stroke_dasharray=dashes(style.border),
        class_=class_,
    )


def _text(words: Sequence[Word], style: Style, x: float, y: float) -> str:
    """The words one after another, as the reader's font sets them."""
    spans = []
    for place, word in enumerate(words):
        quiet = word.is_quiet and style.class_ in ("plain", "pale")
        spans.append(
            element(
                "tspan",
                word.text,
                dx=_GAP if place else None,
                font_size=word.size if word.size != SIZE else None,
                fill=_INK.quiet if quiet else None,
                class_="quiet" if quiet else None,
            )
        )
    start = element("text", x=x, y=y, font_size=SIZE, fill=style.shade.text).removesuffix("/>")
    return f"{start}>{''.join(spans)}</text>"


# ---------------------------------------------------------------------- legend


def entries_of(samples: Sequence[Sample]) -> Iterator[Entry]:
    """The legend, as the other pictures have it."""
    for sample in samples:
        yield Entry(sample.words, _sample_box(sample, sample.style) if sample.style else _sample_line(sample))


def _sample_box(sample: Sample, style: Style) -> str:
    shifts = [(2.0, "back")] * sample.is_folded + [(0.0, "box")]
    boxes = [
        _rectangle(style, 0.5 + shift, -9 + shift, 16, 11, 5.5 if style.is_round else 3, class_)
        for shift, class_ in shifts
    ]
    sign = ""
    if style.sign:
        sign = element("text", style.sign, x=8.5, y=0, text_anchor="middle", font_size=8.5, fill=style.shade.text)
    return f'<g class="vertex {style.class_}">{"".join(boxes)}{sign}</g>'


def _sample_line(sample: Sample) -> str:
    start, end = (Point(8.5, -13.0), Point(8.5, 4.0)) if sample.is_down else (Point(0.0, -3.0), Point(17.0, -3.0))
    colour = _INK.faint if sample.is_pale else _INK.edge
    way, dash = f"M{points([start])}L{points([end])}", sample.dash or None
    line = element("path", d=way, stroke=colour, fill="none", stroke_dasharray=dash)
    arrow = element("polygon", points=points(_head((start, end))), fill=colour, class_="arrow") if sample.arrow else ""
    return f'<g class="edge{" ghost" if sample.is_pale else ""}">{line}{arrow}</g>'
