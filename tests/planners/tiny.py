"""Tiny random problems, under the names that tests here have for them; they stand in ``planweave/testing/htn/``."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from planweave.planners.htn.formula import Formula, Parameter
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.testing import HTN_FEATURES, HtnLimits, htn_problems
from planweave.testing.drawn import Drawn
from planweave.testing.htn.formulas import FormulaWriter
from planweave.testing.htn.judge import is_solution
from planweave.testing.htn.limits import HtnFeature
from planweave.testing.htn.parts import loosened, parts_of, with_parts

__all__ = ["X", "Y", "conditions", "effects", "loosened", "mended", "problems", "solved"]

X, Y = Parameter("?x"), Parameter("?y", ("thing",))

RICH: frozenset[HtnFeature] = frozenset({"conditional-effects", "forall", "disjunction"})


def limits(*, rich: bool = True, task_effects: bool = True, preconditions: bool = True) -> HtnLimits:
    """What problems may hold.

    Args:
        rich: whether formulas are more than conjunctions of literals.
        task_effects: whether compound tasks may declare effects.
        preconditions: whether methods may have preconditions.
    """
    features = HTN_FEATURES - (frozenset() if rich else RICH)
    features -= frozenset() if task_effects else {"task-effects"}
    features -= frozenset() if preconditions else {"method-preconditions"}
    return HtnLimits(objects=1, predicates=3, steps=5, features=features)


def problems(**options: bool) -> st.SearchStrategy[Problem]:
    """Problems, solvable and not."""
    return htn_problems(limits(**options)).map(lambda exercise: exercise.problem)


def solved(**options: bool) -> st.SearchStrategy[tuple[Problem, Solution]]:
    """Problems with a solution each."""
    return htn_problems(limits(**options), solvable=True).map(lambda one: (one.problem, one.witness or Solution(())))


def conditions(variables: tuple[Parameter, ...], rich: bool) -> st.SearchStrategy[Formula]:
    """Conditions with these variables."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Formula:
        return FormulaWriter(Drawn(draw), limits(rich=rich)).condition(variables)

    return drawn()


def effects(variables: tuple[Parameter, ...], rich: bool) -> st.SearchStrategy[Formula]:
    """Effects with these variables."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Formula:
        return FormulaWriter(Drawn(draw), limits(rich=rich)).effect(variables, rich=rich)

    return drawn()


def mended(problem: Problem, solution: Solution) -> Problem:
    """The problem with as many of its conditions, and then as few facts, as leave a well-formed solution one."""
    found = loosened(problem, orderings=False)
    if not is_solution(found, solution):
        return problem
    for part in parts_of(problem.domain):
        parts = [part if (type(one), one.name) == (type(part), part.name) else one for one in parts_of(found.domain)]
        better = replace(found, domain=with_parts(problem.domain, parts))
        found = better if is_solution(better, solution) else found
    better = replace(found, goal=problem.goal)
    found = better if is_solution(better, solution) else found
    for fact in sorted(problem.state, key=str):
        better = replace(found, state=found.state - {fact})
        found = better if is_solution(better, solution) else found
    return found
