"""The lifted search: its plans are valid, it says that there is none only where there is none, it leaves no trace."""

from __future__ import annotations

import random
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.planners.htn import find
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.formula import Atom, Parameter
from planweave.planners.htn.inference import static_predicates, strengthened, task_needs
from planweave.planners.htn.lifted.join import Join
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.lifted.search import Refusal, Search
from planweave.planners.htn.lifted.tasks import EMPTY, Tasks
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.linearise import linearised
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP, Literals, normalise
from planweave.planners.htn.verification.claim import claim_of_solution
from planweave.planners.htn.verify import check_claim
from tests.planners.oracle import solutions
from tests.planners.tiny import problems

SOON = 0.05
"""Seconds of processor time for problems so small that only what never ends takes as long."""

find_plan = partial(find.find_plan, planner="lifted")


def found(problem: Problem, seed: int = 0) -> str:
    """How the search ends: a plan that the verifier accepts, none, or no answer in time."""
    try:
        solution = lifted(problem, deadline=Deadline.after(SOON), seed=seed)
    except NoPlan:
        return "none"
    except PlanningTimeout:
        return "late"
    check_claim(claim_of_solution(solution), problem)
    return "plan"


@settings(max_examples=200)
@given(problem=problems())
def test_what_it_says_is_true_of_tiny_problems(problem: Problem) -> None:
    """Law: a plan that is found is valid; where none is said to exist, trying everything finds none either."""
    verdict = found(problem)
    if verdict == "none":
        assert next(solutions(problem, tries=400), None) is None


def chain(*names: str) -> Problem:
    """A problem whose task is done by steps in a row, each of which needs what the one before it makes."""
    domain = Domain("chain")
    for before, name in zip(("start", *names), names, strict=False):
        domain.operator(name, preconditions=[before + "_done"], effects=[name + "_done"])
    domain.task("all")
    domain.method("in_a_row", "all", list(names))
    return domain.problem(tasks=["all"], state=["start_done"])


def test_a_recursion_that_only_grows_is_no_trap() -> None:
    """Law: a task that may hold itself before anything is done does not keep a plan from being found."""
    domain = Domain("growing")
    domain.operator("step", effects=["there"])
    domain.task("go")
    domain.method("first_more", "go", ["go", "step"])
    domain.method("at_last", "go", ["step"])
    plan = find_plan(domain, domain.problem(tasks=["go"], state=[], goal=["there"]))
    assert [step.name for step in plan.steps] == ["step"]


def test_what_needs_the_recursion_itself_is_found_too() -> None:
    """Law: a plan that needs a task to be opened inside itself is found, though most searches refuse that."""
    domain = Domain("twice")
    domain.operator("one", preconditions=["not first"], effects=["first"])
    domain.operator("two", preconditions=["first"], effects=["second"])
    domain.task("go")
    domain.method("again", "go", ["go", "two"])
    domain.method("base", "go", ["one"])
    plan = find_plan(domain, domain.problem(tasks=["go"], state=[], goal=["second"]))
    first, *others = [step.name for step in plan.steps]
    assert first == "one" and set(others) == {"two"}


def test_an_impossible_task_is_said_to_be_impossible() -> None:
    """Law: NoPlan is proved, also where every way to do a task ends in itself."""
    problem = chain("a", "b")
    domain = problem.domain
    domain.task("never")
    domain.method("itself", "never", ["a", "never"])
    with pytest.raises(NoPlan, match="no plan exists"):
        find_plan(domain, domain.problem(tasks=["never"], state=["start_done"]))
    with pytest.raises(NoPlan):
        find_plan(domain, domain.problem(tasks=["all"], state=[]))


def test_a_limit_of_time_is_kept() -> None:
    """Law: what cannot be found in time is a time-out, which says what to do."""
    domain = Domain("endless")
    domain.operator("left", effects=["x"])
    domain.operator("right", effects=["not x"])
    domain.operator("unused", effects=["never"])
    domain.task("go")
    domain.method("more", "go", ["left", "right", "go", "left"])
    domain.method("end", "go", ["left"])
    problem = domain.problem(tasks=["go"], state=[], goal=["never"])
    with pytest.raises(PlanningTimeout) as caught:
        find_plan(domain, problem, time_limit=0.3)
    assert caught.value.mend


def test_the_same_seed_gives_the_same_plan() -> None:
    """Law: chance is seeded."""
    problem = chain("a", "b", "c")
    plans = {find_plan(problem.domain, problem, seed=7).text() for _ in range(3)}
    assert len(plans) == 1


@settings(max_examples=100)
@given(problem=problems(), seed=st.integers(0, 3), refusal=st.sampled_from(list(Refusal)))
def test_a_search_leaves_the_world_as_it_found_it(problem: Problem, seed: int, refusal: Refusal) -> None:
    """Law: what a search changed is taken back: facts, relations, indexes and the hash."""
    normal = linearised(normalise(problem))
    world = World(problem)
    tasks = Tasks(normal, world)
    before = set(world.true), world.hash
    search = Search(
        tasks,
        tasks.agenda(tasks.task(TOP, ()), EMPTY),
        Deadline.after(SOON),
        refusal=refusal,
        chance=random.Random(seed),
    )
    search.run(200)
    search.leave()
    assert (set(world.true), world.hash) == before
    held = {(predicate, one) for predicate, some in enumerate(world.relations) for one in some}
    assert held == {world._known[fact][:2] for fact in world.true}


@given(
    facts=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=10),
    condition=st.lists(
        st.tuples(st.sampled_from("?x ?y ?z a".split()), st.sampled_from("?x ?y ?z b".split())), max_size=3
    ),
    forbidden=st.lists(st.tuples(st.sampled_from("?x ?y".split()), st.sampled_from("?x ?z a".split())), max_size=2),
    unequal=st.booleans(),
    first=st.integers(0, 3),
)
def test_a_join_gives_each_binding_that_holds_once(
    facts: set[tuple[int, int]],
    condition: list[tuple[str, str]],
    forbidden: list[tuple[str, str]],
    unequal: bool,
    first: int,
) -> None:
    """Law: the bindings are those that trying all of them finds, whatever is given."""
    names = "abcd"
    domain = Domain("join")
    domain.predicates["e"] = (Parameter("?1"), Parameter("?2"))
    state = [f"e {names[i]} {names[k]}" for i, k in sorted(facts)]
    problem = domain.problem(objects={"object": list(names)}, state=state, tasks=[])
    literals = Literals(
        tuple(Atom("e", pair) for pair in condition),
        tuple(Atom("e", pair) for pair in forbidden),
        (),
        (("?x", "?y"),) if unequal else (),
    )
    everything = frozenset(range(4))
    world = World(problem)
    join = Join(world, literals, ["?x"], {"?x": everything, "?y": everything, "?z": everything - {3}})

    def holds(x: int, y: int, z: int) -> bool:
        value = {"?x": x, "?y": y, "?z": z, "a": 0, "b": 1}
        return (
            all((value[a], value[b]) in facts for a, b in condition)
            and not any((value[a], value[b]) in facts for a, b in forbidden)
            and not (unequal and x == y)
        )

    wanted = sorted((first, y, z) for y, z in product(range(4), range(3)) if holds(first, y, z))
    assert sorted(join.bindings((first,))) == wanted


def test_needs_are_pulled_up_through_methods() -> None:
    """Law: what every way to do a task needs at its beginning is asked for when the task is chosen."""
    domain = Domain("needs")
    domain.operator("open", preconditions=["key", "not jammed"], effects=["is_open"])
    domain.operator("push", preconditions=["key"], effects=["is_open"])
    for name in ("enter", "pass"):
        domain.task(name)
    domain.method("by_opening", "pass", ["open"])
    domain.method("by_pushing", "pass", ["push", "open"])
    domain.method("through", "enter", ["pass"])
    normal = normalise(domain.problem(tasks=["enter"], state=["key"]))
    needs = task_needs(normal, static_predicates(normal))
    assert needs["enter"].always == {Atom("key")}
    (rule,) = strengthened(normal).rules["enter"]
    assert rule.condition.positive == (Atom("key"),)
    assert rule.condition.negative == ()


def test_linearising_puts_what_makes_a_fact_before_what_needs_it() -> None:
    """Law: of two unordered subtasks the adder goes first, and the consumer goes before the deleter."""
    domain = Domain("order")
    domain.operator("spoil", effects=["not data"])
    domain.operator("write", preconditions=["data"], effects=["done"])
    domain.operator("gather", effects=["data"])
    domain.task("report")
    domain.method("in_any_order", "report", ["spoil", "write", "gather"], ordered=False)
    normal = normalise(domain.problem(tasks=["report"], state=[]))
    (rule,) = linearised(normal).rules["report"]
    assert [one.name for one in rule.subtasks] == ["gather", "write", "spoil"]
    plan = find_plan(domain, domain.problem(tasks=["report"], state=[]))
    assert [step.name for step in plan.steps] == ["gather", "write", "spoil"]
