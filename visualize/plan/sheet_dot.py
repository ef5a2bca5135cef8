"""Writes a sheet in DOT with all its places, for what only Graphviz can make: PNG and PDF.

Nothing is laid out: ``nop2`` draws vertices and edges where their ``pos`` says (graphviz.org/docs/attrs/pos), so that
the picture is the one that the SVG shows. A label has one font in DOT, whose size is a little below that of names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from planweave.visualize.document import HEADER, MARGIN, SUBTITLE_SIZE, TITLE_SIZE
from planweave.visualize.graphviz.dot_legend import colours, quoted
from planweave.visualize.graphviz.geometry import Point, Rectangle
from planweave.visualize.palette import INK
from planweave.visualize.plan.sheet import SMALL, SPACE, Box, Curve, Note, Sample, Sheet, Style, straight
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import text_width_points

__all__ = ["placed_dot"]

_INK = INK["light"]
_SIZE = 9.4
_HEAD, _ARROW = 5.5, 0.55  # points of an arrow, and what Graphviz calls that
_ROW, _SAMPLE, _GAP = 22.0, 23.0, 16.0  # of the legend
_LEAST_WIDTH = 300.0


def placed_dot(sheet: Sheet) -> str:
    """The sheet in DOT, with title and legend."""
    writer = _Writer(max(sheet.width, _LEAST_WIDTH))
    legend = list(writer.legend(sheet.samples, HEADER + sheet.height + _ROW))
    return "\n".join([*writer.head(sheet), *writer.body(sheet), *legend, *writer.corners(), "}"]) + "\n"


@dataclass
class _Writer:
    """What writes one sheet.

    Attributes:
        width: points between the margins.
        bottom: where the lowest thing ends.
    """

    width: float
    bottom: float = 0.0
    names: Iterator[int] = field(default_factory=count)

    def head(self, sheet: Sheet) -> Iterator[str]:
        """The first lines, with the title."""
        yield f"digraph {quoted(sheet.title)} {{"
        yield f'  graph [layout=nop2 bgcolor="{_INK.paper}" pad=0 outputorder=edgesfirst]'
        yield f'  node [shape=box fontname="Helvetica" fontsize={_SIZE:g} margin="0.09,0" fixedsize=shape height=0]'
        yield f'  edge [color="{_INK.edge}" arrowsize={_ARROW}]'
        yield self.text(0.0, 26 - HEADER, shorten(sheet.title, self.width, TITLE_SIZE), TITLE_SIZE, _INK.text)
        yield self.text(0.0, 41 - HEADER, shorten(sheet.subtitle, self.width, SUBTITLE_SIZE), SUBTITLE_SIZE)

    def body(self, sheet: Sheet) -> Iterator[str]:
        """Boxes, lines and notes."""
        for number, box in enumerate(sheet.boxes):
            yield from self.box(box, f"v{number}")
        for line in sheet.lines:
            yield f"  v{line.tail} -> v{line.head} [{self.way(line.curves, line.dash, line.arrow, line.is_pale)}]"
        for note in sheet.notes:
            yield from self.note(note)
        self.bottom = max(self.bottom, HEADER + sheet.height)

    def box(self, box: Box, name: str) -> Iterator[str]:
        """A box with its words, before the sheet behind it where it is folded."""
        if box.is_folded:
            behind = box.place._replace(x=box.place.x + 2.5, y=box.place.y + 2.5)
            yield f'  {name}b [label="" {self.frame(behind, box.style)}]'
        label = quoted("  ".join(word.text for word in box.words))[1:-1]
        yield f'  {name} [label="{label}\\l" {self.frame(box.place, box.style)} tooltip={quoted(box.tooltip)}]'

    def frame(self, place: Rectangle, style: Style) -> str:
        """Where a box stands, and its colours."""
        rounded = "rounded," if style.is_round else ""
        size = f"width={place.width / 72:.4f} height={place.height / 72:.4f}"
        return f'{self.at(place.middle)} {size} style="{rounded}filled,{style.border}" {colours(style.shade)}'

    def note(self, note: Note) -> Iterator[str]:
        """Text that stands alone."""
        x = note.x
        if note.text:
            yield self.text(x, note.y, note.text, SMALL)
            x += text_width_points(note.text, SMALL) + SPACE
        if note.faint:
            yield self.text(x, note.y, note.faint, SMALL, _INK.ghost)

    def text(self, x: float, y: float, text: str, size: float, colour: str = _INK.quiet) -> str:
        """Text from ``x`` on, along the base line ``y``."""
        width = text_width_points(text, size)
        place = self.at(Point(x + width / 2, y - size * 0.35))
        font = f'shape=plaintext style="" margin=0 fontsize={size:g} fontcolor="{colour}" width={width / 72:.4f}'
        return f'  t{next(self.names)} [label="{quoted(text)[1:-1]}\\l" {place} {font}]'

    def way(self, curves: Sequence[Curve], dash: str, arrow: bool, pale: bool) -> str:
        """Where a line runs: to the foot of its arrow, where it has one."""
        pieces = []
        for curve in curves:
            points = [self.point(point) for point in curve]
            if arrow and curve is curves[-1]:
                points[-2:] = [self.point(_foot(curve))] * 2
                points.insert(0, f"e,{self.point(curve[-1])}")
            pieces.append(" ".join(points))
        style = "" if not dash else " style=dotted" if dash.startswith("1") else " style=dashed"
        colour = f' color="{_INK.faint}"' if pale else ""
        return f'pos="{";".join(pieces)}"{style}{colour}{"" if arrow else " arrowhead=none"}'

    def legend(self, samples: Sequence[Sample], y: float) -> Iterator[str]:
        """What boxes and lines mean, in rows."""
        x = 0.0
        for sample in samples:
            width = _SAMPLE + text_width_points(sample.words, SMALL) + _GAP
            if x and x + width - _GAP > self.width:
                x, y = 0.0, y + _ROW
            yield from self.sample(sample, x, y - HEADER)
            yield self.text(x + _SAMPLE, y - HEADER + 3, sample.words, SMALL)
            x += width
            self.bottom = max(self.bottom, y + _ROW / 2)

    def sample(self, sample: Sample, x: float, y: float) -> Iterator[str]:
        """A box or a line of the legend."""
        if sample.style is not None:
            place = Rectangle(x, y - 5.5, 16, 11)
            if sample.is_folded:
                behind = self.frame(place._replace(x=x + 2, y=y - 3.5), sample.style)
                yield f'  t{next(self.names)} [label="" {behind}]'
            yield f'  t{next(self.names)} [label="" {self.frame(place, sample.style)}]'
            return
        ends = ((x + 8, y - 8), (x + 8, y + 8)) if sample.is_down else ((x, y), (x + 17, y))
        names = f"t{next(self.names)}", f"t{next(self.names)}"
        for name, end in zip(names, ends, strict=True):
            yield f'  {name} [label="" style=invis width=0.01 height=0.01 {self.at(Point(*end))}]'
        yield f"  {names[0]} -> {names[1]} [{self.way([straight(*ends)], sample.dash, sample.arrow, sample.is_pale)}]"

    def corners(self) -> Iterator[str]:
        """Two vertices that nobody sees, which keep the paper around the picture white."""
        for x, y in ((-MARGIN, -HEADER), (self.width + MARGIN, self.bottom - HEADER + MARGIN)):
            yield f'  t{next(self.names)} [label="" style=invis width=0.01 height=0.01 {self.at(Point(x, y))}]'

    def at(self, point: Point) -> str:
        """The place of the middle of something."""
        return f'pos="{self.point(point)}"'

    def point(self, point: Point) -> str:
        """A point as Graphviz has it: upwards."""
        return f"{point.x:.1f},{-point.y:.1f}"


def _foot(curve: Curve) -> Point:
    """Where the arrow at the end of a curve begins; the curve comes along one of the axes."""
    end = curve[-1]
    before = next(point for point in reversed(curve) if point != end)
    if abs(end.x - before.x) > abs(end.y - before.y):
        return Point(end.x - _HEAD if end.x > before.x else end.x + _HEAD, end.y)
    return Point(end.x, end.y - _HEAD if end.y > before.y else end.y + _HEAD)
