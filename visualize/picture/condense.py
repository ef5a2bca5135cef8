"""Makes a draft small that is too large to be read or laid out in reasonable time. Pure.

Nodes on the same level (as many others on the longest way to them) are drawn as one vertex with a count: by task and
sub-workflow where that is enough, by level alone where it is not, and by several neighbouring levels where there are
too many of those. Edges then lead from level to level, so that what is drawn is still free of cycles. The first nodes
that failed stay vertices of their own: they are what such a picture is opened for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

from planweave.visualize.picture.collapse import counts_of, failed, many_of
from planweave.visualize.picture.draft import Draft, Many, Part, merge
from planweave.visualize.picture.extent import is_strip, length_of_edges
from planweave.visualize.picture.junction import dissolve_junctions
from planweave.visualize.picture.picture import levels

__all__ = ["OVERVIEW", "condense"]

OVERVIEW = 40
"""How many vertices a picture has at most that was condensed, failed nodes apart: what fits on a few screens."""

_EDGES_PER_NODE = 4
_LONGEST = 6_000  # levels that all edges together may pass: the layout of 5,300 takes six seconds, of 21,000 minutes
_MANY_LINKS = 2  # for each part of an overview
_FAILED, _FAILED_EACH = 20, 5  # nodes that stay on their own, in all and on a level

_Way = Callable[[str], Hashable]
"""What the parts that are drawn as one have in common, by the key of one of them."""


def condense(draft: Draft, nodes: int) -> Draft:
    """The draft as it is, if it is small enough; else an overview.

    It is small enough with at most ``nodes`` parts and four times as many links, edges of bearable length and sides of
    bearable shape.

    >>> parts = {f"n{i}": Part(f"n{i}", "task") for i in range(1000)}
    >>> len(condense(Draft("d", parts=parts), 500).parts)
    1
    """
    if not _too_large(draft, nodes):
        return draft
    draft = dissolve_junctions(draft, every=True)
    draft.subtitle += " · condensed by level"
    level = levels(draft.parts, draft.forward())
    depth = max(level.values(), default=0) + 1
    alone = _alone(draft, level)
    groups: dict[Hashable, list[str]] = {}
    for way in _ways(draft, level, depth, {level[key] for key in alone}, min(nodes, OVERVIEW)):
        groups = {}
        for key in draft.parts:
            if key not in alone:
                groups.setdefault(way(key), []).append(key)
        if len(groups) <= min(nodes, OVERVIEW):
            break
    fewer = merge(draft, [(_group(draft, keys, level, depth), keys) for keys in groups.values() if len(keys) > 1])
    if len(fewer.links) > _MANY_LINKS * len(fewer.parts):
        fewer.subtitle += ", without the edges that others imply"
        _drop_implied(fewer)
    return fewer


def _drop_implied(draft: Draft) -> None:
    """Take out the links beside longer ways: where many nodes are one, there would be one from each to each."""
    level = levels(draft.parts, draft.forward())
    after: dict[str, list[str]] = {key: [] for key in draft.parts}
    for tail, head in draft.forward():
        after[tail].append(head)
    reached: dict[str, frozenset[str]] = {}
    for key in sorted(draft.parts, key=level.__getitem__, reverse=True):
        beyond = frozenset().union(*(reached[head] for head in after[key]))
        for head in beyond.intersection(after[key]):
            if not draft.links[key, head].critical:
                del draft.links[key, head]
        reached[key] = beyond.union(after[key])


def _too_large(draft: Draft, nodes: int) -> bool:
    return (
        len(draft.parts) > nodes
        or len(draft.links) > _EDGES_PER_NODE * nodes
        or length_of_edges(draft) > max(_LONGEST, _EDGES_PER_NODE * nodes)
        or is_strip(draft, nodes)
    )


def _alone(draft: Draft, level: Mapping[str, int]) -> Collection[str]:
    """The failed nodes that stay vertices: the first of each level, the first levels before others."""
    each: Counter[int] = Counter()
    kept: dict[str, None] = {}
    for key in sorted(draft.parts, key=level.__getitem__):
        part = draft.parts[key]
        if part.node is None or not failed(part.stands_for()) or each[level[key]] == _FAILED_EACH:
            continue
        if len(kept) == _FAILED:
            break
        each[level[key]] += 1
        kept[key] = None
    return kept


def _ways(draft: Draft, level: Mapping[str, int], depth: int, cut: Collection[int], most: int) -> Iterator[_Way]:
    """How parts may be drawn together, the finest way first."""

    def kind(key: str) -> str:
        part = draft.parts[key]
        return part.kind if part.node is not None else part.name

    yield lambda key: (level[key], draft.parts[key].cluster, kind(key))
    yield lambda key: (level[key], kind(key))
    yield lambda key: level[key]
    bands = _bands(depth, cut, most)
    yield lambda key: bands[level[key]]


def _bands(depth: int, cut: Collection[int], most: int) -> Sequence[int]:
    """The number of a band for each level: about ``most`` bands of neighbouring levels.

    A level in ``cut`` is a band of its own: something on it stays apart, and in a longer band it would both follow and
    precede the rest.

    >>> _bands(6, [], 3), _bands(6, [2], 4)
    ([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2])
    """
    size = -(-depth // max(2, most - 2 * len(cut)))
    found, band, length = [], 0, 0
    for place in range(depth):
        if length == size or (length and (place in cut or place - 1 in cut)):
            band, length = band + 1, 0
        found.append(band)
        length += 1
    return found


def _group(draft: Draft, keys: Sequence[str], level: Mapping[str, int], depth: int) -> Part:
    """One part for several that may stand for several themselves; its counts are of nodes."""
    members = [one for key in keys for one in draft.parts[key].stands_for()]
    first, last = (choose(level[key] for key in keys) + 1 for choose in (min, max))
    place = f"level {first:,} of {depth:,}" if first == last else f"levels {first:,}–{last:,} of {depth:,}"
    counts = counts_of([[one] for one in members])
    return many_of(draft, keys, Many(len(members) or len(keys), "node", more=False, counts=counts, place=place))
