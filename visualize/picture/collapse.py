"""Which items of maps and rounds of loops are worth a vertex of their own, when there are too many. Pure.

What is alike is collapsed past a limit, each time into one part that says how many it stands for:

- items of a map and rounds of a loop (``Strand``s), here: the first few and the last are kept, those that failed
  before all others;
- twins, nodes that do the same between the same neighbours (``visualize/picture/twins.py``);
- long chains of one task (``visualize/picture/chain.py``);
- in pictures that would be a strip nobody can read, also twins and chains of different tasks;
- and if all that is not enough, everything is condensed (``visualize/picture/condense.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from planweave.engine.state import NodeState
from planweave.visualize.palette import ORDER
from planweave.visualize.picture.draft import Draft, Many, Member, Part, Strand, merge

__all__ = ["collapse_strands", "counts_of", "failed", "gravest", "many_of", "pick", "room_of"]

_GRAVITY = {state: place for place, state in enumerate(ORDER)}
_PARTS_EACH = 5  # an item, round or piece of more parts than these is shown less often


# ---------------------------------------------------------------------- which of many


def pick(bad: Sequence[bool], limit: int) -> list[int]:
    """Which of a row are shown: all, up to the limit; beyond it, the bad ones, then the first few and the last.

    One more than the limit is shown too, because it takes no more room than what would stand for it.

    >>> pick([False] * 100, 4), pick([False] * 98 + [True, False], 4), pick([True] * 9, 4)
    ([0, 1, 2, 99], [0, 1, 98, 99], [0, 1, 2, 3])
    """
    if len(bad) <= limit + 1:
        return list(range(len(bad)))
    shown = {i for i, _ in zip((i for i, is_bad in enumerate(bad) if is_bad), range(limit), strict=False)}
    for i in (len(bad) - 1, *range(len(bad))):
        if len(shown) >= limit:
            break
        shown.add(i)
    return sorted(shown)


def room_of(limit: int, parts: int) -> int:
    """How many of a row there is room for: fewer than the limit where each has many parts, but at least three.

    >>> [room_of(12, parts) for parts in (1, 5, 10, 100)]
    [12, 12, 6, 3]
    """
    return max(3, min(limit, _PARTS_EACH * limit // max(1, parts)))


def gravest(members: Iterable[Member]) -> NodeState | None:
    """The state of some nodes together: the one that asks for most attention."""
    states = {state for _, state in members if state is not None}
    return min(states, key=_GRAVITY.__getitem__, default=None)


def failed(members: Iterable[Member]) -> bool:
    """Whether one of some nodes failed: it is shown before others."""
    return any(state is NodeState.FAILED for _, state in members)


def counts_of(things: Iterable[Sequence[Member]]) -> tuple[tuple[NodeState, int], ...]:
    """How many things are in which state, the gravest first; a thing of several nodes is as grave as its gravest."""
    found = Counter(gravest(members) for members in things)
    return tuple((state, found[state]) for state in ORDER if found[state])


# ---------------------------------------------------------------------- one part for many


def many_of(draft: Draft, keys: Sequence[str], many: Many) -> Part:
    """The part that stands for the parts ``keys``: of a task that all of them run it bears the name."""
    parts = [draft.parts[key] for key in keys]
    names = {part.node.name if part.node is not None else part.many.name if part.many else "" for part in parts}
    strands, ghosts = {part.strand for part in parts}, {part.ghost for part in parts}
    return Part(
        f"{keys[0]} and {len(keys) - 1:,} more",
        "many",
        cluster=_common(draft, {part.cluster for part in parts}),
        strand=parts[0].strand if len(strands) == 1 else None,
        ghost=parts[0].ghost if len(ghosts) == 1 else "",
        many=replace(many, name=next(iter(names)) if len(names) == 1 else "", tasks=len(names - {""})),
        members=tuple(one for part in parts for one in part.stands_for()),
    )


def _common(draft: Draft, clusters: set[str | None]) -> str | None:
    """The innermost cluster that holds all of these."""
    paths = []
    for inner in clusters:
        path: list[str] = []
        key = inner
        while key is not None:
            path.insert(0, key)
            key = draft.clusters[key].parent
        paths.append(path)
    common = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common


# ---------------------------------------------------------------------- items and rounds


def collapse_strands(draft: Draft, limit: int) -> Draft:
    """Collapse the items of each map, and the rounds of each loop, past ``limit``; outer ones first."""
    strands: dict[str, dict[int, Strand]] = {}
    held: dict[Strand, list[Part]] = {}
    for part in draft.parts.values():
        for strand in _outward(part.strand):
            strands.setdefault(strand.owner, {})[strand.number] = strand
            held.setdefault(strand, []).append(part)
    home: dict[Strand, Part] = {}
    for owner, by_number in strands.items():
        row = [by_number[number] for number in sorted(by_number)]
        most = limit // 2 if row[0].rounds else limit  # rounds stand in a column, which is long soon
        room = room_of(most, sum(len(held[strand]) for strand in row) // len(row))
        if len(row) > room + 1:
            _collapse_row(draft, draft.parts[owner], row, held, room, home)
    groups: dict[str, tuple[Part, list[str]]] = {}
    for key, part in draft.parts.items():
        hidden = [home[strand] for strand in _outward(part.strand) if strand in home]
        if hidden:
            groups.setdefault(hidden[-1].key, (hidden[-1], []))[1].append(key)
    return merge(draft, list(groups.values()))


def _outward(strand: Strand | None) -> Iterator[Strand]:
    while strand is not None:
        yield strand
        strand = strand.outer


def _collapse_row(
    draft: Draft,
    owner: Part,
    row: Sequence[Strand],
    held: dict[Strand, list[Part]],
    limit: int,
    home: dict[Strand, Part],
) -> None:
    """Find a part for each strand of a row that is not shown: one for all of them, or for rounds one for each gap."""
    members = {strand: [one for part in held[strand] for one in part.stands_for()] for strand in row}
    shown = pick([failed(members[strand]) for strand in row], limit)
    gap = 0
    gaps: dict[int, list[Strand]] = {}
    visible = set(shown)
    for place, strand in enumerate(row):
        if place in visible:
            gap += strand.rounds
        else:
            gaps.setdefault(gap, []).append(strand)
    cluster = _container(draft, owner)
    for number, hidden in gaps.items():
        if len(hidden) == 1:
            continue  # it takes no more room than what would stand for it
        noun = "round" if hidden[0].rounds else "item"
        part = Part(
            f"{owner.key} more {number}",
            "many",
            cluster=cluster,
            strand=owner.strand,
            ghost=owner.ghost,
            many=Many(len(hidden), noun, more=True, counts=counts_of([members[strand] for strand in hidden])),
            members=tuple(one for strand in hidden for one in members[strand]),
        )
        home.update(dict.fromkeys(hidden, part))


def _container(draft: Draft, owner: Part) -> str | None:
    key = f"{owner.key} "
    return key if key in draft.clusters else owner.cluster
