"""Reads a graph or a run into a draft of its picture. Pure.

What becomes what:

- A node is a part. A ``/`` in its id puts it into the cluster of a sub-workflow.
- Of a graph, the body of a ``when``, ``map`` or ``repeat`` is drawn once, in a cluster for each of its templates. A
  map over one task is a single part, because its body says nothing that the map does not.
- Of a run, what a node expanded into stands in a cluster, with one cluster more for each item or round of several
  nodes. The branch that was not taken, and what has not expanded yet, are ghosts.
- The parts of a node meet in a junction, from which its successors hang, because these wait for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planweave.engine.graph import Graph
from planweave.engine.history import NodeRun
from planweave.engine.node import WAITS, Map, Node, Repeat, Template, When, templates_of
from planweave.engine.source import Source, inputs_of, nodes_of
from planweave.engine.state import NodeState
from planweave.visualize.picture.draft import Draft, Link, Part, Strand
from planweave.visualize.picture.fate import COPY, Fate, condition_of, fates_of, label_of_parts
from planweave.visualize.picture.picture import Cluster, ClusterKind, EdgeKind, Ghost, Shape
from planweave.visualize.picture.snapshot import Snapshot
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import duration, plural

__all__ = ["body_prefix", "is_single", "read_graph", "read_run"]

_NAMED = 500
"""Up to so many nodes the parameters that edges fill are looked up; in larger pictures there is no room for them."""

_SHAPES: dict[str, Shape] = {"map": "map", "when": "when", "repeat": "repeat"}
_SHAPES |= dict.fromkeys(WAITS, "wait")
_Tails = Callable[[Source], Iterable[tuple[str, EdgeKind]]]
"""Gives the parts whose values a source reads, and how: as data of its graph, or captured from a graph around it."""


def read_graph(graph: Graph) -> Draft:
    """The draft of a graph: its nodes and, once each, the bodies in it."""
    reader = _Reader(Draft(graph.name, plural(len(graph), "node")))
    reader.lay(graph.nodes, _Place(), reader.tails([node.id for node in graph.nodes], {}), "")
    inner = sum(part.node is not None for part in reader.draft.parts.values()) - len(graph)
    if inner:
        reader.draft.subtitle += f" · {inner:,} more in bodies"
    return reader.finish()


def read_run(run: Snapshot) -> Draft:
    """The draft of a run at one moment: its nodes with their states, and what they expanded into."""
    records = list(run.nodes.values())
    reader = _Reader(Draft(run.graph.name, _subtitle(run, records)))
    children: dict[str, list[NodeRun]] = {}
    for record in records:
        if record.parent is not None:
            children.setdefault(record.parent, []).append(record)
    conditions = {r.id: condition_of(r, records, run.inputs) for r in records if isinstance(r.node.control, When)}
    by_id = {record.id: record for record in records}
    labels = {key: label_of_parts(by_id[key], some[-1], conditions.get(key)) for key, some in children.items()}
    places: dict[str, _Place] = {}
    for record in records:  # an expanded node stands before its parts
        place = _Place()
        if record.parent is not None:
            place = reader.place(record, by_id[record.parent], places[record.parent], labels[record.parent])
        places[record.id] = reader.add(record.node, record, place)
    used = {before for record in records for before in record.before}
    for parent_id, parts in children.items():
        reader.gather(by_id[parent_id], parts, used)
    tails = reader.tails([record.id for record in records], {})
    for record in records:
        fates = fates_of(record, record.id in children, conditions.get(record.id))
        if fates:
            reader.bodies(record.id, record.node, places[record.id], tails, fates)
    reader.connect([(record.id, record.node) for record in records], tails)
    return reader.finish()


def _subtitle(run: Snapshot, records: Sequence[NodeRun]) -> str:
    """What a reader wants to know first: how the run ended, how long it took, how many nodes it had."""
    starts = [record.started for record in records if record.started is not None]
    ends = [record.ended for record in records if record.ended is not None]
    state = str(run.state)
    if starts and ends and run.state.is_end:
        state += f" in {duration(max(ends) - min(starts))}"
    failed = sum(record.state is NodeState.FAILED for record in records)
    failures = [f"{failed:,} failed"] if failed else []
    return " · ".join([state, plural(len(records), "node"), *failures, clean(run.id)])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where parts stand: in which cluster and strand. Without a ``name``, ids are read from after ``prefix``."""

    cluster: str | None = None
    strand: Strand | None = None
    prefix: str = ""
    name: str = ""


class _Reader:
    """Fills a draft. Links wait until all parts are known, because a node with parts is left by its junction."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._strands: dict[tuple[str, int], Strand] = {}
        self._outlets: dict[str, str] = {}
        self._wanted: list[tuple[str, str, Link]] = []

    # ------------------------------------------------------------------ parts

    def add(self, node: Node, record: NodeRun | None, place: _Place, *, key: str = "", ghost: Ghost = "") -> _Place:
        """Add the part of a node, inside the clusters that its id names; gives back where it stands."""
        cluster, prefix = place.cluster, place.prefix
        key = key or node.id
        inner = key[len(prefix) :] if key.startswith(prefix) else ""  # the main node of an item bears the item's name
        *outer, name = [place.name] if place.name else inner.split("/")
        for one in outer:
            prefix = f"{prefix}{one}/"
            cluster = self._cluster(prefix, one, "workflow", cluster, ghost)
        shape = _SHAPES.get(node.kind, "task")
        self.draft.parts[key] = Part(key, shape, node, record, cluster, place.strand, ghost, name or node.name)
        return _Place(cluster, place.strand, prefix)

    def place(self, record: NodeRun, parent: NodeRun, outer: _Place, label: str) -> _Place:
        """Where a part of an expanded node stands."""
        container = self._cluster(f"{parent.id} ", label, "parts", outer.cluster)
        copy = COPY.match(record.id, len(parent.id))
        control = parent.node.control
        if copy is None or not isinstance(control, Map | Repeat):
            return _Place(container, outer.strand, f"{parent.id}/")
        number = int(copy[1] or copy[2])
        strand = self._strands.get((parent.id, number))
        if strand is None:
            strand = Strand(parent.id, number, isinstance(control, Repeat), outer.strand)
            self._strands[parent.id, number] = strand
        prefix = f"{parent.id}{copy[0]}/"
        label = prefix[len(outer.prefix) : -1] if prefix.startswith(outer.prefix) else prefix[:-1]
        if len(control.template.graph) == 1:
            return _Place(container, strand, prefix, label)
        return _Place(self._cluster(prefix, label, "item", container), strand, prefix)

    def _cluster(self, key: str, label: str, kind: ClusterKind, parent: str | None, ghost: Ghost = "") -> str:
        if key not in self.draft.clusters:
            self.draft.clusters[key] = Cluster(key, label, kind, parent, ghost=ghost)
        return key

    def _junction(self, owner: str) -> str:
        """Where the parts of a node meet."""
        if owner not in self._outlets:
            part = self.draft.parts[owner]
            key = f"{owner} end"
            self.draft.parts[key] = Part(key, "junction", cluster=part.cluster, strand=part.strand, ghost=part.ghost)
            self._outlets[owner] = key
        return self._outlets[owner]

    # ------------------------------------------------------------------ what a node expanded into

    def gather(self, parent: NodeRun, parts: Sequence[NodeRun], used: Collection[str]) -> None:
        """Link an expanded node with its parts: rounds of a loop one after another, items of a map side by side."""
        ids = {record.id for record in parts}
        rounds: dict[int, list[NodeRun]] = {}
        for record in parts:
            strand = self.draft.parts[record.id].strand
            rounds.setdefault(strand.number if strand is not None and strand.rounds else 0, []).append(record)
        before = [parent.id]
        for number, (_, members) in enumerate(sorted(rounds.items())):
            heads = [record.id for record in members if not ids.intersection(record.before)]
            for tail in before:
                for head in heads:
                    self._want(tail, head, "part", direct=not number)
            before = [record.id for record in members if record.id not in used]
        junction = self._junction(parent.id)
        for tail in before:
            self._want(tail, junction, "part")

    # ------------------------------------------------------------------ bodies, drawn once

    def bodies(self, owner: str, node: Node, place: _Place, tails: _Tails, fates: Mapping[str, Fate]) -> None:
        """Draw the templates of a node whose roles have a fate."""
        for role, template in templates_of(node.control).items():
            if role not in fates:
                continue
            if isinstance(node.control, Map) and is_single(template):
                for _, source in template.bound:
                    for tail, _ in tails(source):
                        self._want(tail, owner, "capture", ghost=fates[role].ghost)
            else:
                label = ", ".join(word for word in (_role_label(role, node), fates[role].note) if word)
                self._body(owner, body_prefix(owner, role), template, place, tails, label, fates[role].ghost)
        if isinstance(node.control, Repeat) and any(not fate.ghost for fate in fates.values()):
            self._wanted.append((self._junction(owner), owner, Link("again")))

    def _body(
        self, owner: str, prefix: str, template: Template, place: _Place, outer: _Tails, label: str, ghost: Ghost
    ) -> None:
        graph = template.graph
        junction = self._junction(owner)
        if not graph.nodes:
            self._want(owner, junction, "part", direct=True, ghost=ghost)
            return
        cluster = self._cluster(prefix, label, "template", place.cluster, ghost)
        env = {name: tuple(tail for tail, _ in outer(source)) for name, source in template.bound}
        tails = self.tails([prefix + node.id for node in graph.nodes], env)
        self.lay(graph.nodes, _Place(cluster, place.strand, prefix), tails, ghost)
        for node, before in zip(graph.nodes, graph.predecessors, strict=True):
            if not before:
                self._want(owner, prefix + node.id, "part", direct=True, ghost=ghost)
        for position in graph.last:
            self._want(prefix + graph.nodes[position].id, junction, "part", ghost=ghost)

    def lay(self, nodes: Sequence[Node], place: _Place, tails: _Tails, ghost: Ghost) -> None:
        """Add the nodes of a graph or template, with their bodies and links."""
        keys = [place.prefix + node.id for node in nodes]
        for key, node in zip(keys, nodes, strict=True):
            inner = self.add(node, None, place, key=key, ghost=ghost)
            self.bodies(key, node, inner, tails, dict.fromkeys(templates_of(node.control), Fate(ghost)))
        self.connect(list(zip(keys, nodes, strict=True)), tails, ghost)

    # ------------------------------------------------------------------ links

    def tails(self, keys: Sequence[str], env: Mapping[str, tuple[str, ...]]) -> _Tails:
        """Where sources come from: nodes by position, and what stands for inputs."""

        def found(source: Source) -> Iterable[tuple[str, EdgeKind]]:
            for position in nodes_of(source):
                yield keys[position], "data"
            for name in inputs_of(source):
                for tail in env.get(name, ()):
                    yield tail, "capture"

        return found

    def connect(self, nodes: Sequence[tuple[str, Node]], tails: _Tails, ghost: Ghost = "") -> None:
        """Link nodes with what they read and wait for."""
        for key, node in nodes:
            names = node.argument_names() if len(nodes) <= _NAMED else ("",) * len(node.args)
            for name, source in zip(names, node.args, strict=True):
                for tail, kind in tails(source):
                    self._want(tail, key, kind, name, ghost=ghost)
            for source in node.after:
                for tail, _ in tails(source):
                    self._want(tail, key, "control", ghost=ghost)

    def _want(
        self, tail: str, head: str, kind: EdgeKind, name: str = "", *, direct: bool = False, ghost: Ghost = ""
    ) -> None:
        """Link later; ``direct``: from the node itself, not from where its parts meet."""
        link = Link(kind, (name,) if name else (), ghost)
        if direct:
            self.draft.link(tail, head, link)
        else:
            self._wanted.append((tail, head, link))

    def finish(self) -> Draft:
        """The draft, with all its links."""
        for tail, head, link in self._wanted:
            self.draft.link(self._outlets.get(tail, tail), head, link)
        self._join_frames()
        return self.draft

    def _join_frames(self) -> None:
        """Make two frames one where the outer holds nothing but the inner: a branch or item that is a workflow."""
        clusters, parts = self.draft.clusters, self.draft.parts
        held = Counter(part.cluster for part in parts.values())
        held.update(cluster.parent for cluster in clusters.values())
        into: dict[str, str] = {}
        for key, cluster in clusters.items():
            outer = cluster.parent
            if outer is None or cluster.kind != "workflow" or held[outer] != 1:
                continue
            into[key] = into.get(outer, outer)
            frame = clusters[into[key]]
            if COPY.sub("", frame.label) != cluster.label:
                clusters[into[key]] = replace(frame, label=f"{frame.label}: {cluster.label}")
        for key in into:
            del clusters[key]
        for key, cluster in clusters.items():
            if cluster.parent in into:
                clusters[key] = replace(cluster, parent=into[cluster.parent])
        for key, part in parts.items():
            if part.cluster in into:
                parts[key] = replace(part, cluster=into[part.cluster])


def body_prefix(owner: str, role: str) -> str:
    """What the keys of the parts in a body begin with; no two bodies of a picture share it.

    >>> body_prefix("when", "then")
    'when then/'
    """
    return f"{owner} {role}/"


def is_single(template: Template) -> bool:
    """Whether a body says nothing that its node does not: one task."""
    return len(template.graph) == 1 and not templates_of(template.graph.nodes[0].control)


def _role_label(role: str, node: Node) -> str:
    """What stands on the frame around a body."""
    if isinstance(node.control, Repeat):
        return f"each round, at most {node.control.limit:,}"
    return {"each": "each item"}.get(role, role)
