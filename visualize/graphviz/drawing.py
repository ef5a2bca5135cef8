"""Draws a picture as SVG, in the places that Graphviz found for it.

What is quiet is light and thin; what asks for attention is dark.
"""

from __future__ import annotations

from collections.abc import Iterator

from planweave.visualize.document import HEADER, MARGIN, SUBTITLE_SIZE, Drawing, document, moved
from planweave.visualize.graphviz.box import DETAIL_SIZE, best_direction, box_of
from planweave.visualize.graphviz.dot import EDGE_LABEL_WIDTH, FEW_EDGES, dot_of
from planweave.visualize.graphviz.frame import draw_frame, draw_frame_label
from planweave.visualize.graphviz.geometry import Point, Route, read_geometry
from planweave.visualize.graphviz.order import in_order
from planweave.visualize.graphviz.program import layout
from planweave.visualize.graphviz.vertex import draw_vertex
from planweave.visualize.legend import CRITICAL_WIDTH, EDGE_DASHES, draw_legend, entries_of
from planweave.visualize.options import Options
from planweave.visualize.palette import INK
from planweave.visualize.picture.picture import Edge, Picture
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import element, points

__all__ = ["draw", "draw_body"]

_INK = INK["light"]
_LEAST_WIDTH, _WIDEST_TITLE = 300.0, 520.0
_BESIDE = 17.0
_LINE = 10.8  # of a label; that is how far Graphviz has them apart


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
    direction = best_direction(picture, boxes, options.direction)
    geometry = in_order(picture, geometry, across=0 if direction == "down" else 1)
    names = {vertex.key: place for place, vertex in enumerate(picture.vertices)}
    frames = [(cluster, geometry.clusters[f"cluster_{place}"]) for place, cluster in enumerate(picture.clusters)]
    lines = [draw_frame(cluster, place) for cluster, place in frames]
    thin = len(picture.edges) > FEW_EDGES
    lines.append(f'<g class="edges" fill="none" stroke="{_INK.edge}" stroke-width="{0.6 if thin else 1}">')
    for edge in picture.edges:
        tail, head = names[edge.tail], names[edge.head]
        ends = f' data-tail="{tail}" data-head="{head}"' if interactive else ""
        lines += _edge(edge, geometry.edges[f"v{tail}->v{head}"], ends)
    lines.append("</g>")
    for cluster, place in frames:
        lines += draw_frame_label(cluster, place, geometry.edges.values(), down=direction == "down")
    for index, vertex in enumerate(picture.vertices):
        place = geometry.vertices[f"v{index}"]
        lines += draw_vertex(vertex, boxes[vertex.key], place, index, interactive=interactive)
    return Drawing("\n".join(lines), geometry.width, geometry.height)


def _edge(edge: Edge, route: Route, ends: str) -> Iterator[str]:
    stroke = _INK.faint if edge.ghost else _INK.path if edge.critical else None
    marks = {
        "class_": " ".join(["edge", edge.kind, *["ghost"] * bool(edge.ghost), *["path"] * edge.critical]),
        "stroke": stroke,
        "stroke_width": CRITICAL_WIDTH if edge.critical else None,
    }
    start, *rest = route.curve
    yield element("g", **marks).removesuffix("/>") + f"{ends}>"
    yield element("path", d=f"M{points([start])}C{points(rest)}", stroke_dasharray=EDGE_DASHES.get(edge.kind))
    if route.arrow:
        yield element("polygon", points=points(route.arrow), fill=stroke or _INK.edge, stroke="none", class_="arrow")
    if edge.label:
        label = route.label or _beside(route)
        for number, line in enumerate(edge.label.split("\n")):
            yield element(
                "text",
                shorten(line, EDGE_LABEL_WIDTH, DETAIL_SIZE),
                x=label.x,
                y=label.y + number * _LINE,
                text_anchor="middle",
                font_size=DETAIL_SIZE,
                fill=_INK.quiet,
                stroke="none",
                class_="quiet",
            )
    yield "</g>"


def _beside(route: Route) -> Point:
    """The place of a label that Graphviz did not place: left of the middle of the edge."""
    along = route.points()
    middle = along[len(along) // 2]
    return Point(middle.x - _BESIDE, middle.y)
