"""Another plan is found when a step fails: what is done stays, and what is new follows from the state of now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave import htn
from planweave.engine.plan import Fact
from planweave.engine.recovery import Happening, Kind
from planweave.planners.htn.begun import Tree
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.execution import execution_of
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import normalise
from planweave.planners.htn.repair import Repair, Watched
from planweave.planners.htn.solution import GroundTask, Solution
from planweave.planners.htn.verification.claim import claim_of_plan
from planweave.planners.htn.verification.fit import Rulebook
from planweave.testing import check_laws, simulate
from tests.planners.carried_out import (
    World,
    actions_in,
    carried_out,
    decomposed,
    forks,
    last_plan,
    plan_with_recovery,
    rounds,
)
from tests.planners.oracle import is_solution, solutions
from tests.planners.tiny import loosened


def task(text: str) -> GroundTask:
    """A ground task, written as ``drive home office``."""
    name, *objects = text.split()
    return GroundTask(name, tuple(objects))


def fact(text: str) -> Fact:
    """A fact, written as ``at home``."""
    name, *objects = text.split()
    return Fact(name, tuple(objects))


def world(*failing: str, observing: dict[str, bool] | None = None) -> World:
    """A world in which ground operators fail for ever, and observe when they do."""
    seen = {fact(text): truth for text, truth in (observing or {}).items()}
    return World({task(one): 99 for one in failing}, {task(one): seen for one in failing})


def played(problem: Problem, outside: World, **options: Any) -> pw.Run[Any]:
    """A run of the plan of a problem, which keeps the laws of all runs."""
    plan = htn.find_plan(problem.domain, problem, planner="lifted")
    run = carried_out(plan, outside, problem, **options)
    check_laws(run)
    return run


# ---------------------------------------------------------------------- what is decomposed anew


def delivery() -> Problem:
    """Two parcels are brought by two roads each."""
    domain = htn.Domain("delivery")
    domain.type("parcel")
    domain.type("road")
    for name in ("loaded", "here", "ready"):
        domain.predicate(name, "?p - parcel")
    domain.operator("pack", "?p - parcel", effects=["ready ?p"])
    domain.operator("load", "?p - parcel", preconditions=["here ?p"], effects=["loaded ?p", "not here ?p"])
    domain.operator("drive", "?p - parcel ?r - road", preconditions=["loaded ?p"])
    domain.operator("carry", "?p - parcel")
    domain.task("bring", "?p - parcel")
    domain.task("go", "?p - parcel")
    domain.constant("n", "road")
    domain.constant("s", "road")
    domain.method("north", "go ?p", ["drive ?p n"])
    domain.method("south", "go ?p", ["drive ?p s"])
    domain.method("by-car", "bring ?p", ["load ?p", "go ?p"], preconditions=["here ?p"])
    domain.method("on-foot", "bring ?p", ["pack ?p", "carry ?p"])
    state = ["here a", "here b"]
    return domain.problem(tasks=["bring a", "bring b"], state=state, objects={"parcel": ["a", "b"]})


def test_the_nearest_task_is_decomposed_anew() -> None:
    """Law: what is done stays, and so do the methods around the task that the failed step belongs to."""
    problem, outside = delivery(), world("drive a n")
    run = played(problem, outside)
    assert outside.story == "load a, drive a s, load b, drive b n"
    assert is_solution(problem, decomposed(run)) and not last_plan(run).recovery.given_up  # type: ignore[union-attr]
    assert htn.verify(problem.domain, problem, last_plan(run)).steps == 4


def test_tasks_around_the_nearest_keep_their_methods() -> None:
    """Law: though another method could now be chosen for the task around it, the nearest one is decomposed anew."""
    domain = htn.Domain("trip")
    domain.operator("walk")
    domain.operator("bus", preconditions=["running"])
    domain.operator("train")
    domain.task("ride")
    domain.task("go")
    domain.method("on-foot", "go", ["walk"], preconditions=["sunny"])
    domain.method("by-public-transport", "go", ["ride"])
    domain.method("by-bus", "ride", ["bus"])
    domain.method("by-train", "ride", ["train"])
    problem = domain.problem(tasks=["go"], state=["running"])
    outside = world("bus", observing={"running": False, "sunny": True})
    played(problem, outside)
    assert outside.story == "train"


def test_what_is_planned_again_stays_in_total_order() -> None:
    """Law: what was done for nothing does not make a problem partially ordered, of which less can be proved."""
    ordered: list[bool] = []

    def planner(problem: Problem, **options: Any) -> Solution:
        ordered.append(normalise(problem).is_ordered)
        return lifted(problem, **options)

    problem, outside = delivery(), world("drive a n", "drive a s", "carry a")
    plan = replace(htn.find_plan(problem.domain, problem), recovery=Repair(problem, planner))
    assert carried_out(plan, outside, problem).state == "failed"
    assert len(ordered) > 8 and all(ordered)


def test_a_task_that_cannot_be_decomposed_anew_leaves_it_to_the_one_around_it() -> None:
    """Law: where no decomposition continues what was done, the task begins from now, and that was done for nothing."""
    problem, outside = delivery(), world("drive a n", "drive a s")
    run = played(problem, outside)
    assert outside.story == "load a, pack a, carry a, load b, drive b n"
    (load,) = last_plan(run).recovery.given_up  # type: ignore[union-attr]
    assert load.step == "load" and decomposed(run).steps[0] == task("pack a")
    assert list(run.result) == ["drive"]  # what was done for nothing is no part of the result
    assert is_solution(loosened(problem, orderings=False), decomposed(run))


def test_what_was_done_is_the_beginning_of_a_new_decomposition() -> None:
    """Law: a method whose condition holds no more may still be the one that what was done belongs to."""
    domain = htn.Domain("letters")
    domain.operator("write", preconditions=["paper"], effects=["letter", "not paper"])
    domain.operator("fly", preconditions=["letter"], effects=["there"])
    domain.operator("sail", preconditions=["letter"], effects=["there"])
    domain.task("send")
    domain.method("by-air", "send", ["write", "fly"], preconditions=["paper"])
    domain.method("by-sea", "send", ["write", "sail"], preconditions=["paper"])
    problem = domain.problem(tasks=["send"], state=["paper"], goal=["there"])
    outside = world("fly")
    run = played(problem, outside)
    assert outside.story == "write, sail" and is_solution(problem, decomposed(run))


def test_what_was_given_up_is_no_part_of_what_is_continued() -> None:
    """Law: after something was done for nothing, too, a decomposition is found that continues the rest."""
    domain = htn.Domain("move")
    for name in ("load", "drive", "pack", "carry", "roll"):
        domain.operator(name)
    domain.task("move")
    domain.method("by-car", "move", ["load", "drive"])
    domain.method("on-foot", "move", ["pack", "carry"])
    domain.method("on-wheels", "move", ["pack", "roll"])
    outside = world("drive", "carry")
    run = played(domain.problem(tasks=["move"]), outside)
    assert outside.story == "load, pack, roll"
    assert [one.step for one in last_plan(run).recovery.given_up] == ["load"]  # type: ignore[union-attr]


def test_what_was_observed_before_anything_was_done_was_true_from_the_beginning() -> None:
    """Law: what was done on the strength of an observation is continued, not done again."""
    domain = htn.Domain("shop")
    domain.operator("ask", preconditions=["phone"])
    domain.operator("enter", preconditions=["open"])
    domain.operator("buy")
    domain.operator("borrow")
    domain.task("get")
    domain.method("by-phone", "get", ["ask"])
    domain.method("for-money", "get", ["enter", "buy"])
    domain.method("for-free", "get", ["enter", "borrow"])
    outside = world("ask", "buy")
    outside.observations = {task("ask"): {fact("open"): True, fact("phone"): False}}
    played(domain.problem(tasks=["get"], state=["phone"]), outside)
    assert outside.story == "enter, borrow"


def test_tasks_without_steps_are_over_when_what_comes_after_them_has_begun() -> None:
    """Law: what needed nothing to be done then is not decomposed anew now."""
    domain = htn.Domain("engine")
    domain.operator("heat")
    domain.operator("start", effects=["not cold"])
    domain.operator("run")
    domain.operator("crawl")
    domain.task("prepare")
    domain.task("move")
    domain.method("no-need", "prepare", [], preconditions=["cold"])
    domain.method("heating", "prepare", ["heat"])
    domain.method("running", "move", ["run"])
    domain.method("crawling", "move", ["crawl"])
    problem, outside = domain.problem(tasks=["prepare", "start", "move"], state=["cold"]), world("run")
    run = played(problem, outside)
    assert outside.story == "start, crawl" and is_solution(problem, decomposed(run))
    assert tree_of(problem, last_plan(run)).pairs(4) == {(2, 0), (2, 3), (0, 3)}


def test_tasks_that_are_over_are_not_done_again() -> None:
    """Law: of the problem, only what is open is planned anew."""
    problem, outside = delivery(), world("drive b n")
    run = played(problem, outside)
    assert outside.story == "load a, drive a n, load b, drive b s"
    new = [name for name in run.nodes if name.startswith("replan-1/")]
    assert new == ["replan-1/drive-2"]


def test_steps_that_are_new_bear_ids_of_their_own() -> None:
    """Law: a new step has the id of one that failed where that is free, and never that of one that was done."""
    run = played(delivery(), world("drive a n"))
    assert [name for name in run.nodes if "/" in name] == [f"replan-1/{one}" for one in ("drive", "load-2", "drive-2")]


def test_the_result_is_that_of_the_last_steps_alone() -> None:
    """Law: a step that another followed is no last step, whichever plan it was done for."""
    domain = htn.Domain("chain")
    for name, needs, makes in (
        ("a", [], ["p"]),
        ("b", ["p"], ["q"]),
        ("c", ["q"], []),
        ("d", ["q"], []),
        ("e", [], []),
    ):
        domain.operator(name, preconditions=needs, effects=makes)
    domain.task("last")
    domain.method("by-c", "last", ["c"])
    domain.method("by-d", "last", ["d", "e"])
    domain.method("by-e", "last", ["e"])
    problem = domain.problem(tasks=["a", "b", "last"])
    assert played(problem, world("c")).result == {"e": "(e)"}
    assert played(problem, world("c", "e")).state == "failed"
    assert list(played(problem, world("c", "d")).result) == ["e"]


def test_a_second_failure_is_repaired_from_the_plan_that_is_being_carried_out() -> None:
    """Law: each plan is the one that the next goes on from; all failures stay forbidden."""
    problem, outside = delivery(), world("drive a n", "drive b n")
    run = played(problem, outside)
    assert rounds(run) == 2 and outside.story == "load a, drive a s, load b, drive b s"
    assert [one.name for one in outside.failed] == ["drive", "drive"]
    assert is_solution(problem, decomposed(run))


def test_no_more_plans_are_looked_for_than_allowed() -> None:
    """Law: past the limit the error says how often, and names what failed last."""
    run = played(delivery(), world("drive a n", "drive b n"), replan=1)
    error = run.error
    assert isinstance(error, pw.RunFailed)
    assert list(error.causes) == ["replan", "replan-1/drive-2"]
    assert isinstance(error.causes["replan"], pw.LimitReached)
    assert "'delivery' was replanned once, and 'replan-1/drive-2' failed again: ArithmeticError" in str(error)


def test_where_there_is_no_other_plan_the_error_tells_both_causes() -> None:
    """Law: what failed, and why there is no other plan."""
    run = played(delivery(), world("drive a n", "drive a s", "carry a"))
    error = run.error
    assert isinstance(error, pw.RunFailed) and list(error.causes) == ["replan-3", "replan-2/carry"]
    last = error.causes["replan-3"]
    assert isinstance(last, pw.NoOtherPlan) and isinstance(last.__cause__, NoPlan)
    assert last.what == (
        "'replan-2/carry' failed (ArithmeticError: (carry a)), and no other plan was found: "
        "no other plan exists for 'delivery', whichever task is decomposed anew"
    )
    assert last.mend == "give the tasks more methods, or let actions observe what they find"


def test_operators_without_an_action_are_not_planned_with() -> None:
    """Law: what nobody can do is no way out, and the error says so."""
    problem, outside = delivery(), world("drive a n")
    plan = htn.find_plan(problem.domain, problem)
    actions = actions_in(outside, problem)
    del actions["pack"], actions["carry"]
    assert simulate(pw.compile(plan, actions=actions, replan=1)).result
    outside = world("drive a n", "drive a s")
    actions = {name: one for name, one in actions_in(outside, problem).items() if name in actions}
    error = simulate(pw.compile(plan, actions=actions, replan=2)).error
    assert error is not None and error.mend == "give actions to the operators that have none: pack, carry"


# ---------------------------------------------------------------------- observations


def doors() -> Problem:
    """A door that may be locked, with a key under the mat and a window."""
    domain = htn.Domain("doors")
    domain.operator("fetch", effects=["key"])
    domain.operator("unlock", preconditions=["key"], effects=["unlocked"])
    domain.operator("enter", preconditions=["unlocked"], effects=["inside"])
    domain.operator("climb", effects=["inside"])
    domain.task("open")
    domain.task("get-in")
    domain.method("it-is-open", "open", [], preconditions=["unlocked"])
    domain.method("with-key", "open", ["fetch", "unlock"])
    domain.method("through-the-door", "get-in", ["open", "enter"])
    domain.method("through-the-window", "get-in", ["climb"])
    return domain.problem(tasks=["get-in"], state=["unlocked"], goal=["inside"])


def test_what_failed_is_forbidden() -> None:
    """Law: an action that failed and has seen nothing is not tried again."""
    outside = world("enter")
    played(doors(), outside)
    assert outside.story == "climb"


def test_what_failed_may_be_tried_again_when_an_observation_changed_the_state() -> None:
    """Law: `unlocked` was observed to be false; the door is unlocked, and the same action is tried again."""
    problem, outside = doors(), World({task("enter"): 1}, {task("enter"): {fact("unlocked"): False}})
    run = played(problem, outside)
    assert outside.story == "fetch, unlock, enter"
    assert outside.state(problem) >= {fact("inside")} and rounds(run) == 1


def test_an_observation_that_is_no_news_forbids_what_failed() -> None:
    """Law: only an observation that changes the state allows another try."""
    outside = world("enter", observing={"unlocked": True})
    played(doors(), outside)
    assert outside.story == "climb"


def come_to(problem: Problem, *told: str) -> set[str]:
    """The state after happenings, written as ``unlock done`` or ``unlock observed key no``."""
    plan = htn.find_plan(problem.domain, problem, planner="lifted")
    happened = []
    for text in told:
        name, kind, *rest = text.split()
        step = next(step for step in plan.steps if step.name == name)
        facts = {" ".join(rest[:-1]): rest[-1] == "yes"} if rest else {}
        happened.append(Happening(step.id, step, Kind(kind), facts))
    return {str(one) for one in execution_of(tree_of(problem, plan), plan.steps, happened).state.true}


def tree_of(problem: Problem, plan: pw.Plan) -> Tree:
    """The decomposition of a plan."""
    claim = claim_of_plan(plan)
    return Tree(claim, claim.entries[claim.top].children, Rulebook(problem))


def test_an_observation_corrects_the_effects_of_its_own_step() -> None:
    """Law: it stands against the effects of its step, and yields to what others do and see later."""
    problem = replace(doors(), state=frozenset())
    fetched = ["fetch started", "fetch done"]
    assert come_to(problem, *fetched, "unlock started", "unlock done") == {"(key)", "(unlocked)"}
    seen = [*fetched, "unlock started", "unlock observed unlocked no", "unlock done"]
    assert come_to(problem, *seen) == {"(key)"}
    assert come_to(problem, *seen, "enter started", "enter observed unlocked yes", "enter failed") == {
        "(key)",
        "(unlocked)",
    }
    before = ["unlock started", "unlock observed key no", *fetched]
    assert come_to(problem, *before, "unlock done") == {"(key)", "(unlocked)"}


def test_what_an_attempt_observed_says_nothing_against_the_next() -> None:
    """Law: the effects of a step are those of its last attempt; what an earlier one saw was true before that."""
    problem = replace(doors(), state=frozenset())
    first = ["unlock started", "unlock observed unlocked no"]
    assert "(unlocked)" not in come_to(problem, *first, "unlock done")
    assert "(unlocked)" in come_to(problem, *first, "unlock started", "unlock done")


@pytest.mark.parametrize(
    ("observed", "what"),
    [
        ({"locked": True}, "the observation 'locked' is no fact of the domain 'doors'"),
        ({"key left": True}, "the observation 'key left' has 1 objects for 0"),
        ({"key": 1}, "the observation 'key' is 1, neither true nor false"),
        ({"": True}, "the observation '' is no fact of the domain 'doors'"),
    ],
)
def test_an_observation_that_means_nothing_is_refused_where_it_is_made(observed: dict[str, Any], what: str) -> None:
    """Law: the action that observes it fails with an error that says what there is to observe."""

    @pw.task(executor="inline")
    def enter() -> None:
        pw.context().observe(observed)

    problem = doors()
    plan = htn.find_plan(problem.domain, problem)
    actions = {**actions_in(World(), problem), "enter": enter}
    run = simulate(pw.compile(plan, actions=actions, replan=1))
    error = run.nodes["enter"].error
    assert isinstance(error, pw.ValueRefused) and error.what == what and error.mend
    assert run.state == "succeeded"  # by the window


def test_what_only_tasks_bring_about_cannot_be_observed() -> None:
    """Law: a fact that no operator changes and a task declares is not for actions to see."""
    domain = htn.Domain("report")
    domain.operator("gather")
    domain.task("research", effects=["researched"])
    domain.method("research", "research", ["gather"])
    repair = Repair(domain.problem(tasks=["research"]), lifted)
    with pytest.raises(pw.ValueRefused, match="is what only a task brings about"):
        repair.check({"researched": True})
    repair.check({"researched": False})


# ---------------------------------------------------------------------- values


def test_a_new_step_gets_what_the_step_returned_that_made_its_fact_true() -> None:
    """Law: values pass along the links of the joined plan, from what was done to what is new."""
    problem = delivery()
    got: list[str] = []

    def drive(p: str, r: str, loaded: str) -> str:
        if (p, r) == ("a", "n"):
            raise OSError("closed")
        got.append(loaded)
        return f"{p} by {r}"

    actions: dict[str, Any] = {"pack": None, "carry": None, "load": lambda p: f"van of {p}", "drive": drive}
    run = simulate(pw.compile(htn.find_plan(problem.domain, problem), actions=actions, replan=1))
    assert got == ["van of a", "van of b"] and run.result == {"drive-2": "b by n"}
    assert run.nodes["replan-1/drive"].before == ("load",)


def stock(*methods: list[str]) -> Problem:
    """Steps of one task, by several methods: ``use`` needs a thing, which is there, is made, or is seen by ``look``."""
    domain = htn.Domain("stock")
    domain.operator("look")
    domain.operator("make", effects=["thing"])
    domain.operator("spoil", effects=["not thing"])
    domain.operator("use", preconditions=["thing"], effects=["done"])
    domain.operator("fail")
    domain.task("work")
    for i, steps in enumerate(methods):
        domain.method(f"m{i}", "work", steps)
    return domain.problem(tasks=["work"], state=["thing"])


def used(problem: Problem, replan: int = 1, **actions: Callable[..., Any]) -> Any:
    """What `use` gets for its thing after a replan; `fail` fails."""

    def fail() -> None:
        raise OSError("it fails")

    some = {"look": None, "make": None, "spoil": None, "use": lambda thing="nothing": thing, "fail": fail, **actions}
    graph = pw.compile(htn.find_plan(problem.domain, problem), actions=some, replan=replan)
    inputs = {"thing": "given"} if any(one.name == "thing" for one in graph.inputs) else {}
    (value,) = simulate(graph, inputs).result.values()
    return value


def look() -> str:
    pw.context().observe({"thing": True})
    return "seen"


def test_the_value_is_that_of_the_last_who_made_the_fact_true() -> None:
    """Law: a step's, an observer's that succeeded, else the run's input or the parameter's default."""
    assert used(stock(["make", "fail"], ["make", "use"]), make=lambda: "made") == "made"
    assert used(stock(["use", "fail"], ["use", "use"])) == "given"
    assert used(stock(["fail"], ["use"])) == "nothing"  # no step of the first plan took it, so it is no input
    assert used(stock(["spoil", "look", "fail"], ["spoil", "look", "use"]), look=look) == "seen"
    assert used(stock(["make", "look", "fail"], ["make", "look", "use"]), make=lambda: "made", look=look) == "made"

    def fail() -> None:
        pw.context().observe({"thing": True})
        raise OSError("it fails, and sees the thing")

    assert used(stock(["spoil", "fail"], ["spoil", "use"]), 2, fail=fail) == "nothing"


def test_a_value_that_nobody_has_is_one_clear_error() -> None:
    """Law: where a new step needs the value of a fact that is true initially, the run must have been given it."""

    def fail() -> None:
        raise OSError("it fails")

    actions = {"look": None, "make": None, "spoil": None, "use": lambda thing: thing, "fail": fail}
    problem = stock(["fail"], ["use"])
    run = simulate(pw.compile(htn.find_plan(problem.domain, problem), actions=actions, replan=1))
    error = run.error
    assert isinstance(error, pw.RunFailed) and list(error.causes) == ["replan-1", "fail"]
    assert "the other plan takes the value of 'thing', which is no input of the run" in str(error)


# ---------------------------------------------------------------------- the state


def test_conditional_effects_are_those_that_happened() -> None:
    """Law: the state of now is that of the record: the switch was on when it was pressed."""
    domain = htn.Domain("lamp")
    domain.operator("press", effects=["when (on) (not (lit))", "when (not (on)) (lit)", "on"])
    domain.operator("read", preconditions=["lit"], effects=["read"])
    domain.operator("phone", preconditions=["not lit"], effects=["read"])
    domain.operator("fail")
    domain.task("do")
    domain.method("first", "do", ["press", "press", "fail"])
    domain.method("lit", "do", ["press", "press", "read"])
    domain.method("dark", "do", ["press", "press", "phone"])
    outside = world("fail")
    played(domain.problem(tasks=["do"], goal=[]), outside)
    assert outside.story == "press, press, phone"


def test_what_tasks_have_made_is_true() -> None:
    """Law: the effect of a task that is over, which no operator has, can be relied on by what is new."""
    domain = htn.Domain("report")
    domain.operator("gather")
    domain.operator("print", preconditions=["researched"])
    domain.operator("mail", preconditions=["researched"])
    domain.task("research", effects=["researched"])
    domain.task("publish")
    domain.method("research", "research", ["gather"])
    domain.method("on-paper", "publish", ["print"])
    domain.method("by-mail", "publish", ["mail"])
    problem, outside = domain.problem(tasks=["research", "publish"]), world("print")
    assert come_to(problem, "gather done") == {"(researched)"}
    run = played(problem, outside)
    assert outside.story == "gather, mail" and is_solution(problem, decomposed(run))


def test_steps_side_by_side_end_before_another_plan_is_looked_for() -> None:
    """Law: what runs ends, and counts; what had not begun is planned anew."""
    domain = htn.Domain("side-by-side")
    for name in ("a", "b", "c", "d"):
        domain.predicate(name)
    domain.operator("do-a", effects=["a"])
    domain.operator("do-b", effects=["b"])
    domain.operator("do-c", preconditions=["b"], effects=["c"])
    domain.operator("do-d", preconditions=["b"], effects=["c"])
    domain.task("left")
    domain.task("right")
    domain.method("left-0", "left", ["do-a"])
    domain.method("left-1", "left", [])
    domain.method("right-0", "right", ["do-b", "do-c"])
    problem = domain.problem(tasks=["left", "right"], goal=["c"], ordered=False)
    plan = htn.find_plan(domain, problem)
    got: list[str] = []

    async def slow() -> str:
        await asyncio.sleep(10)
        return "B"

    def fail() -> None:
        raise OSError("no a")

    def take(b: str) -> None:
        got.append(b)

    actions = {"do-a": fail, "do-b": slow, "do-c": take, "do-d": take}
    run = simulate(pw.compile(plan, actions=actions, replan=1))
    check_laws(run)
    assert run.state == "succeeded", run.error
    assert got == ["B"]
    assert str(run.nodes["do-c"].state) == "cancelled" and run.nodes["replan-1/do-c"].before == ("do-b",)
    assert run.nodes["do-b"].ended == run.nodes["replan"].started


# ---------------------------------------------------------------------- limits


def history(*steps: tuple[str, Kind]) -> list[Happening]:
    return [Happening(name, pw.Step(name, name), kind) for name, kind in steps]


def test_a_search_that_nobody_waits_for_ends() -> None:
    """Law: the planner hears of a cancel where it asks its deadline, however its time is shared."""
    asked: list[int] = []

    def endless(problem: Problem, *, deadline: Any, seed: int) -> Solution:
        within = replace(deadline.within(1000), pause=lambda: asked.append(1))
        while True:
            within.check("doing nothing")

    problem = stock(["fail"], ["use"])
    plan = htn.find_plan(problem.domain, problem)
    happened = history(("fail", Kind.STARTED), ("fail", Kind.FAILED))
    with pytest.raises(PlanningTimeout):
        Repair(problem, endless).replan(
            plan, happened, ["fail"], able=["use"], seconds=1000, stopped=lambda: len(asked) > 10
        )


def test_a_search_that_takes_too_long_is_told_so() -> None:
    """Law: nobody says that there is no plan when the time was over; each way upwards has had its share."""
    shares: list[float] = []

    def slow(problem: Problem, *, deadline: Watched, seed: int) -> Solution:
        shares.append(deadline.seconds)
        raise PlanningTimeout("no time is left")

    problem = delivery()
    plan = htn.find_plan(problem.domain, problem, planner="lifted")
    happened = history(*((step.id, Kind.STARTED) for step in plan.steps[:2]))
    happened = [replace(one, step=step) for one, step in zip(happened, plan.steps, strict=False)]
    happened.insert(1, replace(happened[0], kind=Kind.DONE))
    happened.append(replace(happened[-1], kind=Kind.FAILED))
    with pytest.raises(PlanningTimeout, match="none was found in 40 seconds of processor time"):
        Repair(problem, slow).replan(plan, happened, ["drive"], able=list(problem.domain.operators), seconds=40)
    assert len(shares) == 5  # three levels, two of which have begun
    assert shares == sorted(shares) and 7 < shares[0] <= 8


# ---------------------------------------------------------------------- whatever happens

QUICK = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
FACTS = [fact(text) for text in ("p", "q", "r a", "r b")]


@st.composite
def mishaps(draw: st.DrawFn, /, *, observing: bool = False, **options: bool) -> tuple[Problem, Solution, World]:
    """A problem, a solution, and a world in which one of its steps fails, and perhaps something else."""
    problem, solution, at = draw(forks(**options))
    outside = World({solution.steps[at]: 3})
    objects = sorted(problem.types)
    for name, operator in sorted(problem.domain.operators.items()):
        if not draw(st.integers(0, 3)):
            one = GroundTask(name, tuple(draw(st.sampled_from(objects)) for _ in operator.parameters))
            outside.failures.setdefault(one, draw(st.integers(1, 2)))
    known = [one for one in FACTS if len(problem.domain.predicates.get(one.predicate, "x")) == len(one.arguments)]
    if observing and known:
        seen = st.dictionaries(st.sampled_from(known), st.booleans(), max_size=2)
        outside.observations = {one: draw(seen) for one in outside.failures}
        outside.corrections = {one: draw(seen) for one in solution.steps[:2] if draw(st.booleans())}
    return problem, solution, outside


def check_structure(problem: Problem, run: pw.Run[Any], outside: World) -> None:
    """What was done is what the last plan says, and decomposes the problem."""
    plan = last_plan(run)
    assert sorted(GroundTask(step.name, step.arguments) for step in plan.steps) == sorted(outside.done)
    assert is_solution(loosened(problem, orderings=False), decomposed(run))


@QUICK
@given(mishaps(task_effects=False))
def test_what_was_done_is_a_plan_or_there_is_no_other(mishap: tuple[Problem, Solution, World]) -> None:
    """Law: a run that succeeds has done what solves the problem; where it fails, nothing that began so would have."""
    problem, solution, outside = mishap
    run = carried_out(plan_with_recovery(problem, solution), outside, problem)
    check_laws(run)
    outside.state(problem)
    assert rounds(run) <= 3
    if run.state == "succeeded":
        check_structure(problem, run, outside)
        if not last_plan(run).recovery.given_up:  # type: ignore[union-attr]
            assert is_solution(problem, decomposed(run))
    elif isinstance(run.error, pw.RunFailed) and isinstance(next(iter(run.error.causes.values())), pw.NoOtherPlan):
        done, failed = outside.done, set(outside.failed)
        for other in solutions(problem, max_steps=len(done) + 2, max_choices=5, tries=150):
            begins = list(other.steps[: len(done)]) == done
            assert not begins or failed & set(other.steps[len(done) :]), other


@QUICK
@given(mishaps(observing=True, task_effects=False))
def test_whatever_is_observed_what_is_new_can_be_done(mishap: tuple[Problem, Solution, World]) -> None:
    """Law: each step can be taken in the state that effects and observations have led to, and the goal holds."""
    problem, solution, outside = mishap
    run = carried_out(plan_with_recovery(problem, solution), outside, problem)
    check_laws(run)
    outside.state(problem)
    if run.state == "succeeded":
        check_structure(problem, run, outside)


@QUICK
@given(mishaps())
def test_effects_of_tasks_stay_true(mishap: tuple[Problem, Solution, World]) -> None:
    """Law: where tasks declare effects, too, what was done in the end is a plan of the problem."""
    problem, solution, outside = mishap
    run = carried_out(plan_with_recovery(problem, solution), outside, problem)
    check_laws(run)
    if run.state == "succeeded":
        check_structure(problem, run, outside)
        if not last_plan(run).recovery.given_up:  # type: ignore[union-attr]
            assert is_solution(problem, decomposed(run))


@QUICK
@given(mishaps(task_effects=False), st.integers(0, 9))
def test_relaxed_plans_are_replaced_too(mishap: tuple[Problem, Solution, World], seed: int) -> None:
    """Law: what can be done side by side is; and the same seed gives the same events."""
    problem, solution, outside = mishap
    plan = plan_with_recovery(problem, solution).relaxed()
    again = World(dict(outside.failures))
    run = carried_out(plan, outside, problem, seed=seed)
    check_laws(run)
    outside.state(problem)
    if run.state == "succeeded":
        assert is_solution(loosened(problem, orderings=False), decomposed(run), ordered=False)
    other = carried_out(plan, again, problem, seed=seed)
    assert [event[:4] for event in other.events] == [event[:4] for event in run.events]
