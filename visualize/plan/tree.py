"""The decomposition of a plan as boxes and arrows, for the formats that lay them out by themselves. Pure."""

from __future__ import annotations

from planweave.engine.state import NodeState
from planweave.visualize.picture.picture import Edge, Picture, Shape, Vertex
from planweave.visualize.plan.outline import Entry, Kind, Outline, steps_in_words
from planweave.visualize.text.unit import count

__all__ = ["tree_picture"]

_ROOT = "plan"
_SHAPES: dict[Kind, Shape] = {
    "step": "task",
    "method": "task",
    "operator": "task",
    "culprit": "task",
    "mend": "task",
    "more": "many",
}
_STATES = {"culprit": NodeState.FAILED, "mend": NodeState.SUCCEEDED}
_DETAILS: dict[Kind, str] = {"empty": "nothing to do", "open": "not decomposed"}


def tree_picture(outline: Outline) -> Picture:
    """The picture of an outline: an arrow leads from each task to each of its parts.

    Several tasks hang on one point: Graphviz has an order for what leaves a vertex, and none for pieces of a picture.

    >>> drive = Entry("drive", "step", "drive", parent=0)
    >>> tree = tree_picture(Outline("p", "", (Entry("go", "task", "go", detail="by-car"), drive)))
    >>> [vertex.detail for vertex in tree.vertices], len(tree.edges)
    (['by-car', ''], 1)
    """
    entries = outline.entries
    vertices = [_vertex(entry, str(place)) for place, entry in enumerate(entries)]
    edges = [Edge(str(entry.parent), str(place), "part") for place, entry in enumerate(entries) if entry.parent >= 0]
    roots = [str(place) for place, entry in enumerate(entries) if entry.parent < 0]
    if len(roots) > 1:
        vertices.insert(0, Vertex(_ROOT, "", shape="junction"))
        edges += [Edge(_ROOT, root, "part") for root in roots]
    return Picture(outline.title, outline.subtitle, tuple(vertices), tuple(edges), ())


def _vertex(entry: Entry, key: str) -> Vertex:
    numbered = entry.kind == "step" and entry.span.steps
    label = f"{count(entry.span.first)}: {entry.label}" if numbered else entry.label
    words = [entry.detail, _DETAILS.get(entry.kind, "")]
    if entry.folded and entry.kind != "more":
        words.append(steps_in_words(entry.span))
    detail = " · ".join(filter(None, words))
    shape = "many" if entry.folded else _SHAPES.get(entry.kind, "compound")
    members = (entry.key,) if entry.kind == "step" else ()
    return Vertex(key, label, detail, entry.tooltip, shape, _STATES.get(entry.kind), members=members)
