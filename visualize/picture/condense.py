"""Makes a draft small that is too large to be read or laid out in reasonable time. Pure.

Nodes on the same level (as many others on the longest way to them) are drawn as one vertex with a count: by task and
sub-workflow where that is enough, by level alone where it is not, and by several neighbouring levels where there are
too many of those. Edges then lead from level to level, so that what is drawn is still free of cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from planweave.visualize.picture.collapse import counts_of, dissolve_junctions, many_of
from planweave.visualize.picture.draft import Draft, Many, Part, merge
from planweave.visualize.picture.picture import levels

__all__ = ["condense"]

_EDGES_PER_NODE = 4
_FEWER, _FEWEST = 25, 40  # what is condensed anyway becomes an overview: a 25th of the limit, but not too little


def condense(draft: Draft, nodes: int) -> Draft:
    """The draft as it is, if it has at most ``nodes`` parts and four times as many links; else an overview.

    >>> parts = {f"n{i}": Part(f"n{i}", "task") for i in range(1000)}
    >>> len(condense(Draft("d", parts=parts), 500).parts)
    1
    """
    if len(draft.parts) <= nodes and len(draft.links) <= _EDGES_PER_NODE * nodes:
        return draft
    draft = dissolve_junctions(draft, every=True)
    draft.subtitle += " · condensed by level"
    level = levels(draft.parts, draft.forward())
    depth = max(level.values(), default=0) + 1
    target = max(min(nodes, _FEWEST), nodes // _FEWER)
    ways: list[Callable[[Part], Hashable]] = [
        lambda part: (level[part.key], part.cluster, part.kind if part.node is not None else part.name),
        lambda part: (level[part.key], part.kind if part.node is not None else part.name),
        lambda part: level[part.key],
        lambda part: level[part.key] // -(-depth // target),
    ]
    groups: dict[Hashable, list[str]] = {}
    for way in ways:
        groups = {}
        for part in draft.parts.values():
            groups.setdefault(way(part), []).append(part.key)
        if len(groups) <= target:
            break
    return merge(draft, [(_group(draft, keys), keys) for keys in groups.values() if len(keys) > 1])


def _group(draft: Draft, keys: list[str]) -> Part:
    """One part for several that may stand for several themselves; its counts are of nodes."""
    members = [one for key in keys for one in draft.parts[key].stands_for()]
    return many_of(draft, keys, Many(len(members), "node", more=False, counts=counts_of([[one] for one in members])))
