"""What a run says of itself: its nodes, its events, and those who listen to them."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

import planweave as pw
from planweave.engine.history import Told
from planweave.engine.state import EXITS, NodeState
from tests.engine.common import add, fail, give, no, run_of


def test_run_nodes_tell_what_happened_to_each_node() -> None:
    """Law: id, state, value, error, cause, times, attempts and predecessors stand in run.nodes, by id."""

    def build() -> Any:
        first = add(1)
        return add(first, fail.using(retry=pw.Retry(attempts=2, base=0))("no"))

    run = run_of(build)
    first, failed, last = run.nodes["add"], run.nodes["fail"], run.nodes["add-2"]
    assert (first.id, first.value, first.error, first.before) == ("add", 2, None, ())
    assert first.ready is not None and first.started is not None and first.ended is not None
    assert first.ready <= first.started <= first.ended
    assert first.where is not None and first.where.file == __file__
    assert [attempt.number for attempt in failed.attempts] == [1, 2]
    assert all(isinstance(attempt.error, ValueError) and attempt.ended for attempt in failed.attempts)
    assert failed.error is failed.attempts[-1].error
    assert (last.state, last.cause, last.before) == (NodeState.UPSTREAM_FAILED, "fail", ("add", "fail"))
    assert (last.started, last.value, last.attempts) == (None, None, ())


def test_nodes_of_expansions_name_their_parent() -> None:
    """Law: a node that an expansion added has .parent; those of the graph itself have none."""
    run = run_of(lambda: add.map([1, 2]))
    assert [(name, node.parent) for name, node in run.nodes.items()] == [
        ("add", None),
        ("add[0]", "add"),
        ("add[1]", "add"),
    ]


def test_a_report_costs_the_same_however_many_came_before() -> None:
    """Law: reports and attempts are added to those before them, which are not copied for it."""
    reports: Any = [(float(i), "progress", 0, {"done": i}) for i in range(3)]
    tries: Any = [(0.0, NodeState.RUNNING, 0, 1), (1.0, NodeState.RETRY_WAIT, 0, {"error": ValueError()})]
    (node,) = pw.workflow(lambda: add(1)).graph().nodes
    told = Told()
    notes, attempts = told.notes, told.attempts
    for number, record in enumerate([*reports, *tries, *tries]):
        told.add(number, record, [node])
        assert told.notes is notes and told.attempts is attempts
    assert [note.data["done"] for note in notes] == [0, 1, 2]
    assert [(attempt.started, attempt.ended) for attempt in attempts] == [(0.0, 1.0)] * 2


def test_run_nodes_tell_reports_and_tries_in_order() -> None:
    """Law: what a node told and tried stands in its notes and attempts, frozen, each time it is asked for."""

    @pw.task(executor="inline", retry=pw.Retry(attempts=2, base=0))
    def chatty() -> None:
        context = pw.context()
        for i in range(3):
            context.progress(i, 3)
        if context.attempt == 1:
            raise ValueError

    run = run_of(chatty)
    node = run.nodes["chatty"]
    assert [note.data["done"] for note in node.notes] == [0, 1, 2] * 2
    assert [note.node for note in node.notes] == ["chatty"] * 6
    assert [type(attempt.error) for attempt in node.attempts] == [ValueError, type(None)]
    assert run.nodes["chatty"] == node and isinstance(node.notes, tuple) and isinstance(node.attempts, tuple)


def test_events_are_numbered_and_in_order() -> None:
    """Law: numbers count from 0, times never run backwards, the run's own events are first and last."""
    run = run_of(lambda: add(add(1)))
    events = run.events
    assert [event.number for event in events] == list(range(len(events)))
    assert all(one.time <= other.time for one, other in itertools.pairwise(events))
    assert [event.kind for event in events] == [
        "run_started",
        *("ready", "started", "succeeded") * 2,
        "run_succeeded",
    ]
    assert (events[0].node, events[-1].node) == (None, None)


def test_events_carry_what_their_kind_says() -> None:
    """Law: attempts, errors, due times, causes and conditions stand in the data of the events."""

    def build() -> Any:
        broken = fail.using(retry=pw.Retry(attempts=2, base=0))("no")
        skipped = pw.when(no(), then=lambda: add(1))
        return [add(broken), add.using(id="skipped")(skipped), add.map([1])]

    run = run_of(build)
    found = {(event.kind, event.node): event.data for event in run.events}
    assert found["started", "fail"] == {"attempt": 2}
    retrying = found["retrying", "fail"]
    assert retrying["attempt"] == 1 and isinstance(retrying["error"], ValueError) and retrying["due"] > 0
    assert isinstance(found["failed", "fail"]["error"], ValueError)
    assert found["upstream_failed", "add"] == {"cause": "fail"}
    assert found["skipped", "skipped"] == {"cause": "when"}
    assert found["expanded", "add-2"] == {"items": 1}
    assert found["run_failed", None] == {"causes": ["fail"]}


def test_the_events_of_each_node_follow_the_table_of_states() -> None:
    """Law: told one after another, the events of a node are a legal way through EXITS, and the last is its state."""

    def build() -> Any:
        rounds = pw.repeat(add, 0, until=give, limit=1)
        return [add(fail()), add.map([1, 2]), rounds, pw.sleep(0), pw.when(no(), then=no)]

    run = run_of(build)
    kinds = {"started": "running", "retrying": "retry_wait"}
    for name, node in run.nodes.items():
        states = [NodeState(kinds.get(event.kind, event.kind)) for event in run.events if event.node == name]
        for before, after in itertools.pairwise([NodeState.PENDING, *states]):
            assert after in EXITS[before], f"{name}: {before} -> {after}"
        assert states[-1] is node.state and node.state.is_end


def test_observers_hear_each_event_as_it_happens() -> None:
    """Law: on_event is called with every event, in order; there may be several observers."""
    one: list[pw.Event] = []
    other: list[pw.Event] = []
    run = run_of(lambda: add(add(1)), on_event=[one.append, other.append])
    assert tuple(one) == tuple(other) == run.events


def test_an_observer_that_raises_is_logged_and_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """Law: observers never break a run; one that raised is not called again, the others are."""
    heard: list[pw.Event] = []
    calls = []

    def broken(event: pw.Event) -> None:
        calls.append(event.number)
        if event.number == 2:
            raise RuntimeError("observer")

    run = run_of(lambda: add(1), on_event=[broken, heard.append])
    assert run.result == 2
    assert calls == [0, 1, 2]
    assert len(heard) == len(run.events)
    (record,) = [one for one in caplog.records if one.name == "planweave.run"]
    assert "an observer of events raised, and is not called again" in record.getMessage()
    assert record.exc_info is not None and isinstance(record.exc_info[1], RuntimeError)


def test_a_live_run_can_be_looked_at() -> None:
    """Law: nodes and events of a run that goes on show what is true now."""

    async def main() -> None:
        gate = asyncio.Event()

        @pw.task
        async def pause(x: int) -> int:
            await gate.wait()
            return x

        run = await pw.workflow(lambda: add(pause(add(1)))).start()
        await asyncio.sleep(0)
        assert [str(node.state) for node in run.nodes.values()] == ["succeeded", "running", "pending"]
        assert run.nodes["pause"].attempts[0].ended is None
        assert repr(run).endswith("of 'lambda': running>")
        gate.set()
        await run.wait()
        assert {str(node.state) for node in run.nodes.values()} == {"succeeded"}

    asyncio.run(main())
