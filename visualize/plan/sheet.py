"""A sheet of rows before it is written: boxes with words in them, lines between them, notes beside them. Pure.

Whoever makes a sheet knows where everything stands; the writers (``sheet_svg.py``, ``sheet_dot.py``) only copy it, so
that SVG, PNG and PDF show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from planweave.visualize.graphviz.geometry import Point, Rectangle
from planweave.visualize.palette import Border, Shade
from planweave.visualize.text.measure import text_width_points

__all__ = ["HEIGHT", "SIZE", "SMALL", "Box", "Curve", "Line", "Note", "Sample", "Sheet", "Style", "Word", "straight"]

HEIGHT = 18.0
"""Points, of a box."""

SIZE, SMALL = 11.0, 9.0
"""Points, of the fonts of what is read first and second."""

SPACE = 6.0
"""Points that words are apart, at most."""

_SIDE, _ROUND_SIDE = 7.0, 10.0

Curve = tuple[Point, ...]
"""The control points of Bézier curves: a start, then three for each piece."""


class Style(NamedTuple):
    """How a box looks: its colours, its border, whether its ends are round, its class on a page, its sign."""

    shade: Shade
    border: Border = "solid"
    is_round: bool = False
    class_: str = "plain"
    sign: str = ""

    @property
    def side(self) -> float:
        """Points between its text and its left or right border."""
        return _ROUND_SIDE if self.is_round else _SIDE


class Word(NamedTuple):
    """A piece of the text in a box."""

    text: str
    size: float = SIZE
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its words on one line; ``is_folded``: more lies behind it.

    Attributes:
        label: what a screen reader says.
        tooltip: everything there is to say, in lines.
    """

    place: Rectangle
    words: tuple[Word, ...]
    style: Style
    label: str
    tooltip: str
    is_folded: bool = False


class Note(NamedTuple):
    """Text that stands alone, from ``x`` on along the base line ``y``; ``faint``: more of it, which is read last."""

    x: float
    y: float
    text: str
    faint: str = ""
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one box to another, in pieces where it goes on in another column.

    Attributes:
        kind: its class on a page.
        dash: as SVG writes it; empty: it is not broken.
        arrow: whether its end has a head.
        is_pale: whether it matters less than others.
        tooltip: what it stands for, in lines.
    """

    tail: int
    head: int
    curves: tuple[Curve, ...]
    kind: str = "part"
    dash: str = ""
    arrow: bool = False
    is_pale: bool = False
    tooltip: str = ""


class Sample(NamedTuple):
    """What the legend explains: a box, or a line where there is no style."""

    words: str
    style: Style | None = None
    is_folded: bool = False
    dash: str = ""
    arrow: bool = False
    is_down: bool = False
    is_pale: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is to be drawn, in points from the top left corner, without title and legend."""

    title: str
    subtitle: str
    boxes: Sequence[Box]
    lines: Sequence[Line]
    notes: Sequence[Note] = ()
    samples: Sequence[Sample] = field(default=())
    width: float = 0.0
    height: float = 0.0


def width_of(words: Sequence[Word], style: Style) -> float:
    """How wide a box must be for its words, whatever font the reader has.

    >>> box = Style(Shade("#fff", "#000", "#000"))
    >>> width_of([Word("go")], box) < width_of([Word("go"), Word("home")], box)
    True
    """
    text = sum(text_width_points(word.text, word.size) for word in words) + SPACE * max(0, len(words) - 1)
    return round(text + 2 * style.side, 1)


def straight(*corners: tuple[float, float]) -> Curve:
    """The straight lines between corners, as curves.

    >>> straight((0, 0), (0, 9))
    (Point(x=0, y=0), Point(x=0, y=0), Point(x=0, y=9), Point(x=0, y=9))
    """
    points = [Point(*corner) for corner in corners]
    curve = [points[0]]
    for one, two in pairwise(points):
        curve += [one, two, two]
    return tuple(curve)
