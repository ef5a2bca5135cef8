"""Laws of order: who may begin after whom, along edges and in expansions."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.engine.state import BROKEN, NodeState, RunState
from planweave.testing.story import Scene, Story, scenes

_PENDING, _SUCCEEDED, _SKIPPED = NodeState.PENDING, NodeState.SUCCEEDED, NodeState.SKIPPED


def after_predecessors(story: Story) -> Iterator[str]:
    """A node becomes ready, or ends without having run, only when its join rule says so."""
    for event, scene in scenes(story):
        name = event.node
        if name is not None and scene.state[name] is _PENDING and event.kind != "cancelled":
            wanted = wanted_by_join(story, scene, name)
            if event.kind not in wanted:
                yield f"'{name}' is {event.kind}, and may only be one of {sorted(wanted)}"


def wanted_by_join(story: Story, scene: Scene, name: str) -> frozenset[str]:
    """The events by which a pending node may leave that state now, by its join rule."""
    node = story.nodes[name].node
    join = node.policy.join
    needs = [(need, scene.state[need.node]) for need in story.needs[name]]
    states = [state for _, state in needs]
    done = all(state.is_end for state in states)
    broken = any(state in BROKEN for state in states)
    skipped = any(state is _SKIPPED and (need.by_value or join != "all_success") for need, state in needs)
    runs = {
        "all_success": done and not broken and not skipped,
        "none_failed": done and not broken,
        "all_done": done,
        "one_success": _SUCCEEDED in states or not states,
    }[join]
    if runs:
        return frozenset({"ready"})
    if broken and (done or join != "one_success") and join != "all_done":
        return frozenset({"upstream_failed"})
    return frozenset({"skipped"}) if done and skipped else frozenset()


def success_follows_the_order(story: Story) -> Iterator[str]:
    """The order in which nodes succeed is a linear extension of the graph, and a start comes after what it needs."""
    starts = {event.node: event.number for event in reversed(story.events) if event.kind == "started"}
    for name, node in story.nodes.items():
        if node.state is not _SUCCEEDED or node.node.policy.join == "one_success":
            continue
        for need in node.before:
            if story.ended[need] > story.ended[name]:
                yield f"'{name}' succeeded before '{need}' ended"
            if story.ended[need] > starts.get(name, story.ended[name]):
                yield f"'{name}' started before '{need}' ended"


def parents_around_children(story: Story) -> Iterator[str]:
    """An expanded node ends after every node of its graph, and each of those begins after it was expanded."""
    expanded = {event.node: event.number for event in reversed(story.events) if event.kind == "expanded"}
    first = {event.node: event.number for event in reversed(story.events) if event.node is not None}
    for name, children in story.children.items():
        if bool(children) != (name in expanded):
            yield f"'{name}' has the children {children}"
            continue
        for child in children:
            if first[child] < expanded[name]:
                yield f"'{child}' was there before '{name}' expanded"
            if story.ended[child] > story.ended[name] and story.run.state is not RunState.CANCELLED:
                yield f"'{name}' ended before '{child}'"
