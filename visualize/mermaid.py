"""Writes a picture as a Mermaid flowchart (mermaid.js.org/syntax/flowchart.html), which many sites draw from Markdown.

Labels are quoted, and every character in them that means something to Mermaid, to its Markdown or to HTML becomes one
of Mermaid's entities (``#quot;``, ``#60;``): what a user wrote is shown, never obeyed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from planweave.visualize.dress import dress_of
from planweave.visualize.graphviz.box import LABEL_SIZE, best_direction, box_of
from planweave.visualize.legend import CRITICAL_WIDTH, critical_in_words
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, LOOKS, Border, Shade
from planweave.visualize.picture.picture import GHOST_WORDS, Cluster, Edge, EdgeKind, Legend, Picture, Vertex
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
    "wait": ("([", "])"),
    "many": ("[[", "]]"),
    "compound": ("([", "])"),
}
_DOTTED: dict[EdgeKind, str] = {"control": "after", "capture": "captured", "again": "again", "negative": ""}
"""Edges that are not plain have one look, and are told apart by words; where there are none here, by their labels."""

_DASHES: dict[Border, str] = {"solid": "", "dashed": ",stroke-dasharray:5 3", "dotted": ",stroke-dasharray:2 2"}
_WIDEST = 400.0
_TAGS = str.maketrans("<>", "‹›")


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
    yield "---"
    yield f"title: {_title(picture)}"
    yield "---"
    yield f"flowchart {'LR' if best_direction(picture, boxes, options.direction) == 'right' else 'TB'}"
    yield from _contents(picture, names)
    for edge in picture.edges:
        yield f"  {_edge(edge, names)}"
    yield from _looks(picture, names)


def _title(picture: Picture) -> str:
    """The title as a string of YAML. Mermaid undoes no entities in it, and takes out what looks like HTML."""
    title = f"{picture.title}: {picture.subtitle}" if picture.subtitle else picture.title
    return json.dumps(title.translate(_TAGS), ensure_ascii=False)


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
    sign = dress_of(vertex).sign
    label = shorten(vertex.label, _WIDEST, LABEL_SIZE)
    lines = [f"{sign} {label}" if sign else label] + ([vertex.detail] if vertex.detail else [])
    opening, closing = _SHAPES[vertex.shape]
    return f'{opening}"{"<br/>".join(mermaid_label(line) for line in lines)}"{closing}'


def _edge(edge: Edge, names: dict[str, str]) -> str:
    words = _DOTTED.get(edge.kind) or edge.label.replace("\n", ", ")
    label = f'|"{mermaid_label(words)}"|' if words else ""
    arrow = "-.->" if edge.kind in _DOTTED else "-->"
    return f"{names[edge.tail]} {arrow}{label} {names[edge.head]}"


# ---------------------------------------------------------------------- legend and colours


class _Classes:
    """Which elements look how: a style by name, and the elements that have it."""

    def __init__(self) -> None:
        self.styles: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}

    def add(self, name: str, style: str, member: str) -> None:
        """Give an element a style."""
        self.styles[name] = style
        self.members.setdefault(name, []).append(member)

    def dress(self, vertex: Vertex, member: str) -> None:
        """Give a vertex the look that it has in every format."""
        look = dress_of(vertex)
        name = "_".join([look.name, *[vertex.ghost] * bool(vertex.ghost), *[str(look.alarm)] * bool(look.alarm)])
        self.add(name, _style(look.shade, look.border), member)

    def lines(self) -> Iterator[str]:
        """The definitions."""
        for name, members in self.members.items():
            yield f"  classDef {name} {self.styles[name]}"
            yield f"  class {','.join(members)} {name}"


def _looks(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    """The legend, and the colours of everything."""
    ink = INK["light"]
    classes = _Classes()
    for vertex in picture.vertices:
        if vertex.shape == "junction":
            classes.add("junction", f"fill:{ink.edge},stroke:{ink.edge},color:{ink.edge}", names[vertex.key])
        else:
            classes.dress(vertex, names[vertex.key])
    frame = f"fill:{ink.panel},stroke:{ink.frame},color:{ink.quiet}"
    body = f"fill:{ink.paper},stroke:{ink.frame},color:{ink.quiet}{_DASHES['dotted']}"
    for number, cluster in enumerate(picture.clusters):
        dotted = cluster.ghost or cluster.kind == "template"
        classes.add("body" if dotted else "frame", body if dotted else frame, f"c{number}")
    entries = list(_entries(picture.legend, classes))
    if entries:
        classes.add("frame", frame, "legend")
        yield from ['  subgraph legend["legend"]', *entries, "  end"]
    yield from classes.lines()
    yield from _critical(picture, names)


def _entries(legend: Legend, classes: _Classes) -> Iterator[str]:
    """A box for each state, ghost and path."""
    samples = [Vertex(f"s_{state}", LOOKS[state].word, state=state) for state in legend.states]
    samples += [Vertex(f"s_{ghost}", GHOST_WORDS[ghost], ghost=ghost) for ghost in legend.ghosts]
    if legend.critical is not None:
        samples.append(Vertex("s_critical", critical_in_words(legend.critical)))
    for sample in samples:
        classes.dress(sample, sample.key)
        yield f"    {sample.key}{_shape(sample)}"


def _critical(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    """The borders and lines on the critical path."""
    if picture.critical is None:
        return
    heavy = f"stroke-width:{CRITICAL_WIDTH:g}px"
    vertices = [names[vertex.key] for vertex in picture.vertices if vertex.critical]
    yield f"  classDef critical {heavy}"
    yield f"  class {','.join([*vertices, 's_critical'])} critical"
    edges = [str(number) for number, edge in enumerate(picture.edges) if edge.critical]
    if edges:
        yield f"  linkStyle {','.join(edges)} {heavy},stroke:{INK['light'].path}"


def _style(shade: Shade, border: Border) -> str:
    return f"fill:{shade.fill},stroke:{shade.line},color:{shade.text}{_DASHES[border]}"
