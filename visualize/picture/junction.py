"""Takes out the junctions of a draft where nothing meets. Pure."""

from __future__ import annotations

from dataclasses import replace

from planweave.visualize.picture.draft import Draft, Link

__all__ = ["dissolve_junctions"]


def dissolve_junctions(draft: Draft, *, every: bool = False) -> Draft:
    """Take out the junctions where nothing meets: one edge in, or none out. ``every``: take them all out."""
    entering: dict[str, dict[str, Link]] = {key: {} for key in draft.parts}
    leaving: dict[str, dict[str, Link]] = {key: {} for key in draft.parts}
    for (tail, head), link in draft.links.items():
        entering[head][tail] = leaving[tail][head] = link
    fewer = replace(draft, parts=dict(draft.parts), links=dict(draft.links))
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
