"""Laws of how nodes and runs end, and of what they say is the cause."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.engine.history import NodeRun
from planweave.engine.source import nodes_of
from planweave.engine.state import BROKEN, EXITS, RUN_EXITS, NodeState, RunState
from planweave.testing.story import RUN_STATE_OF, Story

_SUCCEEDED, _FAILED, _SKIPPED = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED
_UPSTREAM_FAILED = NodeState.UPSTREAM_FAILED


def numbered_in_time(story: Story) -> Iterator[str]:
    """Events are numbered without gaps, and their times never go back."""
    time = 0.0
    for number, event in enumerate(story.events):
        if event.number != number:
            yield f"{event} is number {number}"
        if event.time < time:
            yield f"{event} comes after {time}"
        time = event.time


def legal_moves(story: Story) -> Iterator[str]:
    """A node moves only as the table of states allows, and so does the run."""
    for move in story.moves:
        if move.after not in EXITS[move.before]:
            yield f"'{move.node}' went from {move.before} to {move.after}"
    state = RunState.QUEUED
    for event in story.events:
        if event.node is None:
            after = RUN_STATE_OF[event.kind]
            if after not in RUN_EXITS[state]:
                yield f"the run went from {state} to {after}"
            state = after


def one_end(story: Story) -> Iterator[str]:
    """Every node has one record of its end, and none after it; so has the run, and it is the last of all."""
    last = story.events[-1]
    if last.node is not None or not RUN_STATE_OF[last.kind].is_end:
        yield f"the last event is {last}"
    ended: set[str] = set()
    for event in story.events:
        if event.node in ended:
            yield f"{event} came after the end of '{event.node}'"
        if event.node is not None and story.ended.get(event.node) == event.number:
            ended.add(event.node)
    for name, node in story.nodes.items():
        if name not in ended:
            yield f"'{name}' never ended: it is {node.state}"


def causes_are_roots(story: Story) -> Iterator[str]:
    """Who could not run names a node that failed, who was skipped one that was, and the way to it leads along edges."""
    for node in story.nodes.values():
        if node.state in (_UPSTREAM_FAILED, _SKIPPED):
            yield from _wrong_cause(story, node)
        elif node.cause is not None:
            yield f"'{node.id}' is {node.state}, and names '{node.cause}'"
    last = story.events[-1]
    if last.kind == "run_failed":
        causes = last.data.get("causes", [])
        if not causes or any(story.nodes[one].state is not _FAILED for one in causes):
            yield f"the run failed because of {causes}"


def _wrong_cause(story: Story, node: NodeRun) -> Iterator[str]:
    if node.cause is None:
        yield f"'{node.id}' is {node.state}, and names no cause"
        return
    root = story.nodes[node.cause]
    if root.state is not (_FAILED if node.state is _UPSTREAM_FAILED else _SKIPPED):
        yield f"'{node.id}' is {node.state} because of '{root.id}', which is {root.state}"
    elif node.cause == node.id:
        if node.node.kind != "when":
            yield f"'{node.id}' was skipped because of itself"
    else:
        via = [story.nodes[one] for one in (*node.before, *story.children[node.id])]
        if not any(one.id == root.id or (one.state is node.state and one.cause == root.id) for one in via):
            yield f"'{node.id}' names '{root.id}', to which none of {[one.id for one in via]} leads"


def failures_get_out(story: Story) -> Iterator[str]:
    """The run fails if and only if there is a failure that nobody lets pass; then its error holds what was raised."""
    if story.run.state is RunState.CANCELLED:
        return
    ids, output = list(story.nodes), story.run.graph.output
    read = {ids[i] for i in nodes_of(output)} if output is not None else set()
    waited_for = {need for node in story.nodes.values() for need in node.before}
    broken = [name for name, node in story.nodes.items() if node.parent is None and node.state in BROKEN]
    out = [name for name in broken if name in read or name not in waited_for]
    if bool(out) != (story.run.state is RunState.FAILED):
        yield f"the run {story.run.state}, and the failures that get out are {out}"
    elif out:
        causes = getattr(story.run.error, "causes", {})
        if not causes or any(cause is not story.nodes[name].error for name, cause in causes.items()):
            yield f"the error of the run holds {causes}"


def cached_values_were_made(story: Story) -> Iterator[str]:
    """A value from the cache is one that an equal call gave before."""
    for name, node in story.nodes.items():
        if not node.cached:
            continue
        alike = [one for one in story.nodes.values() if one.node.name == node.node.name and not one.cached]
        made = [one for one in alike if one.state is _SUCCEEDED and story.ended[one.id] < story.ended[name]]
        if not node.node.policy.cache or not any(one.value is node.value for one in made):
            yield f"'{name}' has {node.value!r} from nowhere"
