"""Explanations of why there is no plan: they name the culprit, and claim nothing that is not so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given, settings

from planweave import htn
from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.explain import explain
from planweave.planners.htn.explanation.reason import Reason, Why
from planweave.planners.htn.formula import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Not,
    Or,
    When,
)
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import GroundTask
from planweave.testing import Exercise, htn_problems
from tests.planners.oracle import Objects, State, after, bound, choices, fact_of, holds
from tests.planners.tiny import problems

CASES: dict[str, tuple[Callable[[], Problem], Why, str | None, str]] = {}
"""Problems without a plan by name: what makes one, the kind of its obstacle, the literal, and words of the message."""


def case(why: Why, missing: str | None, says: str) -> Callable[[Callable[[], Problem]], Callable[[], Problem]]:
    """A problem without a plan, and its culprit."""

    def register(make: Callable[[], Problem]) -> Callable[[], Problem]:
        CASES[make.__name__] = make, why, missing, says
        return make

    return register


def told(problem: Problem) -> Reason:
    """The reason that there is no plan."""
    return explain(problem, Deadline.after(30))


# ---------------------------------------------------------------------- problems in Python


@case(Why.NEVER, "(data_available)", "did you mean the predicate 'data_availible'?")
def misspelt_predicate() -> Problem:
    domain = Domain("report")
    domain.operator("gather", effects=["data_availible"])
    domain.operator("write", preconditions=["data_available"], effects=["report"])
    domain.task("make")
    domain.method("in_a_row", "make", ["gather", "write"])
    return domain.problem(tasks=["make"], state=[])


@case(Why.NEVER, "(unlocked kitchen)", "did you mean (unlocked kitchn)?")
def misspelt_object() -> Problem:
    domain = Domain("house")
    domain.type("door")
    domain.constant("kitchen", "door")
    domain.predicate("unlocked", "?d - door")
    domain.predicate("inside")
    domain.operator("open", "?d - door", preconditions=["unlocked ?d"], effects=["inside"])
    domain.task("enter")
    domain.method("by_door", "enter", ["open kitchen"])
    return domain.problem(objects={"door": "kitchn"}, state=["unlocked kitchn"], tasks=["enter"])


@case(Why.NEVER, "(road b c)", "did you mean (road c b)?")
def road_the_wrong_way_round() -> Problem:
    domain = Domain("trip")
    domain.type("place")
    for name in "abc":
        domain.constant(name, "place")
    domain.predicate("road", "?a ?b - place")
    domain.predicate("at", "?a - place")
    domain.operator("go", "?a ?b - place", preconditions=["at ?a", "road ?a ?b"], effects=["at ?b", "not at ?a"])
    domain.task("trip")
    domain.method("over_b", "trip", ["go a b", "go b c"])
    return domain.problem(state=["at a", "road a b", "road c b"], tasks=["trip"])


@case(Why.NO_METHOD, None, "(pack): no method does it")
def no_method() -> Problem:
    domain = Domain("move")
    domain.operator("drive", effects=["there"])
    for name in ("move", "pack"):
        domain.task(name)
    domain.method("by_car", "move", ["pack", "drive"])
    return domain.problem(tasks=["move"], state=[])


@case(Why.NO_OBJECT, None, "?r needs an object of type robot, and there is none")
def no_object() -> Problem:
    domain = Domain("robots")
    domain.type("robot")
    domain.predicate("done")
    domain.operator("work", "?r - robot", effects=["done"])
    domain.task("job")
    domain.method("by_robot", "job", ["work ?r"], parameters="?r - robot")
    return domain.problem(tasks=["job"], state=[])


@case(Why.ENDLESS, None, "(dig): every way to do it leads to itself")
def endless() -> Problem:
    domain = Domain("digging")
    domain.operator("shovel", effects=["dirt"])
    for name in ("work", "dig"):
        domain.task(name)
    domain.method("begin", "work", ["shovel", "dig"])
    domain.method("deeper", "dig", ["shovel", "dig"])
    return domain.problem(tasks=["work"], state=[])


@case(Why.UNDONE, "(key)", "(open d1) made (key) false")
def key_used_up() -> Problem:
    domain = Domain("doors")
    domain.type("door")
    domain.predicate("key")
    domain.predicate("is_open", "?d - door")
    domain.operator("open", "?d - door", preconditions=["key"], effects=["is_open ?d", "not key"])
    domain.task("enter", "?d - door")
    domain.method("by_opening", "enter ?d", ["open ?d"])
    return domain.problem(objects={"door": "d1 d2"}, state=["key"], tasks=["enter d1", "enter d2"])


@case(Why.UNDONE, "(car)", "the goal: (car) is false; (sell) made (car) false")
def goal_that_a_task_spoils() -> Problem:
    domain = Domain("trade")
    domain.operator("sell", preconditions=["car"], effects=["money", "not car"])
    domain.task("trade")
    domain.method("sale", "trade", ["sell"])
    return domain.problem(tasks=["trade"], state=["car"], goal=["money", "car"])


@case(Why.NEVER, "(moon)", "only fly could make it true, and no task leads there")
def goal_that_no_task_leads_to() -> Problem:
    domain = Domain("trade")
    domain.operator("sell", preconditions=["car"], effects=["money", "not car"])
    domain.operator("fly", effects=["moon"])
    domain.task("trade")
    domain.method("sale", "trade", ["sell"])
    return domain.problem(tasks=["trade"], state=["car"], goal=["money", "moon"])


@case(Why.NEVER, "(not (light))", "(light) can never be false; no operator makes it false")
def light_that_stays_on() -> Problem:
    domain = Domain("night")
    domain.operator("sleep", preconditions=["not light"], effects=["rested"])
    domain.task("rest")
    domain.method("nap", "rest", ["sleep"])
    return domain.problem(tasks=["rest"], state=["light"])


@case(Why.UNDONE, "(not (light))", "(read) made (light) true")
def light_that_a_step_puts_on() -> Problem:
    domain = Domain("night")
    domain.operator("read", effects=["light"])
    domain.operator("darken", preconditions=["curtain"], effects=["not light"])
    domain.operator("sleep", preconditions=["not light"], effects=["rested"])
    domain.task("rest")
    domain.method("with_a_book", "rest", ["read", "sleep"])
    domain.method("in_the_dark", "rest", ["darken", "sleep"])
    return domain.problem(tasks=["rest"], state=[])


@case(Why.NOT_THEN, "(not (light))", "(light) is true; what could make it false: darken")
def light_put_out_too_late() -> Problem:
    domain = Domain("night")
    domain.operator("darken", effects=["not light"])
    domain.operator("sleep", preconditions=["not light"], effects=["rested"])
    domain.task("rest")
    domain.method("too_late", "rest", ["sleep", "darken"])
    return domain.problem(tasks=["rest"], state=["light"])


@case(Why.NOT_THEN, "(fed)", "(fed) is false; what could make it true: eat")
def what_an_effect_makes_true_on_a_condition() -> Problem:
    domain = Domain("meal")
    domain.operator("eat", effects=["when (hungry) (fed)", "when (not (hungry)) (full)"])
    domain.operator("sleep", preconditions=["fed"], effects=["rested"])
    domain.task("evening")
    domain.method("too_late", "evening", ["sleep", "eat"])
    return domain.problem(tasks=["evening"], state=["hungry"])


@case(Why.TOGETHER, "(has_key ann)", "together with the rest of the condition")
def nobody_who_has_both() -> Problem:
    domain = Domain("keys")
    domain.type("person")
    domain.predicate("near", "?p - person")
    domain.predicate("has_key", "?p - person")
    domain.predicate("is_open")
    domain.operator("open", "?p - person", effects=["is_open"])
    domain.task("enter")
    domain.method("by_key", "enter", ["open ?p"], parameters="?p - person", preconditions=["near ?p", "has_key ?p"])
    return domain.problem(objects={"person": "ann bob"}, state=["near ann", "has_key bob"], tasks=["enter"])


@case(Why.NOT_THEN, "(data)", "(data) is false; what could make it true: gather")
def steps_in_the_wrong_order() -> Problem:
    domain = Domain("report")
    domain.operator("gather", effects=["data"])
    domain.operator("write", preconditions=["data"], effects=["report"])
    domain.task("make")
    domain.method("in_a_row", "make", ["write", "gather"])
    return domain.problem(tasks=["make"], state=[])


@case(Why.UNDONE, "(table)", "(eat) made (table) false")
def tasks_in_any_order_that_spoil_each_other() -> Problem:
    domain = Domain("room")
    domain.operator("eat", preconditions=["table"], effects=["fed", "not table"])
    domain.operator("play", preconditions=["table"], effects=["won", "not table"])
    domain.task("evening")
    domain.method("both", "evening", ["eat", "play"], ordered=False)
    return domain.problem(tasks=["evening"], state=["table"])


@case(Why.NEVER, "(ore)", "(mine): (ore) can never be true; no operator makes it true")
def what_is_missing_at_the_end_of_a_chain() -> Problem:
    domain = Domain("forge")
    domain.operator("mine", preconditions=["ore"], effects=["metal"])
    domain.operator("forge", preconditions=["metal"], effects=["tool"])
    domain.operator("use", preconditions=["tool"], effects=["done"])
    for name in ("work", "prepare"):
        domain.task(name)
    domain.method("make", "prepare", ["mine", "forge"])
    domain.method("nothing", "prepare", [])
    domain.method("with_tool", "work", ["prepare", "use"])
    return domain.problem(tasks=["work"], state=[])


@case(Why.NEVER, "(not (= b1 b1))", "b1 and b1 are the same object")
def one_object_where_two_are_needed() -> Problem:
    domain = Domain("blocks")
    domain.type("box")
    domain.constant("b1", "box")
    domain.predicate("on", "?a ?b - box")
    domain.operator("stack", "?a ?b - box", preconditions=["not (= ?a ?b)"], effects=["on ?a ?b"])
    domain.task("tower")
    domain.method("of_one", "tower", ["stack b1 b1"])
    return domain.problem(state=[], tasks=["tower"])


@case(Why.NEVER, "(cash)", "(pay): (cash) can never be true; only earn could make it true, and no task leads there")
def no_alternative_of_a_condition() -> Problem:
    domain = Domain("shop")
    domain.operator("pay", preconditions=["or (cash) (card)"], effects=["paid"])
    domain.operator("earn", effects=["cash"])
    domain.task("buy")
    domain.method("at_once", "buy", ["pay"])
    return domain.problem(tasks=["buy"], state=[])


@case(Why.NEVER, "(clean)", "the effects that tidy declares: (clean) can never be true; only sweep could")
def effect_that_no_method_brings_about() -> Problem:
    domain = Domain("home")
    domain.operator("sweep", effects=["clean"])
    domain.operator("wait", effects=["later"])
    domain.task("tidy", effects=["clean"])
    domain.method("lazily", "tidy", ["wait"])
    return domain.problem(tasks=["tidy"], state=[])


# ---------------------------------------------------------------------- problems in HDDL

DELIVERY = """
(define (domain delivery)
  (:types truck package place)
  (:predicates (at ?t - truck ?p - place) (lies ?p - package ?l - place) (in ?p - package ?t - truck)
    (road ?a ?b - place) (fuel ?t - truck))
  (:task deliver :parameters (?p - package ?to - place))
  (:task go :parameters (?t - truck ?to - place))
  (:method by-truck :parameters (?p - package ?t - truck ?from ?to - place) :task (deliver ?p ?to)
    :precondition (lies ?p ?from)
    :ordered-subtasks (and (go ?t ?from) (load ?p ?t ?from) (go ?t ?to) (unload ?p ?t ?to)))
  (:method stay :parameters (?t - truck ?to - place) :task (go ?t ?to) :precondition (at ?t ?to) :subtasks ())
  (:method on :parameters (?t - truck ?x ?y ?to - place) :task (go ?t ?to)
    :precondition (and (at ?t ?x) (road ?x ?y)) :ordered-subtasks (and (drive ?t ?x ?y) (go ?t ?to)))
  (:action load :parameters (?p - package ?t - truck ?l - place)
    :precondition (and (lies ?p ?l) (at ?t ?l)) :effect (and (in ?p ?t) (not (lies ?p ?l))))
  (:action unload :parameters (?p - package ?t - truck ?l - place)
    :precondition (and (in ?p ?t) (at ?t ?l)) :effect (and (lies ?p ?l) (not (in ?p ?t))))
  (:action refuel :parameters (?t - truck) :effect (fuel ?t))
  (:action drive :parameters (?t - truck ?from ?to - place)
    :precondition (and (at ?t ?from) (road ?from ?to) {needs})
    :effect (and (at ?t ?to) (not (at ?t ?from)) {spends})))
"""
PARCELS = """
(define (problem parcels) (:domain delivery)
  (:objects t - truck p q - package a b c d - place)
  (:htn :ordered-subtasks (and (deliver p c) (deliver q d)))
  (:init (at t a) (lies p a) (lies q a) (road a b) (road b a) (road b c) (road c b) {facts}))
"""


def delivery(facts: str, needs: str = "", spends: str = "") -> Problem:
    """A delivery of two parcels, with more facts, and with more that driving needs and does."""
    return htn.loads(DELIVERY.format(needs=needs, spends=spends), PARCELS.format(facts=facts))[1]


@case(Why.NEVER, "(road ?from d)", "(road ?from d) can never be true for any ?from; no operator makes it true")
def no_road_there() -> Problem:
    return delivery("(road d c)")


@case(Why.UNDONE, "(fuel t)", "(drive t a b) made (fuel t) false")
def fuel_for_one_drive_only() -> Problem:
    return delivery("(road c d) (road d c) (fuel t)", needs="(fuel ?t)", spends="(not (fuel ?t))")


@case(Why.NEVER, "(fuel ?t)", "only refuel could make it true, and no task leads there")
def no_fuel_at_all() -> Problem:
    return delivery("(road c d) (road d c)", needs="(fuel ?t)")


@case(Why.NOT_THEN, "(packed b2)", "(packed b2) is false; what could make it true: pack")
def not_for_all() -> Problem:
    domain = """(define (domain ship) (:types box) (:constants b1 - box) (:predicates (packed ?b - box) (gone))
      (:task send :parameters ())
      (:method m :parameters () :task (send) :ordered-subtasks (and (pack b1) (ship)))
      (:action pack :parameters (?b - box) :effect (packed ?b))
      (:action ship :precondition (forall (?b - box) (packed ?b)) :effect (gone)))"""
    problem = "(define (problem p) (:domain ship) (:objects b2 - box) (:htn :ordered-subtasks (send)) (:init))"
    return htn.loads(domain, problem)[1]


@case(Why.WRONG_OBJECT, None, "c1 is no box, which ?b must be")
def object_of_another_type() -> Problem:
    domain = """(define (domain ship) (:types box crate - object) (:predicates (gone ?b - object))
      (:task send :parameters (?b - object))
      (:method m :parameters (?b - box) :task (send ?b) :ordered-subtasks (and (ship ?b)))
      (:action ship :parameters (?b - box) :effect (gone ?b)))"""
    problem = """(define (problem p) (:domain ship) (:objects b1 - box c1 - crate)
      (:htn :ordered-subtasks (and (send b1) (send c1))) (:init))"""
    return htn.loads(domain, problem)[1]


@case(Why.NEVER, "(red b2)", "(ship b2): (red b2) can never be true; no operator makes it true")
def no_choice_of_the_problems_own_variables() -> Problem:
    domain = """(define (domain ship) (:types box)
      (:predicates (red ?b - box) (small ?b - box) (gone ?b - box))
      (:task send :parameters (?b - box))
      (:method m :parameters (?b - box) :task (send ?b) :precondition (small ?b) :ordered-subtasks (ship ?b))
      (:action ship :parameters (?b - box) :precondition (red ?b) :effect (gone ?b)))"""
    problem = """(define (problem p) (:domain ship) (:objects b1 b2 - box)
      (:htn :parameters (?x - box) :ordered-subtasks (send ?x)) (:init (red b1) (small b2)))"""
    return htn.loads(domain, problem)[1]


@pytest.mark.parametrize("name", CASES)
def test_the_culprit_is_named(name: str) -> None:
    """Law: of an unsolvable problem the message names the culprit, and an arrow marks it in the tree."""
    make, why, missing, says = CASES[name]
    reason = told(make())
    assert reason.culprit.why is why, reason.text()
    assert (None if reason.culprit.missing is None else str(reason.culprit.missing)) == missing, reason.text()
    assert says in reason.line and reason.line.count("\n") == 0
    (marked,) = [line for line in reason.text().splitlines() if line.endswith("<-- here")]
    assert reason.culprit.obstacle in marked
    assert any(reason.culprit is one for one in reason.root.walk())


@pytest.mark.parametrize("name", sorted(set(CASES) - {"tasks_in_any_order_that_spoil_each_other"}))
def test_whoever_proves_it_the_error_has_a_reason(name: str) -> None:
    """Law: find_plan raises NoPlan with the reason, and names the culprit in its message."""
    problem = CASES[name][0]()
    with pytest.raises(NoPlan) as caught:
        htn.find_plan(problem.domain, problem)
    assert caught.value.reason is not None
    assert caught.value.what == f"no plan exists for '{problem.name}': {caught.value.reason.line}"


def test_what_would_help_does() -> None:
    """Law: "there would be a plan if ..." is so: the problem that is mended like that is solved."""
    problem = road_the_wrong_way_round()
    reason = told(problem)
    assert reason.mended == "there would be a plan if (road b c) were true throughout"
    mended = problem.domain.problem(state=["at a", "road a b", "road b c"], tasks=["trip"])
    assert htn.find_plan(problem.domain, mended).steps
    assert told(no_method()).mended == ""


def test_a_fact_that_would_help_is_found_though_it_is_missing_nowhere() -> None:
    """Law: where what is missing changes, it is said which fact that never changes would leave a plan."""
    domain = Domain("one_way")
    domain.type("place")
    domain.predicate("road", "?a ?b - place")
    domain.predicate("at", "?a - place")
    domain.operator("drive", "?a ?b - place", preconditions=["at ?a", "road ?a ?b"], effects=["at ?b", "not at ?a"])
    domain.task("go", "?to - place")
    domain.method("directly", "go ?to", ["drive ?from ?to"], parameters="?from - place")
    objects, roads, tasks = {"place": "a b c"}, ["road a b", "road a c", "road c a"], ["go b", "go a"]
    reason = told(domain.problem(objects=objects, state=["at a", *roads], tasks=tasks))
    assert str(reason.culprit.missing) == "(at c)" and reason.culprit.why is Why.NOT_THEN
    assert reason.mended == "there would be a plan if (road b a) were true"
    mended = domain.problem(objects=objects, state=["at a", *roads, "road b a"], tasks=tasks)
    assert [step.arguments for step in htn.find_plan(domain, mended).steps] == [("a", "b"), ("b", "a")]


def test_each_method_is_explained_in_the_state_in_which_it_was_to_begin() -> None:
    """Law: what one method did before it got stuck does not show in what is said of the next."""
    domain = Domain("painting")
    domain.operator("mix", preconditions=["clean"], effects=["not clean", "colour"])
    domain.operator("paint", preconditions=["colour", "dry"], effects=["painted"])
    domain.operator("dry", preconditions=["clean", "sun"], effects=["dry"])
    domain.operator("wash", effects=["sun"])
    domain.task("work")
    domain.method("at_once", "work", ["mix", "paint", "dry"])
    domain.method("dry_first", "work", ["dry", "mix", "wash"], preconditions=["clean"])
    reason = told(domain.problem(tasks=["work"], state=["clean"]))
    assert reason.text().splitlines() == [
        "no plan exists for 'painting'",
        "  the tasks of the problem",
        "    (work): none of its 2 methods got through",
        "      method at_once",
        "        (paint), after (mix): (dry) is false; what could make it true: dry",
        "      method dry_first",
        "        (dry): (sun) is false; what could make it true: wash  <-- here",
        "there would be a plan if (sun) were true throughout",
    ]


def test_a_tree_stays_short() -> None:
    """Law: however wide and deep it is, the text has few lines, none of them long, and the culprit is on one."""
    domain = Domain("large")
    domain.operator("end", preconditions=["never"], effects=["done"])
    for i in range(60):
        domain.task(f"t{i}")
    for i in range(60):
        below = f"t{i + 1}" if i < 59 else "end"
        domain.method(f"down{i}", f"t{i}", [below])
        for k in range(20):
            domain.method(f"off{i}-{k}", f"t{i}", [], preconditions=[f"a{'long' * 50}name-{k}"])
    reason = told(domain.problem(tasks=["t0"], state=[]))
    lines = reason.text().splitlines()
    assert len(lines) <= 65 and max(map(len, lines)) <= 220
    assert str(reason.culprit.missing) == "(never)"
    assert [line for line in lines if line.endswith("<-- here")] and len(reason.line) <= 400


# ---------------------------------------------------------------------- laws


def literals_of(literal: Formula, problem: Problem) -> Iterator[tuple[Fact, bool]]:
    """What a literal with variables may be: every choice of objects; those of tiny problems have two types."""
    part = literal.part if isinstance(literal, Not) else literal
    assert isinstance(part, Atom)
    variables = sorted({term for term in part.arguments if term.startswith("?")})
    things = [name for name in problem.types if "thing" in problem.types[name]]
    options = [things if name.startswith("?y") else list(problem.types) for name in variables]
    for objects in product(*options):
        yield fact_of(part, dict(zip(variables, objects, strict=True))), literal is part


def state_after(steps: tuple[GroundTask, ...], problem: Problem) -> list[State]:
    """The states along some steps, each of which can be taken."""
    states = [problem.state]
    for step in steps:
        operator = problem.domain.operators[step.name]
        objects = bound(operator.parameters, step.arguments)
        assert holds(operator.precondition, objects, states[-1], problem), f"{step} cannot be done"
        states.append(after(operator.effect, objects, states[-1], problem))
    return states


def possible(formula: Formula, wanted: bool, objects: Objects, known: set[tuple[Fact, bool]], problem: Problem) -> bool:
    """Whether a condition may be true, or false, where facts may be both."""

    def some(part: Formula, wanted: bool, more: Objects) -> bool:
        return possible(part, wanted, {**objects, **more}, known, problem)

    match formula:
        case Atom():
            return (fact_of(formula, objects), wanted) in known
        case Equal():
            return holds(formula, objects, frozenset(), problem) is wanted
        case Not(part):
            return some(part, not wanted, {})
        case And(parts) | Or(parts):
            quantifier = all if isinstance(formula, And) is wanted else any
            return quantifier(some(part, wanted, {}) for part in parts)
        case Imply(condition, consequence):
            return some(Or((Not(condition), consequence)), wanted, {})
        case Exists(parameters, part) | Forall(parameters, part):
            quantifier = any if isinstance(formula, Exists) is wanted else all
            return quantifier(some(part, wanted, choice) for choice in choices(parameters, problem))
    raise AssertionError(formula)


def may_change(
    effect: Formula, objects: Objects, known: set[tuple[Fact, bool]], problem: Problem
) -> Iterator[tuple[Fact, bool]]:
    """What an effect may make true and false, where facts may be both."""
    match effect:
        case Atom():
            yield fact_of(effect, objects), True
        case Not(Atom() as atom):
            yield fact_of(atom, objects), False
        case And(parts):
            for part in parts:
                yield from may_change(part, objects, known, problem)
        case When(condition, part):
            if possible(condition, True, objects, known, problem):
                yield from may_change(part, objects, known, problem)
        case Forall(parameters, part):
            for choice in choices(parameters, problem):
                yield from may_change(part, {**objects, **choice}, known, problem)


def ever(problem: Problem) -> set[tuple[Fact, bool]]:
    """All that may be so at some time, by brute force: whatever an operator in reach can do is done, and stays."""
    domain = problem.domain
    reached = {one.name for one in problem.network.subtasks}
    while True:
        more = {
            one.name for method in domain.methods.values() if method.task in reached for one in method.network.subtasks
        }
        if more <= reached:
            break
        reached |= more
    facts = [
        Fact(name, objects)
        for name, parameters in domain.predicates.items()
        for objects in product(problem.types, repeat=len(parameters))
    ]
    known = {(fact, fact in problem.state) for fact in facts}
    while True:
        before = len(known)
        for operator in domain.operators.values():
            for objects in choices(operator.parameters, problem) if operator.name in reached else []:
                if possible(operator.precondition, True, objects, known, problem):
                    known |= set(may_change(operator.effect, objects, known, problem))
        if len(known) == before:
            return known


@settings(max_examples=150)
@given(htn_problems(solvable=False))
def test_the_obstacle_that_was_put_in_the_way_is_found(exercise: Exercise) -> None:
    """Law: whatever else a problem holds, its explanation names the obstacle that it was made unsolvable by."""
    reason = told(exercise.problem)
    assert exercise.obstacle is not None
    names = [name for name in ("key", "shut", "coin", "ghost") if name in exercise.obstacle]
    assert any(name in reason.text() for name in names), reason.text()
    if reason.mended:
        assert any(name in reason.line for name in names), reason.text()


@settings(max_examples=100)
@given(problem=problems(task_effects=False))
def test_what_is_said_of_tiny_problems_is_so(problem: Problem) -> None:
    """Law: a literal is really out of reach, or false after steps that can be taken; what undid it really did."""
    try:
        lifted(problem, deadline=Deadline.after(0.02))
    except PlanningTimeout:
        return
    except NoPlan:
        reason = told(problem)
        may_be = ever(problem)
        for one in reason.root.walk():
            if one.missing is None or isinstance(one.missing, Equal) or "=" in str(one.missing):
                continue
            wanted = list(literals_of(one.missing, problem))
            if one.why is Why.NEVER or reason.is_proof:
                assert may_be.isdisjoint(wanted), reason.text()
                continue
            states = state_after(one.after, problem)
            assert not any((fact in states[-1]) is holds for fact, holds in wanted), reason.text()
            if one.why is Why.UNDONE:
                assert any((fact in state) is holds for state in states for fact, holds in wanted), reason.text()
        assert reason.culprit.why not in (Why.UNSEEN, Why.BELOW), reason.text()
        assert any(one is reason.culprit for one in reason.root.walk())
        assert reason.text() and reason.line
