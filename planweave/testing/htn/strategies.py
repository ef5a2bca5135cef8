"""Strategies for hypothesis: random domains, and random problems whose answers are known. They shrink.

This module imports hypothesis: it is imported where a strategy is asked for.
"""

from __future__ import annotations

from hypothesis import strategies as st

from planweave.planners.htn.domain import Domain
from planweave.testing.drawn import Drawn
from planweave.testing.htn.exercise import Exercise
from planweave.testing.htn.limits import HtnLimits
from planweave.testing.htn.writer import ExerciseWriter


def htn_domains(limits: HtnLimits = HtnLimits()) -> st.SearchStrategy[Domain]:  # noqa: B008  # because it is frozen
    """Random domains for hierarchical planning, with operators, compound tasks and methods.

    Failing examples shrink to few operators and methods with short conditions.

    Args:
        limits: how large and how varied they are.

    Returns:
        Domains, as ``htn.Domain``; ``htn.write`` shows them.

    >>> from hypothesis import find, settings
    >>> from planweave import htn
    >>> found = find(htn_domains(), lambda domain: len(domain.methods) >= 1, settings=settings(database=None))
    >>> found.methods["get-1"]
    Method(name='get-1', parameters=(), task='get', ...)
    """

    @st.composite
    def domains(draw: st.DrawFn) -> Domain:
        return ExerciseWriter(Drawn(draw), limits).domain()

    return domains()


def htn_problems(
    limits: HtnLimits = HtnLimits(),  # noqa: B008  # because it is frozen
    *,
    solvable: bool | None = None,
) -> st.SearchStrategy[Exercise]:
    """Random problems for hierarchical planning, with what is known of their answers.

    Solvable ones are made around a solution, which they bring along. Unsolvable ones are such problems with an obstacle
    that provably no plan gets past. All are tiny: without ``"loops"`` there are so few ways to do the tasks that
    trying them all ends soon.

    Args:
        limits: how large and how varied they are; ``HtnLimits(features=HTN_FEATURES - {"partial-order"})`` leaves out
            what a planner does not know.
        solvable: True: with a solution; False: provably without; None: either, or one that was left to chance.

    Returns:
        Exercises: ``.problem`` is the ``htn.Problem`` and ``.domain`` its domain, ``.witness`` and ``.plan`` are a
        solution (None: none is known), ``.obstacle`` says why there is none. They print as HDDL.

    >>> from hypothesis import given, settings
    >>> from planweave import htn
    >>> @settings(max_examples=5, database=None)
    ... @given(htn_problems(solvable=True))
    ... def the_witness_is_a_plan(exercise: Exercise) -> None:
    ...     htn.verify(exercise.domain, exercise.problem, exercise.plan)
    >>> the_witness_is_a_plan()
    """

    @st.composite
    def exercises(draw: st.DrawFn) -> Exercise:
        return ExerciseWriter(Drawn(draw), limits).exercise(solvable)

    return exercises()
