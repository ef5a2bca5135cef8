"""The SAT planner: plans are valid, it says that there is none only where there is none, limits are kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planweave.engine.errors import DefinitionError
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.formula import And, Atom, Not, Parameter, When
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.sat.atmost import at_most_one
from planweave.planners.htn.sat.planner import sat
from planweave.planners.htn.sat.solver import Solver
from tests.planners.oracle import solutions
from tests.planners.tiny import loosened, mended, problems

pytest.importorskip("pysat.solvers", reason="the extra `sat` is not installed")

CHECKS = 300
"""So often the search asks its deadline only where it never ends: the problems are so small."""


def found(problem: Problem, checks: int = CHECKS) -> str:
    """How the search ends: a plan that is one, none, or no answer before it has asked its deadline so often."""
    left = iter(range(checks))

    def count() -> None:
        if next(left, None) is None:
            raise PlanningTimeout("it has asked often enough")

    try:
        solution = sat(problem, deadline=Deadline(pause=count))
    except NoPlan:
        return "none"
    except PlanningTimeout:
        return "late"
    plan_of(problem, solution)
    return "plan"


def in_order(network: TaskNetwork) -> TaskNetwork:
    return replace(network, orderings=tuple((a.id, b.id) for a, b in pairwise(network.subtasks)))


def totally_ordered(problem: Problem) -> Problem:
    """The problem with its subtasks in the order in which they are listed."""
    old = problem.domain
    domain = Domain(old.name)
    domain.types, domain.constants, domain.predicates = old.types, old.constants, old.predicates
    methods = [replace(one, network=in_order(one.network)) for one in old.methods.values()]
    domain.add(*old.operators.values(), *old.tasks.values(), *methods)
    return replace(problem, domain=domain, network=in_order(problem.network))


@st.composite
def ordered_problems(draw: st.DrawFn) -> Problem:
    """Totally ordered problems, half of them with a plan."""
    problem = totally_ordered(draw(problems()))
    if draw(st.booleans()):
        return problem
    some = sorted(islice(solutions(loosened(problem, orderings=False), tries=400), 60), key=lambda one: len(one.steps))
    assume(some)
    return mended(problem, some[-1 - draw(st.integers(0, min(len(some), 4) - 1))])


@settings(max_examples=120)
@given(problem=ordered_problems())
def test_what_it_says_of_ordered_problems_is_what_trying_everything_says(problem: Problem) -> None:
    """Law: where there is a plan, one is found; where none is found, there is none; what is found is one."""
    verdict = found(problem)
    solution = next(solutions(problem, tries=400), None)
    assert verdict == "plan" or solution is None


@settings(max_examples=100)
@given(problem=problems())
def test_what_it_says_of_partially_ordered_problems_is_true(problem: Problem) -> None:
    """Law: a plan that is found is one; that there is none is only said where trying everything finds none either."""
    if found(problem) == "none":
        assert next(solutions(problem, tries=400), None) is None


def row(order: str, wanted: str, places: int) -> Problem:
    """Letters in a row: so many neighbours at a time are moved round, again and again, until they stand as wanted."""
    domain = Domain("row")
    letters = [Parameter(f"?{i}", ("letter",)) for i in range(places)]
    spots = [Parameter(f"?s{i}", ("spot",)) for i in range(places)]
    domain.types |= {"letter": ("object",), "spot": ("object",)}
    domain.predicates |= {"at": (letters[0], spots[0]), "next": (spots[0], spots[1])}
    before = [Atom("at", (one.name, spot.name)) for one, spot in zip(letters, spots, strict=True)]
    after = [Atom("at", (one.name, spot.name)) for one, spot in zip(letters, [*spots[1:], spots[0]], strict=True)]
    nexts = [Atom("next", (one.name, two.name)) for one, two in pairwise(spots)]
    turn = Operator("turn", (*letters, *spots), And((*before, *nexts)), And((*map(Not, before), *after)))
    domain.add(turn)
    domain.task("sort")
    subtasks = (Subtask("0", "turn", tuple(one.name for one in turn.parameters)), Subtask("1", "sort"))
    domain.add(Method("once-more", turn.parameters, "sort", network=in_order(TaskNetwork(subtasks))))
    domain.method("enough", "sort", [])
    names = [f"s{i}" for i in range(len(order))]
    state = [f"at {letter} {name}" for letter, name in zip(order, names, strict=True)]
    return domain.problem(
        objects={"letter": sorted(order), "spot": names},
        state=[*state, *(f"next {one} {two}" for one, two in pairwise(names))],
        tasks=["sort"],
        goal=[f"at {letter} {name}" for letter, name in zip(wanted, names, strict=True)],
    )


def test_what_is_done_at_a_position_tells_by_which_method() -> None:
    """A task that may be done in one step, or by nothing: the model says which, and the plan says the same."""
    domain = Domain("tiny")
    domain.operator("do", effects=["done"])
    domain.task("get")
    domain.method("by-nothing", "get", [])
    domain.method("in-one-step", "get", ["do"])
    for times in range(1, 6):
        assert found(domain.problem(tasks=["get"] * times, goal=["done"])) == "plan"


def test_methods_that_begin_alike_need_no_more_than_their_own_conditions() -> None:
    """One step is done only where that is not done yet, but may be the first of several at any time."""
    domain = Domain("tiny")
    domain.operator("do", effects=["done", "when (done) (twice)"])
    domain.task("get")
    domain.method("one", "get", ["do"], preconditions=["not done"])
    domain.method("several", "get", ["do", "do"], preconditions=["not twice"])
    assert found(domain.problem(tasks=["get", "get"])) == "plan"


def test_the_same_seed_gives_the_same_plan() -> None:
    """Law: equal inputs and seeds give equal solutions."""
    some = [sat(row("edcba", "abcde", 2), deadline=Deadline.after(60), seed=1) for _ in range(2)]
    assert some[0] == some[1]


def test_the_shortest_way_is_found_that_needs_few_refinements() -> None:
    """Law: no position is refined that need not be, so a plan by few decompositions is found before longer ones."""
    solution = sat(row("badcfe", "abcdef", 2), deadline=Deadline.after(60))
    assert sorted(step.arguments[:2] for step in solution.steps) == [("b", "a"), ("d", "c"), ("f", "e")]


def test_recursion_without_end_is_no_proof() -> None:
    """Law: where there is always more to refine, there is no answer, and time is kept."""
    assert found(row("abcd", "bacd", 3)) == "late", "three at a time, a swap of two is out of reach"
    assert found(row("abcd", "bcad", 3), 5000) == "plan"


def test_what_cannot_fit_whatever_is_done_is_proved() -> None:
    """Law: a fact that is needed after it was used up, and that nothing makes again, rules out every refinement."""
    domain = Domain("once")
    domain.operator("light", preconditions=["match"], effects=["not match", "fire"])
    domain.operator("quench", preconditions=["fire"], effects=["not fire"])
    domain.task("burn")
    domain.task("wait")
    domain.method("again", "burn", ["wait", "burn"])
    domain.method("now", "burn", ["light"])
    domain.method("stay", "wait", [])
    once = domain.problem(tasks=["burn", "quench"], state=["match"])
    twice = domain.problem(tasks=["burn", "quench", "burn"], state=["match"])
    assert found(once, 5000) == "plan"
    assert found(twice, 5000) == "none"


def test_all_effects_of_an_action_see_the_state_before_it() -> None:
    """Law: an effect with a condition does not see what the same action changes."""
    domain = Domain("flip")
    domain.predicates |= {"on": (), "was_on": ()}
    flip = And((When(Atom("on"), And((Not(Atom("on")), Atom("was_on")))), When(Not(Atom("on")), Atom("on"))))
    domain.add(Operator("flip", effect=flip))
    for flips, goal, verdict in (
        (1, ["on"], "plan"),
        (1, ["was_on"], "none"),
        (2, ["was_on", "not on"], "plan"),
        (2, ["on"], "none"),
        (3, ["on", "was_on"], "plan"),
    ):
        assert found(domain.problem(tasks=["flip"] * flips, state=[], goal=goal), 5000) == verdict


@settings(max_examples=30)
@given(count=st.integers(0, 30), data=st.data())
def test_at_most_one_is_true(count: int, data: st.DataObject) -> None:
    """Law: each literal may be true alone, and so may none; no two may."""
    solver = Solver()
    literals = [solver.variable() for _ in range(count)]
    for clause in at_most_one(literals, solver.variable):
        solver.add(clause)
    assert solver.solve([-one for one in literals], 1000)
    if count:
        chosen = data.draw(st.sampled_from(literals))
        assert solver.solve([one if one == chosen else -one for one in literals], 1000)
        for other in literals:
            assert solver.solve([chosen, other], 1000) is (other == chosen)


# ---------------------------------------------------------------------- limits


@pytest.mark.parametrize("deadline", [Deadline.after(0), Deadline.after(60, memory=1)])
def test_limits_are_kept(deadline: Deadline) -> None:
    """Law: the search ends where time or memory does."""
    with pytest.raises(PlanningTimeout):
        sat(row("ba", "ab", 2), deadline=deadline)


def test_what_was_done_is_told_when_time_is_up() -> None:
    """Law: the error carries how large the formula is and how many conflicts it cost."""
    with pytest.raises(PlanningTimeout) as caught:
        sat(row("abcd", "bacd", 3), deadline=Deadline.after(0.5))
    assert caught.value.statistics["clauses"] > caught.value.statistics["variables"] > 0
    assert caught.value.statistics["conflicts"] > 0


def test_without_the_extra_the_error_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: where the package is missing, the error names the extra to install."""
    monkeypatch.setitem(sys.modules, "pysat", None)
    monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    with pytest.raises(DefinitionError, match=r"python-sat.*\s.*planweave\[sat\]"):
        sat(row("ba", "ab", 2), deadline=Deadline.after(60))
