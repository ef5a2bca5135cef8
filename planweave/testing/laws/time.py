"""Laws of what must happen at once: they hold where nothing but waiting takes time, under a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.engine.state import NodeState
from planweave.testing.laws.order import wanted_by_join
from planweave.testing.story import ROUNDING, Scene, Story, scenes


def no_room_is_wasted(story: Story) -> Iterator[str]:
    """While time passes, no node is ready that has room to start (work conservation: no wake-up is lost)."""
    for event, scene in scenes(story):
        if time_passed(story, event.number):
            for name in scene.ready:
                if _may_start(story, scene, name) and scene.opens_at(name) < event.time:
                    yield f"'{name}' was ready and had room, and nothing happened before {event}"


def nobody_waits_in_vain(story: Story) -> Iterator[str]:
    """While time passes, no node is pending whose join rule says what becomes of it."""
    there: dict[str, None] = {}
    for event, scene in scenes(story):
        if time_passed(story, event.number):
            for name in there:
                if scene.state[name] is NodeState.PENDING and wanted_by_join(story, scene, name):
                    yield f"'{name}' is pending before {event}, and nothing that it waits for is missing"
        there.update(dict.fromkeys(story.arrivals.get(event.number, ())))


def pauses_end_on_time(story: Story) -> Iterator[str]:
    """A sleep ends, and a node is ready for another attempt, at the very time that was announced."""
    due: dict[str | None, float] = {}
    for event in story.events:
        if event.kind in ("waiting", "retrying"):
            due[event.node] = event.data["until" if event.kind == "waiting" else "due"]
        elif event.node in due and abs(event.time - due.pop(event.node)) > ROUNDING and event.kind != "cancelled":
            yield f"{event} comes at another time than was announced"


def the_best_starts_first(story: Story) -> Iterator[str]:
    """Of the nodes that are ready and have room, one of the highest priority starts, then one with the longest path."""
    if story.group > 1:
        return  # what starts is chosen for a whole group then
    for event, scene in scenes(story):
        if event.kind != "started" or event.node is None:
            continue
        for other in scene.ready:
            better = _ranks_before(story, other, event.node)
            if better and _may_start(story, scene, other) and scene.opens_at(other) <= event.time:
                yield f"'{event.node}' started before '{other}', which ranks before it"


def time_passed(story: Story, number: int) -> bool:
    """Whether the clock moved before an event, so that there was nothing left to do."""
    return number > 0 and story.events[number].time > story.events[number - 1].time


def _may_start(story: Story, scene: Scene, name: str) -> bool:
    """Whether nothing but its rate keeps a ready node from starting, as far as events tell."""
    told = not set(story.slots(name)) & story.overrun
    return told and scene.has_room(name) and not scene.may_wait_for_equal(name)


def _ranks_before(story: Story, one: str, other: str) -> bool:
    first, second = (story.nodes[name].node.policy.priority for name in (one, other))
    if first != second or one not in story.heights or other not in story.heights:
        return first > second
    return story.heights[one] > story.heights[other]
