"""What numbers of a problem come to, for objects: how long a step takes, what it costs."""

from __future__ import annotations

from collections.abc import Mapping

from planweave.planners.htn.formula import Fluent
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import GroundTask


def amount(value: float | Fluent, objects: Mapping[str, str], problem: Problem) -> float | None:
    """A number, or the initial value of a fluent for objects; None: the problem gives it none.

    Args:
        value: a number or a fluent.
        objects: the object of each of its variables.
        problem: that gives fluents their values.
    """
    if not isinstance(value, Fluent):
        return float(value)
    return problem.values.get(Fluent(value.function, tuple([objects.get(term, term) for term in value.arguments])))


def duration(step: GroundTask, problem: Problem) -> float | None:
    """How long a step takes; None: nobody says.

    >>> from planweave.planners.htn.domain import Domain
    >>> domain = Domain("walk")
    >>> domain.operator("walk", duration=60)
    >>> duration(GroundTask("walk"), domain.problem(tasks=["walk"]))
    60.0
    """
    operator = problem.domain.operators[step.name]
    if operator.duration is None:
        return None
    names = [one.name for one in operator.parameters]
    return amount(operator.duration, dict(zip(names, step.arguments, strict=True)), problem)
