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

from planweave.visualize.dress import dress_of
from planweave.visualize.graphviz.box import DETAIL_SIZE, LABEL_SIZE, Box, best_direction, box_of, size_of
from planweave.visualize.graphviz.dot_legend import EDGE_STYLES, SMALL, colours, dot_legend, quoted
from planweave.visualize.graphviz.frame import label_lines
from planweave.visualize.legend import CRITICAL_WIDTH
from planweave.visualize.options import Options
from planweave.visualize.palette import INK, PLAIN
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from planweave.visualize.text.label import shorten
from planweave.visualize.text.measure import padded_label, text_width_points

__all__ = ["EDGE_LABEL_WIDTH", "FEW_EDGES", "dot_of", "quoted"]

FEW_EDGES = 400
"""With more edges, lines are drawn thinner."""

_FONT = "Helvetica"
_CLUSTER_LABEL_WIDTH = 220.0
EDGE_LABEL_WIDTH = 150.0
"""Points, of each line of a label."""

_TITLE_WIDTH = 600.0
_CROWDED = 120  # with more edges they need more room between the levels
_ENDS = 40  # so many hold the legend back
_SHORT, _BESIDE = 80.0, 40.0
_ROUND = (1.2, 1.3)  # an ellipse is so much wider and higher than the box of the text in it
_INK = INK["light"]


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
        self.size = size_of(self.picture, self.boxes)[self.right]
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
        yield f"        height=0 {colours(PLAIN.light)}]"
        thin = len(picture.edges) > FEW_EDGES
        yield f'  edge [color="{_INK.edge}" penwidth={0.6 if thin else 1} arrowsize={0.5 if thin else 0.6}'
        yield f'        fontname="{_FONT}" fontsize={SMALL:g} fontcolor="{_INK.quiet}"]'
        yield from self._contents(None, "  ")
        for edge in picture.edges:
            yield f"  {self._edge(edge)}"
        if not self.bare:
            yield from dot_legend(picture.legend, self.right, self._ends(), self.size.width)
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
            label = "".join(quoted(line)[1:-1] + "\\l" for line in self._frame_label(inner))
            style = (
                "rounded,dotted"
                if inner.ghost or inner.kind == "template"
                else "rounded,filled"
                if inner.kind == "workflow"
                else "rounded"
            )
            yield f'{indent}  graph [label="{label}" style="{style}" color="{_INK.frame}"'
            yield f'{indent}         fillcolor="{_INK.panel}" fontsize={SMALL:g} margin=10]'
            yield from self._contents(inner.key, indent + "  ")
            yield f"{indent}}}"

    def _frame_label(self, cluster: Cluster) -> Iterator[str]:
        """The lines of a label, with the room that they need."""
        for line in label_lines(cluster, down=not self.right):
            text = shorten(line, _CLUSTER_LABEL_WIDTH, SMALL)
            width = text_width_points(text, SMALL)
            # Beside a short label there is to be room for an edge that enters in the middle.
            beside = width + _BESIDE if not self.right and width < _SHORT else 0.0
            yield padded_label(text, SMALL, beside=beside)

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
        if vertex.shape in ("repeat", "wait"):
            wide, high = _ROUND
            size, shape = f"width={wide * box.width / 72:.3f} height={high * box.height / 72:.3f}", " shape=ellipse"
        double = " peripheries=2" if vertex.shape in ("map", "many") else ""
        tooltip = quoted(vertex.tooltip or vertex.label)
        return f"{name} [label={quoted(label)} {size}{shape}{double}{_style(vertex)} tooltip={tooltip}]"

    def _edge(self, edge: Edge) -> str:
        words = [EDGE_STYLES[edge.kind]] if edge.kind in EDGE_STYLES else []
        again = edge.kind == "again"
        if edge.label and not (self.bare and again):
            lines = [padded_label(shorten(line, EDGE_LABEL_WIDTH, SMALL), SMALL) for line in edge.label.split("\n")]
            label = quoted("\n".join(lines))
            words.append(
                f"{'x' * again}label={label}"
            )  # one that takes no part in the layout: it would send it far off
        if again:
            words.append("constraint=false")
        if edge.head in self.junctions:
            words.append("arrowhead=none")
        if edge.ghost:
            words.append(f'color="{_INK.faint}"')
        if edge.critical:
            words.append(f'color="{_INK.path}" penwidth={CRITICAL_WIDTH}')
        return f"{self.names[edge.tail]} -> {self.names[edge.head]}" + (f" [{' '.join(words)}]" if words else "")

    def _ends(self) -> list[str]:
        """The names of vertices that nothing follows, in the piece of the picture that is the longest.

        Others keep their places: held back together with these, they would move to the last levels.
        """
        level = self.picture.levels()
        around: dict[str, list[str]] = {key: [] for key in level}
        followed = set()
        for edge in self.picture.edges:
            around[edge.tail].append(edge.head)
            around[edge.head].append(edge.tail)
            if edge.kind != "again":
                followed.add(edge.tail)
        piece = dict.fromkeys([max(level, key=level.__getitem__)] if level else [])
        for key in (row := list(piece)):  # grows while it is walked
            row += [other for other in around[key] if other not in piece]
            piece |= dict.fromkeys(around[key])
        ends = sorted((key for key in piece if key not in followed), key=level.__getitem__, reverse=True)
        return [self.names[key] for key in ends[:_ENDS]]


def _style(vertex: Vertex) -> str:
    """The colours and the border of a vertex."""
    dress = dress_of(vertex)
    corners = "rounded," if vertex.shape in ("task", "map", "many", "compound") else ""
    heavy = f" penwidth={CRITICAL_WIDTH}" if vertex.critical or dress.alarm else ""
    if not corners or dress.name != "plain" or dress.alarm:
        return f' style="{corners}filled,{dress.border}" {colours(dress.shade)}{heavy}'
    return heavy
