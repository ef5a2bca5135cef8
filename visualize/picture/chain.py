"""Collapses what lies in the middle of a long chain of nodes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.picture.collapse import counts_of, failed, many_of, pick
from planweave.visualize.picture.draft import Draft, Many, Part, merge

__all__ = ["collapse_chains"]


def collapse_chains(draft: Draft, limit: int, *, alike: bool = True) -> Draft:
    """Collapse what lies in the middle of each chain of more than ``limit`` nodes.

    Args:
        draft: stays as it is.
        limit: how many nodes of a chain are shown.
        alike: whether a chain is one of nodes that run the same task, in the same frame.
    """
    return merge(draft, [group for chain in _chains(draft, alike) for group in _chain_groups(draft, chain, limit)])


def _chains(draft: Draft, alike: bool) -> Iterator[list[str]]:
    """The nodes that follow one another, with nothing else between or beside them."""
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
        if here.node is None or there.node is None or (here.strand, here.ghost) != (there.strand, there.ghost):
            return None
        return there.key if not alike or (here.kind, here.cluster) == (there.kind, there.cluster) else None

    following = {key: then for key in draft.parts if (then := follows(key)) is not None}
    heads = following.keys() - following.values()
    for head in (key for key in draft.parts if key in heads):
        chain = [head]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        yield chain


def _chain_groups(draft: Draft, chain: Sequence[str], limit: int) -> Iterator[tuple[Part, list[str]]]:
    """One part for each stretch of the chain that is not shown."""
    shown = pick([failed(draft.parts[key].stands_for()) for key in chain], limit)
    for left, right in zip(shown, [*shown[1:], len(chain)], strict=True):
        keys = list(chain[left + 1 : right])
        if len(keys) > 1:  # a single one takes no more room than what would stand for it
            counts = counts_of([draft.parts[key].stands_for() for key in keys])
            yield many_of(draft, keys, Many(len(keys), "node", more=True, counts=counts)), keys
