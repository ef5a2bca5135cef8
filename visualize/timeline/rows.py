"""The rows of a timeline: nodes in the order in which they began, parts below their whole, long groups cut. Pure.

Of a long group those are shown that a reader looks for: what failed, took longest, was tried again, or held the end of
the run up; then the first few and the last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from planweave.engine.node import Map, Repeat
from planweave.engine.state import NodeState
from planweave.visualize.picture.collapse import counts_of
from planweave.visualize.picture.draft import Draft, Part
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import plural
from planweave.visualize.timeline.span import Span

__all__ = ["Row", "rows_of"]

_TIGHTER = (1_000_000, 100, 50, 25, 12, 6, 3)
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a timeline.

    Attributes:
        label: what stands before it.
        depth: how many groups it stands in.
        part: the node; None for the heading of a group and for many nodes.
        members: the nodes of a group, or those that a row of many stands for.
        many: whether it stands for nodes that have no row of their own.
        spans: of the node or the members, those that have one.
        counts: how many members are in which state, the gravest first.
    """

    label: str
    depth: int
    part: Part | None
    members: tuple[Part, ...]
    many: bool
    spans: tuple[Span, ...]
    counts: tuple[tuple[NodeState, int], ...] = ()


@dataclass(eq=False, slots=True)
class _Entry:
    """A node or a group, with what stands below it.

    Attributes:
        parts_of: the node whose parts stand below, of which fewer are shown than of other groups.
        began, took: seconds: when the first of it started, and from then to its end.
        failed, retried, critical: whether any node of it did, was, or is.
    """

    label: str
    part: Part | None = None
    below: list[_Entry] = field(default_factory=list)
    parts_of: Part | None = None
    began: float = _NEVER
    took: float = 0.0
    failed: bool = False
    retried: bool = False
    critical: bool = False

    def parts(self) -> Iterator[Part]:
        """The nodes in it, itself included."""
        work = [self]
        for entry in work:  # grows while it is walked
            if entry.part is not None:
                yield entry.part
            work += entry.below

    @property
    def noun(self) -> str:
        """What the entries below it are called, where they are counted by anything but their nodes."""
        owner = None if self.parts_of is None or self.parts_of.node is None else self.parts_of.node.control
        return "item" if isinstance(owner, Map) else "round" if isinstance(owner, Repeat) else ""


def rows_of(draft: Draft, spans: Mapping[str, Span], critical: Collection[str], *, items: int, rows: int) -> list[Row]:
    """The rows of a run, at most ``rows`` of them where that can be done.

    Args:
        draft: of the picture of the run: its parts and clusters say what belongs together.
        spans: when each node did what.
        critical: the ids on the critical path, which are shown before others.
        items: how many items of a map or rounds of a loop are shown.
        rows: how many rows there should be at most; groups are made smaller until that is so.
    """
    root = _tree(draft)
    _survey(root, spans, critical)
    found: list[Row] = []
    for deepest in (100, 3, 2, 1):
        for limit in _TIGHTER:
            chooser = _Chooser(spans, items, limit, deepest)
            found = [row for entry in chooser.chosen(root, 0) for row in entry]
            if len(found) <= rows:
                return found
    return found


def _tree(draft: Draft) -> _Entry:
    """What belongs together, as the clusters of the picture say."""
    root = _Entry("")
    entries: dict[str, _Entry] = {}
    clusters: dict[str | None, _Entry] = {None: root}
    for part in draft.parts.values():
        if part.record is not None:
            entries[part.key] = _Entry(clean(part.name), part)
    for key, cluster in draft.clusters.items():
        if cluster.kind == "parts":  # they stand below the node that expanded into them
            owner = entries[key[:-1]]
            owner.parts_of = owner.part
            clusters[key] = owner
        elif not cluster.ghost:
            clusters[key] = _Entry(clean(cluster.label))
            clusters[cluster.parent].below.append(clusters[key])
    for key, entry in entries.items():
        clusters[draft.parts[key].cluster].below.append(entry)
    return root


def _survey(root: _Entry, spans: Mapping[str, Span], critical: Collection[str]) -> None:
    """Find what is told of each entry, and put what began first before the rest: items and rounds are in order."""
    order = [root]
    for entry in order:  # grows while it is walked
        order += entry.below
    for entry in reversed(order):
        part, below = entry.part, entry.below
        span = None if part is None else spans.get(part.key)
        entry.began = min([inner.began for inner in below], default=_NEVER)
        ended = max([inner.began + inner.took for inner in below if inner.began < _NEVER], default=-_NEVER)
        if span is not None:
            entry.began, ended = min(entry.began, span.start), max(ended, span.close)
        entry.took = max(0.0, ended - entry.began) if entry.began < _NEVER else 0.0
        entry.failed = (part is not None and part.state is NodeState.FAILED) or any(inner.failed for inner in below)
        entry.retried = (span is not None and len(span.record.attempts) > 1) or any(inner.retried for inner in below)
        entry.critical = (part is not None and part.key in critical) or any(inner.critical for inner in below)
        if not entry.noun:
            entry.below.sort(key=lambda inner: inner.began)


@dataclass(frozen=True)
class _Chooser:
    """Chooses what gets a row."""

    spans: Mapping[str, Span]
    items: int
    limit: int
    deepest: int

    def chosen(self, entry: _Entry, depth: int) -> Iterator[list[Row]]:
        """The rows of what stands below an entry, in lists that stay together."""
        limit = self.limit if entry.parts_of is None else min(self.items, self.limit)
        shown = _pick(entry.below, limit) if depth < self.deepest else set()
        hidden: list[_Entry] = []
        for place, inner in enumerate(entry.below):
            if place not in shown:
                hidden.append(inner)
                continue
            members = tuple(part for one in inner.below for part in one.parts())
            yield [self._row(inner.label, depth, inner.part, members if inner.part is None else ())]
            yield from self.chosen(inner, depth + 1)
        if hidden:
            parts = tuple(part for inner in hidden for part in inner.parts())
            label = _rest_in_words(len(hidden), len(parts), entry.noun, more=bool(shown))
            yield [self._row(label, depth, None, parts, many=True)]

    def _row(self, label: str, depth: int, part: Part | None, members: tuple[Part, ...], *, many: bool = False) -> Row:
        parts = members if part is None else (part,)
        spans = tuple(self.spans[one.key] for one in parts if one.key in self.spans)
        return Row(label, depth, part, members, many, spans, counts_of([[(one.key, one.state)] for one in members]))


def _rest_in_words(entries: int, nodes: int, noun: str, *, more: bool) -> str:
    """What a row of many is called: it counts items and rounds where there are any, else nodes.

    >>> _rest_in_words(2988, 8964, "item", more=True), _rest_in_words(7, 30, "", more=False)
    ('… 2,988 more items (8,964 nodes)', '30 nodes')
    """
    words = plural(entries if noun else nodes, f"{'more ' if more else ''}{noun or 'node'}")
    extra = f" ({plural(nodes, 'node')})" if noun and nodes != entries else ""
    return f"{'… ' if more else ''}{words}{extra}"


def _pick(below: Sequence[_Entry], limit: int) -> set[int]:
    """Which of a group are shown, where they are more than the limit.

    Those that failed get up to a half of the room, those that took longer than the average up to a quarter, those that
    were tried again up to an eighth, and the critical path what it needs of the rest, spread over its length; what is
    still left goes to the last and to the first of the group.
    """
    everything = range(len(below))
    if len(below) <= limit + 1:
        return set(everything)
    average = sum(entry.took for entry in below) / len(below)
    failed = [place for place in everything if below[place].failed]
    long = sorted((place for place in everything if below[place].took > average), key=lambda i: -below[i].took)
    retried = [place for place in everything if below[place].retried]
    critical = [place for place in everything if below[place].critical]
    shown: set[int] = set()

    def show(places: Sequence[int], most: int) -> None:
        new = [place for place in places if place not in shown]
        shown.update(new[: max(0, min(most, limit - len(shown)))])

    show(failed, max(1, limit // 2))
    show(long, max(1, limit // 4))
    show(retried, max(1, limit // 8))
    show(_spread([place for place in critical if place not in shown], limit - len(shown)), limit)
    show(failed, limit)
    show([len(below) - 1, *everything], limit)
    return shown


def _spread(places: Sequence[int], room: int) -> list[int]:
    """So many of the places, at equal distances, the last of them included.

    >>> _spread(range(100), 4), _spread(range(3), 4), _spread(range(9), 1)
    ([0, 33, 66, 99], [0, 1, 2], [8])
    """
    if len(places) <= room:
        return list(places)
    last = len(places) - 1
    return [places[last - step * last // max(1, room - 1)] for step in range(room)][::-1]
