"""Why a run has no node of some id."""

from __future__ import annotations

from difflib import get_close_matches

from planweave.engine.errors import UnknownNameError
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.reason import words
from planweave.engine.explanation.states import reason_of
from planweave.engine.node import Repeat, Replan, When
from planweave.engine.wording import clip, listing


def unknown(run: Evidence, node: str) -> UnknownNameError:
    """The error about an id that no node bears, with what the node says that would have had it inside."""
    nodes = run.data.nodes
    owners = [i for i, one in enumerate(nodes) if _stands_under(node, one.id) and one.control is not None]
    what = f"the run has no node {clip(node)}"
    if not owners:
        ids = [one.id for one in nodes]
        near = get_close_matches(node, ids, n=3)
        mend = f"did you mean {listing(map(clip, near))}?" if near else f"its nodes are: {listing(ids)}"
        return UnknownNameError(what, mend=mend)
    owner = max(owners, key=lambda i: len(run.id(i)))
    return UnknownNameError(f"{what}: {_not_inside(run, owner)}", mend=f"ask for {run.id(owner)}")


def _not_inside(run: Evidence, owner: int) -> str:
    """Why the node that would have it inside does not."""
    name, inside, control = clip(run.id(owner)), run.inside(owner), run.data.nodes[owner].control
    if inside and isinstance(control, When):
        return f"the condition of {name} was {run.condition(owner)}: it took another branch"
    if inside:
        kind = "rounds" if isinstance(control, Repeat | Replan) else "parts"
        return f"{name} has become {len(inside)} nodes, and it is none of these {kind}"
    return f"{name} is {words(run.state[owner])}, and has not become anything: {reason_of(run, owner).why[0]}"


def _stands_under(node: str, owner: str) -> bool:
    return node.startswith(owner) and node[len(owner) : len(owner) + 1] in ("/", "[", "@")
