"""The legend below a drawing: what its colours, borders, signs and lines mean, as far as they occur in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planweave.engine.state import NodeState
from planweave.visualize.document import Drawing, moved
from planweave.visualize.dress import GHOST_BORDERS, GHOST_SHADE
from planweave.visualize.palette import INK, LOOKS, Border, Shade
from planweave.visualize.picture.picture import GHOST_WORDS, CriticalPath, EdgeKind, Legend
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import dashes, element
from planweave.visualize.text.unit import duration, plural

__all__ = [
    "CRITICAL_WIDTH",
    "EDGE_DASHES",
    "EDGE_WORDS",
    "Entry",
    "critical_in_words",
    "draw_legend",
    "entries_of",
    "state_entry",
]

EDGE_DASHES: dict[EdgeKind, str] = {"control": "4 3", "capture": "1 3", "again": "8 2.5 1.5 2.5", "negative": "1.5 2.5"}
EDGE_WORDS: dict[EdgeKind, str] = {
    "control": "only waits for it",
    "capture": "used in a branch or body",
    "again": "another round",
    "negative": "makes a fact false that must be",
}
CRITICAL_WIDTH = 2.4
"""Points, of the lines and borders on the critical path."""

_SIZE = 9.5
_ROW = 20.0
_SAMPLE, _GAP = 23.0, 16.0
_INK = INK["light"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the legend explains, with a sample of it: 17 points wide, around the line of the text."""

    words: str
    sample: str

    @property
    def width(self) -> float:
        """Points, with the gap to the next."""
        return _SAMPLE + text_width_points(self.words, _SIZE) + _GAP


def entries_of(legend: Legend) -> Iterator[Entry]:
    """The entries of a picture."""
    yield from map(state_entry, legend.states)
    for ghost in legend.ghosts:
        yield Entry(GHOST_WORDS[ghost], f'<g class="vertex ghost">{_box(GHOST_SHADE, GHOST_BORDERS[ghost])}</g>')
    for kind in legend.edges:
        line = element("path", d="M0,-3H17", stroke=_INK.edge, fill="none", stroke_dasharray=EDGE_DASHES[kind])
        yield Entry(EDGE_WORDS[kind], f'<g class="edge">{line}</g>')
    if legend.critical is not None:
        line = element("path", d="M0,-3H17", stroke=_INK.path, stroke_width=CRITICAL_WIDTH, class_="path")
        yield Entry(critical_in_words(legend.critical), line)


def critical_in_words(critical: CriticalPath) -> str:
    """What the legend says of the critical path.

    >>> critical_in_words(CriticalPath(3, 5.1))
    'critical path: 3 nodes, 5.1 s'
    """
    return f"critical path: {plural(critical.nodes, 'node')}, {duration(critical.seconds)}"


def state_entry(state: NodeState) -> Entry:
    """The entry of a state."""
    look = LOOKS[state]
    sign = element("text", look.sign, x=8.5, y=0.2, text_anchor="middle", font_size=8.5, fill=look.light.text)
    return Entry(look.word, f'<g class="vertex {state}">{_box(look.light, look.border)}{sign}</g>')


def _box(shade: Shade, border: Border) -> str:
    """The sample of a vertex."""
    return element(
        "rect",
        x=0.5,
        y=-9,
        width=16,
        height=12,
        rx=3,
        fill=shade.fill,
        stroke=shade.line,
        stroke_dasharray=dashes(border),
        class_="box",
    )


def draw_legend(entries: Iterable[Entry], room: float) -> Drawing:
    """The entries side by side, in as many rows as the room (in points) needs."""
    lines: list[str] = []
    x, y = 0.0, 22.0
    for entry in entries:
        if x and x + entry.width - _GAP > room:
            x, y = 0.0, y + _ROW
        words = element("text", entry.words, x=_SAMPLE, y=0.3, font_size=_SIZE, fill=_INK.quiet, class_="quiet")
        lines.append(moved(entry.sample + words, x, y))
        x += entry.width
    return Drawing("\n".join(lines), room, y + 4 if lines else 0.0)
