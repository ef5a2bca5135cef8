"""The verifier: each rule has a plan that breaks it, and on tiny problems it agrees with brute force."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave import htn
from planweave.planners.htn.errors import DomainError, InvalidPlan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.plantext import PlanTextError, read_plan_text
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.planners.htn.verification.rules import RULES
from planweave.planners.htn.verify import verify
from planweave.testing.htn.judge import is_solution
from planweave.testing.htn.texts import text_of
from tests.planners.oracle import solutions
from tests.planners.plans import damaged
from tests.planners.tiny import loosened, problems

DOMAIN = """
(define (domain delivery)
  (:types place parcel van - object)
  (:constants depot - place)
  (:predicates (at ?v - van ?l - place) (lies ?p - parcel ?l - place) (in ?p - parcel ?v - van) (road ?a ?b - place)
               (fuelled ?v - van) (signed ?p - parcel) (told ?p - parcel))
  (:task deliver :parameters (?p - parcel ?to - place) :effect (and (lies ?p ?to) (told ?p)))
  (:task go :parameters (?v - van ?to - place))
  (:method by-van :parameters (?p - parcel ?from ?to - place ?v - van) :task (deliver ?p ?to)
    :precondition (fuelled ?v) :constraints (not (= ?from ?to))
    :ordered-subtasks (and (go ?v ?from) (load ?p ?v ?from) (go ?v ?to) (unload ?p ?v ?to)))
  (:method lies-there :parameters (?p - parcel ?to - place) :task (deliver ?p ?to) :precondition (lies ?p ?to)
    :subtasks ())
  (:method drives :parameters (?v - van ?from ?to - place) :task (go ?v ?to) :subtasks (drive ?v ?from ?to))
  (:method drives-on :parameters (?v - van ?by ?to - place) :task (go ?v ?to)
    :ordered-subtasks (and (go ?v ?by) (drive ?v ?by ?to)))
  (:method is-there :parameters (?v - van ?to - place) :task (go ?v ?to) :precondition (at ?v ?to) :subtasks ())
  (:action drive :parameters (?v - van ?a ?b - place) :precondition (and (at ?v ?a) (road ?a ?b))
    :effect (and (not (at ?v ?a)) (at ?v ?b)))
  (:action load :parameters (?p - parcel ?v - van ?l - place) :precondition (and (at ?v ?l) (lies ?p ?l))
    :effect (and (not (lies ?p ?l)) (in ?p ?v)))
  (:action unload :parameters (?p - parcel ?v - van ?l - place) :precondition (and (at ?v ?l) (in ?p ?v))
    :effect (and (lies ?p ?l) (not (in ?p ?v))))
  (:action sign :parameters (?p - parcel) :precondition (and (told ?p) (not (signed ?p))) :effect (signed ?p)))
"""
PROBLEM = """
(define (problem round) (:domain delivery)
  (:objects shop home - place box letter - parcel v - van)
  (:htn :ordered-subtasks (and (a (deliver box shop)) (b (deliver letter depot)) (c (sign box))))
  (:init (at v home) (lies box depot) (lies letter depot) (road home depot) (road depot shop) (fuelled v))
  (:goal (and (at v shop) (signed box))))
"""
PLAN = """
==>
0 drive v home depot
1 load box v depot
2 drive v depot shop
3 unload box v shop
4 sign box
root 5 6 4
5 deliver box shop -> by-van 7 1 8 3
6 deliver letter depot -> lies-there
7 go v depot -> drives 0
8 go v shop -> drives 2
<==
"""


def problem(*changes: tuple[str, str], domain: str = DOMAIN, text: str = PROBLEM) -> Problem:
    """The problem, with some text of it or its domain replaced."""
    for old, new in changes:
        assert old in domain or old in text
        domain, text = domain.replace(old, new), text.replace(old, new)
    return htn.loads(domain, text)[1]


def refusal(given_problem: Problem, *changes: tuple[str, str]) -> InvalidPlan:
    """The error for the plan with some of its text replaced."""
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(InvalidPlan) as caught:
        verify(given_problem.domain, given_problem, text)
    return caught.value


def accepts(given_problem: Problem, plan: str) -> bool:
    """Whether the verifier accepts a text."""
    try:
        verify(given_problem.domain, given_problem, plan)
    except InvalidPlan:
        return False
    return True


# ---------------------------------------------------------------------- against brute force


@settings(max_examples=300)
@given(problems(), st.booleans(), st.data())
def test_the_verifier_agrees_with_brute_force(given_problem: Problem, is_loose: bool, data: st.DataObject) -> None:
    """Law: what is well formed is accepted if and only if some reading of it, with some order of events, solves."""
    loose = loosened(given_problem, orderings=is_loose)
    for solution in sorted(islice(solutions(loose, tries=400), 60), key=_size)[-6:]:
        text = text_of(solution)
        assert accepts(given_problem, text) == is_solution(given_problem, solution), text
        damage = data.draw(damaged(solution, given_problem))
        text = text_of(damage)
        assert accepts(given_problem, text) == is_solution(given_problem, damage), text


@settings(max_examples=50)
@given(problems())
def test_every_solution_that_brute_force_finds_is_accepted(given_problem: Problem) -> None:
    """Law: nothing valid is refused; the two halves of the brute force agree."""
    for solution in islice(solutions(given_problem, tries=2000), 8):
        assert is_solution(given_problem, solution)
        assert accepts(given_problem, text_of(solution)), text_of(solution)


def _size(solution: Solution) -> tuple[int, int]:
    return len(solution.steps), len(solution.choices)


# ---------------------------------------------------------------------- the rules, one by one

SWAPPED = (
    "0 drive v home depot\n1 load box v depot\n2 drive v depot shop",
    "2 drive v depot shop\n1 load box v depot\n0 drive v home depot",
)
BROKEN = [
    ("operator", "9", [("0 drive", "9 fly"), ("drives 0", "drives 9")], "(fly v home depot) does not exist"),
    ("operator", "0", [("0 drive v home depot", "0 go v depot")], "(go v depot) is a compound task"),
    ("task", "7", [("7 go", "7 fly")], "the decomposed task (fly v depot) does not exist"),
    ("task", "7", [("7 go", "7 drive")], "the decomposed task (drive v depot) is an operator"),
    ("method", "7", [("-> drives 0", "-> flies 0")], "by 'flies', and there is no such method"),
    ("method", "7", [("-> drives 0", "-> by-van 0")], "by 'by-van', which is a method for 'deliver'"),
    ("arity", "1", [("1 load box v depot", "1 load box v")], "(load box v) has 2 objects for 3 parameters"),
    ("object", "1", [("1 load box", "1 load bax")], "the object 'bax' of (load bax v depot) does not exist"),
    ("type", "1", [("1 load box", "1 load v")], "'v' of (load v v depot) is a van, but ?p wants a parcel"),
    ("tree", None, [("root 5 6 4", "root 5 6 9")], "the roots name the number 9, which stands for nothing"),
    ("tree", "7", [("drives 0", "drives 9")], "(go v depot) has the subtask number 9"),
    ("tree", "4", [("root 5 6 4", "root 5 6")], "(sign box) does not stand in the decompositions"),
    ("tree", "4", [("root 5 6 4", "root 5 6 4 4")], "(sign box) stands twice in the decompositions"),
    ("tree", "5", [("7 1 8 3", "7 1 5 3")], "(deliver box shop) stands twice"),
    ("tree", "7", [("drives 0", "drives-on 7 0"), ("7 1 8 3", "1 8 3")], "(go v depot) is its own subtask"),
    (
        "tree",
        None,
        [("1 load box v depot\n", ""), ("7 1 8 3", "7 8 3"), ("root", "root 1")],
        "number 1, which stands for",
    ),
    (
        "root",
        None,
        [("root 5", "root"), ("5 deliver box shop -> by-van 7 1 8 3", ""), ("root", "root 7 1 8 3")],
        "the plan",
    ),
    ("decomposition", "5", [("1 load box v depot\n", ""), ("7 1 8 3", "7 8 3")], "the method 'by-van' of (deliver box"),
    ("decomposition", "8", [("drives 2", "drives-on 2")], "has the subtasks (go ?v ?by), (drive ?v ?by ?to), but the"),
    ("decomposition", "7", [("0 drive v home depot", "0 drive v home shop")], "but the plan has (drive v home shop)"),
    (
        "ordering",
        "1",
        [SWAPPED],
        "(load box v depot), but (load box v depot) comes before (drive v home depot)",
    ),
    (
        "ordering",
        "4",
        [("3 unload box v shop\n4 sign box", "4 sign box\n3 unload box v shop")],
        "before (sign box), but",
    ),
]


@pytest.mark.parametrize(("rule", "step", "changes", "what"), BROKEN)
def test_a_damaged_plan_is_refused_by_the_rule_that_it_breaks(
    rule: str, step: str | None, changes: list[tuple[str, str]], what: str
) -> None:
    """Law: the error says the rule, the step, and what is wrong."""
    error = refusal(problem(), *changes)
    assert (error.rule, error.step) == (rule, step) and what in error.what, error


def test_the_plan_itself_is_valid() -> None:
    """Law: what is not damaged is accepted, whatever the case of its names and the order in which it lists subtasks."""
    one = problem()
    assert str(verify(one.domain, one, PLAN)) == "valid: 5 steps, in the order listed"
    assert verify(one.domain, one, read_plan_text(PLAN)).steps == 5
    assert accepts(one, PLAN.replace("box", "BOX").replace("drive", "Drive").replace("by-van", "By-Van"))
    assert accepts(one, PLAN.replace("root 5 6 4", "root 4 6 5").replace("7 1 8 3", "3 8 7 1"))
    assert accepts(one, PLAN.replace("root 5 6 4", "root 9\n9 __top -> __top_method 5 6 4"))


CONDITIONS = [
    (
        "precondition",
        "2",
        [("(road depot shop)", "")],
        "of (drive v depot shop) does not hold before it: (road depot shop)",
    ),
    ("precondition", "4", [("(fuelled v))\n", "(signed box) (fuelled v))\n")], "before it: (signed box) is true"),
    (
        "method-precondition",
        "5",
        [("(fuelled v))\n", ")\n")],
        "'by-van' of (deliver box shop) does not hold before (drive",
    ),
    ("method-precondition", "6", [("(lies letter depot)", "")], "before (sign box): (lies letter depot) is false"),
    (
        "constraint",
        "5",
        [("(not (= ?from ?to))", "(= ?from ?to)")],
        "(deliver box shop) breaks the constraint (= ?from",
    ),
    (
        "task-effect",
        "5",
        [("(lies ?p ?to) (told ?p)))", "(not (lies ?p ?to)) (told ?p)))")],
        "before (sign box): (lies box shop) is true",
    ),
    ("goal", None, [("(:goal (and (at v shop)", "(:goal (and (at v home)")], "at the end: (at v home) is false"),
]


@pytest.mark.parametrize(("rule", "step", "changes", "what"), CONDITIONS)
def test_a_plan_for_another_problem_is_refused_by_the_condition_that_fails(
    rule: str, step: str | None, changes: list[tuple[str, str]], what: str
) -> None:
    """Law: preconditions, constraints, effects of tasks and goals hold, or the error says which does not."""
    error = refusal(problem(*changes))
    assert (error.rule, error.step) == (rule, step) and what in error.what, error


def test_every_rule_is_broken_by_some_plan_here() -> None:
    """Law: the table of rules has none that nothing breaks; those of links stand in test_links.py."""
    assert {one[0] for one in (*BROKEN, *CONDITIONS)} == set(RULES) - {"link"}


def test_a_fact_that_no_operator_makes_is_made_by_the_task() -> None:
    """Law: what a task declares is checked where operators make it, and made where they do not; later steps need it."""
    error = refusal(problem(("(and (lies ?p ?to) (told ?p))", "(lies ?p ?to)")))
    assert error.rule == "precondition" and "(told box) is false" in error.what


def test_a_text_that_is_no_plan_and_a_foreign_problem_have_their_own_errors() -> None:
    """Law: what cannot be checked is not called invalid."""
    one = problem()
    with pytest.raises(PlanTextError):
        verify(one.domain, one, "no plan")
    with pytest.raises(DomainError, match="another than the one given"):
        verify(htn.Domain("other"), one, PLAN)


# ---------------------------------------------------------------------- preconditions of methods in partial orders

FLOATING = """
(define (domain floating) (:predicates (open) (light))
  (:task enter :parameters ()) (:task read :parameters ())
  (:method walks :parameters () :task (enter) :precondition (open) :subtasks (step-in))
  (:method reads :parameters () :task (read) :precondition (light) :subtasks ())
  (:method skims :parameters () :task (read) :subtasks ())
  (:action step-in :parameters ()) (:action shut :parameters () :effect (not (open)))
  (:action lamp :parameters () :effect (light)) (:action dark :parameters () :effect (not (light))))
"""
ENTER_LATE = "0 shut|1 step-in|root 2 0|2 enter -> walks 1"
READ_BETWEEN = "0 lamp|1 dark|root 2 0 1|2 read -> reads"
BOTH = "0 shut|1 lamp|2 step-in|root 3 4 0 1|3 read -> reads|4 enter -> walks 2"


@pytest.mark.parametrize(
    ("tasks", "state", "plan", "is_valid"),
    [
        # the door is open when enter may begin, though it is shut before the first step
        ("(a (enter)) (b (shut))", "(open)", ENTER_LATE, True),
        ("(a (enter)) (b (shut)) / (< b a)", "(open)", ENTER_LATE, False),
        ("(a (enter)) (b (shut)) / (< a b)", "(open)", "0 step-in|1 shut|root 2 1|2 enter -> walks 0", True),
        # nothing is done for read, but it is light between lamp and dark only
        ("(a (read)) (b (lamp)) (c (dark)) / (< b c)", "", READ_BETWEEN, True),
        ("(a (read)) (b (lamp)) (c (dark)) / (< b a) (< a c)", "", READ_BETWEEN, True),
        ("(a (read)) (b (lamp)) (c (dark)) / (< b c) (< c a)", "", READ_BETWEEN, False),
        ("(a (read)) (b (lamp)) (c (dark)) / (< a b) (< b c)", "", READ_BETWEEN, False),
        # each can begin at some moment, but enter not after read
        ("(a (read)) (d (enter)) (b (lamp)) (c (shut)) / (< c b)", "(open)", BOTH, True),
        ("(a (read)) (d (enter)) (b (lamp)) (c (shut)) / (< c b) (< a d)", "(open)", BOTH, False),
    ],
)
def test_a_method_needs_its_precondition_at_some_moment_before_its_first_step(
    tasks: str, state: str, plan: str, is_valid: bool
) -> None:
    """Law: before its first step, and after all that the orderings put before its task, even where it has no steps."""
    one = floating(tasks, state)
    plan = "\n".join(["==>", *plan.split("|"), "<=="])
    assert accepts(one, plan) is is_valid
    if not is_valid:
        with pytest.raises(InvalidPlan) as caught:
            verify(one.domain, one, plan)
        assert caught.value.rule == "method-precondition"


def floating(tasks: str, state: str) -> Problem:
    """A problem of these tasks; orderings stand after a slash."""
    subtasks, _, orderings = tasks.partition(" / ")
    network = f"(:htn :subtasks (and {subtasks}) :ordering (and {orderings}))"
    return htn.loads(FLOATING, f"(define (problem p) (:domain floating) {network} (:init {state}))")[1]


def test_tasks_that_look_alike_may_be_either_of_the_subtasks() -> None:
    """Law: of two readings of which subtask is which, one that works is enough, whichever is listed first."""
    tasks = "(a (read)) (b (read)) (c (lamp)) / (< a c)"
    for roots in ("1 2 0", "2 1 0"):
        lines = ["==>", "0 lamp", f"root {roots}", "1 read -> reads", "2 read -> skims", "<=="]
        assert accepts(floating(tasks, ""), "\n".join(lines))


def test_objects_may_stand_for_either_of_two_variables() -> None:
    """Law: of several objects for the variables of a method, some that its precondition holds for are enough."""
    domain = """
    (define (domain d) (:predicates (first ?x)) (:task pair :parameters ())
      (:method pairs :parameters (?a ?b) :task (pair) :precondition (first ?a) :subtasks (and (visit ?a) (visit ?b)))
      (:action visit :parameters (?x)))
    """
    for init, is_valid in (("(first x)", True), ("(first y)", True), ("", False)):
        text = f"(define (problem p) (:domain d) (:objects x y) (:htn :subtasks (pair)) (:init {init}))"
        one = htn.loads(domain, text)[1]
        assert accepts(one, "==>\n0 visit x\n1 visit y\nroot 2\n2 pair -> pairs 0 1\n<==") is is_valid


def test_an_effect_that_a_task_makes_may_come_later_than_its_last_step() -> None:
    """Law: where it would do harm at once, it may wait as long as the orderings let it; where they do not, it harms."""
    domain = """
    (define (domain d) (:predicates (sealed)) (:task pack :parameters () :effect (sealed))
      (:method packs :parameters () :task (pack) :subtasks (fold)) (:action fold :parameters ())
      (:action add :parameters () :precondition (not (sealed))) (:action send :parameters () :precondition (sealed)))
    """
    plan = "==>\n0 fold\n1 add\n2 send\nroot 3 1 2\n3 pack -> packs 0\n<=="
    for ordering, is_valid in (("(< a c)", True), ("(and (< a b) (< b c))", False)):
        network = f"(:htn :subtasks (and (a (pack)) (b (add)) (c (send))) :ordering {ordering})"
        one = htn.loads(domain, f"(define (problem p) (:domain d) {network} (:init))")[1]
        assert accepts(one, plan) is is_valid


# ---------------------------------------------------------------------- sizes


def test_a_plan_of_thousands_of_steps_that_nest_as_deeply_is_checked() -> None:
    """Law: neither depth nor length makes anything recurse or grow out of hand."""
    count = 3000
    places = [f"l{i}" for i in range(count + 1)]
    one = problem(
        ("home - place", f"home {' '.join(places)} - place"),
        ("(a (deliver box shop)) (b (deliver letter depot)) (c (sign box))", f"(a (go v l{count}))"),
        ("(at v home)", "(at v l0) " + " ".join(f"(road {a} {b})" for a, b in pairwise(places))),
        ("(and (at v shop) (signed box))", f"(at v l{count})"),
    )
    steps = tuple(GroundTask("drive", ("v", a, b)) for a, b in pairwise(places))
    choices = [Choice("go", ("v", places[i]), "drives-on", {}, (2 * count - i + 1, i - 1)) for i in range(count, 0, -1)]
    choices.append(Choice("go", ("v", "l0"), "is-there", {}, ()))
    verify(one.domain, one, text_of(Solution(steps, tuple(choices), (count,))))


def test_many_subtasks_that_look_alike_are_told_apart_by_nothing() -> None:
    """Law: twenty subtasks that may change places are tried in one order, not in all."""
    tasks = " ".join(f"(t{i} (step-in))" for i in range(20))
    one = floating(tasks, "")
    steps = tuple(GroundTask("step-in") for _ in range(20))
    assert accepts(one, text_of(Solution(steps, (), tuple(range(20)))))
    assert not accepts(one, text_of(Solution((*steps[:-1], GroundTask("lamp")), (), tuple(range(20)))))
