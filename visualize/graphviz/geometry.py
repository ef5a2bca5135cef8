"""Where Graphviz put things: the places of vertices, edges and clusters, read from the SVG that it made.

Graphviz's SVG is its only output here that says where everything is. It is drawn anew from these places
(``visualize/graphviz/drawing.py``), because Graphviz knows one font size a box, no hover, no focus and no dark page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from planweave.engine.errors import RenderError

__all__ = ["Geometry", "Point", "Rectangle", "Route", "read_geometry"]

_ELEMENT = re.compile(r'<g id="(node|edge|clust)\d+" class="[^"]*">\s*<title>([^<]*)</title>(.*?)</g>', re.DOTALL)
_SIZE = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')
_SHIFT = re.compile(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)")
_LINE = re.compile(r'<(?:path|polygon|polyline)[^>]*? (?:d|points)="([^"]*)"')
_ELLIPSE = re.compile(r'<ellipse[^>]*? cx="([-\d.]+)" cy="([-\d.]+)" rx="([-\d.]+)" ry="([-\d.]+)"')
_TEXT = re.compile(r'<text[^>]*? x="([-\d.]+)" y="([-\d.]+)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_STEPS = 12  # pieces of a curve that are taken for straight


class Point(NamedTuple):
    """A place, in points from the top left corner."""

    x: float
    y: float


class Rectangle(NamedTuple):
    """A box by its corner and its size, in points."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)


@dataclass(frozen=True, slots=True)
class Route:
    """How an edge runs.

    Attributes:
        curve: the control points of its Bézier curves: a start, then three for each piece.
        arrow: the corners of its head.
        label: the middle of the base line of its label, where it has one.
    """

    curve: tuple[Point, ...]
    arrow: tuple[Point, ...]
    label: Point | None

    def points(self) -> list[Point]:
        """Points along its curves, close enough to one another to be joined by straight lines."""
        found = [self.curve[0]]
        for start in range(0, len(self.curve) - 3, 3):
            piece = self.curve[start : start + 4]
            for step in range(1, _STEPS + 1):
                t = step / _STEPS
                weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
                x, y = (sum(w * point[axis] for w, point in zip(weights, piece, strict=True)) for axis in (0, 1))
                found.append(Point(x, y))
        return found


@dataclass(frozen=True, slots=True)
class Geometry:
    """The places of everything, by the names that the DOT text gave: ``v0``, ``cluster_0``, ``v0->v1``."""

    width: float
    height: float
    vertices: Mapping[str, Rectangle]
    clusters: Mapping[str, Rectangle]
    edges: Mapping[str, Route]


def read_geometry(svg: bytes) -> Geometry:
    """Read an SVG that Graphviz made.

    Raises:
        RenderError: it is not of the form that Graphviz gives its SVG.

    >>> from planweave.visualize.graphviz.program import layout
    >>> found = read_geometry(layout("digraph { a -> b }"))
    >>> sorted(found.vertices), list(found.edges), found.vertices["a"].y < found.vertices["b"].y
    (['a', 'b'], ['a->b'], True)
    """
    text = svg.decode()
    size, shift = _SIZE.search(text), _SHIFT.search(text)
    if size is None or shift is None:
        raise RenderError(
            "this Graphviz gives its SVG an unknown form",
            mend="install Graphviz 2.40 or newer, or use the embedded one",
        )
    at = Point(float(shift[1]), float(shift[2]))
    vertices: dict[str, Rectangle] = {}
    clusters: dict[str, Rectangle] = {}
    edges: dict[str, Route] = {}
    for kind, title, body in _ELEMENT.findall(text):
        name = title.replace("&#45;", "-").replace("&gt;", ">")
        if kind == "edge":
            edges[name] = _route(body, at)
        elif _LINE.search(body) or _ELLIPSE.search(body):  # what is not drawn has no place
            (vertices if kind == "node" else clusters)[name] = _bounds(body, at)
    return Geometry(float(size[1]), float(size[2]), vertices, clusters, edges)


def _points(text: str, at: Point) -> tuple[Point, ...]:
    numbers = [float(number) for number in _NUMBER.findall(text)]
    return tuple(Point(x + at.x, y + at.y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))


def _bounds(body: str, at: Point) -> Rectangle:
    """The smallest box around all that is drawn of a vertex or cluster."""
    points = [point for line in _LINE.findall(body) for point in _points(line, at)]
    for ellipse in _ELLIPSE.findall(body):
        x, y, rx, ry = map(float, ellipse)
        points += [Point(at.x + x - rx, at.y + y - ry), Point(at.x + x + rx, at.y + y + ry)]
    left, top = min(point.x for point in points), min(point.y for point in points)
    return Rectangle(left, top, max(point.x for point in points) - left, max(point.y for point in points) - top)


def _route(body: str, at: Point) -> Route:
    lines = _LINE.findall(body)
    label = _TEXT.search(body)
    return Route(
        _points(lines[0], at) if lines else (),
        _points(lines[1], at) if len(lines) > 1 else (),
        None if label is None else Point(float(label[1]) + at.x, float(label[2]) + at.y),
    )
