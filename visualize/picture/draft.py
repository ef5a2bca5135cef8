"""A picture in the making: the parts that may become vertices, before long fan-outs are collapsed. Pure.

A part is cheap, and its words are only found for those that are drawn: a run of a million nodes has a million parts,
and a hundred vertices. ``merge`` is the one way in which parts become fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from planweave.engine.history import NodeRun
from planweave.engine.node import Node
from planweave.engine.state import NodeState
from planweave.visualize.picture.picture import Cluster, CriticalPath, EdgeKind, Ghost, Shape

__all__ = ["Draft", "Link", "Many", "Member", "Part", "Strand", "merge"]

Member = tuple[str, NodeState | None]
"""A node that a part stands for: its id and its state."""


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """One item of a map, or one round of a loop: what is kept or collapsed together.

    Attributes:
        owner: the key of the part that expanded.
        number: its index or round.
        rounds: whether strands of this owner come one after another.
        outer: the strand that the owner itself stands in.
    """

    owner: str
    number: int
    rounds: bool
    outer: Strand | None


@dataclass(frozen=True, slots=True)
class Many:
    """What a part that stands for many nodes says of them.

    Attributes:
        number: how many ``noun`` there are.
        noun: ``item``, ``round``, ``node``, ...
        more: whether they come on top of some that are shown.
        name: what they have in common; may be empty.
        counts: how many of them are in which state, the gravest first.
        tasks: how many different ones they run; 0 where that says nothing.
        place: which levels of a condensed picture they stand on; else empty.
    """

    number: int
    noun: str
    more: bool
    name: str = ""
    counts: tuple[tuple[NodeState, int], ...] = ()
    tasks: int = 0
    place: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What may become a vertex.

    Attributes:
        key: unique in the draft.
        shape: what it is.
        node: the node that it is; None for a junction and for many nodes.
        record: what has happened to the node; None outside runs.
        cluster: the key of the innermost cluster that it stands in; None: in none.
        strand: the innermost item or round that it belongs to; None: to none.
        ghost: whether it only shows what has not run.
        name: the end of its id: what the clusters around it do not say.
        many: what it says of the nodes that it stands for, where they are many.
        members: those nodes.
    """

    key: str
    shape: Shape
    node: Node | None = None
    record: NodeRun | None = None
    cluster: str | None = None
    strand: Strand | None = None
    ghost: Ghost = ""
    name: str = ""
    many: Many | None = None
    members: tuple[Member, ...] | None = None

    @property
    def state(self) -> NodeState | None:
        """The state of its node."""
        return None if self.record is None else self.record.state

    def stands_for(self) -> tuple[Member, ...]:
        """The nodes that it stands for."""
        if self.members is not None:
            return self.members
        if self.node is None or self.ghost:
            return ()
        return ((self.key, self.state),)

    @property
    def kind(self) -> str:
        """What parts must have in common to be collapsed together: what they run, or what they are."""
        return self.shape if self.node is None else f"{self.shape} {self.node.name}"


@dataclass(frozen=True, slots=True)
class Link:
    """What may become an edge: its kind, the parameters that it fills, and how many edges it stands for."""

    kind: EdgeKind
    names: tuple[str, ...] = ()
    ghost: Ghost = ""
    count: int = 1
    critical: bool = False


_STRENGTH: dict[EdgeKind, int] = {"data": 4, "part": 3, "control": 2, "capture": 1, "negative": 1, "again": 0}


@dataclass
class Draft:
    """Parts, links and clusters, by key and in the order in which they are to stand.

    Attributes:
        on_path: the ids of the nodes on the critical path of a run.
        critical: what is told of that path; None: nothing.
    """

    title: str
    subtitle: str = ""
    parts: dict[str, Part] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    on_path: frozenset[str] = frozenset()
    critical: CriticalPath | None = None

    def link(self, tail: str, head: str, link: Link) -> None:
        """Add a link; of two between the same parts the stronger kind is kept, and the names of both."""
        known = self.links.get((tail, head))
        if known is not None:
            stronger = max(known, link, key=lambda one: _STRENGTH[one.kind])
            names = tuple(dict.fromkeys(known.names + link.names))
            ghost, critical = known.ghost and link.ghost, known.critical or link.critical
            link = replace(stronger, names=names, ghost=ghost, count=known.count + link.count, critical=critical)
        self.links[tail, head] = link

    def forward(self) -> list[tuple[str, str]]:
        """The links that go with time."""
        return [ends for ends, link in self.links.items() if link.kind != "again"]


def merge(draft: Draft, groups: Sequence[tuple[Part, Sequence[str]]]) -> Draft:
    """The draft in which each group of parts has become one part, in the place of its first.

    Links between the parts of one group vanish, parallel ones are counted together, and clusters that hold nothing
    any more go.

    >>> from planweave.visualize.picture.picture import levels
    >>> draft = Draft("d", parts={key: Part(key, "task") for key in "abc"})
    >>> draft.link("a", "b", Link("data")); draft.link("a", "c", Link("data"))
    >>> merged = merge(draft, [(Part("rest", "many"), ["b", "c"])])
    >>> list(merged.parts), {ends: link.count for ends, link in merged.links.items()}
    (['a', 'rest'], {('a', 'rest'): 2})
    """
    if not groups:
        return draft
    home = {key: part for part, keys in groups for key in keys}
    fewer = replace(draft, parts={}, links={}, clusters={})
    for key, part in draft.parts.items():
        kept = home.get(key, part)
        fewer.parts.setdefault(kept.key, kept)
    for (tail, head), link in draft.links.items():
        new_tail, new_head = (home[key].key if key in home else key for key in (tail, head))
        if new_tail != new_head:
            fewer.link(new_tail, new_head, link if (new_tail, new_head) == (tail, head) else replace(link, names=()))
    fewer.clusters = _used(fewer.parts, draft.clusters)
    return fewer


def _used(parts: dict[str, Part], clusters: dict[str, Cluster]) -> dict[str, Cluster]:
    """The clusters that hold a part, and those around them."""
    used: set[str] = set()
    for part in parts.values():
        key = part.cluster
        while key is not None and key not in used:
            used.add(key)
            key = clusters[key].parent
    return {key: cluster for key, cluster in clusters.items() if key in used}
