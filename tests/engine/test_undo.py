"""Undoing what a run has done, where it fails or is cancelled: what, in which order, and what the nodes come to."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.explain import explain
from planweave.engine.state import EXITS, NodeState
from tests.engine.common import fail, states_of

DONE: list[Any] = []
"""What the tasks here did and undid, in order."""


@pytest.fixture(autouse=True)
def _empty() -> None:
    DONE.clear()


def back(value: Any) -> None:
    DONE.append(f"back {value}")


@pw.task(executor="inline", undo=back)
def do(value: Any, *after: Any) -> Any:
    DONE.append(value)
    return value


@pw.task(executor="inline")
def only_do(value: Any, *after: Any) -> Any:
    DONE.append(value)
    return value


def run_undone(build: Callable[[], Any], **options: Any) -> pw.Run[Any]:
    made: pw.Run[Any] = pw.run(pw.workflow(build), check=False, **{"on_failure": "undo"} | options)
    return made


def chain() -> Any:
    return fail.using(id="fail")(do.using(id="c")("c", only_do.using(id="b")("b", do.using(id="a")("a"))))


def test_what_succeeded_is_undone_the_last_first() -> None:
    """Each undo is given the value; what has no undo stays; the failure stays the failure."""
    run = run_undone(chain)
    assert DONE == ["a", "b", "c", "back c", "back a"]
    assert run.state is pw.RunState.FAILED
    assert isinstance(run.error, pw.RunFailed)
    assert list(run.error.causes) == ["fail"]
    assert str(run.error).splitlines()[0].endswith("failed at 'fail': ValueError: c; 2 nodes were undone")
    assert states_of(run) == {
        "a": "compensated",
        "b": "succeeded",
        "c": "compensated",
        "fail": "failed",
        "c@undo": "succeeded",
        "a@undo": "succeeded",
    }
    assert run.nodes["a"].value == "a", "what it gave is still known"


def test_nothing_is_undone_unless_it_is_asked_for() -> None:
    assert states_of(run_undone(chain, on_failure="keep"))["a"] == "succeeded"
    assert states_of(run_undone(chain, on_failure=None))["a"] == "succeeded"
    assert DONE == ["a", "b", "c"] * 2


def test_a_workflow_says_so_for_its_runs_and_a_run_for_itself() -> None:
    flow = pw.workflow(on_failure="undo")(chain)
    assert pw.run(flow, check=False).nodes["a"].state is NodeState.COMPENSATED
    assert pw.run(flow, check=False, on_failure="keep").nodes["a"].state is NodeState.SUCCEEDED


def test_only_the_workflow_that_is_run_counts() -> None:
    inner = pw.workflow(on_failure="undo")(chain)
    run = pw.run(pw.workflow(name="outer")(lambda: only_do("x", inner())), check=False)
    assert "back a" not in DONE
    assert run.state is pw.RunState.FAILED


def test_a_run_that_comes_to_a_good_end_keeps_everything() -> None:
    """A failure that a join rule takes in is none of the run."""
    run = run_undone(lambda: only_do.using(join="all_done", id="end")(do("a"), fail("x")))
    assert run.state is pw.RunState.SUCCEEDED
    assert not [one for one in DONE if str(one).startswith("back")]


def test_a_run_in_which_nothing_can_be_undone_just_fails() -> None:
    run = run_undone(lambda: fail(only_do("a")))
    assert [one.kind for one in run.events if one.node is None] == ["run_started", "run_failed"]


def test_an_undo_is_tried_again_by_the_policy_of_its_task() -> None:
    tries = itertools.count(1)

    def shaky(value: str) -> None:
        if next(tries) < 3:
            raise OSError("not now")
        back(value)

    send = pw.task(executor="inline", retry=pw.Retry(3, base=0.001), undo=shaky)(lambda: "sent")
    run = run_undone(lambda: fail(send.using(id="send")()))
    assert DONE == ["back sent"]
    assert len(run.nodes["send@undo"].attempts) == 3
    assert run.nodes["send"].state is NodeState.COMPENSATED


def test_an_undo_that_is_a_task_has_a_policy_of_its_own() -> None:
    """Not tried again, though its task is."""

    @pw.task(executor="inline")
    def once(value: str) -> None:
        raise OSError("never")

    send = pw.task(executor="inline", retry=pw.Retry(3, base=0.001), undo=once)(lambda: "sent")
    run = run_undone(lambda: fail(send.using(id="send")()))
    assert len(run.nodes["send@undo"].attempts) == 1
    assert run.nodes["send"].state is NodeState.COMPENSATION_FAILED


def test_what_cannot_be_undone_is_named_and_the_rest_is_undone() -> None:
    def refuse(value: str) -> None:
        raise OSError("too late")

    pay = pw.task(executor="inline", undo=refuse)(lambda *after: "paid")
    run = run_undone(lambda: fail(do.using(id="c")("c", pay.using(id="pay")(do.using(id="a")("a")))))
    assert DONE == ["a", "c", "back c", "back a"]
    assert {name: str(run.nodes[name].state) for name in "a pay c".split()} == {
        "a": "compensated",
        "pay": "compensation_failed",
        "c": "compensated",
    }
    assert isinstance(run.nodes["pay@undo"].error, OSError)
    assert "2 nodes were undone; could not be undone: pay" in str(run.error)
    assert isinstance(run.error, pw.RunFailed)
    assert list(run.error.causes) == ["fail"], "why the run failed is another matter"


def test_all_that_runs_is_waited_for_before_anything_is_undone() -> None:
    @pw.task(undo=back)
    async def slow() -> str:
        await asyncio.sleep(0.02)
        DONE.append("slow")
        return "slow"

    run = run_undone(lambda: [fail(do("a")), slow()])
    assert DONE == ["a", "slow", "back slow", "back a"]
    assert run.state is pw.RunState.FAILED


def test_items_rounds_branches_and_graphs_that_tasks_became_are_undone_one_by_one() -> None:
    @pw.workflow
    def inner() -> Any:
        return do.using(id="x")("x")

    @pw.task(executor="inline", undo=back)
    def grow(*after: Any) -> Any:
        return inner.graph()

    @pw.task(executor="inline", undo=back)
    def more(state: int) -> int:
        DONE.append(state)
        return state + 1

    def build() -> Any:
        items = do.using(id="item").map(["i", "j"])
        rounds = pw.repeat(more, 0, until=lambda state: only_do.using(id="enough")(True), limit=3)
        branch = pw.when(True, then=lambda: do.using(id="then")("t"))
        return fail(only_do("end", items, rounds, branch, grow.using(id="grow")(rounds)))

    run = run_undone(build)
    effects = [one for one in DONE if (not str(one).startswith("back") and one not in (True, "end")) or one == 0]
    undone = [one for one in DONE if str(one).startswith("back")]
    assert sorted(map(str, effects)) == ["0", "i", "j", "t", "x"]
    assert sorted(undone) == ["back 1", "back i", "back j", "back t", "back x", "back x"]
    undos = [one.node for one in run.events if one.kind == "started" and one.node and one.node.endswith("@undo")]
    assert undos.index("grow@undo") < undos.index("grow/x@undo"), "the outer one succeeded last"
    assert {"item[0]@undo", "item[1]@undo"} <= set(undos)


def test_what_came_from_the_cache_was_not_done_by_this_run() -> None:
    load = do.using(cache=True)
    run = run_undone(lambda: fail(only_do("end", load.using(id="one")("a"), load.using(id="two")("a"))))
    assert DONE.count("a") == 1
    assert DONE.count("back a") == 1
    assert {str(run.nodes[one].state) for one in ("one", "two")} == {"compensated", "succeeded"}


def test_an_undo_runs_where_it_belongs_and_knows_where_it_is() -> None:
    places: dict[str, Any] = {}

    def note(value: str) -> None:
        places[value] = threading.current_thread() is threading.main_thread(), pw.context()

    async def note_later(value: str) -> None:
        await asyncio.sleep(0)
        note(value)

    one = pw.task(executor="inline", undo=note)(lambda: "inline")
    two = pw.task(executor="thread", undo=note)(lambda: "thread")
    three = pw.task(executor="thread", undo=note_later)(lambda: "loop")
    run = run_undone(lambda: fail(only_do("end", one.using(id="one")(), two(), three())))
    assert {name: main for name, (main, _) in places.items()} == {"inline": True, "thread": False, "loop": True}
    context = places["inline"][1]
    assert (context.node_id, context.attempt) == ("one@undo", 1)
    assert run.nodes["one"].state is NodeState.COMPENSATED


def test_an_undo_that_takes_too_long_has_failed() -> None:
    async def sleep(value: str) -> None:
        await asyncio.sleep(30)

    send = pw.task(executor="thread", timeout=0.05, undo=sleep)(lambda: "sent")
    run = run_undone(lambda: fail(send.using(id="send")()))
    assert run.nodes["send"].state is NodeState.COMPENSATION_FAILED
    assert isinstance(run.nodes["send@undo"].error, pw.NodeTimeout)


def test_what_an_undo_gives_is_of_no_use() -> None:
    """It may even be a graph."""
    send = pw.task(executor="inline", undo=lambda value: pw.workflow(chain).graph())(lambda: "sent")
    run = run_undone(lambda: fail(send.using(id="send")()))
    assert run.nodes["send"].state is NodeState.COMPENSATED
    assert run.nodes["send@undo"].value is None
    assert DONE == []


def cancelled(undo: bool) -> pw.Run[Any]:
    async def main() -> pw.Run[Any]:
        begun = asyncio.Event()

        @pw.task
        async def wait(*after: Any) -> None:
            begun.set()
            await asyncio.sleep(30)

        flow = pw.workflow(name="flow")(lambda: wait.using(id="wait")(do.using(id="a")("a")))
        run = await pw.start(flow)
        await begun.wait()
        run.cancel(undo=undo)
        assert run.state is pw.RunState.CANCELLING
        return await run.wait(check=False)

    return asyncio.run(main())


def test_a_cancel_undoes_what_succeeded_if_asked() -> None:
    run = cancelled(undo=True)
    assert DONE == ["a", "back a"]
    assert run.state is pw.RunState.CANCELLED
    assert states_of(run) == {"a": "compensated", "wait": "cancelled", "a@undo": "succeeded"}
    assert str(run.error).endswith("was cancelled; 1 node was undone")


def test_a_cancel_undoes_nothing_otherwise() -> None:
    assert states_of(cancelled(undo=False)) == {"a": "succeeded", "wait": "cancelled"}
    assert DONE == ["a"]


def test_a_run_that_undoes_cannot_be_cancelled() -> None:
    """What is half undone helps nobody."""

    async def main() -> pw.Run[Any]:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def wait(value: Any) -> None:
            begun.set()
            await go_on.wait()
            back(value)

        send = pw.task(executor="inline", undo=wait)(lambda *after: "sent")
        flow = pw.workflow(name="flow", on_failure="undo")(lambda: fail(send(do("a"))))
        run = await pw.start(flow)
        await begun.wait()
        assert run.state is pw.RunState.COMPENSATING
        run.cancel()
        go_on.set()
        return await run.wait(check=False)

    run = asyncio.run(main())
    assert DONE == ["a", "back sent", "back a"]
    assert run.state is pw.RunState.FAILED


def test_actions_of_a_plan_are_undone_too() -> None:
    go = pw.Step("one", "go", ("a",), ("value",))
    plan = pw.Plan("p", (go, pw.Step("two", "stop")), orderings=(("one", "two"),))
    run = pw.run(pw.compile(plan, {"go": do, "stop": fail}), check=False, on_failure="undo")
    assert DONE == ["a", "back a"]
    assert states_of(run) == {"one": "compensated", "two": "failed", "one@undo": "succeeded"}


def test_the_graph_as_json_says_what_becomes_of_failures() -> None:
    graph = pw.workflow(on_failure="undo")(_json_chain).graph()
    assert pw.Graph.from_json(graph.to_json(), tasks=[do]).on_failure == "undo"
    assert "on_failure" not in pw.workflow(_json_chain).graph().to_json()
    with pytest.raises(pw.DocumentError, match=r"graph\.on_failure is 'forget', not one of keep, undo"):
        pw.Graph.from_json(graph.to_json().replace('"on_failure":"undo"', '"on_failure":"forget"'), tasks=[do])


def _json_chain() -> Any:
    return do("a")


def test_the_code_of_an_undo_counts_in_fingerprints() -> None:
    def graph(undo: Any) -> pw.Graph:
        task = pw.task(executor="inline", undo=undo)(_load)
        return pw.workflow(name="flow")(lambda: only_do(task())).graph()

    texts = {graph(one).fingerprints["_load"] for one in (None, lambda value: None, lambda value: value)}
    assert len(texts) == 3


def _load() -> str:
    return "loaded"


def test_a_pool_of_an_undo_needs_a_limit() -> None:
    undo = pw.task(pool="bank")(lambda value: None)
    pay = pw.task(executor="inline", undo=undo)(lambda: "paid")
    flow = pw.workflow(name="flow", on_failure="undo")(lambda: fail(pay.using(id="pay")()))
    with pytest.raises(pw.UndeclaredPoolError, match="pool 'bank' has no limit"):
        pw.run(flow)
    run = pw.run(flow, pools={"bank": 1}, check=False)
    assert run.nodes["pay"].state is NodeState.COMPENSATED


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sets(st.integers(0, 8))), min_size=1, max_size=9))
def test_law_every_success_with_an_undo_is_undone_once_in_reverse_order(parts: list[Any]) -> None:
    """Law: the undone are, reversed, what succeeded and can be undone; every way of a state is a legal one."""
    DONE.clear()

    def build() -> Any:
        made: list[Any] = []
        for i, (fails, has_undo, before) in enumerate(parts):
            task = fail if fails else do if has_undo else only_do
            after = [made[j] for j in sorted(before) if j < i]
            made.append(task.using(id=f"n{i}", after=after)(i))
        return made

    run = run_undone(build)
    recorded = [one.node for one in run.events if one.kind == "succeeded" and not str(one.node).endswith("@undo")]
    wanted = [one for one in recorded if one is not None and parts[int(one[1:])][1]]
    has_failed = run.state is pw.RunState.FAILED
    assert [one for one in DONE if str(one).startswith("back")] == (
        [f"back {name[1:]}" for name in reversed(wanted)] if has_failed else []
    )
    states = dict.fromkeys(run.nodes, NodeState.PENDING)
    words = {"started": "running", "retrying": "retry_wait"}
    for event in run.events:
        if event.node is not None:
            after = NodeState(words.get(event.kind, event.kind))
            assert after in EXITS[states[event.node]]
            states[event.node] = after
    assert {name: str(state) for name, state in states.items()} == states_of(run)
    assert all(explain(run, name).why for name in run.nodes)


def test_it_is_explained_why_something_was_undone() -> None:
    run = run_undone(chain)
    assert explain(run, "c").why == ("it had succeeded, and its run failed at 'fail', so 'c@undo' undoes it",)
    assert explain(run, "c").causes == ("c@undo", "fail")
    assert explain(run, "c@undo").why == ("it undoes 'c', since its run failed at 'fail'",)
    assert explain(run, "b").why == ("it ran because 'a' has succeeded",), "it did, then"
    assert (
        explain(cancelled(undo=True), "a").why[0]
        == "it had succeeded, and its run was cancelled, so 'a@undo' undoes it"
    )
