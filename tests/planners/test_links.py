"""From a solution to a plan: links, orderings and what is left of them when the plan is relaxed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave import htn
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.planners.htn.verify import verify
from planweave.testing.htn.judge import is_solution, linearizations, solution_of
from planweave.testing.htn.texts import text_of
from tests.planners.tiny import solved


def pairs(plan: pw.Plan) -> list[tuple[int, int]]:
    """The orderings and links of a plan by position."""
    place = {step.id: i for i, step in enumerate(plan.steps)}
    links = [(link.producer, link.consumer) for link in plan.links if link.producer not in (None, link.consumer)]
    return [(place[one], place[two]) for one, two in (*plan.orderings, *links) if one is not None]


def accepts(problem: Problem, plan: pw.Plan) -> bool:
    """Whether the verifier accepts a plan."""
    try:
        verify(problem.domain, problem, plan)
    except InvalidPlan:
        return False
    return True


def every_order_solves(problem: Problem, plan: pw.Plan) -> bool:
    """Whether brute force finds every order of the steps that a plan leaves a solution."""
    return all(
        is_solution(problem, solution_of(plan, order), ordered=not plan.is_relaxed)
        for order in linearizations(len(plan.steps), pairs(plan))
    )


# ---------------------------------------------------------------------- laws


@settings(max_examples=300)
@given(solved())
def test_every_order_that_a_plan_leaves_solves_the_problem(given_one: tuple[Problem, Solution]) -> None:
    """Law: each linearization of the plan, and of the plan relaxed, is executable and reaches the goal; both verify."""
    problem, solution = given_one
    plan = plan_of(problem, solution)
    assert solution_of(plan).steps == solution.steps
    for one in (plan, plan.relaxed()):
        assert accepts(problem, one), text_of(solution)
        assert every_order_solves(problem, one), text_of(solution)


@settings(max_examples=300)
@given(solved(), st.booleans(), st.data())
def test_no_plan_that_leaves_a_wrong_order_is_accepted(
    given_one: tuple[Problem, Solution], is_relaxed: bool, data: st.DataObject
) -> None:
    """Law: with orderings or links taken away, what the verifier accepts still solves the problem in every order."""
    problem, solution = given_one
    plan = plan_of(problem, solution)
    plan = plan.relaxed() if is_relaxed else plan
    kept = tuple(one for one in plan.orderings if data.draw(st.booleans()))
    links = tuple(link for link in plan.links if data.draw(st.booleans()))
    less = replace(plan, orderings=kept, links=links)
    if accepts(problem, less):
        assert every_order_solves(problem, less)


@settings(max_examples=100)
@given(solved(rich=False, task_effects=False, preconditions=False), st.data())
def test_where_effects_are_unconditional_no_valid_relaxed_plan_is_refused(
    given_one: tuple[Problem, Solution], data: st.DataObject
) -> None:
    """Law: with literals as preconditions and unconditional effects, the check of every order is exact."""
    problem, solution = given_one
    plan = plan_of(problem, solution).relaxed()
    less = replace(plan, orderings=tuple(one for one in plan.orderings if data.draw(st.booleans())), links=())
    assert accepts(problem, less) == every_order_solves(problem, less)


@settings(max_examples=50)
@given(solved())
def test_no_ordering_follows_from_others(given_one: tuple[Problem, Solution]) -> None:
    """Law: the orderings of a plan are its covering relation; relaxing it adds none that it did not imply."""
    plan = plan_of(*given_one)

    def orders(one: pw.Plan) -> set[tuple[int, ...]]:
        return set(linearizations(len(one.steps), pairs(replace(one, links=()))))

    for one in (plan, plan.relaxed()):
        for pair in one.orderings:
            rest = replace(one, orderings=tuple(other for other in one.orderings if other != pair))
            assert orders(rest) > orders(one)
    assert orders(plan.relaxed()) >= orders(plan)


# ---------------------------------------------------------------------- what links and orderings look like

MORNING = """
(define (domain morning)
  (:predicates (water) (hot) (cup) (tea) (toast) (dirty) (fed))
  (:task breakfast :parameters ())
  (:task brew :parameters ())
  (:task rest :parameters () :effect (fed))
  (:method all :parameters () :task (breakfast) :ordered-subtasks (and (brew) (bake) (eat)))
  (:method fresh :parameters () :task (brew) :precondition (not (dirty)) :ordered-subtasks (and (fill) (boil) (pour)))
  (:method sits :parameters () :task (rest) :ordered-subtasks (and (sit) (nap)))
  (:method skips :parameters () :task (rest) :subtasks ())
  (:action fill :parameters () :effect (water))
  (:action boil :parameters () :precondition (water) :effect (hot))
  (:action pour :parameters () :precondition (and (hot) (cup)) :effect (and (tea) (not (hot)) (dirty)))
  (:action bake :parameters () :effect (toast))
  (:action eat :parameters () :precondition (or (fed) (and (tea) (toast))) :effect (and (not (tea)) (not (toast))))
  (:action wash :parameters () :precondition (dirty) :effect (not (dirty)))
  (:action sit :parameters ()) (:action nap :parameters ())
  (:action brag :parameters () :precondition (and (fed) (not (dirty)))))
"""
Choices = Mapping[int, tuple[str, str, tuple[int, ...]]]


def morning(tasks: str, init: str, steps: str, choices: Choices, *roots: int) -> pw.Plan:
    """The plan of a solution: ``choices`` are tasks, methods and subtasks by number."""
    problem = htn.loads(MORNING, f"(define (problem p) (:domain morning) {tasks} (:init {init}))")[1]
    made = tuple(Choice(task, (), method, {}, children) for task, method, children in choices.values())
    plan = plan_of(problem, Solution(tuple(GroundTask(name) for name in steps.split()), made, roots))
    verify(problem.domain, problem, plan)
    verify(problem.domain, problem, plan.relaxed())
    assert every_order_solves(problem, plan) and every_order_solves(problem, plan.relaxed())
    return plan


def links(plan: pw.Plan) -> list[str]:
    """The links in words."""
    return [f"{one.producer} {'' if one.positive else 'not '}{one.fact} {one.consumer}" for one in plan.links]


BREAKFAST = {5: ("breakfast", "all", (6, 3, 4)), 6: ("brew", "fresh", (0, 1, 2))}


def test_a_breakfast_becomes_a_plan() -> None:
    """Law: producers are the last that made a fact true, None initially; relaxed, the toast is baked at any time."""
    plan = morning("(:htn :subtasks (breakfast))", "(cup)", "fill boil pour bake eat", BREAKFAST, 5)
    assert links(plan) == [
        "fill (water) boil",
        "boil (hot) pour",
        "None (cup) pour",
        "pour (tea) eat",
        "bake (toast) eat",
    ]
    assert plan.orderings == (("fill", "boil"), ("boil", "pour"), ("pour", "bake"), ("bake", "eat"))
    assert set(plan.relaxed().orderings) == {("fill", "boil"), ("boil", "pour"), ("pour", "eat"), ("bake", "eat")}
    assert [one.name for one in plan.decomposition[0].walk()] == "breakfast brew fill boil pour bake eat".split()
    assert plan.name == "p" and plan.decomposition[0].children[0].method == "fresh"


def test_two_breakfasts_keep_what_the_methods_need() -> None:
    """Law: ids count on; threats and preconditions of methods keep washing between the first tea and the second."""
    choices = {
        11: ("breakfast", "all", (12, 3, 4)),
        12: ("brew", "fresh", (0, 1, 2)),
        13: ("breakfast", "all", (14, 9, 10)),
        14: ("brew", "fresh", (6, 7, 8)),
    }
    steps = "fill boil pour bake eat wash fill boil pour bake eat"
    plan = morning("(:htn :ordered-subtasks (and (breakfast) (wash) (breakfast)))", "(cup)", steps, choices, 11, 5, 13)
    assert [one.id for one in plan.steps[5:]] == ["wash", "fill-2", "boil-2", "pour-2", "bake-2", "eat-2"]
    assert "fill-2 (water) boil-2" in links(plan) and "pour (dirty) wash" in links(plan)
    relaxed = plan.relaxed()
    assert ("wash", "fill-2") in relaxed.orderings  # the second brew begins with clean cups
    assert not {("eat", "wash"), ("bake", "eat-2"), ("fill", "fill-2")} & set(relaxed.orderings)
    assert relaxed.text() == plan.text()


def test_a_disjunction_is_held_by_the_literals_that_made_it_true() -> None:
    """Law: of alternatives, the first that was true is what links and orderings keep."""
    tasks = "(:htn :ordered-subtasks (and (bake) (eat)))"
    plan = morning(tasks, "(fed)", "bake eat", {}, 0, 1)
    assert links(plan) == ["None (fed) eat"] and plan.relaxed().orderings == ()


def test_negative_preconditions_have_negative_links() -> None:
    """Law: the producer is the last that made the fact false."""
    plan = morning("(:htn :ordered-subtasks (and (wash) (brag)))", "(dirty) (fed)", "wash brag", {}, 0, 1)
    assert links(plan) == ["None (dirty) wash", "None (fed) brag", "wash not (dirty) brag"]
    graph = pw.compile(plan, actions={"wash": lambda: 1, "brag": lambda fed: fed})
    assert graph.run(fed="yes").result == {"brag": "yes"}


def test_what_a_task_makes_comes_from_its_last_step() -> None:
    """Law: the link of a fact that a task makes goes from its last step, and all its steps come before the consumer."""
    tasks = "(:htn :ordered-subtasks (and (rest) (brag)))"
    plan = morning(tasks, "", "sit nap brag", {3: ("rest", "sits", (0, 1))}, 3, 2)
    assert links(plan) == ["nap (fed) brag", "None not (dirty) brag"]
    assert set(plan.relaxed().orderings) == {("sit", "brag"), ("nap", "brag")}
    graph = pw.compile(plan, actions={"sit": None, "nap": lambda: "rested", "brag": lambda fed: fed})
    assert graph.run().result == {"brag": "rested"}
    nothing = morning(tasks, "", "brag", {1: ("rest", "skips", ())}, 1, 0)
    assert links(nothing) == ["None (fed) brag", "None not (dirty) brag"]


def test_conditional_effects_keep_happening_as_they_did() -> None:
    """Law: what decides whether a conditional effect happens stays as it was, whether it happens or not."""
    domain = """
    (define (domain d) (:predicates (wet) (rust) (ok))
      (:action rain :parameters () :effect (wet)) (:action dry :parameters () :effect (not (wet)))
      (:action leave :parameters () :effect (when (wet) (rust)))
      (:action use :parameters () :precondition (not (rust)) :effect (ok)))
    """
    problem = htn.loads(
        domain, "(define (problem p) (:domain d) (:htn :ordered-subtasks (and (rain) (dry) (leave) (use))) (:init))"
    )[1]
    names = "rain dry leave use".split()
    plan = plan_of(problem, Solution(tuple(GroundTask(name) for name in names), (), (0, 1, 2, 3)))
    assert set(plan.relaxed().orderings) == {("rain", "dry"), ("dry", "leave")}
    assert accepts(problem, plan.relaxed()) and every_order_solves(problem, plan.relaxed())
    assert not accepts(problem, replace(plan.relaxed(), orderings=(("rain", "dry"),)))
    later = htn.loads(
        domain, "(define (problem p) (:domain d) (:htn :ordered-subtasks (and (leave) (rain) (use))) (:init))"
    )[1]
    relaxed = plan_of(later, Solution(tuple(GroundTask(name) for name in "leave rain use".split()), (), (0, 1, 2)))
    assert relaxed.relaxed().orderings == (("leave", "rain"),)


def test_ids_never_collide_with_names_of_operators() -> None:
    """Law: an operator that is called like the second step of another keeps its name, or the next that is free."""
    domain = "(define (domain d) (:predicates (p)) (:action go :parameters ()) (:action go-2 :parameters ()))"
    problem = htn.loads(
        domain, "(define (problem p) (:domain d) (:htn :ordered-subtasks (and (go) (go) (go-2) (go))) (:init))"
    )[1]
    steps = tuple(GroundTask(name) for name in "go go go-2 go".split())
    plan = plan_of(problem, Solution(steps, (), (0, 1, 2, 3)))
    assert [one.id for one in plan.steps] == ["go", "go-2", "go-2-2", "go-3"]
    assert plan.steps[0].parameters == ()


def test_a_wrong_solution_becomes_no_plan() -> None:
    """Law: what a planner hands over is checked; a planner that errs is told the rule."""
    with pytest.raises(InvalidPlan) as caught:
        morning("(:htn :subtasks (breakfast))", "", "fill boil pour bake eat", BREAKFAST, 5)
    assert caught.value.rule == "precondition" and "(cup) is false" in caught.value.what


# ---------------------------------------------------------------------- refusing links and orders


@pytest.mark.parametrize(
    ("change", "rule", "what"),
    [
        ({"orderings": ()}, "ordering", "does (brew) before (bake), but the plan does not put (pour) before (bake)"),
        ({"orderings": (("eat", "fill"),)}, "ordering", "wants 'eat' before 'fill', which the plan lists before it"),
        ({"orderings": (("eat", "sing"),)}, "ordering", "names the step 'sing', which the plan does not have"),
        ({"orderings": (("eat", "eat"),)}, "ordering", "wants 'eat' before 'eat'"),
        ({"links": (("bake", "tea", "eat"),)}, "link", "'bake' does not make it so"),
        ({"links": ((None, "tea", "eat"),)}, "link", "it is not so initially"),
        ({"links": (("boil", "hot", "eat"),)}, "link", "its precondition is not about that"),
        ({"links": (("pour", "tea", "bake"),)}, "link", "its precondition is not about that"),
        ({"links": (("sing", "tea", "eat"),)}, "link", "names the step 'sing'"),
        ({"links": (("eat", "water", "boil"),)}, "link", "wants 'eat' before 'boil'"),
        ({"is_relaxed": True, "orderings": (), "links": ()}, "precondition", "(water) true before"),
        ({"is_relaxed": True, "orderings": (("fill", "boil"), ("boil", "pour"), ("pour", "eat"))}, None, ""),
    ],
)
def test_a_plan_with_wrong_links_or_orderings_is_refused(change: dict[str, Any], rule: str | None, what: str) -> None:
    """Law: links say the truth, orderings go forward, methods are obeyed, preconditions hold in every order."""
    plan = morning("(:htn :subtasks (breakfast))", "(cup)", "fill boil pour bake eat", BREAKFAST, 5)
    problem = htn.loads(MORNING, "(define (problem p) (:domain morning) (:htn :subtasks (breakfast)) (:init (cup)))")[1]
    if change.get("links"):
        change = {"links": tuple(pw.CausalLink(one, pw.Fact(fact), two) for one, fact, two in change["links"])}
    changed = replace(plan, **change)
    if rule is None:
        assert "method orderings waived" in str(verify(problem.domain, problem, changed))
        return
    with pytest.raises(InvalidPlan) as caught:
        verify(problem.domain, problem, changed)
    assert caught.value.rule == rule and what in caught.value.what, caught.value


def test_a_relaxed_plan_keeps_preconditions_of_methods_and_effects_of_tasks() -> None:
    """Law: what only a method's precondition, or a declared effect that is checked, needs is needed all the same."""
    domain = """
    (define (domain d) (:predicates (clean) (done))
      (:task work :parameters ()) (:task tidy :parameters () :effect (clean))
      (:method works :parameters () :task (work) :precondition (clean) :subtasks (hammer))
      (:method sweeps :parameters () :task (tidy) :ordered-subtasks (and (sweep) (rest)))
      (:action sweep :parameters () :effect (clean)) (:action rest :parameters ()) (:action paint :parameters ())
      (:action hammer :parameters () :effect (done)) (:action spill :parameters () :effect (not (clean))))
    """
    tasks = "(:htn :ordered-subtasks (and (tidy) (work) (spill)))"
    problem = htn.loads(domain, f"(define (problem p) (:domain d) {tasks} (:init))")[1]
    steps = tuple(GroundTask(name) for name in "sweep rest hammer spill".split())
    choices = Choice("tidy", (), "sweeps", {}, (0, 1)), Choice("work", (), "works", {}, (2,))
    relaxed = plan_of(problem, Solution(steps, choices, (4, 5, 3))).relaxed()
    # spill comes after the moments at which tidy ends and work begins, which come after sweep and rest
    assert set(relaxed.orderings) == {("sweep", "hammer"), ("sweep", "spill"), ("rest", "spill")}
    assert every_order_solves(problem, relaxed) and accepts(problem, relaxed)
    for gone, rule in ((("sweep", "hammer"), "method-precondition"), (("rest", "spill"), "task-effect")):
        less = replace(relaxed, orderings=tuple(one for one in relaxed.orderings if one != gone))
        with pytest.raises(InvalidPlan) as caught:
            verify(problem.domain, problem, less)
        assert caught.value.rule == rule and not every_order_solves(problem, less)


def test_nothing_relies_on_a_conditional_effect_that_is_not_certain() -> None:
    """Law: where its condition depends on the order, a conditional effect makes nothing certain."""
    domain = """
    (define (domain d) (:predicates (wet) (rust))
      (:action rain :parameters () :effect (wet))
      (:action leave :parameters () :effect (when (wet) (rust)))
      (:action scrape :parameters () :precondition (rust)))
    """
    tasks = "(:htn :ordered-subtasks (and (rain) (leave) (scrape)))"
    problem = htn.loads(domain, f"(define (problem p) (:domain d) {tasks} (:init))")[1]
    steps = tuple(GroundTask(name) for name in "rain leave scrape".split())
    relaxed = plan_of(problem, Solution(steps, (), (0, 1, 2))).relaxed()
    assert relaxed.orderings == (("rain", "leave"), ("leave", "scrape")) and accepts(problem, relaxed)
    assert not accepts(problem, replace(relaxed, orderings=(("leave", "scrape"),), links=()))


def test_an_effect_that_deletes_and_adds_adds() -> None:
    """Law: what a step both deletes and adds is true after it; where it may add it, nothing relies on the delete."""
    domain = """
    (define (domain d) (:predicates (p) (q))
      (:action renew :parameters () :effect (and (not (p)) (p)))
      (:action drop :parameters () :effect (and (not (p)) (when (q) (p))))
      (:action switch :parameters () :effect (q))
      (:action have :parameters () :precondition (p)) (:action lack :parameters () :precondition (not (p))))
    """
    head = "(define (problem x) (:domain d) (:init (p)) (:htn :ordered-subtasks (and"
    problem = htn.loads(domain, f"{head} (renew) (have))))")[1]
    plan = plan_of(problem, Solution((GroundTask("renew"), GroundTask("have")), (), (0, 1)))
    assert links(plan) == ["renew (p) have"]
    assert accepts(problem, replace(plan.relaxed(), links=(), orderings=()))
    problem = htn.loads(domain, f"{head} (drop) (lack) (switch))))")[1]
    plan = plan_of(problem, Solution(tuple(map(GroundTask, ("drop", "lack", "switch"))), (), (0, 1, 2)))
    relaxed = plan.relaxed()
    assert set(relaxed.orderings) == {("drop", "lack"), ("drop", "switch")} and accepts(problem, relaxed)
    assert not accepts(problem, replace(relaxed, orderings=(("drop", "lack"),)))


WAITING = """
(define (domain d) (:predicates (clean) (nails))
  (:task tidy :parameters () :effect (clean)) (:task work :parameters ()) (:task idle :parameters ())
  (:method rests :parameters () :task (tidy) :subtasks (rest))
  (:method works :parameters () :task (work) :subtasks (hammer))
  (:method idles :parameters () :task (idle) :subtasks ())
  (:action sweep :parameters () :effect (clean)) (:action rest :parameters ()) (:action hammer :parameters ()))
"""


@pytest.mark.parametrize("last", ["hammer", "work"])
def test_what_waits_for_a_task_waits_for_what_the_task_waits_for(last: str) -> None:
    """Law: a task that ends only after a step of another puts that step before all that follows the task."""
    network = f"(:htn :subtasks (and (a (sweep)) (b (tidy)) (c ({last}))) :ordering (< b c))"
    problem = htn.loads(WAITING, f"(define (problem p) (:domain d) {network} (:init))")[1]
    steps = tuple(map(GroundTask, ("sweep", "rest", "hammer")))
    choices = Choice("tidy", (), "rests", {}, (1,)), Choice("work", (), "works", {}, (2,))
    solution = Solution(steps, choices, (0, 3, 4)) if last == "work" else Solution(steps, choices[:1], (0, 3, 2))
    plan = plan_of(problem, solution)
    assert set(plan.orderings) == {("sweep", "hammer"), ("rest", "hammer")} and accepts(problem, plan)
    less = replace(plan, orderings=(("rest", "hammer"),))
    assert not accepts(problem, less) and not every_order_solves(problem, less)


def test_a_task_without_steps_still_orders_what_stands_around_it() -> None:
    """Law: what comes before an empty task comes before what follows it."""
    network = "(:htn :ordered-subtasks (and (rest) (idle) (hammer)))"
    problem = htn.loads(WAITING, f"(define (problem p) (:domain d) {network} (:init))")[1]
    steps = GroundTask("rest"), GroundTask("hammer")
    plan = plan_of(problem, Solution(steps, (Choice("idle", (), "idles", {}),), (0, 2, 1)))
    assert plan.orderings == (("rest", "hammer"),) and plan.relaxed().orderings == ()
    with pytest.raises(InvalidPlan) as caught:
        verify(problem.domain, problem, replace(plan, orderings=()))
    assert caught.value.rule == "ordering"
