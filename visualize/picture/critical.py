"""Marks the critical path of a run in its draft: the nodes that determined when it ended, and the links between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from planweave.visualize.picture.draft import Draft
from planweave.visualize.picture.picture import CriticalPath
from planweave.visualize.timeline.span import Span

__all__ = ["mark_critical"]


def mark_critical(draft: Draft, path: Sequence[Span]) -> None:
    """Mark what the path leads through; a single node is no path.

    Args:
        draft: of the whole run, in which each node is a part.
        path: as ``critical_path`` gives it.
    """
    if len(path) < 2:
        return
    draft.on_path = frozenset(span.record.id for span in path)
    draft.critical = CriticalPath(len(path), path[-1].end - path[0].begin)
    after: dict[str, list[str]] = {}
    for tail, head in draft.forward():
        if tail in draft.on_path or draft.parts[tail].shape == "junction":
            after.setdefault(tail, []).append(head)
    for one, following in pairwise(path):
        for ends in _way(draft, after, one.record.id, following.record.id):
            draft.links[ends] = replace(draft.links[ends], critical=True)


def _way(draft: Draft, after: Mapping[str, Sequence[str]], start: str, end: str) -> list[tuple[str, str]]:
    """The links that lead from a node to another, through junctions alone; none where there is no such way."""
    came = {start: ""}
    row = [start]
    for key in row:  # grows while it is walked
        for head in after.get(key, ()):
            if head not in came and (head == end or draft.parts[head].shape == "junction"):
                came[head] = key
                row.append(head)
    way = []
    while came.get(end):
        way.append((came[end], end))
        end = came[end]
    return way
