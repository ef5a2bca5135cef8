"""The colours of pictures: one table for the states of nodes, one for everything else; nothing else names a colour.

A state is told by three cues, so that no reader depends on one: its colour, its border (solid, dashed or dotted) and
its sign in the label, which the legend spells out. The hues are those of Okabe and Ito, "Color Universal Design"
(2008), which people with any of the common kinds of colour blindness tell apart; what asks for attention (running,
failed, cancelled) is dark with light text, and what needs none is light with dark text, so that the eye finds it in
greyscale too, where failed is the farthest from the page. `tests/visualize/test_palette.py` holds the measures:
contrast after WCAG 2.2, distances under simulated protanopia and deuteranopia.

Each colour comes twice: on paper (files) and on a dark page (the HTML page of a reader who prefers that).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from planweave.engine.state import NodeState

__all__ = ["INK", "LOOKS", "ORDER", "PLAIN", "Border", "Ink", "Look", "Shade", "Theme"]

Theme = Literal["light", "dark"]
Border = Literal["solid", "dashed", "dotted"]


class Shade(NamedTuple):
    """The colours of a box: its ground, its border, the text on it."""

    fill: str
    line: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks.

    Attributes:
        word: what the legend calls it.
        sign: the character before the label; other for each state.
        border: the style of the border.
        light: the colours on paper.
        dark: the colours on a dark page.
        loud: whether its ground is the stronger colour, so that it is seen first.
    """

    word: str
    sign: str
    border: Border
    light: Shade
    dark: Shade
    loud: bool = False

    def shade(self, theme: Theme) -> Shade:
        """Its colours in a theme."""
        return self.light if theme == "light" else self.dark

    def mark_in(self, theme: Theme) -> str:
        """The stronger of its colours in a theme, for what has no text on it."""
        shade = self.shade(theme)
        return shade.fill if self.loud else shade.line

    @property
    def mark(self) -> str:
        """The stronger of its colours on paper."""
        return self.mark_in("light")


_S = NodeState
LOOKS: dict[NodeState, Look] = {
    _S.FAILED: Look(
        "failed",
        "✗",
        "solid",
        Shade("#7a1f00", "#4a1000", "#ffffff"),
        Shade("#ff9b5e", "#ffd2b5", "#1c0800"),
        loud=True,
    ),
    _S.COMPENSATION_FAILED: Look(
        "undo failed",
        "!",
        "dashed",
        Shade("#5b14c4", "#340a75", "#ffffff"),
        Shade("#a06bff", "#dcc7ff", "#14002e"),
        loud=True,
    ),
    _S.UPSTREAM_FAILED: Look(
        "upstream failed", "⊘", "dashed", Shade("#efbad7", "#94386e", "#431130"), Shade("#85316a", "#e58fbd", "#fbe3ef")
    ),
    _S.CANCELLED: Look(
        "cancelled",
        "■",
        "solid",
        Shade("#6b7382", "#434a55", "#ffffff"),
        Shade("#757f8d", "#b4bcc8", "#0b0e13"),
        loud=True,
    ),
    _S.RUNNING: Look(
        "running",
        "►",
        "solid",
        Shade("#0067a8", "#00426c", "#ffffff"),
        Shade("#3396dc", "#9fd4ff", "#001626"),
        loud=True,
    ),
    _S.COMPENSATING: Look(
        "being undone", "↺", "dotted", Shade("#b9a1f7", "#5a34a8", "#1f0d45"), Shade("#5a2fb0", "#c4a9ff", "#ffffff")
    ),
    _S.RETRY_WAIT: Look(
        "waiting to retry",
        "↻",
        "dashed",
        Shade("#fbd28a", "#8a5a00", "#3a2600"),
        Shade("#7a4a00", "#f0ae3c", "#fff0d2"),
    ),
    _S.WAITING: Look(
        "waiting", "‖", "dotted", Shade("#fbf4a8", "#7d7400", "#37330a"), Shade("#5f5a14", "#e6da55", "#fdf8cf")
    ),
    _S.EXPANDED: Look(
        "expanded", "▼", "dotted", Shade("#b5dbf7", "#1f74ad", "#0b3a5b"), Shade("#0b4a78", "#6bb6e8", "#dcf0ff")
    ),
    _S.READY: Look(
        "ready", "◆", "dashed", Shade("#dde5fc", "#4a63b8", "#22316b"), Shade("#222a4f", "#93a6ec", "#e3e9ff")
    ),
    _S.PENDING: Look(
        "pending", "○", "solid", Shade("#ffffff", "#7b8594", "#454e5b"), Shade("#161b22", "#7d8794", "#c3cad4")
    ),
    _S.SUCCEEDED: Look(
        "succeeded", "✓", "solid", Shade("#c2ead6", "#00734f", "#08372a"), Shade("#0d4434", "#35b68c", "#d9f7ea")
    ),
    _S.COMPENSATED: Look(
        "undone", "↶", "solid", Shade("#dccbfa", "#6b48b0", "#2c1657"), Shade("#3f2478", "#a98ae6", "#efe6ff")
    ),
    _S.SKIPPED: Look(
        "skipped", "»", "dotted", Shade("#e7e9ed", "#7d8694", "#4b535f"), Shade("#2a3039", "#737d8a", "#b9c1cc")
    ),
}
"""How each state looks, what asks for attention first: the order of legends and of counts."""

ORDER: tuple[NodeState, ...] = tuple(LOOKS)
"""The states by how much attention they ask for."""

PLAIN = Look("", "", "solid", Shade("#ffffff", "#5b6573", "#1f2630"), Shade("#1c222b", "#8b95a3", "#e6eaf0"))
"""How a node looks that is in no run."""


class Ink(NamedTuple):
    """The colours of everything that is no state.

    Attributes:
        paper: the ground.
        text: titles and labels.
        quiet: what is read second: details, captions, axis.
        edge: lines between nodes.
        faint: lines and borders that matter little, such as those of what has not run.
        ghost: the text of what has not run.
        frame: the border of a cluster.
        panel: the ground of a cluster.
        path: the critical path.
        grid: the lines below an axis.
        area: how many nodes ran at once.
        focus: what is chosen.
        link: text that leads somewhere.
    """

    paper: str
    text: str
    quiet: str
    edge: str
    faint: str
    ghost: str
    frame: str
    panel: str
    path: str
    grid: str
    area: str
    focus: str
    link: str


INK: dict[Theme, Ink] = {
    "light": Ink(
        "#ffffff",
        "#1f2630",
        "#59636f",
        "#66707d",
        "#8b94a1",
        "#6b7480",
        "#c3cad3",
        "#f6f8fa",
        "#111827",
        "#e7eaee",
        "#9db2cc",
        "#6d28d9",
        "#0b5cad",
    ),
    "dark": Ink(
        "#0d1117",
        "#e6eaf0",
        "#9aa5b3",
        "#8792a0",
        "#626d7a",
        "#8c96a3",
        "#3a4450",
        "#141a22",
        "#f5f7fa",
        "#232b35",
        "#3d5470",
        "#c4a7ff",
        "#7cc0ff",
    ),
}
