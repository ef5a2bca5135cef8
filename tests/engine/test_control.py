"""Branches, loops and sleeps, and workflows in workflows."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import NodeState
from planweave.testing import run_virtually
from tests.engine.common import add, fail, give, no, run_of, states_of, yes


@pw.task
async def slow(x: int) -> int:
    await asyncio.sleep(0.02)
    return x


@pw.task(executor="inline")
def at_least(x: int, least: int = 3) -> bool:
    return x >= least


# ---------------------------------------------------------------------- when


@pytest.mark.parametrize(("decide", "expected", "ran"), [(yes, "then", "then"), (no, "otherwise", "otherwise")])
def test_exactly_one_branch_runs(decide: Any, expected: str, ran: str) -> None:
    """Law: the condition chooses, and nothing of the other branch is ever laid into the run."""
    run = run_of(lambda: pw.when(decide(), then=lambda: give("then"), otherwise=lambda: give("otherwise")))
    assert run.result == expected
    assert list(run.nodes) == [decide.name, "when", "when/give"]


def test_a_condition_may_be_known_already() -> None:
    """Law: a plain bool is a condition too; branches are still traced both."""
    assert run_of(lambda: pw.when(True, then=lambda: add(1), otherwise=lambda: add(2))).result == 2
    assert run_of(lambda: pw.when(False, then=lambda: add(1), otherwise=lambda: add(2))).result == 3


def test_branches_may_be_tasks_and_workflows() -> None:
    """Law: whatever can be called without arguments is a branch."""

    @pw.workflow
    def both() -> list[int]:
        return [add(1), add(2)]

    assert run_of(lambda: pw.when(yes(), then=both)).result == [2, 3]
    assert run_of(lambda: pw.when(no(), then=both, otherwise=yes)).result is True


@pytest.mark.parametrize("value", [None, 5, "text", [1, {"two": 3}]])
def test_a_branch_may_give_a_constant(value: Any) -> None:
    """Law: a branch without nodes gives what it returns."""
    run = run_of(lambda: pw.when(yes(), then=lambda: value, otherwise=lambda: add(1)))
    assert run.result == value
    assert list(run.nodes) == ["yes", "when"]


def test_a_branch_may_give_what_it_takes_from_outside() -> None:
    """Law: a handle from outside that a branch returns as it is, or in a container, is the value of that node."""

    def build() -> Any:
        outside, other = add(1), add(2)
        plain = pw.when(yes(), then=lambda: outside)
        nested = pw.when(yes(), then=lambda: {"both": [outside, (other, "constant")]})
        return plain, nested

    assert run_of(build).result == (2, {"both": [2, (3, "constant")]})


def test_a_branch_may_give_an_input() -> None:
    """Law: inputs of the workflow are seen in branches like nodes are."""

    @pw.workflow
    def flow(x: int, flag: bool) -> Any:
        return pw.when(flag, then=lambda: x, otherwise=lambda: add(x))

    assert [flow.run(x=5, flag=flag).result for flag in (True, False)] == [5, 6]


def test_without_a_branch_to_take_the_node_is_skipped_and_so_is_what_needs_it() -> None:
    """Law: skips spread along data, name the node where they began, and do not fail the run."""

    def build() -> Any:
        skipped = pw.when(no(), then=lambda: add(1))
        return [add(add(skipped)), add(5)]

    run = run_of(build)
    assert states_of(run) == {
        "no": "succeeded",
        "when": "skipped",
        "add": "skipped",
        "add-2": "skipped",
        "add-3": "succeeded",
    }
    assert {run.nodes[name].cause for name in ("when", "add", "add-2")} == {"when"}
    assert run.result == [pw.Missing(NodeState.SKIPPED, "when"), 6]


def test_waiting_for_a_skipped_node_is_waiting_for_its_end_only() -> None:
    """Law: after= is about order, and a skipped node has ended."""
    run = run_of(lambda: add.using(after=[pw.when(no(), then=lambda: add(1))])(1))
    assert (run.nodes["when"].state, run.nodes["add"].state) == (NodeState.SKIPPED, NodeState.SUCCEEDED)


def test_a_skipped_branch_does_not_fail_a_join() -> None:
    """Law: of two exclusive branches the one that ran reaches a tolerant join, and the other is Missing."""

    def build() -> Any:
        left = pw.when(yes(), then=lambda: add(1), id="left")
        right = pw.when(no(), then=lambda: add(1), id="right")
        return give.using(join="none_failed")([left, right])

    assert run_of(build).result == [2, pw.Missing(NodeState.SKIPPED, "right")]


def test_what_only_an_untaken_branch_uses_does_not_hold_the_node_back() -> None:
    """Law: a branch waits for what it takes from outside when it is laid; the when itself does not."""

    def build() -> Any:
        late = slow(1)
        return pw.when(no(), then=lambda: add(late), otherwise=lambda: add(5))

    run = run_of(build)
    ends = [event.node for event in run.events if event.kind == "succeeded"]
    assert ends.index("when") < ends.index("slow")
    assert run.result == 6


def test_what_only_an_untaken_branch_uses_does_not_fail_the_node() -> None:
    """Law: the failure of a node that only the other branch would use is its own affair."""

    def build() -> Any:
        broken = fail()
        return pw.when(no(), then=lambda: add(broken), otherwise=lambda: add(5))

    run = run_of(build)
    assert run.nodes["when"].value == 6
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["fail"]


def test_what_a_taken_branch_uses_must_be_there() -> None:
    """Law: a branch that uses a failed node breaks, and its when with it, because of that node."""

    def build() -> Any:
        broken = fail()
        return pw.when(yes(), then=lambda: add(broken))

    run = run_of(build)
    assert states_of(run) == {
        "fail": "failed",
        "yes": "succeeded",
        "when": "upstream_failed",
        "when/add": "upstream_failed",
    }
    assert {run.nodes[name].cause for name in ("when", "when/add")} == {"fail"}


def test_a_branch_may_be_tolerant_of_what_it_uses() -> None:
    """Law: join rules work in branches, for what comes from outside too."""

    def build() -> Any:
        broken = fail()
        return pw.when(yes(), then=lambda: give.using(join="all_done")(broken))

    run = run_of(build)
    assert run.result == pw.Missing(NodeState.FAILED, "fail")


def test_a_node_beside_the_value_of_a_branch_may_fail_it() -> None:
    """Law: a join after an expansion waits for all of it, and a failure that nothing handles gets out."""

    def branch() -> int:
        fail()
        return slow(1)

    run = run_of(lambda: add(pw.when(yes(), then=branch)))
    assert states_of(run) == {
        "yes": "succeeded",
        "when": "upstream_failed",
        "add": "upstream_failed",
        "when/fail": "failed",
        "when/slow": "succeeded",
    }


@pytest.mark.parametrize(("value", "words"), [(1, "an int"), ("yes", "a str"), (None, "None"), ([], "a list")])
def test_a_condition_must_be_a_bool(value: Any, words: str) -> None:
    """Law: truthiness is no answer: what is no bool fails the node, and says what it was."""
    error = run_of(lambda: pw.when(give(value), then=yes)).nodes["when"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == f"the condition of 'when' is {words}, not a bool"


@pytest.mark.parametrize(
    ("condition", "state"), [(fail, "upstream_failed"), (lambda: pw.when(no(), then=yes), "skipped")]
)
def test_a_when_without_a_condition_goes_the_way_of_its_condition(condition: Callable[[], Any], state: str) -> None:
    """Law: a when needs its condition like a task its argument."""
    run = run_of(lambda: pw.when(condition(), then=yes, id="choice"))
    assert run.nodes["choice"].state == state


def test_branches_nest() -> None:
    """Law: a branch may hold branches, maps and loops, and takes values from any level outside of it."""

    def build() -> Any:
        outer = add(10)

        def branch() -> Any:
            inner = add(outer)
            return pw.when(
                at_least(inner),
                then=lambda: [inner, add.map([outer, inner]), pw.repeat(add, outer, until=at_least, limit=3)],
            )

        return pw.when(yes(), then=branch)

    assert run_of(build).result == [12, [12, 13], 12]


@pytest.mark.parametrize("fixed", [{}, {"otherwise": yes}])
def test_branches_that_cannot_be_called_so_are_refused(fixed: dict[str, Any]) -> None:
    """Law: a branch is called without arguments, and what does not fit is told before anything is traced."""

    def branch(*, key: int) -> int:
        return key

    class Branch:
        def __call__(self, x: int) -> int:
            return x

    def build(one: Any) -> Callable[[], Any]:
        return lambda: pw.when(yes(), then=one, **fixed)

    branches: list[Any] = [lambda x: x, branch, Branch(), functools.partial(add.fn, 1, 2, 3)]
    for one in branches:
        with pytest.raises(pw.BindingError, match=r"then= of pw.when does not fit: ") as caught:
            run_of(build(one))
        assert caught.value.mend == "it is called as then=lambda: ..."
    assert run_of(lambda: pw.when(yes(), then=functools.partial(add, 1))).result == 2
    assert run_of(lambda: pw.when(yes(), then=lambda x=1, *rest, y=2: add(x, y))).result == 3


def test_a_type_error_in_a_branch_is_the_users_own() -> None:
    """Law: only the call of the branch is checked, and what goes wrong in it is not covered up."""

    def branch() -> Any:
        return len(5)  # type: ignore[arg-type]  # that is the mistake

    with pytest.raises(TypeError, match=r"object of type 'int' has no len\(\)"):
        run_of(lambda: pw.when(yes(), then=branch))


def test_calls_of_control_structures_that_do_not_fit_are_refused() -> None:
    """Law: when, repeat and sleep say how they are called, at the line of the call."""
    calls: list[tuple[str, Any]] = [
        ("when", lambda: pw.when(True)),  # type: ignore[call-arg]  # that is the mistake
        ("repeat", lambda: pw.repeat(add, 0, limit=3)),  # type: ignore[call-arg]  # that is the mistake
        ("repeat", lambda: pw.repeat(add, 0, until=at_least, limit=3, times=4)),  # type: ignore[call-arg]  # that is the mistake
        ("sleep", lambda: pw.sleep(seconds=1, then=2)),  # type: ignore[call-arg]  # that is the mistake
    ]
    for name, call in calls:
        with pytest.raises(pw.BindingError, match=f"the call of pw.{name} does not fit") as caught:
            run_of(call)
        assert (caught.value.mend or "").startswith(f"it is called as pw.{name}(")
        assert caught.value.where is not None and caught.value.where.file == __file__


# ---------------------------------------------------------------------- repeat


def test_a_loop_runs_until_its_condition_holds() -> None:
    """Law: the body runs on its own result, and the value of the loop is the state for which until was True."""
    run = run_of(lambda: pw.repeat(add, 0, until=at_least, limit=10))
    assert run.result == 3
    rounds = [event.data["round"] for event in run.events if event.kind == "expanded"]
    assert rounds == [1, 2, 3]


def test_a_loop_runs_at_least_once() -> None:
    """Law: the condition is asked after the body, not before."""
    assert run_of(lambda: pw.repeat(add, 100, until=at_least, limit=1)).result == 101


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_loop_that_reaches_its_limit_fails(limit: int) -> None:
    """Law: after limit rounds without the condition the node fails with LimitReached, and no further round starts."""
    run = run_of(lambda: pw.repeat(add, 0, until=lambda x: no(), limit=limit, id="loop"))
    error = run.nodes["loop"].error
    assert isinstance(error, pw.LimitReached)
    assert error.what == f"'loop' did not reach its condition in {limit} rounds"
    assert error.where is not None and error.where.file == __file__
    assert sum(name.startswith("loop@") and "/" not in name for name in run.nodes) == limit


@pytest.mark.parametrize("state", [0, "text", None, [1, 2], (1, "two"), {"key": [None]}, True])
def test_a_state_may_be_of_any_type(state: Any) -> None:
    """Law: the state is passed on as the object that it is, lists and tuples included."""
    seen = []

    @pw.task(executor="inline")
    def body(given: Any) -> Any:
        seen.append(given)
        return given

    @pw.task(executor="inline")
    def third(given: Any) -> bool:
        return len(seen) == 3

    assert run_of(lambda: pw.repeat(body, state, until=third, limit=5)).result is state
    assert all(given is state for given in seen)


def test_a_body_may_be_a_task_a_function_or_a_workflow() -> None:
    """Law: whatever takes the state and gives the next is a body."""

    @pw.workflow
    def twice(x: int) -> int:
        return add(add(x))

    step = 10
    bodies: list[Any] = [add, add.using(timeout=None), lambda x: add(add(x)), twice, lambda x: add(x, step)]

    def result_of(body: Any) -> Any:
        return run_of(lambda: pw.repeat(body, 0, until=at_least, limit=9)).result

    assert [result_of(body) for body in bodies] == [3, 3, 4, 4, 10]


def test_the_state_is_what_the_loop_starts_with_or_what_a_round_has_made_of_it() -> None:
    """Law: a body is refused for the type of the state only if neither the start nor a result of it fits."""

    @pw.task(executor="inline")
    def first() -> int:
        return 1

    @pw.task(executor="inline")
    def is_none(x: int | None) -> bool:
        return x is None

    @pw.task(executor="inline")
    def text(x: str) -> str:
        return x

    def wrong(state: Any) -> Any:
        return [text(state), add(1)][1]

    def body(state: Any) -> Any:
        return pw.when(is_none(state), then=first, otherwise=lambda: add(state))

    assert run_of(lambda: pw.repeat(body, None, until=at_least, limit=9)).result == 3
    same = run_of(lambda: pw.repeat(lambda state: pw.when(yes(), then=lambda: state), 5, until=at_least, limit=9))
    assert same.result == 5
    with pytest.raises(pw.TypeMismatchError, match="parameter 'x' of 'text' wants str, but 'state' gives int"):
        run_of(lambda: pw.repeat(wrong, 0, until=at_least, limit=3))
    with pytest.raises(pw.TypeMismatchError, match=r"wants str, but 'state' gives None \| int"):
        run_of(lambda: pw.repeat(wrong, None, until=at_least, limit=3))
    with pytest.raises(pw.TypeMismatchError, match="parameter 'x' of 'at_least' wants int, but 'text' gives str"):
        run_of(lambda: pw.repeat(text, "", until=at_least, limit=3))  # type: ignore[arg-type]  # that is the mistake


@pytest.mark.parametrize("name", ["a/b", "a[0]", "a@2", "  "])
def test_the_name_of_a_body_can_be_a_part_of_ids(name: str) -> None:
    """Law: an object that is a body gives its name to the rounds, if an id can have it; else repeat."""

    class Body:
        def __init__(self, name: Any) -> None:
            self.name = name

        def __call__(self, state: Any) -> Any:
            return add(state)

    with pytest.raises(pw.DefinitionError, match="cannot be the name of a node"):
        run_of(lambda: pw.repeat(Body(name), 0, until=at_least, limit=9))
    assert "mine@2/add" in run_of(lambda: pw.repeat(Body("mine"), 0, until=at_least, limit=9)).nodes
    assert "repeat@2/add" in run_of(lambda: pw.repeat(Body(None), 0, until=at_least, limit=9)).nodes


def test_a_body_may_use_what_stands_outside() -> None:
    """Law: values from outside the loop are the same in every round."""

    def build() -> Any:
        step = add(1)
        return pw.repeat(lambda x: add(x, step), 0, until=lambda x: at_least(x, least=step), limit=9)

    assert run_of(build).result == 2


def test_a_body_without_nodes_loops_at_once() -> None:
    """Law: constants loop without running anything."""
    assert run_of(lambda: pw.repeat(lambda x: x, 5, until=lambda x: True, limit=3)).result == 5
    assert isinstance(
        run_of(lambda: pw.repeat(lambda x: x, 5, until=lambda x: False, limit=3)).nodes["repeat"].error, pw.LimitReached
    )


def test_a_loop_of_many_rounds_takes_no_recursion() -> None:
    """Law: rounds come one after another, a thousand as well as three, with and without nodes."""
    assert run_of(lambda: pw.repeat(add, 0, until=lambda x: at_least(x, least=1500), limit=1500)).result == 1500
    idle = run_of(lambda: pw.repeat(lambda x: x, 5, until=lambda x: False, limit=5000))
    assert isinstance(idle.nodes["repeat"].error, pw.LimitReached)


def test_a_round_that_fails_fails_the_loop() -> None:
    """Law: the loop is broken because of the node that failed; no further round starts."""
    run = run_of(lambda: pw.repeat(fail, "x", until=lambda x: no(), limit=5, id="loop"))
    assert (run.nodes["loop"].state, run.nodes["loop"].cause) == (NodeState.UPSTREAM_FAILED, "loop@1")
    assert "loop@2" not in run.nodes


def test_a_round_whose_state_is_skipped_skips_the_loop() -> None:
    """Law: without a state there is nothing to go on with."""

    def build() -> Any:
        return pw.repeat(lambda x: pw.when(no(), then=lambda: add(x)), 1, until=lambda x: yes(), limit=3, id="loop")

    run = run_of(build)
    assert (run.nodes["loop"].state, run.nodes["loop"].cause) == (NodeState.SKIPPED, "loop@1/when")


def test_the_end_of_a_loop_must_be_a_bool() -> None:
    """Law: what until gives must be True or False."""
    run = run_of(lambda: pw.repeat(add, 1, until=lambda x: give(5), limit=3, id="loop"))
    error = run.nodes["loop"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == "the condition of 'loop' is an int, not a bool"


def test_loops_nest() -> None:
    """Law: a body may hold a loop, whose rounds stand under those of the outer one."""

    def build() -> Any:
        return pw.repeat(
            lambda x: pw.repeat(add, x, until=lambda y: yes(), limit=2),
            0,
            until=lambda x: at_least(x, least=2),
            limit=5,
        )

    run = run_of(build)
    assert run.result == 2
    assert "repeat@2/add@1" in run.nodes


# ---------------------------------------------------------------------- sleep


def test_sleeping_takes_the_time_that_it_says() -> None:
    """Law: a sleep ends its seconds after it began, on the clock of the loop."""

    @pw.workflow
    def flow() -> Any:
        pause = pw.sleep(3600, after=[add(1)])
        return add.using(after=[pause])(5)

    async def main() -> pw.Run[Any]:
        return await (await flow.start()).wait()

    run = run_virtually(main)
    assert run.result == 6
    sleep = run.nodes["sleep"]
    assert sleep.started is not None and sleep.ended is not None
    assert sleep.ended - sleep.started == 3600
    assert [event.kind for event in run.events if event.node == "sleep"] == ["ready", "started", "waiting", "succeeded"]


def test_a_sleep_may_wait_for_one_handle_or_for_several() -> None:
    """Law: after= of a sleep takes what after= of a task takes."""

    def build() -> Any:
        first: Any = add(1)
        return give([pw.sleep(0, after=first), pw.sleep(0, after=[first, [add(2)]])])

    graph = pw.workflow(build).graph()
    before = {node.id: [graph.nodes[i].id for i in graph.predecessors[graph.position(node.id)]] for node in graph.nodes}
    assert (before["sleep"], before["sleep-2"]) == (["add"], ["add", "add-2"])
    assert pw.run(graph).result == [None, None]


def test_sleeping_occupies_nothing() -> None:
    """Law: a thousand sleeps sleep at the same time."""

    @pw.workflow
    def flow() -> None:
        for _ in range(1000):
            pw.sleep(60)

    async def main() -> float:
        before = asyncio.get_running_loop().time()
        await (await flow.start()).wait()
        return asyncio.get_running_loop().time() - before

    assert run_virtually(main) == 60


def test_the_time_to_sleep_may_be_worked_out() -> None:
    """Law: a handle of a number is a time, and the value of a sleep is None."""

    def build() -> Any:
        pause = pw.sleep(give(0.001))
        return give([pause])

    assert run_of(build).result == [None]


@pytest.mark.parametrize("after", [None, 5, "first", [None], object()])
def test_what_a_sleep_waits_for_must_be_handles(after: Any) -> None:
    """Law: a sleep refuses what a task refuses in after=, by the same words."""
    for build in (lambda: pw.sleep(0, after=after), lambda: add.using(after=after)(1)):
        with pytest.raises(pw.BindingError, match=r"after= holds .*, which is no handle"):
            run_of(build)


def test_an_odd_value_makes_no_long_message() -> None:
    """Law: a million items, many lines and a repr that raises are told in one short line."""

    class Raising:
        def __repr__(self) -> str:
            raise ValueError("no repr")

    class Lines:
        def __repr__(self) -> str:
            return "one\ntwo\n  three"

    builds: list[Callable[[Any], Callable[[], Any]]] = [
        lambda value: lambda: pw.sleep(value),
        lambda value: lambda: pw.when(True, then=value),
        lambda value: lambda: add.using(cache=value)(1),
    ]
    shown = {"[1, 1, 1": [1] * 10**6, "<Raising>": Raising(), "one two three": Lines(), "x...x": "x" * 10**6}
    for words, value in shown.items():
        for build in builds:
            with pytest.raises(pw.DefinitionError) as caught:
                run_of(build(value))
            assert words in caught.value.what and len(str(caught.value)) < 400
            assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "soon", None, True])
def test_what_is_no_time_fails_the_sleep(value: Any) -> None:
    """Law: only a number of seconds from 0 is a time."""
    error = run_of(lambda: pw.sleep(give(value))).nodes["sleep"].error
    assert isinstance(error, pw.ValueRefused)
    assert error.what == f"'sleep' is to sleep for {value!r}, which is not a time"


# ---------------------------------------------------------------------- workflows in workflows


def test_a_workflow_in_a_workflow_gives_what_it_gives_alone() -> None:
    """Law: laid in as a cluster, a workflow computes what it does by itself, with defaults and keywords."""

    @pw.workflow
    def inner(x: int, y: int = 5) -> dict[str, Any]:
        return {"sum": add(x, y), "given": x}

    def build() -> Any:
        return [inner(add(0)), inner(y=add(9), x=1), give(inner(2))]

    assert run_of(build).result == [
        {"sum": 6, "given": 1},
        {"sum": 11, "given": 1},
        {"sum": 7, "given": 2},
    ]
    assert inner.run(x=1).result == {"sum": 6, "given": 1}
    assert inner(1) == {"sum": 6, "given": 1}


def test_a_workflow_from_needs_is_a_workflow_like_others() -> None:
    """Law: laid into another one it takes its inputs by name, and gives a dict of its last tasks."""
    needs = pw.workflow_from({"up": lambda x: x + 1, "double": lambda x: 2 * x}, {"double": ["up"]}, name="needs")

    def build() -> Any:
        return give(needs(x=add(1)))

    run = run_of(build)
    assert run.result == {"double": 6}
    assert list(run.nodes) == ["add", "needs/up", "needs/double", "give"]
    assert needs(x=4) == {"double": 10}
    with pytest.raises(pw.BindingError, match=r"the call of 'needs' does not fit: missing a required .*'x'"):
        run_of(lambda: give(needs()))


def test_the_outermost_limit_of_a_pool_counts() -> None:
    """Law: a pool declared by two workflows has the limit of the outer one, in the whole run."""
    running = peak = 0

    @pw.task(pool="api")
    async def call() -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0)
        running -= 1

    @pw.workflow(pools={"api": 5})
    def inner() -> None:
        for _ in range(6):
            call()

    @pw.workflow(pools={"api": 2})
    def outer() -> None:
        inner()
        inner()

    assert inner.graph().pools == {"api": 5}
    assert outer.graph().pools == {"api": 2}
    outer.run()
    assert peak == 2


def test_nesting_has_a_depth_that_is_enough_and_a_limit_that_is_clear() -> None:
    """Law: 50 branches in each other run; past 100 it is taken for a workflow without end."""

    def nest(depth: int) -> Any:
        return add(depth) if depth == 0 else pw.when(yes(), then=lambda: nest(depth - 1))

    assert run_of(lambda: nest(50)).result == 1
    with pytest.raises(pw.DefinitionError, match="nests branches, bodies or workflows more than 100 deep"):
        run_of(lambda: nest(101))
