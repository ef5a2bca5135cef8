"""The rows of a timeline: nodes in the order in which they began, parts below their whole, long groups cut. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from planweave.engine.state import NodeState
from planweave.visualize.picture.collapse import counts_of
from planweave.visualize.picture.draft import Draft, Part
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import count
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
    """A node or a group, with what stands below it."""

    label: str
    part: Part | None = None
    below: list[_Entry] = field(default_factory=list)
    limited: bool = False
    began: float = _NEVER

    def parts(self) -> Iterator[Part]:
        """The nodes in it, itself included."""
        work = [self]
        for entry in work:  # grows while it is walked
            if entry.part is not None:
                yield entry.part
            work += entry.below


def rows_of(draft: Draft, spans: Mapping[str, Span], critical: Collection[str], *, items: int, rows: int) -> list[Row]:
    """The rows of a run, at most ``rows`` of them where that can be done.

    Args:
        draft: of the picture of the run: its parts and clusters say what belongs together.
        spans: when each node did what.
        critical: the ids on the critical path, which are shown before others.
        items: how many items of a map or rounds of a loop are shown.
        rows: how many rows there should be at most; groups are made smaller until that is so.
    """
    root = _tree(draft, spans)
    found: list[Row] = []
    for deepest in (100, 3, 2, 1):
        for limit in _TIGHTER:
            chooser = _Chooser(spans, frozenset(critical), items, limit, deepest)
            found = [row for entry in chooser.chosen(root, 0) for row in entry]
            if len(found) <= rows:
                return found
    return found


def _tree(draft: Draft, spans: Mapping[str, Span]) -> _Entry:
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
            owner.limited = True
            clusters[key] = owner
        elif not cluster.ghost:
            clusters[key] = _Entry(clean(cluster.label))
            clusters[cluster.parent].below.append(clusters[key])
    for key, entry in entries.items():
        clusters[draft.parts[key].cluster].below.append(entry)
    _sort(root, spans)
    return root


def _sort(root: _Entry, spans: Mapping[str, Span]) -> None:
    """Put what began first before the rest; a group began with the first of its nodes."""
    order = [root]
    for entry in order:  # grows while it is walked
        order += entry.below
    for entry in reversed(order):
        span = None if entry.part is None else spans.get(entry.part.key)
        times = [] if span is None else [span.start if span.ready is None else min(span.ready, span.start)]
        entry.began = min(times + [inner.began for inner in entry.below], default=_NEVER)
        entry.below.sort(key=lambda inner: inner.began)


@dataclass(frozen=True)
class _Chooser:
    """Chooses what gets a row."""

    spans: Mapping[str, Span]
    critical: frozenset[str]
    items: int
    limit: int
    deepest: int

    def chosen(self, entry: _Entry, depth: int) -> Iterator[list[Row]]:
        """The rows of what stands below an entry, in lists that stay together."""
        limit = min(self.items, self.limit) if entry.limited else self.limit
        shown = self._pick(entry.below, limit) if depth < self.deepest else set()
        hidden: list[Part] = []
        for place, inner in enumerate(entry.below):
            if place not in shown:
                hidden += inner.parts()
                continue
            members = tuple(part for one in inner.below for part in one.parts())
            yield [self._row(inner.label, depth, inner.part, members if inner.part is None else ())]
            yield from self.chosen(inner, depth + 1)
        if hidden:
            label = f"… {count(len(hidden))} more" if shown else f"{count(len(hidden))} nodes"
            yield [self._row(label, depth, None, tuple(hidden), many=True)]

    def _pick(self, below: Sequence[_Entry], limit: int) -> set[int]:
        """Which of a group are shown: those that failed, those on the critical path, then the first and the last."""
        if len(below) <= limit + 1:
            return set(range(len(below)))
        urgent: list[int] = []
        path: list[int] = []
        for place, entry in enumerate(below):
            parts = list(entry.parts())
            if any(part.state is NodeState.FAILED for part in parts):
                urgent.append(place)
            elif any(part.key in self.critical for part in parts):
                path.append(place)
        shown: set[int] = set()
        for place in (*urgent[: max(1, limit // 2)], *path, *urgent, len(below) - 1, *range(len(below))):
            if len(shown) >= limit:
                break
            shown.add(place)
        return shown

    def _row(self, label: str, depth: int, part: Part | None, members: tuple[Part, ...], *, many: bool = False) -> Row:
        parts = members if part is None else (part,)
        spans = tuple(self.spans[one.key] for one in parts if one.key in self.spans)
        return Row(label, depth, part, members, many, spans, counts_of([[(one.key, one.state)] for one in members]))
