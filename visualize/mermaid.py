"""Writes a picture as a Mermaid flowchart (mermaid.js.org/syntax/flowchart.html), which many sites draw from Markdown.

Labels are quoted, and every character in them that means something to Mermaid, to its Markdown or to HTML becomes one
of Mermaid's entities (``#quot;``, ``#60;``): what a user wrote is shown, never obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planweave.visualize.graphviz.box import LABEL_SIZE, best_direction, box_of
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, LOOKS, PLAIN, Border, Shade
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from planweave.visualize.text.label import shorten

__all__ = ["mermaid_label", "mermaid_of"]

# Word characters, blanks and this punctuation are what they seem; the rest of ASCII is written as entities. An
# underscore, a dot or a dash between two characters of a word is harmless too, and frequent.
_PLAIN = re.compile(r"[^\W_]|[ ,:/()=…·×]|(?<=[^\W_])[_.-](?=[^\W_])|[^\x00-\x7f]")
# Mermaid takes a backslash and an n for a line end even when they come from entities: an invisible blank keeps them
# apart.
_ENTITIES = {'"': "#quot;", "\\": "#92;#8203;"}
_SHAPES = {
    "task": ("(", ")"),
    "map": ("[[", "]]"),
    "when": ("{{", "}}"),
    "repeat": ("([", "])"),
    "sleep": ("([", "])"),
    "many": ("[[", "]]"),
}
_ARROWS = {"data": "-->", "part": "-->", "control": "-.->", "capture": "-.->", "again": "-.->"}
_DASHES: dict[Border, str] = {"solid": "", "dashed": ",stroke-dasharray:5 3", "dotted": ",stroke-dasharray:2 2"}
_WIDEST = 400.0


def mermaid_label(text: str) -> str:
    """The text as it may stand between the quotes of a label.

    >>> mermaid_label('say "hi" <b> read_all')
    'say #quot;hi#quot; #60;b#62; read_all'
    """
    return "".join(
        character if _PLAIN.match(text, place) else _ENTITIES.get(character, f"#{ord(character)};")
        for place, character in enumerate(text)
    )


def mermaid_of(picture: Picture, options: Options | None = None) -> str:
    """The picture as a Mermaid flowchart.

    Args:
        picture: what is to be drawn.
        options: its ``direction`` counts here.
    """
    return "\n".join(_lines(picture, options or Options())) + "\n"


def _lines(picture: Picture, options: Options) -> Iterator[str]:
    boxes = {vertex.key: box_of(vertex) for vertex in picture.vertices}
    names = {vertex.key: f"v{number}" for number, vertex in enumerate(picture.vertices)}
    title = mermaid_label(f"{picture.title}: {picture.subtitle}" if picture.subtitle else picture.title)
    yield f"%% {title}"
    yield f"flowchart {'LR' if best_direction(picture, boxes, options.direction) == 'right' else 'TB'}"
    yield from _contents(picture, names)
    for edge in picture.edges:
        yield f"  {_edge(edge, names)}"
    yield from _classes(picture, names)


def _contents(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    inside: dict[str | None, list[Vertex]] = {}
    for vertex in picture.vertices:
        inside.setdefault(vertex.cluster, []).append(vertex)
    below: dict[str | None, list[tuple[int, Cluster]]] = {}
    for number, cluster in enumerate(picture.clusters):
        below.setdefault(cluster.parent, []).append((number, cluster))

    def contents(key: str | None, indent: str) -> Iterator[str]:
        for vertex in inside.get(key, ()):
            yield f"{indent}{names[vertex.key]}{_shape(vertex)}"
        for number, cluster in below.get(key, ()):
            yield f'{indent}subgraph c{number}["{mermaid_label(cluster.label) or " "}"]'
            yield from contents(cluster.key, indent + "  ")
            yield f"{indent}end"

    yield from contents(None, "  ")


def _shape(vertex: Vertex) -> str:
    if vertex.shape == "junction":
        return '(((" ")))'
    sign = f"{LOOKS[vertex.state].sign} " if vertex.state is not None and vertex.shape != "many" else ""
    lines = [sign + shorten(vertex.label, _WIDEST, LABEL_SIZE)] + ([vertex.detail] if vertex.detail else [])
    opening, closing = _SHAPES[vertex.shape]
    return f'{opening}"{"<br/>".join(mermaid_label(line) for line in lines)}"{closing}'


def _edge(edge: Edge, names: dict[str, str]) -> str:
    arrow = _ARROWS[edge.kind]
    words = "again" if edge.kind == "again" else edge.label
    label = f'|"{mermaid_label(words)}"|' if words else ""
    return f"{names[edge.tail]} {arrow}{label} {names[edge.head]}"


def _classes(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    """A legend of the states that there are, and the colours of everything."""
    of_class: dict[str, list[str]] = {}
    for vertex in picture.vertices:
        of_class.setdefault(_class_of(vertex), []).append(names[vertex.key])
    if picture.legend.states:
        yield '  subgraph legend["legend"]'
        for state in picture.legend.states:
            yield f'    s_{state}("{LOOKS[state].sign} {LOOKS[state].word}")'
            of_class.setdefault(str(state), []).append(f"s_{state}")
        yield "  end"
    ink = INK["light"]
    styles = {
        "plain": _style(PLAIN.light, PLAIN.border),
        "ghost": f"fill:{ink.paper},stroke:{ink.faint},color:{ink.ghost}{_DASHES['dashed']}",
        "frame": f"fill:{ink.panel},stroke:{ink.frame},color:{ink.quiet}",
        "body": f"fill:{ink.paper},stroke:{ink.frame},color:{ink.quiet}{_DASHES['dotted']}",
        "junction": f"fill:{ink.edge},stroke:{ink.edge},color:{ink.edge}",
    } | {str(state): _style(look.light, look.border) for state, look in LOOKS.items()}
    for number, cluster in enumerate(picture.clusters):
        of_class.setdefault("body" if cluster.ghost or cluster.kind == "template" else "frame", []).append(f"c{number}")
    if picture.legend.states:
        of_class.setdefault("frame", []).append("legend")
    for name, members in of_class.items():
        yield f"  classDef {name} {styles[name]}"
        yield f"  class {','.join(members)} {name}"


def _class_of(vertex: Vertex) -> str:
    if vertex.shape == "junction":
        return "junction"
    if vertex.ghost:
        return "ghost"
    uniform = vertex.state is not None and (vertex.shape != "many" or len(vertex.counts) == 1)
    return str(vertex.state) if uniform else "plain"


def _style(shade: Shade, border: Border) -> str:
    return f"fill:{shade.fill},stroke:{shade.line},color:{shade.text}{_DASHES[border]}"
