"""Collapses nodes that are interchangeable: they do the same between the same neighbours. Pure.

A loop in a workflow function makes such twins, one node or a short chain of nodes in each turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from planweave.visualize.picture.collapse import counts_of, failed, many_of, pick, room_of
from planweave.visualize.picture.draft import Draft, Many, Part, merge

__all__ = ["collapse_twins"]

_WORK = 3_000_000  # steps that looking for twins may take


def collapse_twins(draft: Draft, limit: int, *, alike: bool = True) -> Draft:
    """Collapse nodes, and short chains of nodes, between the same neighbours, past ``limit``.

    Colour refinement (B. Weisfeiler and A. Leman, 1968) finds nodes that look alike; of those, the pieces that hang
    together and have the same neighbours outside are interchangeable. Larger pieces go first, then what is alike
    within those that are left.

    Args:
        draft: stays as it is.
        limit: how many twins are shown.
        alike: whether twins must run the same tasks.
    """
    while True:
        groups = _twins(draft, limit, alike)
        if not groups:
            return draft
        draft = merge(draft, groups)


def _twins(draft: Draft, limit: int, alike: bool) -> list[tuple[Part, list[str]]]:
    colours = _refine(draft, alike)
    sizes = Counter(colours.values())
    fewest = room_of(limit, len(colours)) + 1
    large = [key for key, colour in colours.items() if sizes[colour] > fewest and draft.parts[key].node is not None]
    around: dict[str, list[str]] = {key: [] for key in large}
    for tail, head in draft.forward():
        if tail in around:
            around[tail].append(head)
        if head in around:
            around[head].append(tail)
    similar: dict[object, list[list[str]]] = {}
    for piece in _pieces(around):
        outside = frozenset(other for key in piece for other in around[key] if other not in around)
        similar.setdefault((tuple(sorted(colours[key] for key in piece)), outside), []).append(piece)
    rooms = [(pieces, room_of(limit, len(pieces[0]))) for pieces in similar.values()]
    return [_twin_group(draft, pieces, room) for pieces, room in rooms if len(pieces) > room + 1]


def _refine(draft: Draft, alike: bool) -> dict[str, int]:
    """A number for each part; parts that look alike, by themselves and by their neighbours, have the same."""
    links = [(tail, head, draft.links[tail, head].kind) for tail, head in draft.forward()]
    paths = {key: _path(draft, key) for key in draft.clusters}
    numbers: dict[object, int] = {}

    def number(thing: object) -> int:
        return numbers.setdefault(thing, len(numbers))

    def look(part: Part) -> object:
        if part.node is None:
            return (part.key,)
        return (part.kind if alike else part.shape, paths.get(part.cluster or ""), part.ghost)

    colours = {key: number(look(part)) for key, part in draft.parts.items()}
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
    members = [[one for key in piece for one in draft.parts[key].stands_for()] for piece in pieces]
    shown = set(pick([failed(some) for some in members], limit))
    hidden = [place for place in range(len(pieces)) if place not in shown]
    keys = [key for place in hidden for key in pieces[place]]
    counts = counts_of([members[place] for place in hidden])
    return many_of(draft, keys, Many(len(hidden), "node", more=True, counts=counts)), keys
