"""How large each vertex must be for its text, and which way the whole picture should lead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planweave.visualize.dress import dress_of
from planweave.visualize.options import Direction
from planweave.visualize.picture.extent import PAGE, WINDOW, Extent, extents
from planweave.visualize.picture.picture import Picture, Vertex
from planweave.visualize.text.label import shorten, wrap
from planweave.visualize.text.measure import text_width_points

__all__ = ["DETAIL_SIZE", "LABEL_SIZE", "PAGE", "WINDOW", "Box", "best_direction", "box_of", "size_of"]

LABEL_SIZE = 11.0
DETAIL_SIZE = 9.0
"""Points."""

_WIDEST_LABEL = 178.0
_WIDEST_DETAIL = 190.0
_WIDEST_OF_MANY = 290.0  # of a count, the second line says more than the first
_PADDING = 11.0
_SIGN = 15.0
_SLANT = 12.0
_LABEL_LINE = 14.0
_DETAIL_LINE = 12.0
_MARGIN = 7.0
_SMALLEST = 46.0
JUNCTION = 8.0


@dataclass(frozen=True, slots=True)
class Box:
    """The room of a vertex and the text in it, which fits whatever font the reader has.

    Attributes:
        width, height: points.
        lines: of the label.
        detail: the second, quieter line; may be empty.
        sign: the character that tells its state; empty outside runs.
    """

    width: float
    height: float
    lines: tuple[str, ...] = ()
    detail: str = ""
    sign: str = ""


def box_of(vertex: Vertex, *, detail_size: float = DETAIL_SIZE) -> Box:
    """The box of a vertex.

    Args:
        vertex: what stands in it.
        detail_size: points of the second line: DOT knows one size for all lines, the SVG writer two.

    >>> box_of(Vertex("load", "load")).lines
    ('load',)
    """
    if vertex.shape == "junction":
        return Box(JUNCTION, JUNCTION)
    sign = dress_of(vertex).sign
    lines = tuple(wrap(vertex.label, _WIDEST_LABEL, LABEL_SIZE))
    widest = _WIDEST_OF_MANY if vertex.shape == "many" else _WIDEST_DETAIL
    detail = shorten(vertex.detail, widest * detail_size / DETAIL_SIZE, detail_size)
    text = max([text_width_points(line, LABEL_SIZE) for line in lines] + [text_width_points(detail, detail_size)])
    sides = _PADDING + (_SLANT if vertex.shape == "when" else 0.0)
    width = text + 2 * sides + (_SIGN if sign else 0.0)
    height = 2 * _MARGIN + len(lines) * _LABEL_LINE + (_DETAIL_LINE if detail else 0.0)
    return Box(round(max(width, _SMALLEST), 1), round(height, 1), lines, detail, sign)


def best_direction(
    picture: Picture, boxes: dict[str, Box], wanted: Direction, shape: float = PAGE
) -> Literal["down", "right"]:
    """Which way edges lead so that the picture comes nearest to a shape.

    Args:
        picture: what is to be drawn.
        boxes: the box of each vertex.
        wanted: what the caller said; other than ``"auto"`` it counts.
        shape: width over height.

    >>> wide = Picture("w", "", tuple(Vertex(key, key) for key in "abcdefghi"), (), ())
    >>> best_direction(wide, {key: Box(50, 30) for key in "abcdefghi"}, "auto")
    'right'
    """
    if wanted != "auto":
        return wanted
    down, right = size_of(picture, boxes)
    return "down" if down.missing(shape) <= right.missing(shape) else "right"


def size_of(picture: Picture, boxes: dict[str, Box]) -> tuple[Extent, Extent]:
    """About how large the picture is if its edges lead down, and if they lead to the right."""
    edges = [(edge.tail, edge.head) for edge in picture.edges if edge.kind != "again"]
    return extents(picture.levels(), edges, {key: (box.width, box.height) for key, box in boxes.items()})
