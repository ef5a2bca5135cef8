"""The kit for planners: its problems are what they promise, and its assertions say what is wrong, and only that."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

import planweave as pw
from planweave import htn
from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.formula import TRUE, Equal, Exists, Forall, Formula, Imply, Or, When
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Method, Operator, Problem
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.testing import (
    HTN_FEATURES,
    Exercise,
    HtnLimits,
    PlannerBroken,
    assert_complete_on_tiny,
    assert_deterministic,
    assert_sound,
    htn_domains,
    htn_problems,
)
from planweave.testing.choices import Dice
from planweave.testing.htn.enumeration import Enumeration
from planweave.testing.htn.fault import fault
from planweave.testing.htn.judge import is_solution, orders
from planweave.testing.htn.limits import HtnFeature
from planweave.testing.htn.parts import parts_of
from planweave.testing.htn.texts import solution_of_text, text_of
from planweave.testing.htn.writer import ExerciseWriter
from tests.planners.mutants import ignores_deletes, reference

EVERYTHING = HtnLimits(features=HTN_FEATURES)
FEW = settings(max_examples=20, database=None, phases=[Phase.generate])
MANY = settings(max_examples=300, database=None, phases=[Phase.generate])
SHRINKING = settings(MANY, phases=[Phase.generate, Phase.shrink])


def exercises(count: int, limits: HtnLimits = EVERYTHING, solvable: bool | None = None) -> list[Exercise]:
    """Exercises of seeds."""
    return [ExerciseWriter(Dice(seed), limits).exercise(solvable) for seed in range(count)]


# ---------------------------------------------------------------------- what strategies give


@settings(max_examples=200)
@given(htn_problems(EVERYTHING, solvable=True))
def test_a_witness_is_a_solution(exercise: Exercise) -> None:
    """Law: brute force accepts it, the verifier accepts the plan that it is, and nothing says that there is none."""
    assert exercise.witness is not None and exercise.is_solvable and exercise.obstacle is None
    assert is_solution(exercise.problem, exercise.witness)
    assert exercise.plan is not None
    htn.verify(exercise.domain, exercise.problem, exercise.plan)


@settings(max_examples=100)
@given(htn_problems(EVERYTHING, solvable=False))
def test_nothing_gets_past_an_obstacle(exercise: Exercise) -> None:
    """Law: of a problem that is said to have no solution, trying everything finds none."""
    assert exercise.is_solvable is False and exercise.witness is None and exercise.plan is None
    assert next(iter(Enumeration(exercise.problem, tries=400)), None) is None, exercise.obstacle


@given(htn_problems(EVERYTHING))
def test_exercises_are_written_and_read_as_hddl(exercise: Exercise) -> None:
    """Law: each is a problem that a file can hold, so that other planners can be asked too."""
    domain, problem = htn.loads(htn.write(exercise.domain), htn.write(exercise.problem))
    assert (domain, problem) == (exercise.domain, exercise.problem)


def test_exercises_print_as_hddl() -> None:
    """Law: in whatever shows them, hypothesis and notebooks included."""
    (exercise,) = exercises(1, solvable=True)
    assert pretty(exercise).strip() == repr(exercise).strip()
    assert repr(exercise).startswith("(define (domain tiny)") and "solved by\n==>" in repr(exercise)


@given(htn_domains(EVERYTHING))
def test_domains_are_written_and_read_as_hddl(domain: htn.Domain) -> None:
    """Law: each is a domain that a file can hold, every task of it with a method."""
    assert htn.loads(htn.write(domain))[0] == domain
    assert all(domain.methods_for(name) for name in domain.tasks)


def test_problems_are_so_small_that_trying_everything_ends() -> None:
    """Law: without loops no task becomes itself for ever, and nearly all problems are done with in no time."""
    some = exercises(200, HtnLimits())
    complete = []
    for exercise in some:
        every = Enumeration(exercise.problem, max_steps=20, max_choices=20, tries=1000)
        complete.append(next(iter(every), None) is not None or every.is_complete)
    assert sum(complete) > 185


def test_problems_are_of_every_kind() -> None:
    """Law: unless it is said, some have a witness, some an obstacle, some are left to chance; plans have many steps."""
    some = exercises(300)
    kinds = [exercise.is_solvable for exercise in some]
    assert min(kinds.count(kind) for kind in (True, False, None)) > 70
    assert len({re.sub(r"\(\w+ [abc]\)", "", one.obstacle) for one in some if one.obstacle is not None}) > 6
    lengths = [len(exercise.witness.steps) for exercise in some if exercise.witness is not None]
    assert max(lengths) > 6 and sum(length > 2 for length in lengths) > 30


def formulas(problem: Problem) -> list[Formula]:
    """All formulas of a problem, and those in them."""
    left: list[Any] = [problem.goal, problem.network.constraint]
    for part in parts_of(problem.domain):
        left += [getattr(part, "precondition", None), getattr(part, "effect", None)]
        left += [part.network.constraint] if isinstance(part, Method) else []
    found: list[Formula] = []
    for one in left:  # which grows
        if one is not None:
            found.append(one)
            left += [*getattr(one, "parts", ()), getattr(one, "part", None), getattr(one, "condition", None)]
            left += [getattr(one, "effect", None), getattr(one, "consequence", None)]
    return found


def effects(problem: Problem) -> str:
    return " ".join(str(one.effect) for one in problem.domain.operators.values())


def conditions(problem: Problem) -> str:
    some = [one for one in parts_of(problem.domain) if isinstance(one, Operator | Method)]
    return " ".join([str(problem.goal), *(str(one.precondition) for one in some)])


def recursive(problem: Problem) -> list[Method]:
    return [one for one in problem.domain.methods.values() if any(two.name == one.task for two in one.network.subtasks)]


def networks(problem: Problem) -> list[htn.Problem | Method]:
    return [problem, *problem.domain.methods.values()]


HAS: dict[HtnFeature, Any] = {
    "types": lambda one: one.domain.types,
    "either": lambda one: "(either" in htn.write(one.domain),
    "constants": lambda one: one.domain.constants,
    "negation": lambda one: re.search(r"\(not \([pqrs]", conditions(one)),
    "deletes": lambda one: "(not" in re.sub(r"\(when \(not [^)]*\)", "", effects(one)),
    "conditional-effects": lambda one: any(isinstance(part, When) for part in formulas(one)),
    "equality": lambda one: any(isinstance(part, Equal) for part in formulas(one)),
    "forall": lambda one: any(isinstance(part, Forall) for part in formulas(one)),
    "disjunction": lambda one: any(isinstance(part, Or | Imply | Exists) for part in formulas(one)),
    "method-preconditions": lambda one: any(part.precondition != TRUE for part in one.domain.methods.values()),
    "partial-order": lambda one: any(not part.network.is_totally_ordered for part in networks(one)),
    "empty-bodies": lambda one: any(not part.network.subtasks for part in one.domain.methods.values()),
    "recursion": lambda one: any(part.name.endswith("-on") for part in one.domain.methods.values()),
    "parameters": lambda one: one.parameters,
    "goals": lambda one: one.goal != TRUE,
    "task-effects": lambda one: any(part.effect != TRUE for part in one.domain.tasks.values()),
    "loops": lambda one: any(not part.name.endswith("-on") for part in recursive(one)),
}
"""Whether a problem has a feature."""


@pytest.mark.parametrize("feature", sorted(HTN_FEATURES))
def test_a_feature_that_is_left_out_does_not_occur(feature: HtnFeature) -> None:
    """Law: a planner is asked nothing that it does not know, and else everything."""
    assert sum(bool(HAS[feature](one.problem)) for one in exercises(150)) > 5
    without = HtnLimits(features=HTN_FEATURES - {feature})
    assert not any(HAS[feature](one.problem) for one in exercises(150, without))


@given(htn_problems(HtnLimits(operators=1, tasks=1, methods=1, subtasks=1, objects=1, predicates=1), solvable=True))
def test_limits_bound_the_size(exercise: Exercise) -> None:
    """Law: there is no more of anything than was asked for; two methods more may be needed."""
    domain = exercise.domain
    assert len(domain.operators) <= 1 and len(domain.tasks) <= 1 and len(domain.methods) <= 3
    assert len(exercise.problem.objects) <= 1 and domain.predicates.keys() <= {"p", "next"}


@given(htn_problems(HtnLimits(12, 9, 3, 9, 9, 4, 40, HTN_FEATURES)))
@settings(max_examples=20)
def test_large_problems_have_names_for_everything(exercise: Exercise) -> None:
    """Law: limits may be as large as one likes."""
    htn.loads(htn.write(exercise.domain), htn.write(exercise.problem))


@pytest.mark.parametrize("wrong", [{"operators": 0}, {"tasks": -1}, {"steps": None}, {"features": {"time"}}])
def test_limits_that_make_no_sense_are_errors(wrong: Any) -> None:
    """Law: a limit that leaves nothing, or a feature that is none, is refused where it is written."""
    with pytest.raises(DefinitionError) as caught:
        HtnLimits(**wrong)
    assert caught.value.where is not None and caught.value.where.file.endswith("test_kit.py")


def test_problems_shrink_to_what_matters() -> None:
    """Law: what hypothesis shows of a failure is small enough to be understood at a glance."""
    exercise = find(
        htn_problems(solvable=True),
        lambda one: one.witness is not None and len(one.witness.choices) > 0 and len(one.witness.steps) > 0,
        settings=SHRINKING,
    )
    assert len(exercise.domain.tasks) == 1 and len(exercise.domain.operators) == 1
    assert exercise.witness is not None and len(exercise.witness.choices) == len(exercise.witness.steps) == 1
    assert not exercise.problem.state and len(exercise.problem.network.subtasks) <= 2


# ---------------------------------------------------------------------- what is wrong with a plan


@settings(max_examples=150)
@given(htn_problems(EVERYTHING, solvable=True), st.booleans(), st.data())
def test_a_partial_order_has_a_fault_just_if_one_of_its_orders_is_no_solution(
    exercise: Exercise, is_relaxed: bool, data: st.DataObject
) -> None:
    """Law: plans are judged exactly, whatever the verifier is too cautious to accept."""
    assert exercise.plan is not None
    plan = exercise.plan.relaxed() if is_relaxed else exercise.plan
    less = replace(plan, orderings=tuple(one for one in plan.orderings if data.draw(st.booleans())), links=())
    if len(less.steps) <= 4 and exercise.witness is not None and len(exercise.witness.choices) <= 6:
        wrong = [one for one in orders(less) if not is_solution(exercise.problem, one, ordered=not is_relaxed)]
        assert (fault(exercise.problem, less) is None) is (not wrong)


@given(htn_problems(EVERYTHING, solvable=True))
def test_a_solution_as_a_text_and_back_is_the_same(exercise: Exercise) -> None:
    """Law: planners that write texts are judged as others."""
    assert exercise.witness is not None
    bare = replace(exercise.witness, choices=tuple(replace(one, bindings={}) for one in exercise.witness.choices))
    assert solution_of_text(text_of(exercise.witness), exercise.problem) == replace(bare, bindings={})


@pytest.mark.parametrize(
    ("found", "what"),
    [
        ("nothing", "the text is no plan: expected '==>'"),
        ("==>\nroot 7\n<==", "the roots name the number 7, which stands for nothing"),
        (Solution(()), "the problem has the subtasks (gather), but the plan has none for them"),
        (Solution((GroundTask("gather"),), (), (3,)), "the roots name the number 3, which stands for nothing"),
        (
            Solution((GroundTask("gather"),), (Choice("a", (), "b", {}, (0,)),), (1,)),
            "the decomposed task (a) does not",
        ),
        (pw.Plan("report", (pw.Step("gather", "gather"),)), "(gather) does not stand in the decompositions"),
    ],
)
def test_what_is_no_plan_at_all_is_said_to_be_none(found: Any, what: str) -> None:
    """Law: whatever nonsense a planner gives gets a sentence, never an error of the kit."""
    domain = htn.Domain("report")
    domain.operator("gather", effects=["data"])
    assert (fault(domain.problem(tasks=["gather"]), found) or "").startswith(what)


# ---------------------------------------------------------------------- how planners are asked


def by_problem(problem: Problem) -> str:
    return text_of(reference(problem, deadline=Deadline.after(5)))


def by_domain(domain: htn.Domain, problem: Problem, time_limit: float) -> pw.Plan:
    assert problem.domain is domain and time_limit == 5
    return plan_of(problem, reference(problem, deadline=Deadline.after(5)))


def by_keywords(problem: Problem, **rest: Any) -> Solution:
    assert rest.keys() == {"deadline", "seed"}
    return reference(problem, deadline=rest["deadline"])


def by_seed(problem: Problem, /, seed: int = 0, *, verbose: bool = False) -> pw.Plan:
    assert 0 <= seed < 10 and not verbose
    return plan_of(problem, reference(problem, deadline=Deadline.after(5))).relaxed()


@pytest.mark.parametrize("planner", [by_problem, by_domain, by_keywords, by_seed, "lifted", htn.find_plan])
def test_a_planner_may_have_any_signature(planner: Any) -> None:
    """Law: it gets what it has parameters for, and gives a plan, a solution or a text."""
    ordered = htn_problems(HtnLimits(features=HtnLimits().features - {"partial-order"}))
    for check in (assert_sound, assert_complete_on_tiny, assert_deterministic):
        check(planner, ordered, settings=FEW)


def test_a_name_that_no_planner_has_is_an_error_of_its_own() -> None:
    """Law: a slip of the pen is no broken planner."""
    with pytest.raises(UnknownNameError, match="there is no planner 'liftde'"):
        assert_sound("liftde")


@pytest.mark.parametrize("check", [assert_sound, assert_complete_on_tiny, assert_deterministic])
def test_errors_and_nonsense_break_every_law(check: Any) -> None:
    """Law: an error of the planner is the cause of the failure, and None is no answer."""

    def crashes(problem: Problem) -> str:
        raise KeyError("oops")

    with pytest.raises(PlannerBroken, match="the planner raised KeyError: 'oops'") as caught:
        check(crashes, settings=FEW)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(PlannerBroken, match="gave neither a plan nor a solution nor a text, but None"):
        check(lambda problem: None, settings=FEW)


def test_giving_up_is_sound_but_not_complete() -> None:
    """Law: a time-out claims nothing, be it ours or Python's own."""

    def gives_up(problem: Problem) -> str:
        raise TimeoutError("too hard")

    assert_sound(gives_up, settings=FEW)
    assert_deterministic(gives_up, settings=FEW)
    for solvable, what in (
        (True, "gave no answer in 5 seconds, but there is one"),
        (False, "did not say in 5 seconds"),
    ):
        with pytest.raises(PlannerBroken, match=what):
            assert_complete_on_tiny(gives_up, htn_problems(solvable=solvable), settings=FEW)


def test_saying_that_there_is_no_plan_is_wrong_where_there_is_one() -> None:
    """Law: of problems that were left to chance too, where trying everything finds a solution."""

    def denies(problem: Problem) -> str:
        raise htn.NoPlan("none")

    left_to_chance = htn_problems().filter(lambda one: one.is_solvable is None)
    for problems in (htn_problems(solvable=True), left_to_chance):
        with pytest.raises(PlannerBroken, match="says that there is no plan, but there is one") as caught:
            assert_sound(denies, problems, settings=MANY)
        assert "solved by\n==>" in caught.value.text
    assert_sound(denies, htn_problems(solvable=False), settings=FEW)


def test_chance_that_no_seed_decides_is_found() -> None:
    """Law: a planner that takes its chances from elsewhere is not deterministic."""

    def careless(problem: Problem, *, deadline: Any) -> Solution:
        some = list(Enumeration(problem, tries=200))
        return random.choice(some) if some else reference(problem, deadline=deadline)

    with pytest.raises(PlannerBroken, match="gives two plans for one problem and one seed") as caught:
        assert_deterministic(careless, htn_problems(solvable=True), settings=MANY)
    assert caught.value.text.count("the plan:") == 2


# ---------------------------------------------------------------------- what is shown


def test_a_failure_is_shown_with_a_problem_that_has_nothing_to_spare() -> None:
    """Law: the text is HDDL, all in it is needed, and with it the planner fails as it says."""
    with pytest.raises(PlannerBroken) as caught:
        assert_sound(ignores_deletes, settings=SHRINKING)
    assert str(caught.value).startswith("the plan is wrong: ")
    domain_text, problem_text = re.findall(r"^\(define.*?^$", caught.value.text, re.DOTALL | re.MULTILINE)
    domain, problem = htn.loads(domain_text, problem_text)
    found = ignores_deletes(problem, deadline=Deadline.after(5))
    assert fault(problem, found) is not None and text_of(found) in caught.value.text
    assert not domain.types and len(domain.operators) + len(domain.predicates) <= 4
    assert len(domain_text.splitlines()) < 25


def test_the_kit_is_imported_only_where_it_is_used() -> None:
    """Law: ``planweave.testing`` itself needs neither hypothesis nor the planners."""
    code = (
        "import sys, planweave.testing; sys.exit(any(n in sys.modules for n in ('hypothesis', 'planweave.planners')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
