"""The laws of runs: what is true of every run, whatever it runs and however it went.

Each law is a function of the story of a run that raises ``LawBroken``; ``check_laws`` holds a run against all of them.
They read events alone, and are written from what docs/design.md promises, not from what the scheduler does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planweave.engine.errors import PlanweaveError
from planweave.engine.run import Run
from planweave.engine.state import BROKEN, EXITS, RUN_EXITS, NodeState, RunState
from planweave.testing.story import RUN_STATE_OF, Scene, Story, scenes

Law = Callable[[Story], None]

_ROUNDING = 1e-6
"""Seconds by which times may differ because seconds since 1970 hold no more digits."""

READY, RUNNING, SUCCEEDED = NodeState.READY, NodeState.RUNNING, NodeState.SUCCEEDED
FAILED, SKIPPED, UPSTREAM_FAILED = NodeState.FAILED, NodeState.SKIPPED, NodeState.UPSTREAM_FAILED


class LawBroken(PlanweaveError, AssertionError):
    """A run broke a law.

    Attributes:
        law: its name.
    """

    def __init__(self, law: str, what: str) -> None:
        super().__init__(f"{law}: {what}", mend="the engine is wrong, or the journal, executor or plan that was tried with it")
        self.law = law


def check_laws(run: Run[Any], *, virtual: bool = True) -> None:
    """Hold a run that has ended against every law.

    Args:
        run: the run.
        virtual: whether it ran under a virtual clock (``simulate``), so that nothing but waiting takes time and the
            laws of what must happen at once hold too.

    Raises:
        LawBroken: with the law and the event.

    >>> import planweave as pw
    >>> from planweave.testing import simulate
    >>> @pw.task
    ... async def double(x: int) -> int:
    ...     return 2 * x
    >>> @pw.workflow
    ... def twice(x: int) -> int:
    ...     return double(double(x))
    >>> check_laws(simulate(twice, {"x": 1}))
    """
    story = Story(run)
    for law in LAWS + VIRTUAL_LAWS if virtual else LAWS:
        law(story)


def numbered_in_time(story: Story) -> None:
    """Events are numbered without gaps, and their times never go back."""
    time = 0.0
    for number, event in enumerate(story.events):
        if not (event.number == number and event.time >= time):
            raise LawBroken("numbered_in_time", f"{event} follows {time}")
        time = event.time


def legal_moves(story: Story) -> None:
    """A node moves only as the table of states allows, and so does the run."""
    for move in story.moves:
        if not (move.after in EXITS[move.before]):
            raise LawBroken("legal_moves", f"'{move.node}' went from {move.before} to {move.after}")
    state = RunState.QUEUED
    for event in story.events:
        if event.node is None:
            after = RUN_STATE_OF[event.kind]
            if not (after in RUN_EXITS[state]):
                raise LawBroken("legal_moves", f"the run went from {state} to {after}")
            state = after


def one_end(story: Story) -> None:
    """Every node has one record of its end, and none after it; so has the run, and it is the last of all."""
    last = story.events[-1]
    if not (last.node is None and RUN_STATE_OF[last.kind].is_end):
        raise LawBroken("one_end", f"the last event is {last}")
    ends: dict[str, int] = {}
    for event in story.events:
        if event.node is not None:
            if not (event.node not in ends):
                raise LawBroken("one_end", f"{event} came after the end of '{event.node}'")
            if event.node in story.ended and story.ended[event.node] == event.number:
                ends[event.node] = event.number
    for name in story.nodes:
        if not (name in ends):
            raise LawBroken("one_end", f"'{name}' never ended: it is {story.nodes[name].state}")


def after_predecessors(story: Story) -> None:
    """A node starts, or ends without having started, only when its join rule allows it."""
    for event, scene in scenes(story):
        name = event.node
        if name is None or scene.state[name] is not NodeState.PENDING or event.kind == "cancelled":
            continue
        wanted = _wanted(story, scene, name)
        if not (event.kind in wanted):
            raise LawBroken("after_predecessors", f"'{name}' is {event.kind}, not one of {set(wanted)}")


def _wanted(story: Story, scene: Scene, name: str) -> frozenset[str]:
    """The events by which a pending node may leave that state now, by its join rule."""
    node = story.nodes[name].node
    join = "all_success" if node.control is not None else node.policy.join
    needs = [(need, scene.state[need.node]) for need in story.needs[name]]
    states = [state for _, state in needs]
    done = all(state.is_end for state in states)
    broken = any(state in BROKEN for state in states)
    skipped = any(state is SKIPPED and (need.by_value or join != "all_success") for need, state in needs)
    ready = {
        "all_success": done and not broken and not skipped,
        "none_failed": done and not broken,
        "all_done": done,
        "one_success": SUCCEEDED in states or not states,
    }[join]
    found = {"ready"} if ready else set()
    if broken and join != "all_done" and not ready and (done or join != "one_success"):
        found.add("upstream_failed")
    if done and skipped and not broken and not ready:
        found.add("skipped")
    return frozenset(found)


def success_follows_the_order(story: Story) -> None:
    """The order in which nodes succeed is a linear extension of the graph, and a start comes after the ends it needs."""
    starts = {event.node: event.number for event in reversed(story.events) if event.kind == "started"}
    for name, node in story.nodes.items():
        if node.state is not SUCCEEDED or node.node.policy.join == "one_success":
            continue
        for need in node.before:
            end = story.ended[need]
            if not (end < story.ended[name]):
                raise LawBroken("success_follows_the_order", f"'{name}' succeeded before '{need}' ended")
            _hold("success_follows_the_order", end < starts.get(name, end + 1), f"'{name}' started before '{need}' ended")


def parents_around_children(story: Story) -> None:
    """An expanded node ends after every node of its graph, and each of those begins after it was expanded."""
    expanded = {event.node: event.number for event in reversed(story.events) if event.kind == "expanded"}
    firsts = {event.node: event.number for event in reversed(story.events) if event.node is not None}
    cancelled = story.run.state is RunState.CANCELLED
    for name, children in story.children.items():
        if not (bool(children) == (name in expanded)):
            raise LawBroken("parents_around_children", f"'{name}' has the children {children}")
        for child in children:
            if not (expanded[name] < firsts[child]):
                raise LawBroken("parents_around_children", f"'{child}' came before '{name}' expanded")
            fine = cancelled or story.ended[child] < story.ended[name]
            if not (fine):
                raise LawBroken("parents_around_children", f"'{name}' ended before '{child}'")


def causes_are_roots(story: Story) -> None:
    """Who could not run names a node that failed, who was skipped one that was, and the way to it leads along edges."""
    for name, node in story.nodes.items():
        if node.state not in (UPSTREAM_FAILED, SKIPPED):
            if not (node.cause is None):
                raise LawBroken("causes_are_roots", f"'{name}' is {node.state} and names '{node.cause}'")
            continue
        assert node.cause is not None
        root = story.nodes[node.cause]
        wanted = FAILED if node.state is UPSTREAM_FAILED else SKIPPED
        if not (root.state is wanted):
            raise LawBroken("causes_are_roots", f"'{name}' is {node.state} because of '{root.id}': {root.state}")
        if node.state is SKIPPED and node.cause == name:
            if not (node.node.kind == "when"):
                raise LawBroken("causes_are_roots", f"'{name}' was skipped because of itself")
            continue
        via = [story.nodes[one] for one in (*node.before, *story.children[name])]
        led = any(one.id == node.cause or (one.state is node.state and one.cause == node.cause) for one in via)
        if not (led):
            raise LawBroken("causes_are_roots", f"'{name}' names '{node.cause}', to which none of {[one.id for one in via]} leads")
    last = story.events[-1]
    if last.kind == "run_failed":
        causes = last.data["causes"]
        fine = causes and all(story.nodes[one].state is FAILED for one in causes)
        if not (fine):
            raise LawBroken("causes_are_roots", f"the run failed because of {causes}")


def failures_get_out(story: Story) -> None:
    """The run fails if and only if a failure is let pass by nobody; then its error holds what was raised."""
    if story.run.state is RunState.CANCELLED:
        return
    output = story.run.graph.output
    from planweave.engine.source import nodes_of

    ids = list(story.nodes)
    read = {ids[i] for i in nodes_of(output)} if output is not None else set()
    waited = {need for node in story.nodes.values() for need in node.before}
    out = [
        name for name, node in story.nodes.items()
        if node.parent is None and node.state in BROKEN and (name in read or name not in waited)
    ]  # fmt: skip
    failed = story.run.state is RunState.FAILED
    if not (bool(out) == failed):
        raise LawBroken("failures_get_out", f"the run {story.run.state}, with {out} broken")
    if failed:
        error = story.run.error
        causes = getattr(error, "causes", {})
        fine = all(cause is story.nodes[name].error for name, cause in causes.items())
        if not (bool(causes) and fine):
            raise LawBroken("failures_get_out", f"the error of the run holds {causes}")


def limits_hold(story: Story) -> None:
    """At no instant do more nodes run than pools, threads and processes have room for."""
    for event, scene in scenes(story):
        over = [slot for slot, count in scene.used.items() if count > story.sizes.get(slot, count)]
        if not (not over):
            raise LawBroken("limits_hold", f"before {event} there are too many in {over}: {dict(scene.used)}")


def rates_hold(story: Story) -> None:
    """In no stretch of time do more nodes of a task start than its rate allows."""
    for event, scene in scenes(story):
        if event.kind == "started" and event.node is not None:
            opens = scene.opens_at(event.node)
            if not (opens <= event.time):
                raise LawBroken("rates_hold", f"'{event.node}' started at {event.time}, not from {opens} on")


def attempts_in_order(story: Story) -> None:
    """Attempts are counted from 1, no more than the policy allows, each after the pause that was announced."""
    due: dict[str | None, tuple[int, float]] = {}
    started: dict[str | None, int] = {}
    for event in story.events:
        if event.kind == "retrying":
            due[event.node] = event.data["attempt"], event.data["due"]
        elif event.kind == "started" and event.node is not None:
            number, before = event.data["attempt"], started.get(event.node, 0)
            if not (number == before + 1):
                raise LawBroken("attempts_in_order", f"attempt {number} of '{event.node}' follows {before}")
            started[event.node] = number
            retry = story.nodes[event.node].node.policy.retry
            most = retry.attempts if retry is not None else 1
            if not (number <= most):
                raise LawBroken("attempts_in_order", f"attempt {number} of '{event.node}', which has {most}")
        elif event.kind == "ready" and event.node in due:
            number, time = due.pop(event.node)
            if not (event.time >= time - _ROUNDING):
                raise LawBroken("attempts_in_order", f"{event} came before {time}")
    for name, node in story.nodes.items():
        if not (len(node.attempts) == started.get(name, 0)):
            raise LawBroken("attempts_in_order", f"the attempts of '{name}': {node.attempts}")


def nothing_after_cancel(story: Story) -> None:
    """Nothing becomes ready, starts, expands or waits after the run was cancelled."""
    numbers = [event.number for event in story.events if event.kind == "run_cancelling"]
    for event in story.events[numbers[0] :] if numbers else ():
        begins = event.kind in ("ready", "started", "retrying", "expanded", "waiting")
        if not (not begins):
            raise LawBroken("nothing_after_cancel", f"{event} came after the cancel")


def cached_values_were_made(story: Story) -> None:
    """A value from the cache is one that an equal call gave before."""
    for name, node in story.nodes.items():
        if node.cached:
            made = [
                one for one in story.nodes.values()
                if one.node.name == node.node.name and one.state is SUCCEEDED and not one.cached
                and story.ended[one.id] < story.ended[name]
            ]  # fmt: skip
            fine = node.node.policy.cache and any(one.value is node.value for one in made)
            if not (fine):
                raise LawBroken("cached_values_were_made", f"'{name}' has {node.value!r} from nowhere")


def no_room_is_wasted(story: Story) -> None:
    """While time passes, no node is ready that has room to start (work conservation; no wake-up is lost)."""
    for event, scene in scenes(story):
        before = story.events[event.number - 1].time if event.number else event.time
        if event.time == before:
            continue
        for name in scene.ready:
            if set(story.slots(name)) & story.overrun or scene.may_wait_for_equal(name):
                continue
            waits = not scene.has_room(name) or scene.opens_at(name) >= event.time
            if not (waits):
                raise LawBroken("no_room_is_wasted", f"'{name}' was ready and had room, but nothing happened from {before} on")


def nobody_waits_in_vain(story: Story) -> None:
    """While time passes, no node is pending whose join rule says what becomes of it."""
    there: dict[str, None] = {}
    for event, scene in scenes(story):
        if event.number and event.time != story.events[event.number - 1].time:
            for name in there:
                if scene.state[name] is NodeState.PENDING and _wanted(story, scene, name):
                    raise LawBroken("nobody_waits_in_vain", f"'{name}' is pending before {event}, but could move")
        there.update(dict.fromkeys(story.arrivals.get(event.number, ())))


def pauses_end_on_time(story: Story) -> None:
    """A sleep ends, and an attempt that was announced is ready, at the very time that was said."""
    due: dict[str | None, float] = {}
    for event in story.events:
        if event.kind in ("waiting", "retrying"):
            due[event.node] = event.data["until" if event.kind == "waiting" else "due"]
        elif event.node in due:
            late = abs(event.time - due.pop(event.node))
            if not (late <= _ROUNDING or event.kind == "cancelled"):
                raise LawBroken("pauses_end_on_time", f"{event} is {late} s off")


def the_best_starts_first(story: Story) -> None:
    """Of the nodes that are ready and have room, one of the highest priority starts, then one with the longest path."""
    if story.group > 1:
        return  # what starts is chosen for a whole group then
    for event, scene in scenes(story):
        name = event.node
        if name is None or event.kind != "started":
            continue
        rank = _rank(story, name)
        for other in scene.ready:
            better = _rank(story, other) > rank if None not in (_rank(story, other)[1], rank[1]) else (
                _rank(story, other)[0] > rank[0]
            )  # fmt: skip
            if better and other != name and _could_start(story, scene, other, event.time):
                if not (False):
                    raise LawBroken("the_best_starts_first", f"'{name}' {rank} started before '{other}' {_rank(story, other)}")


def _rank(story: Story, name: str) -> tuple[int, Any]:
    return story.nodes[name].node.policy.priority, story.heights.get(name)


def _could_start(story: Story, scene: Scene, name: str, now: float) -> bool:
    free = scene.has_room(name) and scene.opens_at(name) <= now and not set(story.slots(name)) & story.overrun
    return free and not scene.may_wait_for_equal(name)


LAWS: tuple[Law, ...] = (
    numbered_in_time,
    legal_moves,
    one_end,
    after_predecessors,
    success_follows_the_order,
    parents_around_children,
    causes_are_roots,
    failures_get_out,
    limits_hold,
    rates_hold,
    attempts_in_order,
    nothing_after_cancel,
    cached_values_were_made,
)
"""What is true of every run."""

VIRTUAL_LAWS: tuple[Law, ...] = (no_room_is_wasted, nobody_waits_in_vain, pauses_end_on_time, the_best_starts_first)
"""What is true besides of every run under a virtual clock, where only waiting takes time."""


def _hold(law: str, holds: object, what: str) -> None:
    if not holds:
        raise LawBroken(law, what)
