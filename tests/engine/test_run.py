"""A run: what it is given, what it gives, what it says of its nodes, and how it fails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import NodeState, RunState
from tests.engine.common import add, fail, give, no, run_of, states_of


def broken() -> Any:
    """A workflow whose only node fails."""
    return fail()


# ---------------------------------------------------------------------- results


def test_a_result_has_the_shape_of_what_the_workflow_returns() -> None:
    """Law: handles are replaced by their values, and everything else stays as it is."""
    assert run_of(lambda: add(1)).result == 2
    assert run_of(lambda: (add(1), [add(2), {"three": add(3)}], "constant", None)).result == (
        2,
        [3, {"three": 4}],
        "constant",
        None,
    )


def test_without_an_output_the_result_is_a_dict_of_the_last_nodes() -> None:
    """Law: the ids of the nodes that no other waits for or uses, with their values."""

    def build() -> None:
        first = add(1)
        add(first)
        add.using(after=[first])(10)
        pw.when(no(), then=lambda: add(first), otherwise=lambda: add(5, first))

    assert run_of(build).result == {"add-2": 3, "add-3": 11, "when": 7}


def test_a_workflow_without_nodes_has_a_result() -> None:
    """Law: constants and inputs may be passed through, and nothing at all gives an empty dict."""

    @pw.workflow
    def through(value: Any) -> Any:
        return {"given": value}

    token = object()
    assert through.run(value=token).result["given"] is token
    assert run_of(lambda: 5).result == 5
    assert run_of(lambda: None).result == {}


def test_a_skipped_part_of_the_result_is_missing() -> None:
    """Law: what was skipped shows as Missing, with the node that was skipped first."""
    run = run_of(lambda: [add(1), add(pw.when(no(), then=lambda: add(2)))])
    assert run.state is RunState.SUCCEEDED
    assert run.result == [2, pw.Missing(NodeState.SKIPPED, "when")]


def test_values_are_passed_as_the_objects_that_they_are() -> None:
    """Law: in memory nothing is copied, serialised or validated, in coroutines and threads either."""
    token = [object()]

    @pw.task
    def thread(value: Any) -> Any:
        return value

    @pw.task
    async def coroutine(value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    @pw.workflow
    def flow(value: Any) -> Any:
        return thread(coroutine(give(value)))

    assert flow.run(value=token).result is token


def test_a_value_need_not_be_of_the_annotated_type() -> None:
    """Law: annotations are promises to the compiler; a run does not check values against them."""

    @pw.task(executor="inline")
    def lie() -> int:
        return "text"  # type: ignore[return-value]  # that is the point

    assert run_of(lambda: give([lie()])).result == ["text"]


def test_a_graph_may_run_again_and_again() -> None:
    """Law: runs share the graph and nothing else."""
    graph = pw.workflow(lambda: add(add(1))).graph()
    runs = [pw.run(graph), graph.run(), pw.run(graph)]
    assert [run.result for run in runs] == [3, 3, 3]
    assert len({run.id for run in runs}) == 3


# ---------------------------------------------------------------------- inputs


@pw.workflow
def inputs(path: str, limit: int = 3, *, quick: bool = False) -> Any:
    return give([path, limit, quick])


def test_inputs_are_given_by_name_and_have_defaults() -> None:
    """Law: an input that is not given has the default of the parameter, keyword-only ones too."""
    assert inputs.run(path="here").result == ["here", 3, False]
    assert inputs.run(path="here", quick=True, limit=5).result == ["here", 5, True]
    assert pw.run(inputs, {"path": "here"}).result == ["here", 3, False]
    assert inputs.graph().run(path="here").inputs == {"path": "here", "limit": 3, "quick": False}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "'inputs' is not given: path"),
        ({"limit": 3}, "'inputs' is not given: path"),
        ({"path": "x", "paths": "y"}, "'inputs' has no input 'paths'"),
        ({"path": 5}, "input 'path' of 'inputs' is int 5, not str"),
        ({"path": "x", "quick": 1}, None),
    ],
)
def test_inputs_that_do_not_fit_are_refused_before_anything_runs(given: dict[str, Any], said: str | None) -> None:
    """Law: missing, unknown and provably wrong inputs are InputErrors; an int may be a bool as far as types tell."""
    if said is None:
        assert inputs.run(**given).result == ["x", 3, 1]
        return
    with pytest.raises(pw.InputError) as caught:
        inputs.run(**given)
    assert caught.value.what == said


def test_an_input_may_have_any_name() -> None:
    """Law: inputs called like parameters of the library's own methods are inputs."""

    @pw.workflow
    def flow(self: int, inputs: int, run: int, check: int) -> list[int]:
        return [self, inputs, run, check]

    assert flow.run(self=1, inputs=2, run=3, check=4).result == [1, 2, 3, 4]


def test_a_default_is_shared_as_python_shares_it() -> None:
    """Law: a default is evaluated once, when the workflow is defined."""
    default: list[int] = []

    @pw.workflow
    def flow(items: list[int] = default) -> Any:
        return give(items)

    assert flow.run().result is default


# ---------------------------------------------------------------------- how it is started


def test_a_pool_must_have_a_limit_from_somewhere() -> None:
    """Law: a pool that a task names is declared by the workflow, a workflow in it, or the run; else nothing starts."""
    pooled = add.using(pool="api")

    @pw.workflow
    def undeclared() -> int:
        return pooled(1)

    @pw.workflow(pools={"api": 2})
    def declared() -> int:
        return undeclared()

    @pw.workflow
    def inner() -> int:
        return declared()

    with pytest.raises(pw.UndeclaredPoolError, match="pool 'api' has no limit"):
        undeclared.run()
    assert pw.run(undeclared, pools={"api": 1}).result == 2
    assert declared.run().result == inner.run().result == 2


def test_a_pool_in_a_branch_must_have_a_limit_too() -> None:
    """Law: pools of templates are looked at before anything runs, whether they will be laid or not."""
    with pytest.raises(pw.UndeclaredPoolError):
        run_of(lambda: pw.when(no(), then=lambda: add.using(pool="api")(1)))


def test_a_workflow_and_its_graph_run_alike() -> None:
    """Law: pw.run takes a workflow, a graph, or anything with to_graph."""

    class Plan:
        def to_graph(self, **options: Any) -> pw.Graph:
            return inputs.graph()

    whats: list[Any] = [inputs, inputs.graph(), Plan()]
    for what in whats:
        assert pw.run(what, {"path": "x"}).result == ["x", 3, False]


def test_run_works_inside_a_running_loop() -> None:
    """Law: in a notebook .run blocks, runs on a loop of its own, and gives the same as elsewhere, errors too."""

    async def cell() -> Any:
        with pytest.raises(pw.RunFailed):
            pw.workflow(broken).run()
        with pytest.raises(pw.InputError):
            inputs.run()
        return inputs.run(path="here").result

    assert asyncio.run(cell()) == ["here", 3, False]


def test_run_sees_the_context_variables_of_its_caller() -> None:
    """Law: what the caller has set is seen in tasks, with and without a running loop; what tasks set is not seen."""
    import contextvars

    variable = contextvars.ContextVar("variable", default="unset")

    @pw.task
    def thread() -> str:
        found = variable.get()
        variable.set("changed by a thread")
        return found

    @pw.task(executor="inline")
    def inline() -> str:
        found = variable.get()
        variable.set("changed inline")
        return found

    @pw.task
    async def coroutine() -> str:
        found = variable.get()
        variable.set("changed by a coroutine")
        return found

    flow = pw.workflow(lambda: [inline(), thread(), coroutine(), inline(), thread(), coroutine()])

    async def cell() -> Any:
        return flow.run().result

    def in_a_row() -> Any:
        first = thread()
        second = coroutine.using(after=[first])()
        third = inline.using(after=[second])()
        return [first, second, third, thread.using(after=[third])()]

    variable.set("outside")
    assert flow.run().result == ["outside"] * 6
    assert asyncio.run(cell()) == ["outside"] * 6
    assert pw.workflow(in_a_row).run().result == ["outside"] * 4
    assert variable.get() == "outside"


def test_start_gives_a_live_run_and_wait_its_end() -> None:
    """Law: start acknowledges, wait waits; before the end a run has neither result nor error."""

    async def main() -> None:
        gate = asyncio.Event()

        @pw.task
        async def pause() -> str:
            await gate.wait()
            return "done"

        run = await pw.workflow(pause).start()
        assert run.state is RunState.RUNNING
        assert run.error is None
        with pytest.raises(pw.PlanweaveError, match="has no result yet: it is running"):
            _ = run.result
        gate.set()
        assert await run.wait() is run
        assert run.result == "done"
        assert (await run.wait()).state is RunState.SUCCEEDED

    asyncio.run(main())


def test_many_runs_may_share_a_loop() -> None:
    """Law: runs that are live at the same time do not disturb each other."""

    @pw.task
    async def slow(x: int) -> int:
        await asyncio.sleep(0.001 * (5 - x))
        return x

    @pw.workflow
    def flow(x: int) -> int:
        return add(slow(x))

    async def main() -> list[int]:
        runs = [await flow.start(x=x) for x in range(5)]
        return [(await run.wait()).result for run in reversed(runs)]

    assert asyncio.run(main()) == [5, 4, 3, 2, 1]


def test_a_run_has_the_id_that_it_is_given() -> None:
    """Law: run_id= names it; else it is the time in UTC and 32 random bits, so that ids are new and sort by time."""
    assert run_of(lambda: add(1), run_id="mine").id == "mine"
    ids = [run_of(lambda: add(1)).id for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", one) for one in ids)


# ---------------------------------------------------------------------- failure


def test_a_failed_run_names_the_root_and_not_what_followed_from_it() -> None:
    """Law: .causes holds the nodes that failed; those that could not run because of them are counted, not listed."""
    run = run_of(lambda: add(add(fail("no disk"))), run_id="r")
    assert run.state is RunState.FAILED
    error = run.error
    assert isinstance(error, pw.RunFailed)
    assert list(error.causes) == ["fail"]
    assert isinstance(error.causes["fail"], ValueError)
    assert error.__cause__ is error.causes["fail"]
    assert error.run is run
    assert error.what == (
        "run 'r' of '<lambda>' failed at 'fail': ValueError: no disk; 2 nodes could not run because of it"
    ).replace("<lambda>", "lambda")
    assert error.node == "fail"
    assert error.where is not None and error.where.file == __file__


def test_all_roots_of_a_failure_are_named() -> None:
    """Law: independent failures are all causes, in the order in which they happened; the message names the first."""
    run = run_of(lambda: [fail.using(id=name)(name) for name in "abc"], run_id="r")
    assert isinstance(run.error, pw.RunFailed)
    assert list(run.error.causes) == ["a", "b", "c"]
    assert run.error.what == "run 'r' of 'lambda' failed at 'a': ValueError: a, and 2 more: b, c"


def test_the_error_of_a_node_is_the_object_that_it_raised() -> None:
    """Law: causes are the exceptions themselves, with their tracebacks."""
    thrown = KeyError("mine")

    @pw.task(executor="inline")
    def throw() -> None:
        raise thrown

    run = run_of(throw)
    assert run.nodes["throw"].error is thrown
    assert thrown.__traceback__ is not None


def test_a_mend_of_the_cause_is_the_mend_of_the_run() -> None:
    """Law: when the cause says what to do, so does the error of the run."""
    run = run_of(lambda: pw.when(give("yes"), then=no))
    assert isinstance(run.error, pw.RunFailed)
    assert run.error.mend == "return bool(...) from the task that decides"


def test_check_decides_whether_a_failure_is_raised() -> None:
    """Law: run raises unless check=False; then the run holds the error, and result raises it."""
    with pytest.raises(pw.RunFailed) as caught:
        pw.workflow(broken).run()
    assert caught.value.run.state is RunState.FAILED
    quiet = run_of(broken)
    assert isinstance(quiet.error, pw.RunFailed)
    with pytest.raises(pw.RunFailed):
        _ = quiet.result
    with pytest.raises(pw.RunFailed):
        quiet.check()


def test_the_failure_of_one_branch_does_not_stop_the_others() -> None:
    """Law: what does not wait for a failed node runs to its end."""
    ran = []

    @pw.task
    async def late(x: int) -> int:
        await asyncio.sleep(0.005)
        ran.append(x)
        return x

    def build() -> Any:
        broken = fail()
        return [add(broken), late(late(1)), late(2)]

    run = run_of(build)
    assert run.state is RunState.FAILED
    assert sorted(ran) == [1, 1, 2]
    assert states_of(run) == {
        "fail": "failed",
        "add": "upstream_failed",
        "late": "succeeded",
        "late-2": "succeeded",
        "late-3": "succeeded",
    }


def test_a_node_that_only_waits_for_a_failed_one_does_not_run_either() -> None:
    """Law: under all_success a failure spreads along control edges too."""
    run = run_of(lambda: add.using(after=[fail()])(1))
    assert (run.nodes["add"].state, run.nodes["add"].cause) == (NodeState.UPSTREAM_FAILED, "fail")


def test_a_failure_beside_the_result_fails_the_run_too() -> None:
    """Law: a run succeeds when nothing of it failed unhandled, not when its output happens to be there."""

    def build() -> Any:
        fail()
        return add(1)

    run = run_of(build)
    assert run.nodes["add"].value == 2
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["fail"]


def test_a_run_fails_when_its_output_needs_what_failed() -> None:
    """Law: a failure that a join let pass still fails the run if the result holds the failed node itself."""

    def build() -> Any:
        broken = fail()
        return [broken, give.using(join="all_done")(broken)]

    run = run_of(build)
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["fail"]


async def _never_awaited() -> int:
    return 1


async def _items() -> AsyncIterator[int]:
    yield 1


def _plain_items() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("executor", ["inline", "thread", "coroutine"])
@pytest.mark.parametrize(
    ("give", "said", "mend"),
    [
        (_never_awaited, "a coroutine ('_never_awaited') that has not run", "make the task async def"),
        (_items, "an async generator ('_items')", "[item async for item in ...]"),
        (_plain_items, "a generator ('_plain_items'), which can be read only once", "list(...)"),
        (lambda: map(str, [1]), "a map, which can be read only once", "list(...)"),
    ],
)
def test_what_is_yet_to_run_is_no_value(executor: Any, give: Callable[[], Any], said: str, mend: str) -> None:
    """Law: a body that gives a coroutine or an iterator fails, and says how to give its value."""
    if executor == "coroutine":

        @pw.task
        async def fetch() -> Any:
            return give()

    else:

        @pw.task(executor=executor)
        def fetch() -> Any:
            return give()

    run = pw.run(pw.workflow_from({"fetch": fetch, "next": str}, {"next": ["fetch"]}), check=False)
    assert run.nodes["next"].state is NodeState.UPSTREAM_FAILED
    error = run.nodes["fetch"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == f"'fetch' returned {said}, where its value is expected"
    assert mend in str(error.mend)
