"""Draws the vertices of a picture as SVG: outline, sign, text, and how the states of many nodes divide.

Every vertex is a group with its whole text as a tooltip, so that nothing is lost where a label had to be shortened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.dress import Dress, dress_of
from planweave.visualize.graphviz.box import DETAIL_SIZE, LABEL_SIZE, Box
from planweave.visualize.graphviz.geometry import Rectangle
from planweave.visualize.legend import CRITICAL_WIDTH
from planweave.visualize.palette import INK, LOOKS
from planweave.visualize.picture.picture import Vertex
from planweave.visualize.text.measure import is_estimate, text_width_points
from planweave.visualize.text.svg import dashes, element, escape, number, points

__all__ = ["draw_vertex"]

_INK = INK["light"]
_SHEETS = (4.0, 2.0)  # how far the sheets behind a vertex of many nodes stand out
_SIGN = 15.0


def draw_vertex(vertex: Vertex, box: Box, place: Rectangle, index: int, *, interactive: bool) -> Iterator[str]:
    """The elements of a vertex.

    Args:
        vertex: what is drawn.
        box: the text in it.
        place: where it stands.
        index: its number in the picture, which the HTML page knows it by.
        interactive: whether it takes the keyboard focus.
    """
    if vertex.shape == "junction":
        x, y = place.middle
        yield element("circle", cx=x, cy=y, r=2.5, fill=_INK.edge, class_="junction")
        return
    dress = dress_of(vertex)
    focus = f' tabindex="0" role="button" aria-label="{escape(_spoken(vertex))}"' if interactive else ""
    yield f'<g class="vertex {vertex.shape} {dress.name}" data-vertex="{index}"{focus}>'
    yield element("title", vertex.tooltip or vertex.label)
    yield from _outline(vertex, place, dress)
    if any(map(is_estimate, (*box.lines, box.detail))):
        yield from _clipped(vertex, box, place, dress)
    else:
        yield from _text(vertex, box, place, dress)
    if len(vertex.counts) > 1:
        yield from _bar(vertex, place)
    yield "</g>"


def _spoken(vertex: Vertex) -> str:
    """The vertex as a screen reader says it."""
    state = LOOKS[vertex.state].word if vertex.state is not None and vertex.shape != "many" else ""
    return ", ".join(word for word in (vertex.label, vertex.detail, state) if word)


# ---------------------------------------------------------------------- outline


def _outline(vertex: Vertex, place: Rectangle, dress: Dress) -> Iterator[str]:
    """The shape of the vertex: sheets for many, a hexagon for a choice, round ends for what takes time or turns."""
    x, y, width, height = place
    paint: dict[str, str | float | None] = {
        "fill": dress.shade.fill,
        "stroke": dress.shade.line,
        "stroke_width": CRITICAL_WIDTH if vertex.critical else 1.2,
        "stroke_dasharray": dashes(dress.border),
    }
    if vertex.shape == "when":
        yield element("polygon", points=points(_hexagon(place)), stroke_linejoin="round", class_="box", **paint)
        return
    radius = height / 2 if vertex.shape in ("repeat", "wait", "compound") else 6
    if vertex.shape in ("map", "many"):
        sheet = {**paint, "stroke_width": 1.2}
        for shift in _SHEETS:
            yield element(
                "rect", x=x + shift, y=y + shift, width=width, height=height, rx=radius, class_="back", **sheet
            )
    yield element("rect", x=x, y=y, width=width, height=height, rx=radius, class_="box", **paint)
    if (
        dress.alarm is not None
    ):  # the page paints the box by its class: the border of another state is a frame around it
        yield element(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            rx=radius,
            fill="none",
            stroke=LOOKS[dress.alarm].mark,
            stroke_width=CRITICAL_WIDTH,
            class_=f"bracket {dress.alarm}",
        )


def _hexagon(place: Rectangle) -> Sequence[tuple[float, float]]:
    x, y, width, height = place
    slant, middle = min(12.0, height / 2), y + height / 2
    return (
        (x, middle),
        (x + slant, y),
        (x + width - slant, y),
        (x + width, middle),
        (x + width - slant, y + height),
        (x + slant, y + height),
    )


# ---------------------------------------------------------------------- text


def _clipped(vertex: Vertex, box: Box, place: Rectangle, dress: Dress) -> Iterator[str]:
    """The text, cut off where the box ends.

    By an inner picture instead of a clip path: a path would need an id, and two pictures in a notebook would share it.
    """
    x, y, width, height = map(number, place)
    yield f'<svg class="vertex {dress.name}" x="{x}" y="{y}" width="{width}" height="{height}" overflow="hidden">'
    yield from _text(vertex, box, Rectangle(0.0, 0.0, place.width, place.height), dress)
    yield "</svg>"


def _text(vertex: Vertex, box: Box, place: Rectangle, dress: Dress) -> Iterator[str]:
    """The sign, the lines of the label and the detail; beside a sign they begin at one edge, else they are centred."""
    lines: Sequence[tuple[str, float]] = [(line, LABEL_SIZE) for line in box.lines]
    if box.detail:
        lines = [*lines, (box.detail, DETAIL_SIZE)]
    heights = [14.0 if size == LABEL_SIZE else 12.0 for _, size in lines]
    y = place.middle.y - sum(heights) / 2
    widest = max(text_width_points(line, size) for line, size in lines)
    left = place.middle.x - (widest + (_SIGN if box.sign else 0)) / 2
    for row, ((line, size), height) in enumerate(zip(lines, heights, strict=True)):
        y += height
        base = y - (3.4 if size == LABEL_SIZE else 3.0)
        if box.sign and row == 0:
            yield _sign(box.sign, left, base, dress)
        quiet = size != LABEL_SIZE and dress.name in ("plain", "pale")
        yield element(
            "text",
            line,
            x=left + _SIGN if box.sign else place.middle.x,
            y=base,
            text_anchor=None if box.sign else "middle",
            font_size=size,
            fill=_INK.quiet if quiet else dress.shade.text,
            class_="detail" if size != LABEL_SIZE else None,
        )


def _sign(sign: str, x: float, y: float, dress: Dress) -> str:
    if dress.alarm is None:
        return element("text", sign, x=x, y=y, font_size=LABEL_SIZE, fill=dress.shade.text, class_="sign")
    text = element("text", sign, x=x, y=y, font_size=LABEL_SIZE, class_="sign")
    return f'<g class="mark {dress.alarm}" fill="{LOOKS[dress.alarm].mark}">{text}</g>'


def _bar(vertex: Vertex, place: Rectangle) -> Iterator[str]:
    """How the states of many nodes divide, along the lower edge."""
    total = sum(count for _, count in vertex.counts)
    x, width = place.x + 6, place.width - 12
    for state, count in vertex.counts:
        share = max(width * count / total, 1.5)
        yield element(
            "rect",
            x=x,
            y=place.y + place.height - 4,
            width=share,
            height=2.5,
            fill=LOOKS[state].mark,
            class_=f"mark {state}",
        )
        x += width * count / total
