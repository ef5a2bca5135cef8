"""When an action fails for good: what runs ends, nothing new starts, and another plan goes on in the same run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.recovery import Happening, Kind
from planweave.testing import check_laws, simulate
from tests.engine.common import states_of
from tests.laws.journals import DelayingJournal


def link(producer: str | None, fact: str, consumer: str) -> pw.CausalLink:
    return pw.CausalLink(producer, pw.Fact(fact), consumer)


Finder = Callable[[pw.Plan, set[str], list[str]], pw.Plan]
"""Finds another plan from the plan, the ids of the steps that were done and of those that failed."""


@dataclass
class Scripted:
    """A recovery that does as it is told, and remembers what it was told."""

    find: Finder
    asked: list[tuple[Happening, ...]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def check(self, facts: Mapping[str, Any]) -> None:
        if "nonsense" in facts:
            raise pw.ValueRefused("nonsense is no fact")

    def replan(self, plan: pw.Plan, history: Sequence[Happening], failed: Collection[str], **options: Any) -> pw.Plan:
        self.asked.append(tuple(history))
        self.options = options
        return self.find(plan, {one.step.id for one in history if one.kind is Kind.DONE}, list(failed))

    @property
    def told(self) -> list[str]:
        """What it was told last, in words."""
        return [f"{one.node} {one.kind}" for one in self.asked[-1]]


def plan_of(
    steps: str, *links: pw.CausalLink, orderings: tuple[tuple[str, str], ...] = (), recovery: Any = None
) -> pw.Plan:
    """A plan of steps, each written as ``id`` or ``id:operator``."""
    parts = [text.partition(":") for text in steps.split()]
    made = tuple(pw.Step(id, operator or id) for id, _, operator in parts)
    return pw.Plan("p", made, links, orderings, recovery=recovery)


def instead(*new: pw.Step, links: Sequence[pw.CausalLink] = (), orderings: tuple[tuple[str, str], ...] = ()) -> Finder:
    """Finds the steps that were done, and then others."""

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        kept = [step for step in plan.steps if step.id in done]
        known = done | {step.id for step in new}
        some = [one for one in links if one.producer is None or one.producer in known]
        return pw.Plan(plan.name, (*kept, *new), tuple(some), orderings, recovery=plan.recovery)

    return find


def fail(*_: Any) -> Any:
    raise ArithmeticError("it failed")


def give(value: Any) -> Callable[[], Any]:
    return pw.task(executor="inline")(lambda: value)


@pw.task(executor="inline")
def broken() -> None:
    raise ArithmeticError("it failed")


STEP = pw.Step


# ---------------------------------------------------------------------- what goes on, and what does not


def test_a_plan_without_failures_runs_as_if_nothing_could_replace_it() -> None:
    """Law: the result is that of the last steps, and nobody looks for another plan."""
    recovery = Scripted(instead())
    plan = plan_of("a b c", link("a", "x", "b"), recovery=recovery)
    actions: dict[str, Any] = {"a": give(1), "b": lambda x: x + 1, "c": None}
    run = pw.compile(plan, actions=actions, replan=3).run()
    assert run.result == pw.compile(plan, actions=actions).run().result == {"b": 2, "c": None}
    assert states_of(run) == {"a": "succeeded", "b": "succeeded", "c": "succeeded", "replan": "succeeded"}
    assert not recovery.asked


def test_what_runs_ends_and_nothing_new_starts() -> None:
    """Law: running steps end, however they run; ready ones, pending ones and those between attempts are given up."""
    ended: list[str] = []

    async def slow() -> str:
        await asyncio.sleep(5)
        ended.append("slow")
        return "S"

    @pw.task(pool="one")
    async def late() -> None:
        await asyncio.sleep(1)
        raise ArithmeticError

    @pw.task(retry=pw.Retry(5, base=100.0))
    async def again() -> None:
        raise ConnectionError

    waiting = pw.task(pool="one")(lambda: ended.append("waiting"))
    recovery = Scripted(instead(STEP("new", "new"), links=[link("slow", "x", "new")]))
    plan = plan_of(
        "slow late again waiting after end",
        link("slow", "x", "after"),
        orderings=(("late", "end"),),
        recovery=recovery,
    )
    actions: dict[str, Any] = {
        "slow": slow,
        "late": late,
        "again": again,
        "waiting": waiting,
        "after": lambda x: ended.append("after"),
        "end": None,
        "new": lambda x: f"{x} used",
    }
    run = simulate(pw.compile(plan, actions=actions, pools={"one": 1}, replan=1))
    check_laws(run)
    assert ended == ["slow"] and run.result == {"new": "S used"}
    states = states_of(run)
    assert states["late"] == "failed" and states["end"] == "upstream_failed"
    assert [states[one] for one in ("again", "waiting", "after")] == ["cancelled"] * 3
    assert run.nodes["replan"].ready == run.nodes["slow"].ended
    assert run.nodes["again"].ended == run.nodes["late"].ended
    assert run.nodes["replan-1/new"].before == ("slow",)
    assert recovery.told[-2:] == ["late failed", "slow done"]
    assert "again failed" not in recovery.told and "waiting started" not in recovery.told


@pytest.mark.parametrize("executor", ["thread", "inline"])
def test_another_plan_is_looked_for_once_all_has_ended(executor: Any) -> None:
    """Law: with real threads too, a second failure meanwhile is told along with the first."""
    both = threading.Barrier(2) if executor == "thread" else None

    def once() -> None:
        if both is not None:
            both.wait(30)
        raise ArithmeticError

    recovery = Scripted(instead(STEP("c", "c")))
    task = pw.task(executor=executor)(once)
    plan = plan_of("a b d", orderings=(("a", "d"),), recovery=recovery)
    run = pw.compile(plan, actions={"a": task, "b": task, "c": give("C"), "d": None}, replan=1).run()
    assert run.result == {"c": "C"} and len(recovery.asked) == 1
    failures = [one for one in recovery.told if one.endswith("failed")]
    assert sorted(failures) == (["a failed", "b failed"] if executor == "thread" else failures)


def test_an_action_that_became_a_graph_fails_as_a_whole() -> None:
    """Law: inside of it all goes on as ever; only when it has ended without a value is another plan looked for."""
    ended: list[str] = []

    @pw.task
    async def slow() -> None:
        await asyncio.sleep(3)
        ended.append("slow")

    @pw.task
    def after(value: object) -> None:
        ended.append("after")

    @pw.workflow
    def both() -> None:
        broken()
        after(slow())

    @pw.workflow
    def tolerant(items: list[int]) -> list[Any]:
        return half.map(items, failures="drop")

    recovery = Scripted(instead(STEP("c", "c")))
    plan = plan_of("a b", orderings=(("a", "b"),), recovery=recovery)
    run = simulate(pw.compile(plan, actions={"a": both.graph, "b": None, "c": give("C")}, replan=1))
    check_laws(run)
    assert ended == ["slow", "after"] and run.result == {"c": "C"}
    assert states_of(run)["a"] == "upstream_failed" and run.nodes["a"].cause == "a/broken"
    assert recovery.told == ["a started", "a failed"]

    def most() -> pw.Graph:
        return pw.workflow(lambda: half.map([1, 2, 4], failures="drop")).graph()

    run = simulate(pw.compile(plan, actions={"a": most, "b": None, "c": None}, replan=1))
    assert run.result == {"b": None} and "replan-1" not in run.nodes  # a map that takes a failure in does not fail


@pw.task(executor="inline")
def half(number: int) -> int:
    if number % 2:
        raise ArithmeticError(number)
    return number // 2


def test_a_plan_inside_of_a_run_is_replaced_where_it_stands() -> None:
    """Law: a task that gives the graph of a plan; its other plans have their nodes under that task, and its inputs."""
    recovery = Scripted(instead(STEP("c", "c"), links=[link(None, "topic", "c")]))
    plan = plan_of("a b", link(None, "topic", "a"), orderings=(("a", "b"),), recovery=recovery)

    @pw.task(executor="inline")
    def trip() -> pw.Graph:
        def use(topic: str = "rain") -> str:
            return topic

        return pw.compile(plan, actions={"a": lambda topic="rain": fail(), "b": None, "c": use}, replan=1)

    @pw.task(executor="inline")
    def tell(outcome: Any) -> str:
        return f"it was {outcome['c']}"

    run = simulate(pw.workflow(lambda: tell(trip())))
    check_laws(run)
    assert run.result == "it was rain"
    assert [name for name in run.nodes if name.startswith("trip/")] == [
        "trip/a",
        "trip/b",
        "trip/replan",
        "trip/replan-1",
        "trip/replan-1/c",
    ]
    assert run.nodes["trip/replan-1/c"].parent == "trip/replan-1"


def test_equal_calls_that_wait_for_one_that_fails_are_given_up() -> None:
    """Law: a step that waits for the value of an equal call has not begun."""

    @pw.task(cache=True)
    async def same() -> None:
        await asyncio.sleep(1)
        raise ArithmeticError

    recovery = Scripted(instead(STEP("c", "c")))
    run = simulate(pw.compile(plan_of("a:same b:same", recovery=recovery), actions={"same": same, "c": None}, replan=1))
    check_laws(run)
    assert sorted(states_of(run).values()).count("cancelled") == 1 and run.state == "succeeded"


def test_a_step_called_replan_keeps_its_id() -> None:
    """Law: the ids of other plans are made from one that no step has."""
    recovery = Scripted(instead(STEP("c", "c")))
    plan = plan_of("replan replan_-1:b", recovery=recovery)
    run = pw.compile(plan, actions={"replan": fail, "b": None, "c": None}, replan=1).run()
    assert "replan__-1/c" in run.nodes


# ---------------------------------------------------------------------- the search


def test_the_search_runs_in_a_thread() -> None:
    """Law: the event loop goes on while another plan is looked for."""
    searching, called = threading.Event(), threading.Event()

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        searching.set()
        assert called.wait(30), "the loop stood still"
        return plan_of("c")

    async def main() -> Any:
        graph = pw.compile(plan_of("a", recovery=Scripted(find)), actions={"a": fail, "c": give("C")}, replan=1)
        run = await pw.start(graph)
        await until(searching)
        called.set()
        return (await run.wait()).result

    assert asyncio.run(main()) == {"c": "C"}


async def until(event: threading.Event) -> None:
    """Let the loop go on until a thread sets an event."""
    while not event.is_set():  # noqa: ASYNC110  # because it is a thread that sets it
        await asyncio.sleep(0.001)


def test_a_cancel_stops_the_search() -> None:
    """Law: the recovery hears of it, and nothing of what it finds runs."""
    searching = threading.Event()

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        searching.set()
        while not recovery.options["stopped"]():
            threading.Event().wait(0.001)
        return plan_of("c")

    recovery = Scripted(find)

    async def main() -> Any:
        graph = pw.compile(plan_of("a b", recovery=recovery), actions={"a": fail, "b": None, "c": None}, replan=1)
        run = await pw.start(graph)
        await until(searching)
        run.cancel()
        return await run.wait(check=False)

    run = asyncio.run(main())
    assert run.state == "cancelled" and "replan-1/c" not in run.nodes
    assert states_of(run)["replan-1"] == "cancelled" and states_of(run)["replan"] == "cancelled"


def test_the_recovery_is_told_what_it_may_use() -> None:
    """Law: the operators that have an action, and how long it may take."""
    recovery = Scripted(instead())
    actions: dict[str, Any] = {"a": fail, "b": None}
    pw.compile(plan_of("a", recovery=recovery), actions=actions, replan=1, replan_time_limit=7).run()
    assert recovery.options["able"] == ("a", "b") and recovery.options["seconds"] == 7


def test_nothing_left_to_do_is_a_plan_as_well() -> None:
    """Law: where the other plan has no more steps, the result is that of what was done."""
    recovery = Scripted(instead())
    plan = plan_of("a b", orderings=(("a", "b"),), recovery=recovery)
    assert pw.compile(plan, actions={"a": give("A"), "b": fail}, replan=1).run().result == {"a": "A"}


def test_another_plan_may_leave_out_what_was_done() -> None:
    """Law: a step that it does not name is no part of the result; one that it names is not done again."""

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        return pw.Plan("p", (STEP("b", "b"), STEP("d", "d")), (link("b", "x", "d"),))

    plan = plan_of("a b c", orderings=(("a", "c"), ("b", "c")), recovery=Scripted(find))
    actions: dict[str, Any] = {"a": give("A"), "b": give("B"), "c": fail, "d": lambda x: f"{x} used"}
    assert pw.compile(plan, actions=actions, replan=1).run().result == {"d": "B used"}


def test_no_other_plan_is_an_error_with_both_causes() -> None:
    """Law: the run fails with what failed, and with what the planner said."""

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        raise pw.PlanweaveError("the world is closed", mend="open it")

    graph = pw.compile(plan_of("a b", recovery=Scripted(find)), actions={"a": fail, "b": None}, replan=3)
    with pytest.raises(pw.RunFailed) as caught:
        graph.run()
    error = caught.value
    assert list(error.causes) == ["replan-1", "a"]
    last = error.causes["replan-1"]
    assert isinstance(last, pw.NoOtherPlan) and isinstance(error.causes["a"], ArithmeticError)
    assert last.what == "'a' failed (ArithmeticError: it failed), and no other plan was found: the world is closed"
    assert last.mend == "open it" and str(last.__cause__).startswith("the world is closed")
    assert last.where is not None and last.where.file == __file__


def test_another_plan_that_cannot_be_compiled_is_no_plan() -> None:
    """Law: an operator without an action, say; the error tells that along with what failed."""
    graph = pw.compile(plan_of("a", recovery=Scripted(instead(STEP("x", "x")))), actions={"a": fail}, replan=3)
    run = pw.run(graph, check=False)
    assert "no other plan was found: the operator 'x' has no action" in str(run.error)


def test_a_recovery_that_breaks_fails_its_node() -> None:
    """Law: a bug of a planner is told as it is."""

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        raise KeyError("bug")

    run = pw.run(pw.compile(plan_of("a", recovery=Scripted(find)), actions={"a": fail}, replan=3), check=False)
    assert isinstance(run.error, pw.RunFailed)
    assert {name: type(one) for name, one in run.error.causes.items()} == {"replan-1": KeyError, "a": ArithmeticError}


def test_failures_past_the_limit_fail_the_run() -> None:
    """Law: at most so many other plans; each has its own nodes, and the error says what failed last."""
    recovery = Scripted(instead(STEP("a", "a"), STEP("b", "b"), orderings=(("a", "b"),)))
    graph = pw.compile(plan_of("a", recovery=recovery), actions={"a": give(1), "b": fail}, replan=2)
    plain = pw.compile(plan_of("a", recovery=recovery), actions={"a": fail, "b": fail}, replan=2)
    assert graph.run().result == {"a": 1}
    run = pw.run(plain, check=False)
    assert isinstance(run.error, pw.RunFailed) and list(run.error.causes) == ["replan", "replan-2/a"]
    assert "'p' was replanned 2 times, and 'replan-2/a' failed again: ArithmeticError: it failed" in str(run.error)
    assert [name for name in run.nodes if name.count("/") == 0] == ["a", "replan", "replan-1", "replan-2"]
    check_laws(simulate(plain))


def test_pools_hold_for_other_plans_too() -> None:
    """Law: an action of another plan waits for its pool; one that names a pool which nobody limits fails the search."""

    @pw.task(pool="one")
    async def slow() -> None:
        await asyncio.sleep(1)

    recovery = Scripted(instead(STEP("x", "slow"), STEP("y", "slow")))
    plan = plan_of("a", recovery=recovery)
    run = simulate(pw.compile(plan, actions={"a": fail, "slow": slow}, pools={"one": 1}, replan=1))
    check_laws(run)
    assert run.nodes["replan-1/y"].started == run.nodes["replan-1/x"].ended
    run = simulate(pw.compile(plan, actions={"a": fail, "slow": slow}, replan=1))
    assert "pool 'one' has no limit" in str(run.error)


def test_an_observation_that_means_nothing_fails_the_action() -> None:
    """Law: the recovery says so where it is made, in any thread; outside of plans anything may be observed."""

    @pw.task
    def see() -> None:
        pw.context().observe({"nonsense": True})

    recovery = Scripted(instead(STEP("c", "c")))
    run = pw.compile(plan_of("a:see", recovery=recovery), actions={"see": see, "c": None}, replan=1).run()
    assert isinstance(run.nodes["a"].error, pw.ValueRefused)
    assert run.nodes["replan-1/c"].state == "succeeded"
    pw.run(pw.workflow(see))


def test_a_graph_that_may_be_replaced_is_no_document() -> None:
    """Law: what finds another plan cannot be written down; the fingerprint knows how often it may be asked."""
    plan = plan_of("a", recovery=Scripted(instead()))
    graphs = [pw.compile(plan, actions={"a": None}, replan=times) for times in (0, 1, 2)]
    with pytest.raises(pw.DocumentError, match="what finds another plan cannot be written as JSON"):
        graphs[1].to_json()
    assert len({graph.fingerprint for graph in graphs}) == len({graph.digest for graph in graphs}) == 3


# ---------------------------------------------------------------------- whatever happens


@st.composite
def troubles(draw: st.DrawFn) -> tuple[pw.Plan, dict[str, Any]]:
    """A plan, and actions some of which take their time, and some of which fail a few times."""
    count = draw(st.integers(2, 6))
    ids = [f"s{i}" for i in range(count)]
    pairs = tuple((ids[i], ids[j]) for j in range(count) for i in range(j) if draw(st.integers(0, 2)) == 0)
    fails = {id: draw(st.sampled_from([0, 0, 1, 2])) for id in ids}
    lasts = {id: draw(st.sampled_from([0, 0, 1, 3])) for id in ids}
    kinds = {id: draw(st.sampled_from(["inline", "thread", "loop", "retry"])) for id in ids}
    left = dict(fails)

    def act(id: str) -> str:
        if left[id]:
            left[id] -= 1
            raise ArithmeticError(id)
        return id

    def action(id: str) -> Any:
        async def slow() -> str:
            await asyncio.sleep(lasts[id])
            return act(id)

        match kinds[id]:
            case "loop":
                return slow
            case "retry":
                return pw.task(retry=pw.Retry(2))(slow)
            case "thread":
                return pw.task(lambda: act(id))
        return pw.task(executor="inline")(lambda: act(id))

    def find(plan: pw.Plan, done: set[str], failed: list[str]) -> pw.Plan:
        return pw.Plan("p", plan.steps, (), pairs, recovery=plan.recovery)

    steps = tuple(pw.Step(id, id) for id in ids)
    return pw.Plan("p", steps, (), pairs, recovery=Scripted(find)), {id: action(id) for id in ids}


@settings(max_examples=150, deadline=None)
@given(troubles(), st.integers(0, 99), st.sampled_from([0, 1, 3, 20]), st.sampled_from([0, 0, 2]))
def test_every_step_is_done_once_and_in_order(
    trouble: tuple[pw.Plan, dict[str, Any]], seed: int, limit: int, group: int
) -> None:
    """Law: the laws of runs hold; a run that succeeds has done each step once; none hangs; the limit is kept."""
    plan, actions = trouble
    options: dict[str, Any] = {"store": DelayingJournal(seed, group)} if group else {}
    run = simulate(pw.compile(plan, actions=actions, replan=limit), seed=seed, threads=2, **options)
    check_laws(run, virtual=not group)
    assert sum(name.startswith("replan-") and "/" not in name for name in run.nodes) <= limit
    done = [name.rpartition("/")[2] for name, node in run.nodes.items() if node.node.task and node.state == "succeeded"]
    steps = [name for name in done if name.startswith("s")]
    assert len(steps) == len(set(steps))
    if run.state == "succeeded":
        assert sorted(steps) == [step.id for step in plan.steps]
        ended = {name.rpartition("/")[2]: node for name, node in run.nodes.items() if node.state == "succeeded"}
        for one, two in plan.orderings:
            assert ended[one].ended <= ended[two].started  # type: ignore[operator]
    else:
        assert isinstance(run.error, pw.RunFailed)
