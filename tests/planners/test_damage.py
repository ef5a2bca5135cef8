"""Damaged plans: each kind of damage is refused by a rule that it can break, unless what is left is a plan still.

Whether it is, brute force says. Most damage is done to what a person sees, a plan in the IPC format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave import htn
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import GroundTask, Solution
from planweave.planners.htn.verification.rules import RULES
from planweave.testing import HTN_FEATURES, Exercise, HtnLimits, htn_problems
from planweave.testing.htn.judge import is_solution, orders
from planweave.testing.htn.texts import solution_of_text, text_of

# ---------------------------------------------------------------------- kinds of damage


@dataclass(frozen=True)
class Damage:
    """A kind of damage.

    Attributes:
        options: how many ways there are to do it to a solution.
        do: does one of them.
        rules: those that it can break.
    """

    options: Callable[[Solution, Problem], int]
    do: Callable[[Solution, Problem, int], Solution]
    rules: frozenset[str]


CONDITIONS = frozenset({"precondition", "method-precondition", "task-effect", "goal"})


def renumbered(solution: Solution, change: Callable[[int], int | None]) -> Solution:
    """With other numbers for what decompositions and roots name; None leaves it out."""

    def some(children: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(new for child in children if (new := change(child)) is not None)

    made = tuple(replace(one, children=some(one.children)) for one in solution.choices)
    return replace(solution, choices=made, roots=some(solution.roots))


def drop(solution: Solution, problem: Problem, i: int) -> Solution:
    """A step is left out, of the decompositions too."""
    rest = solution.steps[:i] + solution.steps[i + 1 :]
    return replace(renumbered(solution, lambda n: None if n == i else n - (n > i)), steps=rest)


def cut(solution: Solution, problem: Problem, i: int) -> Solution:
    """A step goes on standing in the plan, but in no decomposition."""
    return renumbered(solution, lambda n: None if n == i else n)


def swap(solution: Solution, problem: Problem, i: int) -> Solution:
    """Two steps in a row are taken in the other order, and the decompositions know it."""
    return taken(solution, (*range(i), i + 1, i, *range(i + 2, len(solution.steps))))


def turn(solution: Solution, problem: Problem, i: int) -> Solution:
    """The steps are taken in the opposite order, but for the first few."""
    return taken(solution, (*range(i), *reversed(range(i, len(solution.steps)))))


def taken(solution: Solution, order: tuple[int, ...]) -> Solution:
    """The steps in another order, told by their positions."""
    place = {number: i for i, number in enumerate(order)}
    steps = tuple(solution.steps[number] for number in order)
    return replace(renumbered(solution, lambda n: place.get(n, n)), steps=steps)


def mix_up(solution: Solution, problem: Problem, i: int) -> Solution:
    """Two steps in a row stand in each other's place in the decompositions."""
    return renumbered(solution, lambda n: {i: i + 1, i + 1: i}.get(n, n))


def other_methods(solution: Solution, problem: Problem) -> list[tuple[int, str]]:
    """Each decomposition with each method that is not its own."""
    names = [*problem.domain.methods, "none"]
    return [(i, name) for i, one in enumerate(solution.choices) for name in names if name != one.method]


def choose_other_method(solution: Solution, problem: Problem, i: int) -> Solution:
    """A task is said to be decomposed by another method."""
    place, name = other_methods(solution, problem)[i]
    return chosen(solution, place, method=name)


def chosen(solution: Solution, place: int, **change: object) -> Solution:
    """With another decomposition in a place."""
    made = replace(solution.choices[place], **change)  # type: ignore[arg-type]  # because each caller knows what it changes
    return replace(solution, choices=(*solution.choices[:place], made, *solution.choices[place + 1 :]))


def other_steps(solution: Solution, problem: Problem) -> list[tuple[int, GroundTask]]:
    """Each step with each object in the place of each of its own."""
    names = [*problem.types, "none"]
    return [
        (i, step._replace(arguments=(*step.arguments[:k], name, *step.arguments[k + 1 :])))
        for i, step in enumerate(solution.steps)
        for k, own in enumerate(step.arguments)
        for name in names
        if name != own
    ]


def take_other_object(solution: Solution, problem: Problem, i: int) -> Solution:
    """A step is taken with another object."""
    place, step = other_steps(solution, problem)[i]
    return replace(solution, steps=(*solution.steps[:place], step, *solution.steps[place + 1 :]))


def other_tasks(solution: Solution, problem: Problem) -> list[tuple[int, tuple[str, ...]]]:
    """Each decomposed task with each object in the place of its first."""
    return [
        (i, (name, *one.arguments[1:]))
        for i, one in enumerate(solution.choices)
        for name in (*problem.types, "none")
        if one.arguments and name != one.arguments[0]
    ]


def decompose_for_other_object(solution: Solution, problem: Problem, i: int) -> Solution:
    """A task is decomposed for another object."""
    place, arguments = other_tasks(solution, problem)[i]
    return chosen(solution, place, arguments=arguments)


def leave_root(solution: Solution, problem: Problem, i: int) -> Solution:
    """A task of the problem is not done, though what it was decomposed into stands there."""
    return replace(solution, roots=solution.roots[:i] + solution.roots[i + 1 :])


def dangle(solution: Solution, problem: Problem, i: int) -> Solution:
    """A root names what is not there."""
    return replace(solution, roots=(*solution.roots[:i], 99, *solution.roots[i + 1 :]))


def repeat_root(solution: Solution, problem: Problem, i: int) -> Solution:
    """A root is named twice."""
    return replace(solution, roots=(*solution.roots, solution.roots[i]))


def add_step(solution: Solution, problem: Problem, i: int) -> Solution:
    """A step is taken once more, as if the problem asked for it."""
    count = len(solution.steps)
    longer = renumbered(solution, lambda n: n + (n >= count))
    return replace(longer, steps=(*solution.steps, solution.steps[i]), roots=(*longer.roots, count))


def to_each_step(solution: Solution, problem: Problem) -> int:
    return len(solution.steps)


def to_each_pair(solution: Solution, problem: Problem) -> int:
    return len(solution.steps) - 1


def to_each_root(solution: Solution, problem: Problem) -> int:
    return len(solution.roots)


LACKING = frozenset({"root", "decomposition"})
ORDER = CONDITIONS | {"ordering"}
WRONG_NAMES = frozenset({"object", "type"})
DAMAGES = {
    "dropped action": Damage(to_each_step, drop, LACKING),
    "action without a task": Damage(to_each_step, cut, frozenset({"tree"})),
    "swapped actions": Damage(to_each_pair, swap, ORDER),
    "wrong order": Damage(to_each_step, turn, ORDER),
    "mixed up actions": Damage(to_each_pair, mix_up, ORDER | LACKING),
    "wrong method": Damage(
        lambda solution, problem: len(other_methods(solution, problem)),
        choose_other_method,
        ORDER | {"method", "decomposition", "constraint"},
    ),
    "wrong argument": Damage(
        lambda solution, problem: len(other_steps(solution, problem)), take_other_object, ORDER | LACKING | WRONG_NAMES
    ),
    "wrong task": Damage(
        lambda solution, problem: len(other_tasks(solution, problem)),
        decompose_for_other_object,
        ORDER | LACKING | WRONG_NAMES | {"constraint"},
    ),
    "missing root": Damage(to_each_root, leave_root, frozenset({"tree"})),
    "dangling root": Damage(to_each_root, dangle, frozenset({"tree"})),
    "repeated root": Damage(to_each_root, repeat_root, frozenset({"tree"})),
    "added action": Damage(to_each_step, add_step, frozenset({"root"})),
}


def refusal(problem: Problem, plan: str | pw.Plan) -> InvalidPlan | None:
    """Why the verifier refuses a plan; None: it does not."""
    try:
        htn.verify(problem.domain, problem, plan)
    except InvalidPlan as error:
        return error
    return None


# ---------------------------------------------------------------------- all damage to plans that are found

ERRANDS = """
(define (domain errands)
  (:types place thing - object)
  (:predicates (at ?l - place) (road ?a ?b - place) (sold ?t - thing ?l - place) (have ?t - thing) (open ?l - place)
               (paid) (lamp))
  (:task shop :parameters (?t - thing))
  (:task go :parameters (?l - place))
  (:method buys :parameters (?t - thing ?l - place) :task (shop ?t) :precondition (sold ?t ?l)
    :ordered-subtasks (and (go ?l) (buy ?t ?l)))
  (:method has :parameters (?t - thing) :task (shop ?t) :precondition (have ?t) :ordered-subtasks ())
  (:method walks :parameters (?a ?b - place) :task (go ?b) :precondition (road ?a ?b)
    :ordered-subtasks (and (walk ?a ?b)))
  (:method runs :parameters (?a ?b - place) :task (go ?b) :precondition (lamp) :ordered-subtasks (and (walk ?a ?b)))
  (:method stays :parameters (?l - place) :task (go ?l) :precondition (at ?l) :ordered-subtasks ())
  (:action walk :parameters (?a ?b - place) :precondition (and (at ?a) (road ?a ?b))
    :effect (and (not (at ?a)) (at ?b)))
  (:action buy :parameters (?t - thing ?l - place) :precondition (and (at ?l) (open ?l) (sold ?t ?l))
    :effect (have ?t))
  (:action shut :parameters (?l - place) :precondition (not (lamp)) :effect (not (open ?l)))
  (:action light :parameters () :effect (lamp))
  (:action sing :parameters ()))
"""
IN_ORDER = """
(define (problem in-order) (:domain errands)
  (:objects home mill shop - place flour salt - thing)
  (:htn :ordered-subtasks (and (shop flour) (sing) (shop salt) (light)))
  (:init (at home) (road home mill) (road mill shop) (sold flour mill) (sold salt shop) (open mill) (open shop))
  (:goal (have salt)))
"""
SIDE_BY_SIDE = """
(define (problem side-by-side) (:domain errands)
  (:objects home mill - place flour salt - thing)
  (:htn :subtasks (and (a (shop flour)) (b (shop salt)) (c (shut mill)) (d (light)) (e (sing))) :ordering (and (< a c)))
  (:init (at home) (road home mill) (sold flour mill) (sold salt mill) (open mill))
  (:goal (and (have flour) (have salt))))
"""


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("text", [IN_ORDER, SIDE_BY_SIDE], ids=["in order", "side by side"])
def test_all_damage_of_a_kind_is_refused_by_a_rule_of_that_kind_or_harmless(text: str, kind: str) -> None:
    """Law: of a plan that a planner found, whatever is damaged is refused, just if brute force finds it wrong too."""
    domain, problem = htn.loads(ERRANDS, text)
    found = htn.find_plan(domain, problem).text()
    solution = solution_of_text(found, problem)
    assert refusal(problem, found) is None and is_solution(problem, solution)
    damage = DAMAGES[kind]
    outcomes = set()
    for i in range(damage.options(solution, problem)):
        bad = damage.do(solution, problem, i)
        error = refusal(problem, text_of(bad))
        assert (error is None) is is_solution(problem, bad), text_of(bad)
        assert error is None or error.rule in damage.rules, error
        outcomes.add(None if error is None else error.rule)
    assert outcomes - {None}, "some damage of each kind does harm"


WHAT_BREAKS = [
    (
        "dropped action",
        "walk mill shop",
        "decomposition",
        "the method 'walks' of (go shop) has the subtasks (walk ?a ?b)",
    ),
    ("dropped action", "sing", "root", "but the plan has (shop flour), (shop salt), (light) for them"),
    ("action without a task", "light", "tree", "(light) does not stand in the decompositions"),
    ("swapped actions", "walk home mill", "ordering", "(buy flour mill) comes before (walk home mill)"),
    ("wrong order", "walk home mill", "ordering", "but"),
    (
        "mixed up actions",
        "buy flour mill",
        "root",
        "but the plan has (shop flour), (buy flour mill), (shop salt), (light)",
    ),
]


@pytest.mark.parametrize(("kind", "step", "rule", "what"), WHAT_BREAKS)
def test_the_rule_is_named_with_what_breaks_it(kind: str, step: str, rule: str, what: str) -> None:
    """Law: a person sees which task, which step, and what was expected."""
    domain, problem = htn.loads(ERRANDS, IN_ORDER)
    solution = solution_of_text(htn.find_plan(domain, problem).text(), problem)
    i = [str(one) for one in solution.steps].index(f"({step})")
    error = refusal(problem, text_of(DAMAGES[kind].do(solution, problem, i)))
    assert error is not None and error.rule == rule and what in error.what, error


def test_steps_that_nothing_orders_may_be_swapped() -> None:
    """Law: what leaves a plan is no damage: independent steps in the other order, another method that is apt."""
    domain, problem = htn.loads(ERRANDS, SIDE_BY_SIDE)
    solution = solution_of_text(htn.find_plan(domain, problem).text(), problem)
    swaps = [refusal(problem, text_of(swap(solution, problem, i))) is None for i in range(len(solution.steps) - 1)]
    assert any(swaps)
    walk = next(i for i, one in enumerate(solution.choices) if one.method == "walks")
    lit = replace(problem, state=problem.state | {pw.Fact("lamp")}, network=replace(problem.network))
    by_running = text_of(chosen(solution, walk, method="runs"))
    error = refusal(problem, by_running)
    assert error is not None and error.rule == "method-precondition"
    error = refusal(lit, by_running)
    assert error is not None and error.rule == "precondition"  # of (shut mill), which wants it dark


# ---------------------------------------------------------------------- random problems, random damage

EVERYTHING = HtnLimits(features=HTN_FEATURES)


@settings(max_examples=250)
@given(htn_problems(EVERYTHING, solvable=True), st.sampled_from(sorted(DAMAGES)), st.integers(0, 99))
def test_random_damage_is_refused_just_if_it_does_harm(exercise: Exercise, kind: str, i: int) -> None:
    """Law: the verifier and brute force agree, and the rule is one that such damage can break."""
    assert exercise.witness is not None
    problem, damage = exercise.problem, DAMAGES[kind]
    count = damage.options(exercise.witness, problem)
    if count > 0 and len(exercise.witness.steps) + len(exercise.witness.choices) <= 10:
        bad = damage.do(exercise.witness, problem, i % count)
        error = refusal(problem, text_of(bad))
        assert (error is None) is is_solution(problem, bad), text_of(bad)
        assert error is None or error.rule in damage.rules, error


def damaged_plans(plan: pw.Plan) -> list[tuple[str, pw.Plan]]:
    """A plan with its orderings, links or decompositions damaged."""
    some = [
        ("orderings", replace(plan, orderings=plan.orderings[:i] + plan.orderings[i + 1 :]))
        for i in range(len(plan.orderings))
    ]
    some += [("orderings", replace(plan, orderings=(*plan.orderings, (two, one)))) for one, two in plan.orderings]
    for i, link in enumerate(plan.links):
        for other in (None, *(step.id for step in plan.steps)):
            if other not in (link.producer, link.consumer):
                links = (*plan.links[:i], replace(link, producer=other), *plan.links[i + 1 :])
                some.append(("links", replace(plan, links=links)))
        turned = (*plan.links[:i], replace(link, positive=not link.positive), *plan.links[i + 1 :])
        some.append(("links", replace(plan, links=turned)))
    for i, part in enumerate(plan.decomposition):
        rest = plan.decomposition[:i] + plan.decomposition[i + 1 :]
        some += [
            ("tree", replace(plan, decomposition=rest)),
            ("tree", replace(plan, decomposition=(*rest, part, part))),
        ]
    return some


@settings(max_examples=100)
@given(htn_problems(EVERYTHING, solvable=True), st.booleans(), st.data())
def test_no_damaged_partial_order_is_accepted_that_leaves_a_wrong_order(
    exercise: Exercise, is_relaxed: bool, data: st.DataObject
) -> None:
    """Law: whatever is accepted solves in every order; links that tell no truth and broken trees are refused."""
    assert exercise.plan is not None
    plan = exercise.plan.relaxed() if is_relaxed else exercise.plan
    some = damaged_plans(plan)
    if not some or len(plan.steps) > 5:
        return
    kind, bad = some[data.draw(st.integers(0, len(some) - 1))]
    error = refusal(exercise.problem, bad)
    if kind == "tree":
        assert error is not None and error.rule in ("tree", "root")
    elif error is None:
        assert all(is_solution(exercise.problem, one, ordered=not is_relaxed) for one in orders(bad))
    elif kind == "links":
        assert error.rule in ("link", *ORDER)


def test_every_rule_that_damage_can_break_is_one() -> None:
    """Law: the words here are those of the verifier."""
    assert set().union(*(damage.rules for damage in DAMAGES.values())) <= set(RULES)
