"""How large each vertex must be for its text, and which way the whole picture should lead. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from planweave.visualize.options import Direction
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.picture import Picture, Vertex
from planweave.visualize.text.label import shorten, wrap
from planweave.visualize.text.measure import text_width_points

__all__ = ["DETAIL_SIZE", "LABEL_SIZE", "PAGE", "WINDOW", "Box", "best_direction", "box_of"]

LABEL_SIZE = 11.0
DETAIL_SIZE = 9.0
"""Points."""

_WIDEST_LABEL = 178.0
_WIDEST_DETAIL = 190.0
_PADDING = 11.0
_SIGN = 15.0
_SLANT = 12.0
_LABEL_LINE = 14.0
_DETAIL_LINE = 12.0
_MARGIN = 7.0
_SMALLEST = 46.0
JUNCTION = 8.0

PAGE, WINDOW = 0.8, 1.5
"""Width over height: of a picture in a document, where scrolling down is easier than sideways, and of a window."""

_GAP_BETWEEN, _GAP_ALONG = 20.0, 38.0


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
    sign = LOOKS[vertex.state].sign if vertex.state is not None and vertex.shape != "many" else ""
    lines = tuple(wrap(vertex.label, _WIDEST_LABEL, LABEL_SIZE))
    detail = shorten(vertex.detail, _WIDEST_DETAIL, detail_size)
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
    across: dict[int, list[Box]] = {}
    for key, level in picture.levels().items():
        across.setdefault(level, []).append(boxes[key])

    def extent(along: Literal["width", "height"], side: Literal["width", "height"]) -> tuple[float, float]:
        long = sum(max(getattr(box, along) for box in row) + _GAP_ALONG for row in across.values())
        wide = max((sum(getattr(box, side) + _GAP_BETWEEN for box in row) for row in across.values()), default=1.0)
        return long or 1.0, wide

    height, width = extent("height", "width")
    down = abs(math.log(width / height / shape))
    width, height = extent("width", "height")
    right = abs(math.log(width / height / shape))
    return "down" if down <= right else "right"
