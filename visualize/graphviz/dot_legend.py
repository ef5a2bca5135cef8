"""Writes the legend of a picture in DOT: below the picture, or right of it, with a sample of each box and line.

It hangs on what nothing follows, by edges that are not drawn, so that its rows are levels of their own: beside the
picture they would be as far apart as its levels are. It has no frame, because edges into frames are no firm order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from planweave.visualize.dress import GHOST_BORDERS, GHOST_SHADE
from planweave.visualize.legend import CRITICAL_WIDTH, EDGE_WORDS, critical_in_words
from planweave.visualize.palette import INK, LOOKS, Shade
from planweave.visualize.picture.picture import GHOST_WORDS, EdgeKind, Legend
from planweave.visualize.text.label import fit
from planweave.visualize.text.measure import text_width_points

__all__ = ["EDGE_STYLES", "SMALL", "colours", "dot_legend", "quoted"]

SMALL = 9.0
"""Points, of the font of what is read second."""

EDGE_STYLES: dict[EdgeKind, str] = {
    "control": "style=dashed",
    "capture": "style=dotted",
    "again": "style=dashed penwidth=1.6 arrowhead=empty",
    "negative": "style=dotted",
}
"""How edges look that are not plain: DOT knows three dashes."""

_INK = INK["light"]
_ROW = 480.0  # points that a row below the picture may take at least
_LINE = 34.0  # points of the sample of a line


def quoted(text: str) -> str:
    r"""A DOT string that Graphviz reads as exactly this label.

    >>> print(quoted('say "hi" \\N & go'))
    "say \"hi\" \\N &amp; go"
    """
    lines = (fit(line).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'


def colours(shade: Shade) -> str:
    """The attributes of a box in these colours."""
    return f'fillcolor="{shade.fill}" color="{shade.line}" fontcolor="{shade.text}"'


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the legend explains.

    Attributes:
        name: of its box or text.
        text: its words.
        look: the attributes of the box; empty: it is text beside a line.
        line: the attributes of that line.
    """

    name: str
    text: str
    look: str = ""
    line: str = ""

    @property
    def width(self) -> float:
        """Points."""
        return text_width_points(self.text, SMALL) + 12

    @property
    def first(self) -> str:
        """The name of what stands first."""
        return f"{self.name}_line" if self.line else self.name

    def nodes(self) -> Iterator[str]:
        """What stands side by side."""
        look = self.look or 'shape=plaintext style=""'
        if self.line:
            yield f'{self.name}_line [label="" style=invis width={_LINE / 72:.3f}]'
        yield f"{self.name} [label={quoted(self.text)} width={self.width / 72:.3f} {look}]"


def dot_legend(legend: Legend, right: bool, ends: Iterable[str], room: float) -> Iterator[str]:
    """The lines of the legend; none where there is nothing to explain.

    Args:
        legend: what is to be explained.
        right: whether the edges of the picture lead to the right.
        ends: the names of vertices that nothing follows.
        room: points, the width of the picture.
    """
    entries = list(_entries(legend))
    if not entries:
        return
    yield "  {"
    yield f'    node [height=0.25 fontsize={SMALL:g} fontcolor="{_INK.quiet}"]'
    rows = [entries] if right else list(_rows(entries, max(room, _ROW)))
    for row in rows:
        yield from _column(row) if right else _row(row)
    for above, below in pairwise(rows):
        yield f"    {above[0].first} -> {below[0].first} [style=invis]"
    yield "  }"
    for end in ends:
        yield f"  {end} -> {rows[0][len(rows[0]) // 2].first} [style=invis weight=0]"


def _entries(legend: Legend) -> Iterator[_Entry]:
    for state in legend.states:
        look = LOOKS[state]
        style = f'style="rounded,filled,{look.border}" {colours(look.light)}'
        yield _Entry(f"s_{state.value}", f"{look.sign}  {look.word}", style)
    for ghost in legend.ghosts:
        style = f'style="rounded,filled,{GHOST_BORDERS[ghost]}" {colours(GHOST_SHADE)}'
        yield _Entry(f"g_{ghost}", GHOST_WORDS[ghost], style)
    for kind in legend.edges:
        yield _Entry(f"e_{kind}", EDGE_WORDS[kind], line=EDGE_STYLES[kind])
    if legend.critical is not None:
        line = f'style=solid color="{_INK.path}" penwidth={CRITICAL_WIDTH}'
        yield _Entry("critical", critical_in_words(legend.critical), line=line)


def _rows(entries: Sequence[_Entry], room: float) -> Iterator[list[_Entry]]:
    """The entries in rows of bounded length."""
    row: list[_Entry] = []
    for entry in entries:
        if row and sum(one.width + (_LINE if one.line else 0.0) + 18 for one in [*row, entry]) > room:
            yield row
            row = []
        row.append(entry)
    yield row


def _row(row: Sequence[_Entry]) -> Iterator[str]:
    """Entries side by side on one level."""
    yield "    { rank=same"
    for entry in row:
        for node in entry.nodes():
            yield f"      {node}"
    for one, following in pairwise(row):
        yield f"      {one.name} -> {following.first} [style=invis]"
    yield from _samples(row)
    yield "    }"


def _column(row: Sequence[_Entry]) -> Iterator[str]:
    """Entries on one level, one above the other, and the texts of lines on the next."""
    for entry in row:
        for node in entry.nodes():
            yield f"    {node}"
    for names in ([entry.first for entry in row], [entry.name for entry in row if entry.line]):
        chain = " -> ".join(names)
        if len(names) > 1:
            yield f"    {{ rank=same {chain} [style=invis] }}"
    yield from _samples(row)


def _samples(row: Sequence[_Entry]) -> Iterator[str]:
    """The lines, each from a place in which nothing stands to its text."""
    for entry in row:
        if entry.line:
            yield f"      {entry.name}_line -> {entry.name} [{entry.line} tailclip=false weight=9]"
