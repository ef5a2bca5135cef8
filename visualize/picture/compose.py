"""Composes the picture of a graph or a run: reads it, collapses what is too long, and finds the words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from planweave.engine.dag import without_collection
from planweave.engine.graph import Graph
from planweave.visualize.options import Options
from planweave.visualize.picture.caption import caption, detail, tooltip
from planweave.visualize.picture.chain import collapse_chains
from planweave.visualize.picture.collapse import collapse_strands, gravest
from planweave.visualize.picture.condense import condense
from planweave.visualize.picture.critical import mark_critical
from planweave.visualize.picture.draft import Draft, Link, Part
from planweave.visualize.picture.extent import is_strip
from planweave.visualize.picture.junction import dissolve_junctions
from planweave.visualize.picture.picture import Edge, Picture, Vertex
from planweave.visualize.picture.reading import read_graph, read_run
from planweave.visualize.picture.snapshot import Snapshot, snapshot_of
from planweave.visualize.picture.twins import collapse_twins
from planweave.visualize.text.label import clean
from planweave.visualize.timeline.span import critical_path, read_times

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["compose"]

_ROOMY = 30
"""Up to so many vertices there is room for the names of parameters on edges."""

_UNLIKE = 2  # what differs is worth more room than what is alike


def compose(what: Graph | Run[Any] | Snapshot, options: Options | None = None) -> Picture:
    """The picture of a graph, or of a run as it stands now.

    Args:
        what: what is to be drawn; a run may be live.
        options: the limits past which nodes become counts.
    """
    options = options or Options()
    with without_collection():
        draft = _collapse(read_graph(what) if isinstance(what, Graph) else _read_run(snapshot_of(what)), options)
        return _finish(condense(draft, options.nodes))


def _read_run(moment: Snapshot) -> Draft:
    """The draft of a run, in which the critical path is marked."""
    draft = read_run(moment)
    mark_critical(draft, critical_path(read_times(moment)))
    return draft


def _collapse(draft: Draft, options: Options) -> Draft:
    """The draft in which what is alike has become counts; what would make a strip of it, too."""
    draft = collapse_strands(draft, options.items)
    draft = collapse_twins(draft, options.items)
    draft = collapse_chains(draft, options.items)
    if is_strip(draft, options.nodes):
        draft = collapse_chains(draft, _UNLIKE * options.items, alike=False)
        draft = collapse_twins(draft, _UNLIKE * options.items, alike=False)
    return dissolve_junctions(draft)


def _finish(draft: Draft) -> Picture:
    """The picture of what is left of a draft."""
    vertices = tuple(_vertex(part, draft.on_path) for part in draft.parts.values())
    labels = _edge_labels(draft) if len(vertices) <= _ROOMY else {}
    edges = tuple(
        Edge(
            tail,
            head,
            link.kind,
            "again" if link.kind == "again" else labels.get((tail, head), ""),
            link.ghost,
            link.count,
            link.critical,
        )
        for (tail, head), link in draft.links.items()
    )
    clusters = tuple(draft.clusters.values())
    return Picture(clean(draft.title), draft.subtitle, vertices, edges, clusters, draft.critical)


def _vertex(part: Part, on_path: Collection[str]) -> Vertex:
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
        any(member in on_path for member, _ in members),
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
