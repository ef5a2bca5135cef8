"""Draws a picture as SVG, in the places that Graphviz found for it.

What is quiet is light and thin; what asks for attention is dark. Every vertex is a group with its whole text as a
tooltip, so that nothing is lost where a label had to be shortened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.document import HEADER, MARGIN, SUBTITLE_SIZE, Drawing, document, moved
from planweave.visualize.graphviz.box import DETAIL_SIZE, LABEL_SIZE, Box, box_of
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.geometry import Rectangle, Route, read_geometry
from planweave.visualize.graphviz.program import layout
from planweave.visualize.legend import EDGE_DASHES, draw_legend, entries_of
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, LOOKS, PLAIN, Shade
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import dashes, element, escape, points

__all__ = ["draw", "draw_body"]

_INK = INK["light"]
_LEAST_WIDTH, _WIDEST_TITLE = 300.0, 520.0
_FEW_EDGES = 400


def draw(picture: Picture, options: Options | None = None) -> str:
    """The picture as an SVG document: title, drawing and legend.

    Raises:
        RenderError: Graphviz cannot lay it out; see ``visualize/graphviz/errors.py``.
    """
    inner = draw_body(picture, options or Options())
    title = min(text_width_points(picture.subtitle, SUBTITLE_SIZE), _WIDEST_TITLE)
    width = max(inner.width, title, _LEAST_WIDTH) + 2 * MARGIN
    legend = draw_legend(entries_of(picture.legend), width - 2 * MARGIN)
    height = HEADER + inner.height + legend.height + MARGIN
    return document(
        picture.title,
        picture.subtitle,
        width,
        height,
        moved(inner.body, (width - inner.width) / 2, HEADER),
        moved(legend.body, MARGIN, HEADER + inner.height),
    )


def draw_body(picture: Picture, options: Options, *, interactive: bool = False) -> Drawing:
    """What ``draw`` puts between title and legend; ``interactive``: its vertices take the keyboard focus."""
    boxes = {vertex.key: box_of(vertex) for vertex in picture.vertices}
    geometry = read_geometry(layout(dot_of(picture, options, bare=True), "svg", time_limit=options.time_limit))
    names = {vertex.key: place for place, vertex in enumerate(picture.vertices)}
    lines = []
    for place, cluster in enumerate(picture.clusters):
        lines.append(_cluster(cluster, geometry.clusters[f"cluster_{place}"]))
    thin = len(picture.edges) > _FEW_EDGES
    lines.append(f'<g class="edges" fill="none" stroke="{_INK.edge}" stroke-width="{0.6 if thin else 1}">')
    for edge in picture.edges:
        tail, head = names[edge.tail], names[edge.head]
        lines += _edge(
            edge, geometry.edges[f"v{tail}->v{head}"], f' data-tail="{tail}" data-head="{head}"' if interactive else ""
        )
    lines.append("</g>")
    for place, cluster in enumerate(picture.clusters):
        lines.append(_cluster_label(cluster, geometry.clusters[f"cluster_{place}"]))
    for place, vertex in enumerate(picture.vertices):
        lines += _vertex(vertex, boxes[vertex.key], geometry.vertices[f"v{place}"], place, interactive)
    return Drawing("\n".join(lines), geometry.width, geometry.height)


# ---------------------------------------------------------------------- clusters and edges


def _cluster(cluster: Cluster, place: Rectangle) -> str:
    """The frame of a cluster; its label comes later, so that no edge runs through it."""
    dotted = cluster.ghost or cluster.kind == "template"
    frame = element(
        "rect",
        x=place.x,
        y=place.y,
        width=place.width,
        height=place.height,
        rx=8,
        fill="none" if dotted else _INK.panel,
        stroke=_INK.frame,
        stroke_dasharray="2 3" if dotted else None,
    )
    title = element("title", cluster.tooltip or cluster.label)
    return f'<g class="cluster{"" if dotted else " filled"}">{title}{frame}</g>'


def _cluster_label(cluster: Cluster, place: Rectangle) -> str:
    dotted = cluster.ghost or cluster.kind == "template"
    return element(
        "text",
        shorten(cluster.label, place.width - 14, DETAIL_SIZE),
        x=place.x + 9,
        y=place.y + 13,
        font_size=DETAIL_SIZE,
        fill=_INK.quiet,
        stroke=_INK.paper if dotted else _INK.panel,
        stroke_width=4,
        stroke_linejoin="round",
        paint_order="stroke",
        class_=f"quiet halo{'' if dotted else ' filled'}",
    )


def _edge(edge: Edge, route: Route, ends: str) -> Iterator[str]:
    stroke = _INK.faint if edge.ghost else None
    kind = f"edge {edge.kind}{' ghost' if edge.ghost else ''}"
    start, *rest = route.curve
    yield f'<g class="{kind}"{ends}' + (f' stroke="{stroke}">' if stroke else ">")
    yield element("path", d=f"M{points([start])}C{points(rest)}", stroke_dasharray=EDGE_DASHES.get(edge.kind))
    if route.arrow:
        yield element("polygon", points=points(route.arrow), fill=stroke or _INK.edge, stroke="none", class_="arrow")
    if edge.label and route.label is not None:
        x, y = route.label
        yield element(
            "text",
            shorten(edge.label, 90, DETAIL_SIZE),
            x=x,
            y=y,
            text_anchor="middle",
            font_size=DETAIL_SIZE,
            fill=_INK.quiet,
            stroke="none",
            class_="quiet",
        )
    yield "</g>"


# ---------------------------------------------------------------------- vertices


def _vertex(vertex: Vertex, box: Box, place: Rectangle, index: int, interactive: bool) -> Iterator[str]:
    if vertex.shape == "junction":
        x, y = place.middle
        yield element("circle", cx=x, cy=y, r=2.5, fill=_INK.edge, class_="junction")
        return
    state = (
        "ghost"
        if vertex.ghost
        else vertex.state.value
        if vertex.state is not None and vertex.shape != "many"
        else "plain"
    )
    focus = f' tabindex="0" role="button" aria-label="{escape(_spoken(vertex))}"' if interactive else ""
    yield f'<g class="vertex {vertex.shape} {state}" data-vertex="{index}"{focus}>'
    yield element("title", vertex.tooltip or vertex.label)
    shade, border = _shade(vertex)
    yield from _outline(vertex, place, shade, border)
    yield from _text(vertex, box, place, shade)
    if vertex.shape == "many" and vertex.counts:
        yield from _bar(vertex, place)
    yield "</g>"


def _spoken(vertex: Vertex) -> str:
    """The vertex as a screen reader says it."""
    state = LOOKS[vertex.state].word if vertex.state is not None and vertex.shape != "many" else ""
    return ", ".join(word for word in (vertex.label, vertex.detail, state) if word)


def _shade(vertex: Vertex) -> tuple[Shade, str]:
    if vertex.ghost:
        return Shade(_INK.paper, _INK.faint, _INK.ghost), "dashed"
    if vertex.state is None or vertex.shape == "many":
        return PLAIN.light, "solid"
    look = LOOKS[vertex.state]
    return look.light, look.border


def _outline(vertex: Vertex, place: Rectangle, shade: Shade, border: str) -> Iterator[str]:
    """The shape of the vertex: sheets for many, a hexagon for a choice, round ends for what takes time or turns."""
    x, y, width, height = place
    paint: dict[str, str | float | None]
    paint = {"fill": shade.fill, "stroke": shade.line, "stroke_width": 1.2, "stroke_dasharray": dashes(border)}
    if vertex.shape == "when":
        slant = min(12.0, height / 2)
        middle = y + height / 2
        corners = [(x, middle), (x + slant, y), (x + width - slant, y), (x + width, middle)]
        corners += [(x + width - slant, y + height), (x + slant, y + height)]
        yield element("polygon", points=points(corners), stroke_linejoin="round", class_="box", **paint)
        return
    radius = height / 2 if vertex.shape in ("repeat", "sleep") else 6
    if vertex.shape in ("map", "many"):
        for shift in (4, 2):
            yield element(
                "rect", x=x + shift, y=y + shift, width=width, height=height, rx=radius, class_="back", **paint
            )
    yield element("rect", x=x, y=y, width=width, height=height, rx=radius, class_="box", **paint)


def _text(vertex: Vertex, box: Box, place: Rectangle, shade: Shade) -> Iterator[str]:
    """The sign, the lines of the label and the detail; beside a sign they begin at one edge, else they are centred."""
    lines: Sequence[tuple[str, float]] = [(line, LABEL_SIZE) for line in box.lines]
    if box.detail:
        lines = [*lines, (box.detail, DETAIL_SIZE)]
    heights = [14.0 if size == LABEL_SIZE else 12.0 for _, size in lines]
    y = place.middle.y - sum(heights) / 2
    widest = max(text_width_points(line, size) for line, size in lines)
    left = place.middle.x - (widest + (15 if box.sign else 0)) / 2
    for row, ((line, size), height) in enumerate(zip(lines, heights, strict=True)):
        y += height
        base = y - (3.4 if size == LABEL_SIZE else 3.0)
        if box.sign and row == 0:
            yield element("text", box.sign, x=left, y=base, font_size=LABEL_SIZE, fill=shade.text, class_="sign")
        quiet = size != LABEL_SIZE and vertex.state is None and not vertex.ghost
        yield element(
            "text",
            line,
            x=left + 15 if box.sign else place.middle.x,
            y=base,
            text_anchor=None if box.sign else "middle",
            font_size=size,
            fill=_INK.quiet if quiet else shade.text,
            class_="detail" if size != LABEL_SIZE else None,
        )


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
