"""Composes the picture of a graph or a run: reads it, collapses what is too long, and finds the words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from planweave.engine.dag import without_collection
from planweave.engine.graph import Graph
from planweave.visualize.options import Options
from planweave.visualize.picture.caption import caption, detail, tooltip
from planweave.visualize.picture.collapse import (
    collapse_chains,
    collapse_strands,
    collapse_twins,
    dissolve_junctions,
    gravest,
)
from planweave.visualize.picture.condense import condense
from planweave.visualize.picture.draft import Draft, Link, Part
from planweave.visualize.picture.picture import Edge, Picture, Vertex
from planweave.visualize.picture.reading import read_graph, read_run
from planweave.visualize.picture.snapshot import Snapshot, snapshot_of
from planweave.visualize.text.label import clean

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["compose"]

_ROOMY = 30
"""Up to so many vertices there is room for the names of parameters on edges."""


def compose(what: Graph | Run[Any] | Snapshot, options: Options | None = None) -> Picture:
    """The picture of a graph, or of a run as it stands now.

    Args:
        what: what is to be drawn; a run may be live.
        options: the limits past which nodes become counts.
    """
    options = options or Options()
    with without_collection():
        draft = read_graph(what) if isinstance(what, Graph) else read_run(snapshot_of(what))
        draft = collapse_strands(draft, options.items)
        draft = collapse_twins(draft, options.items)
        draft = collapse_chains(draft, options.items)
        draft = dissolve_junctions(draft)
        return _finish(condense(draft, options.nodes))


def _finish(draft: Draft) -> Picture:
    """The picture of what is left of a draft."""
    vertices = tuple(_vertex(part) for part in draft.parts.values())
    labels = _edge_labels(draft) if len(vertices) <= _ROOMY else {}
    edges = tuple(
        Edge(tail, head, link.kind, labels.get((tail, head), ""), link.ghost, link.count)
        for (tail, head), link in draft.links.items()
    )
    clusters = tuple(draft.clusters.values())
    return Picture(clean(draft.title), draft.subtitle, vertices, edges, clusters)


def _vertex(part: Part) -> Vertex:
    members = part.stands_for()
    return Vertex(
        part.key,
        caption(part),
        detail(part),
        tooltip(part),
        part.shape,
        gravest(members),
        part.cluster,
        tuple(member for member, _ in members),
        () if part.many is None else part.many.counts,
        part.ghost,
    )


def _edge_labels(draft: Draft) -> Mapping[tuple[str, str], str]:
    """The parameter that each edge fills, where several lead to one node and the name of the tail does not say it."""
    data: dict[str, list[tuple[str, Link]]] = {}
    for (tail, head), link in draft.links.items():
        if link.kind == "data":
            data.setdefault(head, []).append((tail, link))
    found = {}
    for head, entering in data.items():
        for tail, link in entering if len(entering) > 1 else ():
            label = ", ".join(
                clean(name) for name in link.names if not name.endswith("]")
            )  # an item of *rest says nothing
            if label and draft.parts[tail].name != label:
                found[tail, head] = label
    return found
