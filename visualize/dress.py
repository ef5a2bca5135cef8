"""How a vertex looks, the same in SVG, DOT and Mermaid: its sign, its colours and its border."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.engine.state import NodeState
from planweave.visualize.palette import INK, LOOKS, PLAIN, Border, Shade
from planweave.visualize.picture.picture import Ghost, Vertex

__all__ = ["GHOST_BORDERS", "GHOST_SHADE", "PALE_SHADE", "Dress", "dress_of"]

GHOST_BORDERS: dict[Ghost, Border] = {"later": "dotted", "never": "dashed"}
GHOST_SHADE = Shade(INK["light"].paper, INK["light"].faint, INK["light"].ghost)
PALE_SHADE = Shade(INK["light"].panel, INK["light"].frame, INK["light"].text)


@dataclass(frozen=True, slots=True)
class Dress:
    """How a vertex looks.

    Attributes:
        name: a word for it: a state, ``plain``, ``pale`` or ``ghost``.
        shade: its colours on paper.
        border: the style of its border.
        sign: the character before its label; may be empty.
        alarm: the state whose colour its border has although its ground has not; None: no such.
    """

    name: str
    shade: Shade
    border: Border
    sign: str = ""
    alarm: NodeState | None = None


def dress_of(vertex: Vertex) -> Dress:
    """How a vertex looks: as its state does.

    Many nodes in different states are plain; if some of them failed, they have the sign and the border of that.

    >>> dress_of(Vertex("a", "a", state=NodeState.FAILED)).sign
    '✗'
    """
    if vertex.ghost:
        return Dress("ghost", GHOST_SHADE, GHOST_BORDERS[vertex.ghost])
    if vertex.shape == "compound":
        return Dress("pale", PALE_SHADE, PLAIN.border)
    if vertex.state is None:
        return Dress("plain", PLAIN.light, PLAIN.border)
    look = LOOKS[vertex.state]
    if len(vertex.counts) < 2:
        return Dress(str(vertex.state), look.light, look.border, look.sign)
    if vertex.state is not NodeState.FAILED:
        return Dress("plain", PLAIN.light, PLAIN.border)
    shade = Shade(PLAIN.light.fill, look.light.line, PLAIN.light.text)
    return Dress("plain", shade, look.border, look.sign, vertex.state)
