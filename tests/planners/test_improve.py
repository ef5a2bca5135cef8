"""Better plans from plans: never worse, always valid, and the best there is where everything can be tried."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planweave import htn
from planweave.planners.htn.agendas import Agendas
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.improve import improved
from planweave.planners.htn.improvement.conditions import Conditions
from planweave.planners.htn.improvement.derivation import Replay, solution_of
from planweave.planners.htn.improvement.weights import Weights
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import normalise
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from tests.planners.oracle import is_solution, solutions
from tests.planners.tiny import problems, solved

MOVES = 3_000
"""Moves that are tried on tiny problems."""


def better(problem: Problem, solution: Solution, *, seed: int = 0, most: int = MOVES) -> Solution:
    """The solution improved by so much work, however long that takes."""
    return improved(problem, solution, deadline=Deadline(), seed=seed, most=most)


def weight(problem: Problem, solution: Solution) -> float:
    """What a solution weighs."""
    normal = strengthened(normalise(problem))
    return Weights(normal, Tasks(normal, World(problem))).total(solution)


# ---------------------------------------------------------------------- laws


@settings(max_examples=60)
@given(solved(), st.integers(0, 2))
def test_a_plan_is_never_made_worse(given_one: tuple[Problem, Solution], seed: int) -> None:
    """Law: what comes out is a solution that brute force accepts, with no more steps, and the same every time."""
    problem, solution = given_one
    found = better(problem, solution, seed=seed)
    assert is_solution(problem, found)
    assert len(found.steps) <= len(solution.steps)
    assert better(problem, solution, seed=seed) == found
    assert len(better(problem, found, seed=seed).steps) <= len(found.steps)


@settings(max_examples=60)
@given(problems())
def test_a_tiny_plan_becomes_the_shortest(problem: Problem) -> None:
    """Law: of a totally ordered problem no solution that brute force finds is shorter than the improved one."""
    assume(normalise(problem).is_ordered)
    try:
        solution = lifted(problem, deadline=Deadline.after(0.02))
    except (NoPlan, PlanningTimeout):
        return
    found = better(problem, solution, most=10_000)
    assert is_solution(problem, found)
    others = [len(one.steps) for one in islice(solutions(problem, tries=300), 20)]
    assert len(found.steps) <= min(others, default=len(solution.steps))


@settings(max_examples=60)
@given(solved())
def test_a_derivation_leads_back_to_its_solution(given_one: tuple[Problem, Solution]) -> None:
    """Law: the derivation of a solution leads to one with the same steps, in the same order where it is total."""
    problem, solution = given_one
    normal = strengthened(normalise(problem))
    tasks = Tasks(normal, World(problem))
    agendas = Agendas(tasks)
    before = set(tasks.world.true), tasks.world.hash
    found = Replay(normal, agendas, Conditions(tasks.world), solution).derivation()
    assert (set(tasks.world.true), tasks.world.hash) == before
    if normal.is_ordered:
        assert found is not None
    if found is not None:
        again = solution_of(found, agendas)
        assert is_solution(problem, again)
        assert sorted(again.steps) == sorted(solution.steps)
        assert again.steps == solution.steps or not normal.is_ordered


# ---------------------------------------------------------------------- what is left out and what is kept


def trip(count: int) -> tuple[Problem, Solution]:
    """A trip with so many detours: of each three walks in a row one would do."""
    domain = Domain("trip")
    domain.type("place")
    domain.predicate("road", "?a ?b - place")
    domain.predicate("at", "?a - place")
    domain.operator("walk", "?a ?b - place", preconditions=["at ?a", "road ?a ?b"], effects=["at ?b", "not at ?a"])
    domain.task("go", "?to - place")
    domain.method("on", "go ?to", ["walk ?x ?y", "go ?to"], parameters="?x ?y - place", preconditions=["at ?x"])
    domain.method("stay", "go ?to", [], preconditions=["at ?to"])
    names = [f"p{i}" for i in range(3 * count + 1)]
    pairs = list(pairwise(names))
    roads = [f"road {a} {b}" for a, b in (*pairs, *zip(names[::3], names[3::3], strict=False))]
    goal = names[-1]
    problem = domain.problem(objects={"place": names}, state=["at p0", *roads], tasks=[f"go {goal}"])
    length = len(pairs)
    choices = [
        Choice("go", (goal,), "on", {"?x": a, "?y": b, "?to": goal}, (i, length + i + 1))
        for i, (a, b) in enumerate(pairs)
    ]
    choices.append(Choice("go", (goal,), "stay", {"?to": goal}, ()))
    return problem, Solution(tuple(GroundTask("walk", pair) for pair in pairs), tuple(choices), (length,))


@pytest.mark.parametrize("count", [1, 4, 40])
def test_detours_are_left_out(count: int) -> None:
    """Law: parts in the middle of a long derivation are replaced, and the rest is kept; little work does it."""
    problem, solution = trip(count)
    plan_of(problem, solution)
    found = better(problem, solution)
    assert [step.arguments for step in found.steps] == [(f"p{3 * i}", f"p{3 * i + 3}") for i in range(count)]
    plan_of(problem, found)


def test_tasks_in_any_order_are_found_in_the_order_in_which_they_were_done() -> None:
    """Law: the derivation of a partially ordered plan does its tasks in the order of their steps."""
    problem, solution = unordered((0, 1), (2,))
    normal = strengthened(normalise(problem))
    tasks = Tasks(normal, World(problem))
    agendas = Agendas(tasks)
    for one in (solution, unordered((1, 2), (0,))[1]):
        found = Replay(normal, agendas, Conditions(tasks.world), one).derivation()
        assert found is not None and solution_of(found, agendas).steps == one.steps


def days(goal: str, method: str, count: int) -> tuple[Problem, Solution]:
    """A row of days, each with a first part that can be left out, unless what it makes true is needed."""
    domain = Domain("days")
    domain.operator("dust", effects=["clean"])
    domain.operator("polish", effects=["shiny"])
    domain.operator("cook", effects=["meal", "when (clean) (praise)"])
    domain.operator("sleep", effects=["not clean", "not shiny"])
    domain.operator("dine", preconditions=["meal"], effects=["fed"])
    for name in ("tidy", "skip", "serve", "day"):
        domain.task(name)
    domain.method("thoroughly", "tidy", ["dust", "polish"])
    domain.method("a_little", "tidy", ["dust"])
    domain.method("not_at_all", "tidy", ["skip"])
    domain.method("nothing", "skip", [])
    domain.method("proudly", "serve", ["dine"], preconditions=["shiny"])
    domain.method("plainly", "serve", ["dine"])
    domain.method("as_always", "day", ["tidy", "cook", "serve", "sleep"])
    problem = domain.problem(tasks=["day"] * count, state=[], goal=[goal])
    names = ("dust", "polish", "cook", "dine", "sleep")
    steps = tuple(GroundTask(name) for _ in range(count) for name in names)
    total, choices = len(steps), []
    for i in range(count):
        first, own = 5 * i, total + 3 * i
        choices.append(Choice("day", (), "as_always", {}, (own + 1, first + 2, own + 2, first + 4)))
        choices.append(Choice("tidy", (), "thoroughly", {}, (first, first + 1)))
        choices.append(Choice("serve", (), method, {}, (first + 3,)))
    return problem, Solution(steps, tuple(choices), tuple(total + 3 * i for i in range(count)))


@pytest.mark.parametrize(
    ("goal", "method", "steps"),
    [
        ("fed", "plainly", ["cook", "dine", "sleep"]),
        ("fed", "proudly", ["cook", "dine", "sleep"]),
        ("praise", "plainly", ["dust", "cook", "dine", "sleep"]),
    ],
)
def test_what_follows_decides_what_can_be_left_out(goal: str, method: str, steps: list[str]) -> None:
    """Law: a part may end in another state, if what follows can still be done and reaches the goal."""
    problem, solution = days(goal, method, 1)
    plan_of(problem, solution)
    found = better(problem, solution)
    assert [step.name for step in found.steps] == steps
    plan_of(problem, found)


@pytest.mark.parametrize(("goal", "method", "length"), [("fed", "plainly", 240), ("praise", "plainly", 241)])
def test_the_parts_of_a_long_plan_are_made_shorter_one_by_one(goal: str, method: str, length: int) -> None:
    """Law: little work is enough where parts can be left out one by one, however long the plan is."""
    problem, solution = days(goal, method, 80)
    found = better(problem, solution, most=4_000)
    assert len(found.steps) == length
    plan_of(problem, found)


def test_what_a_method_asks_for_is_kept() -> None:
    """Law: a part whose end the preconditions of a later method need stays, until that method is changed too."""
    problem, solution = days("fed", "proudly", 20)
    lengths = [len(solution.steps)]
    for most in (200, 1_000, 5_000):
        found = better(problem, solution, most=most)
        plan_of(problem, found)
        lengths.append(len(found.steps))
    assert lengths == sorted(lengths, reverse=True) and lengths[-1] < lengths[0]


def test_cost_comes_before_length() -> None:
    """Law: where the problem has a metric, a cheaper plan is better though it is longer."""
    domain, problem = htn.loads(
        """(define (domain walk) (:predicates (there)) (:functions (total-cost) - number (fare) - number)
          (:task go :parameters ())
          (:method by-taxi :parameters () :task (go) :ordered-subtasks (ride))
          (:method on-foot :parameters () :task (go) :ordered-subtasks (and (walk) (walk) (walk)))
          (:action ride :parameters () :effect (and (there) (increase (total-cost) (fare))))
          (:action walk :parameters () :effect (and (there) (increase (total-cost) 2))))""",
        """(define (problem p) (:domain walk) (:htn :ordered-subtasks (go)) (:init (= (fare) 7) (= (total-cost) 0))
          (:metric minimize (total-cost)))""",
    )
    ride = Solution((GroundTask("ride"),), (Choice("go", (), "by-taxi", {}, (0,)),), (1,))
    assert weight(problem, ride) == 7_000_001
    assert [step.name for step in better(problem, ride).steps] == ["walk"] * 3
    assert [step.name for step in htn.find_plan(domain, problem, improve_for=1).steps] == ["walk"] * 3


def unordered(guard: tuple[int, int], guest: tuple[int]) -> tuple[Problem, Solution]:
    """Two tasks that may be done in any order, and a plan that takes their steps at these places."""
    domain = Domain("mixed")
    domain.operator("open", effects=["gate"])
    domain.operator("wave", effects=["seen"])
    domain.operator("close", effects=["not gate", "done"])
    for name in ("guard", "guest", "day"):
        domain.task(name)
    domain.method("stand", "guard", ["open", "close"])
    domain.method("pass", "guest", ["wave"])
    domain.method("both", "day", ["guard", "guest"], ordered=False)
    problem = domain.problem(tasks=["day"], state=[], goal=["done"])
    places = dict(zip((*guard, *guest), ("open", "close", "wave"), strict=True))
    choices = (
        Choice("day", (), "both", {}, (4, 5)),
        Choice("guard", (), "stand", {}, guard),
        Choice("guest", (), "pass", {}, guest),
    )
    return problem, Solution(tuple(GroundTask(places[i]) for i in range(3)), choices, (3,))


def test_a_plan_whose_steps_are_mixed_is_left_as_it_is_or_replaced() -> None:
    """Law: where steps of two tasks are mixed, a plan in which they are not is taken only if it is shorter."""
    problem, solution = unordered((0, 2), (1,))
    assert is_solution(problem, solution)
    assert better(problem, solution) == solution


def test_find_plan_goes_on_for_as_long_as_it_is_told() -> None:
    """Law: with improve_for the plan is no longer than without, and it stays within the time limit."""
    problem, _ = trip(3)
    plain = htn.find_plan(problem.domain, problem)
    shorter = htn.find_plan(problem.domain, problem, improve_for=1)
    assert len(shorter.steps) == 3 <= len(plain.steps)
    htn.verify(problem.domain, problem, shorter)
