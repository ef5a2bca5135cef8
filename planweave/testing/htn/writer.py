"""The writer: random exercises and domains."""

from __future__ import annotations

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.model import Problem, TaskNetwork
from planweave.testing.choices import Choices, pick
from planweave.testing.htn.conditions import ConditionWriter
from planweave.testing.htn.derivation import derive
from planweave.testing.htn.exercise import Exercise
from planweave.testing.htn.limits import HtnLimits
from planweave.testing.htn.obstacles import obstructed
from planweave.testing.htn.sketch import SketchWriter


class ExerciseWriter:
    """Writes one random exercise.

    First there are a domain and a problem without conditions. Its tasks are done in some way, drawn by chance; then
    conditions are put in that hold in this way, so that it is a witness. What is to have no solution gets an obstacle.

    Args:
        choices: where the chances come from.
        limits: how large and how varied it is.

    >>> from planweave.testing.choices import Dice
    >>> one, same = (ExerciseWriter(Dice(7)).exercise(solvable=True) for _ in range(2))
    >>> one == same, one.is_solvable
    (True, True)
    """

    def __init__(self, choices: Choices, limits: HtnLimits = HtnLimits()) -> None:  # noqa: B008  # because it is frozen
        self._choices = choices
        self._limits = limits
        self._sketch = SketchWriter(choices, limits)

    def exercise(self, solvable: bool | None = None) -> Exercise:
        """An exercise.

        Args:
            solvable: whether it has a solution, which it then brings along; None: it has, it has not, or it is left to
                chance and nobody knows.
        """
        known = pick(self._choices, (True, None, False)) if solvable is None else solvable
        formulas = self._sketch.formulas
        problem = self._sketch.problem(self._sketch.domain())
        derivation = None if known is None else derive(problem, self._choices, self._limits)
        problem = ConditionWriter(formulas, problem, derivation).written()
        if known is False:
            problem, reason = obstructed(problem, formulas)
            return Exercise(problem, obstacle=reason)
        return Exercise(problem, None if derivation is None else derivation.solution)

    def domain(self) -> Domain:
        """A domain, whose conditions are left to chance."""
        domain = self._sketch.domain()
        nothing = Problem(domain.name, domain, {}, frozenset(), TaskNetwork())
        return ConditionWriter(self._sketch.formulas, nothing, None).written().domain
