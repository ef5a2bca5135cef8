"""Draws the frames of clusters as SVG, with their labels where no edge runs through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from planweave.visualize.graphviz.box import DETAIL_SIZE
from planweave.visualize.graphviz.geometry import Point, Rectangle, Route
from planweave.visualize.palette import INK
from planweave.visualize.picture.picture import Cluster
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import element

__all__ = ["draw_frame", "draw_frame_label", "label_lines"]

_INK = INK["light"]
_INSET, _BASE, _LINE = 9.0, 13.0, 11.0  # of a label: from the side, from the top to its first base line, of a line
_SHIFT = 6.0


def _is_open(cluster: Cluster) -> bool:
    """Whether a frame is dotted and has no ground: that of what may run, or has not run."""
    return bool(cluster.ghost) or cluster.kind == "template"


def draw_frame(cluster: Cluster, place: Rectangle) -> str:
    """The frame of a cluster; its label comes later, above the edges."""
    dotted = _is_open(cluster)
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


def label_lines(cluster: Cluster, *, down: bool) -> list[str]:
    """The lines of the label: of two words about a body, the second stands below the first where edges lead down.

    Short lines leave room for the edges that enter from above.
    """
    head, comma, tail = cluster.label.partition(", ")
    return [head + ",", tail] if comma and down and cluster.kind == "template" else [cluster.label]


def draw_frame_label(cluster: Cluster, place: Rectangle, routes: Iterable[Route], *, down: bool) -> Iterator[str]:
    """The label of a cluster along the upper edge of its frame, beside the edges that enter there."""
    lines = [shorten(line, place.width - 14, DETAIL_SIZE) for line in label_lines(cluster, down=down)]
    width = max(text_width_points(line, DETAIL_SIZE) for line in lines)
    x = _clear(place, width, place.y + _BASE + _LINE * (len(lines) - 1), routes)
    dotted = _is_open(cluster)
    for number, line in enumerate(lines):
        yield element(
            "text",
            line,
            x=x,
            y=place.y + _BASE + number * _LINE,
            font_size=DETAIL_SIZE,
            fill=_INK.quiet,
            stroke=_INK.paper if dotted else _INK.panel,
            stroke_width=4,
            stroke_linejoin="round",
            paint_order="stroke",
            class_=f"quiet halo{'' if dotted else ' filled'}",
        )


def _clear(place: Rectangle, width: float, base: float, routes: Iterable[Route]) -> float:
    """Where a label begins: as far to the left as it can without an edge in it; at the left if there is no such place.

    Args:
        place: the frame.
        width: of the label, in points.
        base: the base line of its last line.
        routes: of all edges.
    """
    left, right = place.x + _INSET, place.x + place.width - _INSET - width
    x = left
    for first, last in sorted(_crossings(routes, place, place.y + _BASE - _LINE, base + 3)):
        if first - 2 < x + width and last + 2 > x:
            x = last + _SHIFT
    return x if x <= right else left


def _crossings(routes: Iterable[Route], place: Rectangle, top: float, bottom: float) -> Iterator[tuple[float, float]]:
    """From where to where edges run through a band of a frame, from left to right."""
    for route in routes:
        xs, ys = zip(*route.curve, strict=True)
        if max(ys) < top or min(ys) > bottom or max(xs) < place.x or min(xs) > place.x + place.width:
            continue
        steps = list(pairwise(route.points()))
        within = [point.x for step in steps if _in_band(step, top, bottom) for point in step]
        if within:
            yield min(within), max(within)


def _in_band(step: tuple[Point, Point], top: float, bottom: float) -> bool:
    return max(step[0].y, step[1].y) >= top and min(step[0].y, step[1].y) <= bottom
