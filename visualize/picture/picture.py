"""A picture before it is drawn: vertices, edges, clusters and a legend, without places or colours. Pure.

Everything that can be drawn becomes a ``Picture`` (``visualize/picture/reading.py`` makes one of graphs and runs), and
every writer (DOT, Mermaid, SVG, the HTML page) takes one, so that what is shown is decided once and looks alike
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from planweave.engine.state import NodeState
from planweave.visualize.palette import ORDER

__all__ = [
    "GHOST_WORDS",
    "Cluster",
    "ClusterKind",
    "CriticalPath",
    "Edge",
    "EdgeKind",
    "Ghost",
    "Legend",
    "Picture",
    "Shape",
    "Vertex",
    "levels",
]

Shape = Literal["task", "map", "when", "repeat", "wait", "many", "junction", "compound"]
"""What a vertex is: a node by its kind, ``many`` nodes in one, the ``junction`` where the parts of a node meet, or a
``compound`` task of a plan."""

EdgeKind = Literal["data", "control", "capture", "part", "again", "negative"]
"""Why there is an edge: a value goes along it; the head only waits; only a branch or body uses the value; the head is a
part of the tail (or the junction of parts); another round of a loop; the tail of a plan made a fact false for the head.
"""

ClusterKind = Literal["workflow", "template", "parts", "item"]
"""A workflow in a workflow; the body of a control structure; what a node expanded into; an item or round of that."""

Ghost = Literal["", "later", "never"]
"""Whether something is only there to show what has not run: because it may still do so, or because it never will."""

GHOST_WORDS: dict[Ghost, str] = {"later": "not yet run", "never": "did not run"}


_UNUSUAL: tuple[EdgeKind, ...] = ("control", "capture", "again", "negative")


class CriticalPath(NamedTuple):
    """How many nodes determined when a run ended, and how many seconds they took."""

    nodes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Vertex:
    """A box of a picture.

    Attributes:
        key: unique in the picture; the id of the node, where it is one node.
        label: what stands in it, on one line; the writer may wrap and shorten it.
        detail: a second, quieter line; may be empty.
        tooltip: everything that the label may have lost, in lines.
        shape: what it is.
        state: of its node, or the gravest of its members; None outside runs.
        cluster: the key of the innermost cluster that it stands in; None: in none.
        members: the ids of the nodes that it stands for: one, or more where it is ``many``; none for a junction or a
            ghost.
        counts: how many of the members are in which state, the gravest first; empty outside runs.
        ghost: whether it has not run, and may still do so.
        critical: whether it is on the critical path, or stands for a node that is.
    """

    key: str
    label: str
    detail: str = ""
    tooltip: str = ""
    shape: Shape = "task"
    state: NodeState | None = None
    cluster: str | None = None
    members: tuple[str, ...] = ()
    counts: tuple[tuple[NodeState, int], ...] = ()
    ghost: Ghost = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of a picture, between vertices given by key.

    Attributes:
        label: the parameter that the value fills, where that helps; of a loop, that it goes on; of a plan, the facts,
            one on each line.
        ghost: whether it belongs to what has not run.
        count: how many edges between nodes it stands for.
        critical: whether the critical path goes along it.
    """

    tail: str
    head: str
    kind: EdgeKind = "data"
    label: str = ""
    ghost: Ghost = ""
    count: int = 1
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """A frame around vertices that belong together; ``parent`` is the key of the frame around it."""

    key: str
    label: str
    kind: ClusterKind
    parent: str | None = None
    tooltip: str = ""
    ghost: Ghost = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """What a picture must explain: its states, its edges that are not plain, its ghosts and its critical path."""

    states: tuple[NodeState, ...] = ()
    edges: tuple[EdgeKind, ...] = ()
    ghosts: tuple[Ghost, ...] = ()
    critical: CriticalPath | None = None

    def __bool__(self) -> bool:
        return bool(self.states or self.edges or self.ghosts or self.critical)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be drawn; clusters stand before the clusters in them.

    Attributes:
        title: the name of what is drawn.
        subtitle: what else a reader wants to know first; may be empty.
        critical: of the critical path; None outside runs.

    >>> picture = Picture("digest", "", (Vertex("load", "load"), Vertex("join", "join")), (Edge("load", "join"),), ())
    >>> picture.levels()
    {'load': 0, 'join': 1}
    """

    title: str
    subtitle: str
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...]
    critical: CriticalPath | None = None

    @property
    def legend(self) -> Legend:
        """What has to be explained: exactly what is there."""
        states = {state for vertex in self.vertices for state in _states(vertex)}
        kinds = {edge.kind for edge in self.edges}
        ghosts = {vertex.ghost for vertex in self.vertices}
        return Legend(
            tuple(state for state in ORDER if state in states),
            tuple(kind for kind in _UNUSUAL if kind in kinds),
            tuple(ghost for ghost in GHOST_WORDS if ghost in ghosts),
            self.critical,
        )

    def levels(self) -> dict[str, int]:
        """For each vertex, how many others the longest way to it leads through."""
        return levels(
            (vertex.key for vertex in self.vertices), ((e.tail, e.head) for e in self.edges if e.kind != "again")
        )


def _states(vertex: Vertex) -> Iterable[NodeState]:
    if vertex.counts:
        return (state for state, _ in vertex.counts)
    return () if vertex.state is None else (vertex.state,)


def levels(keys: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """For each key, how many others the longest way to it leads through; the edges have no cycle.

    >>> levels("abc", [("a", "b"), ("b", "c"), ("a", "c")])
    {'a': 0, 'b': 1, 'c': 2}
    """
    found = dict.fromkeys(keys, 0)
    after: dict[str, list[str]] = {key: [] for key in found}
    missing = dict.fromkeys(found, 0)
    for tail, head in edges:
        after[tail].append(head)
        missing[head] += 1
    order = [key for key, number in missing.items() if not number]
    for key in order:  # grows while it is walked
        for head in after[key]:
            found[head] = max(found[head], found[key] + 1)
            missing[head] -= 1
            if not missing[head]:
                order.append(head)
    return found
