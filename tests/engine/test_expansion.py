"""A task may end in a graph, which takes its place: the one way in which structure grows while a run goes on."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import NodeState
from tests.engine.common import add, fail, give, run_of, yes


@pw.task
async def later(x: int) -> int:
    await asyncio.sleep(0.001)
    return x


@pytest.mark.parametrize("executor", ["inline", "thread", "coroutine"])
def test_a_graph_that_a_task_gives_takes_its_place(executor: Any) -> None:
    """Law: a node may end in a Graph; its value is then the graph's, and what needs it waits for all of it."""

    def make() -> pw.Graph:
        return pw.workflow(lambda: {"both": [add(1), later(2)]}).graph()

    async def make_slowly() -> pw.Graph:
        await asyncio.sleep(0)
        return make()

    grow: Any = pw.task(make_slowly) if executor == "coroutine" else pw.task(executor=executor)(make)
    run = run_of(lambda: give(grow.using(id="grow")()))
    assert run.result == {"both": [2, 2]}
    assert [event.kind for event in run.events if event.node == "grow"] == ["ready", "started", "expanded", "succeeded"]


def test_graphs_may_give_graphs() -> None:
    """Law: expansion goes as deep as it must."""

    @pw.task
    def countdown(n: int) -> Any:
        return pw.workflow(lambda: countdown(n - 1)).graph() if n else "lift-off"

    run = run_of(lambda: countdown(5))
    assert run.result == "lift-off"
    assert "countdown/countdown/countdown" in run.nodes


def test_a_graph_without_an_output_gives_its_last_nodes() -> None:
    """Law: as the result of a run would be, by the ids that the nodes have in the graph."""

    @pw.task
    def grow() -> Any:
        def build() -> None:
            add(add(1))
            add.using(id="other")(5)

        return pw.workflow(build).graph()

    assert run_of(grow).result == {"add-2": 3, "other": 6}


def test_a_graph_may_be_empty() -> None:
    """Law: a graph without nodes gives its output at once."""

    @pw.task
    def grow() -> Any:
        return pw.workflow(name="constant")(lambda x=7: [x]).graph()

    assert run_of(grow).result == [7]


def test_a_graph_with_inputs_is_refused_unless_they_have_defaults() -> None:
    """Law: nobody is there to give an input a value."""
    inner = pw.workflow(name="inner")(lambda x, y=2: add(x, y))
    ready = pw.workflow(name="ready")(lambda x=1, y=2: add(x, y))

    @pw.task
    def grow(which: Any) -> Any:
        return which.graph()

    assert run_of(lambda: grow(ready)).result == 3
    error = run_of(lambda: grow(inner)).nodes["grow"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == "the graph 'inner' that the task returned has inputs without a value: x"


def test_a_message_about_many_inputs_is_short() -> None:
    """Law: a graph with a thousand free inputs is refused in a few words."""

    def compose(**given: Any) -> Any: ...

    only = inspect.Parameter.KEYWORD_ONLY
    compose.__dict__["__signature__"] = inspect.Signature([inspect.Parameter(f"x{i}", only) for i in range(1000)])
    many = pw.workflow(name="n" * 10_000)(compose).graph()
    error = run_of(pw.task(name="grow")(lambda: many)).nodes["grow"].error
    assert isinstance(error, pw.ValueRefused) and len(str(error)) < 500
    assert "x8, x9 and 990 more" in error.what


def test_a_failure_in_a_graph_breaks_the_node() -> None:
    """Law: the node is broken because of the node that failed in its place."""

    @pw.task
    def grow() -> Any:
        return pw.workflow(lambda: add(fail())).graph()

    run = run_of(grow)
    assert (run.nodes["grow"].state, run.nodes["grow"].cause) == (NodeState.UPSTREAM_FAILED, "grow/fail")


def test_the_pools_of_a_graph_are_taken_up() -> None:
    """Law: a graph may bring limits for its pools; a pool that nobody limits fails the node, clearly."""
    pooled = add.using(pool="api")

    @pw.task
    def grow(declare: bool) -> Any:
        return pw.workflow(pools={"api": 1} if declare else {})(lambda: pooled(1)).graph()

    assert run_of(lambda: grow(True)).result == 2
    assert run_of(lambda: grow(False), pools={"api": 1}).result == 2
    error = run_of(lambda: grow(False)).nodes["grow"].error
    assert isinstance(error, pw.UndeclaredPoolError)
    assert error.what == "pool 'api' has no limit"


def test_a_node_that_expands_may_be_mapped_and_looped() -> None:
    """Law: expansions in expansions end before what they stand in."""

    @pw.task
    def grow(x: int) -> Any:
        return pw.workflow(lambda: add(x)).graph()

    @pw.task(executor="inline")
    def enough(x: int) -> bool:
        return x > 4

    assert run_of(lambda: grow.map([1, 2])).result == [2, 3]
    assert run_of(lambda: pw.repeat(grow, 1, until=enough, limit=9)).result == 5
    assert run_of(lambda: pw.when(yes(), then=lambda: grow(1))).result == 2
