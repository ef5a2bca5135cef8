r"""Writes a picture in the DOT language of Graphviz (graphviz.org/doc/info/lang.html).

The text is complete in itself: colours, borders, signs and a legend stand in it, so that ``dot -Tpng`` draws what the
SVG shows. There are no HTML labels, because the embedded Graphviz has no parser for them. Widths are given, because
Graphviz does not know the reader's font (``visualize/text/measure.py``).

Three languages meet in a label, and each is escaped: the quoted string of DOT (``\"``), the escapes of labels
(``\\``, ``\N``, ``\l``) and the character entities that Graphviz resolves (``&amp;``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planweave.visualize.graphviz.box import DETAIL_SIZE, LABEL_SIZE, Box, best_direction, box_of
from planweave.visualize.legend import EDGE_WORDS, GHOST_WORDS
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, LOOKS, PLAIN, Shade
from planweave.visualize.picture.picture import Cluster, Edge, EdgeKind, Legend, Picture, Vertex
from planweave.visualize.text.label import fit, shorten
from planweave.visualize.text.measure import padded_label, text_width_points

__all__ = ["dot_of", "quoted"]

_FONT = "Helvetica"
_SMALL = 9.0
_CLUSTER_LABEL_WIDTH = 220.0
_EDGE_LABEL_WIDTH = 90.0
_TITLE_WIDTH = 600.0
_CROWDED = 120  # with more edges they need more room between the levels
_FEW_EDGES = 400  # beyond it, lines are drawn thinner
_INK = INK["light"]
_GHOST = Shade("#ffffff", "#9aa3ae", _INK.ghost)
_MANY = Shade("#ffffff", PLAIN.light.line, PLAIN.light.text)
_EDGE_STYLES: dict[EdgeKind, str] = {
    "data": "solid",
    "part": "solid",
    "control": "dashed",
    "capture": "dotted",
    "again": "dashed",
}


def quoted(text: str) -> str:
    r"""A DOT string that Graphviz reads as exactly this label.

    >>> print(quoted('say "hi" \\N & go'))
    "say \"hi\" \\N &amp; go"
    """
    lines = (fit(line).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'


def dot_of(picture: Picture, options: Options | None = None, *, bare: bool = False) -> str:
    """The picture in DOT.

    Args:
        picture: what is to be drawn.
        options: its ``direction`` counts here.
        bare: leave out the text of vertices, the title and the legend, for a layout whose result is drawn anew; the
            names of vertices are then ``v0``, ``v1``, ... in their order, and those of clusters ``cluster_0``, ...
    """
    boxes = {v.key: box_of(v, detail_size=DETAIL_SIZE if bare else LABEL_SIZE) for v in picture.vertices}
    return "\n".join(_Writer(picture, boxes, options or Options(), bare).lines()) + "\n"


@dataclass
class _Writer:
    picture: Picture
    boxes: dict[str, Box]
    options: Options
    bare: bool

    def __post_init__(self) -> None:
        self.names = {vertex.key: f"v{number}" for number, vertex in enumerate(self.picture.vertices)}
        self.right = best_direction(self.picture, self.boxes, self.options.direction) == "right"
        self.junctions = {vertex.key for vertex in self.picture.vertices if vertex.shape == "junction"}
        self.inside: dict[str | None, list[Vertex]] = {}
        for vertex in self.picture.vertices:
            self.inside.setdefault(vertex.cluster, []).append(vertex)
        self.below: dict[str | None, list[Cluster]] = {}
        for cluster in self.picture.clusters:
            self.below.setdefault(cluster.parent, []).append(cluster)
        self.numbers = {cluster.key: number for number, cluster in enumerate(self.picture.clusters)}

    def lines(self) -> Iterator[str]:
        picture = self.picture
        right = self.right
        yield f"digraph {quoted(picture.title)} {{"
        crowded = len(picture.edges) > max(_CROWDED, 1.3 * len(picture.vertices))
        ranks = (1.0 if crowded else 0.7) if right else (0.8 if crowded else 0.42)
        yield f"  graph [rankdir={'LR' if right else 'TB'} nodesep={0.18 if right else 0.25} ranksep={ranks}"
        yield f'         fontname="{_FONT}" fontsize={LABEL_SIZE:g} fontcolor="{_INK.quiet}" bgcolor="{_INK.paper}"'
        yield f"         outputorder=edgesfirst style=rounded labeljust=l{'' if self.bare else self._title()}]"
        yield f'  node [shape=box style="rounded,filled" fontname="{_FONT}" fontsize={LABEL_SIZE:g} margin="0,0"'
        yield f"        height=0 {_colours(PLAIN.light)}]"
        thin = len(picture.edges) > _FEW_EDGES
        yield f'  edge [color="{_INK.edge}" penwidth={0.6 if thin else 1} arrowsize={0.5 if thin else 0.6}'
        yield f'        fontname="{_FONT}" fontsize={_SMALL:g} fontcolor="{_INK.quiet}"]'
        yield from self._contents(None, "  ")
        for edge in picture.edges:
            yield f"  {self._edge(edge)}"
        if not self.bare:
            yield from _legend(picture.legend, columns=99 if self.right else 2)
        yield "}"

    def _title(self) -> str:
        """The label of the whole graph; none if it says nothing: Graphviz crashes at an empty line of it."""
        lines = [shorten(line, _TITLE_WIDTH, LABEL_SIZE) for line in (self.picture.title, self.picture.subtitle)]
        title = "".join(f"{quoted(line)[1:-1]}\\l" for line in lines if line)
        return f' label="{title}" labelloc=t' if title else ""

    def _contents(self, cluster: str | None, indent: str) -> Iterator[str]:
        # Where edges lead to the right, Graphviz stacks what stands in a cluster from the bottom up.
        step = -1 if self.right and cluster is not None else 1
        for vertex in self.inside.get(cluster, [])[::step]:
            yield f"{indent}{self._vertex(vertex)}"
        for inner in self.below.get(cluster, [])[::step]:
            yield f"{indent}subgraph cluster_{self.numbers[inner.key]} {{"
            label = padded_label(shorten(inner.label, _CLUSTER_LABEL_WIDTH, _SMALL), _SMALL)
            style = (
                "rounded,dotted"
                if inner.ghost or inner.kind == "template"
                else "rounded,filled"
                if inner.kind == "workflow"
                else "rounded"
            )
            yield f'{indent}  graph [label={quoted(label)} style="{style}" color="{_INK.frame}"'
            yield f'{indent}         fillcolor="{_INK.panel}" fontsize={_SMALL:g} margin=10]'
            yield from self._contents(inner.key, indent + "  ")
            yield f"{indent}}}"

    def _vertex(self, vertex: Vertex) -> str:
        box, name = self.boxes[vertex.key], self.names[vertex.key]
        size = f"width={box.width / 72:.3f} height={box.height / 72:.3f}"
        if vertex.shape == "junction":
            edge = _INK.edge
            return f'{name} [label="" shape=circle fixedsize=true {size} color="{edge}" fillcolor="{edge}"]'
        first, *more = box.lines
        label = "\n".join([f"{box.sign}  {first}" if box.sign else first, *more, *([box.detail] if box.detail else [])])
        shape = " shape=hexagon" if vertex.shape == "when" else ""
        if self.bare:
            return f'{name} [label="" {size}{shape}]'
        double = " peripheries=2" if vertex.shape in ("map", "many") else ""
        tooltip = quoted(vertex.tooltip or vertex.label)
        return f"{name} [label={quoted(label)} {size}{shape}{double}{_style(vertex)} tooltip={tooltip}]"

    def _edge(self, edge: Edge) -> str:
        style = _EDGE_STYLES[edge.kind]
        words = [] if style == "solid" else [f"style={style}"]
        if edge.label:
            words.append(f"label={quoted(padded_label(shorten(edge.label, _EDGE_LABEL_WIDTH, _SMALL), _SMALL))}")
        if edge.kind == "again":
            words += ["constraint=false"]
        if edge.head in self.junctions:
            words.append("arrowhead=none")
        if edge.ghost:
            words.append(f'color="{_INK.faint}"')
        return f"{self.names[edge.tail]} -> {self.names[edge.head]}" + (f" [{' '.join(words)}]" if words else "")


def _style(vertex: Vertex) -> str:
    """The colours and the border of a vertex."""
    corners = "" if vertex.shape == "when" else "rounded,"
    if vertex.ghost:
        return f' style="{corners}filled,dashed" {_colours(_GHOST)}'
    if vertex.state is None or (vertex.shape == "many" and len(vertex.counts) > 1):
        return "" if corners else " style=filled"
    look = LOOKS[vertex.state]
    return f' style="{corners}filled,{look.border}" {_colours(look.light)}'


def _colours(shade: Shade) -> str:
    return f'fillcolor="{shade.fill}" color="{shade.line}" fontcolor="{shade.text}"'


def _legend(legend: Legend, columns: int) -> Iterator[str]:
    """A frame that explains the states and edges of the picture, beside it, in rows of so many ``columns``."""
    if not legend:
        return
    names = []
    yield "  subgraph cluster_legend {"
    yield f'    graph [label="legend" style=rounded color="{_INK.frame}" fontsize={_SMALL:g} margin=8]'
    yield f"    node [height=0.25 fontsize={_SMALL:g}]"
    for state in legend.states:
        look = LOOKS[state]
        text = f"{look.sign}  {look.word}"
        names.append(f"s_{state.value}")
        style = f'style="rounded,filled,{look.border}" {_colours(look.light)}'
        yield f"    {names[-1]} [label={quoted(text)} {_width(text)} {style}]"
    texts = [f"{_EDGE_STYLES[kind]}: {EDGE_WORDS[kind]}" for kind in legend.edges]
    if legend.ghosts:
        texts.append(f"grey: {GHOST_WORDS}")
    for number, text in enumerate(texts):
        names.append(f"e_{number}")
        yield f'    {names[-1]} [label={quoted(text)} {_width(text)} shape=plaintext style=""]'
    for above, below in zip(names, names[columns:], strict=False):
        yield f"    {above} -> {below} [style=invis]"
    yield "  }"


def _width(text: str) -> str:
    return f"width={(text_width_points(text, _SMALL) + 12) / 72:.3f}"
