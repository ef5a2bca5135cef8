"""Which parts of a draft are worth a vertex of their own, when there are too many alike. Pure.

Four things are collapsed past a limit, each into one part that says how many it stands for:

- items of a map and rounds of a loop (``Strand``s): the first few and the last are kept, those that failed before all
  others;
- twins: nodes, or short chains of nodes, that do the same between the same neighbours, as a loop in a workflow
  function makes them;
- long chains of one task;
- and if all that is not enough, everything is condensed (``visualize/picture/condense.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from planweave.engine.state import NodeState
from planweave.visualize.palette import ORDER
from planweave.visualize.picture.draft import Draft, Link, Many, Member, Part, Strand, merge

__all__ = [
    "collapse_chains",
    "collapse_strands",
    "collapse_twins",
    "counts_of",
    "dissolve_junctions",
    "gravest",
    "many_of",
    "pick",
]

_GRAVITY = {state: place for place, state in enumerate(ORDER)}
_PARTS_EACH = 5  # an item, round or piece of more parts than these is shown less often
_WORK = 3_000_000  # steps that looking for twins may take


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


def _room(limit: int, parts: int) -> int:
    """How many of a row there is room for: fewer than the limit where each has many parts, but at least three.

    >>> [_room(12, parts) for parts in (1, 5, 10, 100)]
    [12, 12, 6, 3]
    """
    return max(3, min(limit, _PARTS_EACH * limit // max(1, parts)))


def gravest(members: Iterable[Member]) -> NodeState | None:
    """The state of some nodes together: the one that asks for most attention."""
    states = {state for _, state in members if state is not None}
    return min(states, key=_GRAVITY.__getitem__, default=None)


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
        room = _room(most, sum(len(held[strand]) for strand in row) // len(row))
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
    shown = pick([any(state is NodeState.FAILED for _, state in members[strand]) for strand in row], limit)
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


def counts_of(things: Iterable[Sequence[Member]]) -> tuple[tuple[NodeState, int], ...]:
    """How many things are in which state, the gravest first; a thing of several nodes is as grave as its gravest."""
    found = Counter(gravest(members) for members in things)
    return tuple((state, found[state]) for state in ORDER if found[state])


# ---------------------------------------------------------------------- twins


def collapse_twins(draft: Draft, limit: int) -> Draft:
    """Collapse nodes, and short chains of nodes, that do the same between the same neighbours, past ``limit``.

    Colour refinement (B. Weisfeiler and A. Leman, 1968) finds nodes that look alike; of those, the pieces that hang
    together and have the same neighbours outside are interchangeable. Larger pieces go first, then what is alike
    within those that are left.
    """
    while True:
        groups = _twins(draft, limit)
        if not groups:
            return draft
        draft = merge(draft, groups)


def _twins(draft: Draft, limit: int) -> list[tuple[Part, list[str]]]:
    colours = _refine(draft)
    sizes = Counter(colours.values())
    fewest = _room(limit, len(colours)) + 1
    large = [key for key, colour in colours.items() if sizes[colour] > fewest and draft.parts[key].node is not None]
    around: dict[str, list[str]] = {key: [] for key in large}
    for tail, head in draft.forward():
        if tail in around:
            around[tail].append(head)
        if head in around:
            around[head].append(tail)
    alike: dict[object, list[list[str]]] = {}
    for piece in _pieces(around):
        outside = frozenset(other for key in piece for other in around[key] if other not in around)
        alike.setdefault((tuple(sorted(colours[key] for key in piece)), outside), []).append(piece)
    rooms = [(pieces, _room(limit, len(pieces[0]))) for pieces in alike.values()]
    return [_twin_group(draft, pieces, room) for pieces, room in rooms if len(pieces) > room + 1]


def _refine(draft: Draft) -> dict[str, int]:
    """A number for each part; parts that look alike, by themselves and by their neighbours, have the same."""
    links = [(tail, head, draft.links[tail, head].kind) for tail, head in draft.forward()]
    paths = {key: _path(draft, key) for key in draft.clusters}
    numbers: dict[object, int] = {}

    def number(thing: object) -> int:
        return numbers.setdefault(thing, len(numbers))

    colours = {
        key: number((part.kind, paths.get(part.cluster or ""), part.ghost) if part.node is not None else (key,))
        for key, part in draft.parts.items()
    }
    for _ in range(max(2, min(12, _WORK // (len(colours) + len(links) + 1)))):
        seen: dict[str, list[tuple[int, int, str]]] = {key: [] for key in colours}
        for tail, head, kind in links:
            seen[tail].append((0, colours[head], kind))
            seen[head].append((1, colours[tail], kind))
        numbers.clear()
        finer = {key: number((colours[key], tuple(sorted(seen[key])))) for key in colours}
        if len(set(finer.values())) == len(set(colours.values())):
            break
        colours = finer
    return colours


def _path(draft: Draft, key: str | None) -> tuple[str, ...]:
    """The labels of a cluster and of those around it, without the numbers that tell calls of one workflow apart."""
    path = []
    while key is not None:
        cluster = draft.clusters[key]
        label = cluster.label
        head, dash, tail = label.rpartition("-")
        path.append(head if dash and tail.isdecimal() and cluster.kind == "workflow" else label)
        key = cluster.parent
    return tuple(path)


def _pieces(around: dict[str, list[str]]) -> Iterator[list[str]]:
    """The keys in pieces that hang together."""
    left = dict.fromkeys(around)
    for key in around:
        if key not in left:
            continue
        del left[key]
        piece = [key]
        for one in piece:  # grows while it is walked
            for other in around[one]:
                if other in left:
                    del left[other]
                    piece.append(other)
        yield piece


def _twin_group(draft: Draft, pieces: list[list[str]], limit: int) -> tuple[Part, list[str]]:
    """One part for the pieces of a kind that are not shown."""
    parts = [[draft.parts[key] for key in piece] for piece in pieces]
    members = [[one for part in piece for one in part.stands_for()] for piece in parts]
    shown = set(pick([any(state is NodeState.FAILED for _, state in some) for some in members], limit))
    hidden = [place for place in range(len(pieces)) if place not in shown]
    keys = [key for place in hidden for key in pieces[place]]
    return many_of(
        draft, keys, Many(len(hidden), "node", more=True, counts=counts_of([members[i] for i in hidden]))
    ), keys


def many_of(draft: Draft, keys: Sequence[str], many: Many) -> Part:
    """The part that stands for the parts ``keys``."""
    parts = [draft.parts[key] for key in keys]
    names = Counter(part.node.name for part in parts if part.node is not None)
    clusters = {part.cluster for part in parts}
    return Part(
        f"{keys[0]} and {len(keys) - 1:,} more",
        "many",
        cluster=_common(draft, clusters),
        strand=parts[0].strand if len({part.strand for part in parts}) == 1 else None,
        ghost=all(part.ghost for part in parts),
        many=replace(many, name=_names(names, many.more)),
        members=tuple(one for part in parts for one in part.stands_for()),
    )


def _names(names: Counter[str], more: bool) -> str:
    """What many nodes run: the name that they share; of a condensed picture, the most frequent ones."""
    if len(names) == 1:
        return next(iter(names))
    if more:
        return ""
    frequent = [name for name, _ in names.most_common(3)]
    return ", ".join(sorted(frequent)) + (", …" if len(names) > 3 else "")


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


# ---------------------------------------------------------------------- chains and junctions


def collapse_chains(draft: Draft, limit: int) -> Draft:
    """Collapse what lies in the middle of a chain of more than ``limit`` nodes that all run the same."""
    after: dict[str, list[str]] = {key: [] for key in draft.parts}
    before: dict[str, list[str]] = {key: [] for key in draft.parts}
    for tail, head in draft.forward():
        after[tail].append(head)
        before[head].append(tail)

    def follows(key: str) -> str | None:
        """The next of the chain, if there is one."""
        if len(after[key]) != 1 or len(before[after[key][0]]) != 1:
            return None
        here, there = draft.parts[key], draft.parts[after[key][0]]
        alike = (here.kind, here.cluster, here.strand, here.ghost) == (
            there.kind,
            there.cluster,
            there.strand,
            there.ghost,
        )
        return there.key if alike and here.node is not None else None

    following = {key: then for key in draft.parts if (then := follows(key)) is not None}
    heads = following.keys() - following.values()
    groups = []
    for head in (key for key in draft.parts if key in heads):
        chain = [head]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        groups += _chain_groups(draft, chain, limit)
    return merge(draft, groups)


def _chain_groups(draft: Draft, chain: Sequence[str], limit: int) -> list[tuple[Part, list[str]]]:
    """One part for each stretch of the chain that is not shown."""
    shown = pick([draft.parts[key].state is NodeState.FAILED for key in chain], limit)
    groups = []
    for left, right in zip(shown, [*shown[1:], len(chain)], strict=True):
        keys = list(chain[left + 1 : right])
        if len(keys) == 1:
            continue  # it takes no more room than what would stand for it
        if keys:
            counts = counts_of([draft.parts[key].stands_for() for key in keys])
            groups.append((many_of(draft, keys, Many(len(keys), "node", more=True, counts=counts)), keys))
    return groups


def dissolve_junctions(draft: Draft, *, every: bool = False) -> Draft:
    """Take out the junctions where nothing meets: one edge in, or none out. ``every``: take them all out."""
    entering: dict[str, dict[str, Link]] = {key: {} for key in draft.parts}
    leaving: dict[str, dict[str, Link]] = {key: {} for key in draft.parts}
    for (tail, head), link in draft.links.items():
        entering[head][tail] = leaving[tail][head] = link
    fewer = Draft(draft.title, draft.subtitle, dict(draft.parts), dict(draft.links), draft.clusters)
    for key in [key for key, part in draft.parts.items() if part.shape == "junction"]:
        if not every and len(entering[key]) > 1 and leaving[key]:
            continue
        del fewer.parts[key]
        for tail in entering[key]:
            del fewer.links[tail, key], leaving[tail][key]
        for head in leaving[key]:
            del fewer.links[key, head], entering[head][key]
        for tail, enters in entering[key].items():
            for head, leaves in leaving[key].items():
                fewer.link(tail, head, replace(leaves, ghost=enters.ghost or leaves.ghost))
                entering[head][tail] = leaving[tail][head] = fewer.links[tail, head]
    return fewer
