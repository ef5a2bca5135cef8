"""Laws of limits: pools, slots, rates, attempts, and the cancel that lets nothing more start."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.testing.story import ROUNDING, Story, scenes


def limits_hold(story: Story) -> Iterator[str]:
    """At no instant do more nodes run than pools, threads and processes have room for."""
    for event, scene in scenes(story):
        over = [slot for slot, count in scene.used.items() if count > story.sizes.get(slot, count)]
        if over:
            yield f"before {event} there are too many in {over}: {dict(scene.used)}"


def rates_hold(story: Story) -> Iterator[str]:
    """In no stretch of time do more nodes of a task start than its rate allows."""
    for event, scene in scenes(story):
        if event.kind == "started" and event.node is not None and scene.opens_at(event.node) > event.time:
            yield f"'{event.node}' started at {event.time}, not from {scene.opens_at(event.node)} on"


def attempts_in_order(story: Story) -> Iterator[str]:
    """Attempts are counted from 1, no more than the policy allows, each after the pause that was announced."""
    due: dict[str | None, float] = {}
    started: dict[str | None, int] = {}
    for event in story.events:
        if event.kind == "retrying":
            due[event.node] = event.data["due"]
        elif event.kind == "ready" and event.time < due.pop(event.node, event.time) - ROUNDING:
            yield f"{event} came before the pause was over"
        elif event.kind == "started" and event.node is not None:
            number, before = event.data["attempt"], started.get(event.node, 0)
            started[event.node] = number
            retry = story.nodes[event.node].node.policy.retry
            if number != before + 1:
                yield f"attempt {number} of '{event.node}' follows attempt {before}"
            if number > (retry.attempts if retry is not None else 1):
                yield f"'{event.node}' has no attempt {number}"
    for name, node in story.nodes.items():
        if len(node.attempts) != started.get(name, 0):
            yield f"the attempts of '{name}' are {node.attempts}"


def nothing_after_cancel(story: Story) -> Iterator[str]:
    """Nothing becomes ready, starts, expands or waits after the run was cancelled."""
    numbers = [event.number for event in story.events if event.kind == "run_cancelling"]
    for event in story.events[numbers[0] :] if numbers else ():
        if event.kind in ("ready", "started", "retrying", "expanded", "waiting"):
            yield f"{event} came after the cancel"
