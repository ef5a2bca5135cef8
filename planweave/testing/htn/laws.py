"""The laws of planners: what is true of every planner, whatever it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from planweave.planners.htn.model import Problem
from planweave.testing.htn.answer import Answer, Asker
from planweave.testing.htn.enumeration import Enumeration
from planweave.testing.htn.exercise import Exercise
from planweave.testing.htn.fault import fault
from planweave.testing.htn.texts import shown

TRIES = 400
"""Points of a search space that are looked at for the answer of a problem that was left to chance."""


@dataclass(frozen=True)
class Breach:
    """What broke a law.

    Attributes:
        what: a sentence.
        exercise: what was asked, with what is known by now.
        answers: what was answered.
    """

    what: str
    exercise: Exercise
    answers: tuple[Answer, ...] = ()

    @property
    def kind(self) -> tuple[object, ...]:
        """What kind of answers it is about."""
        return tuple((type(one.found), type(one.error)) for one in self.answers)

    @property
    def text(self) -> str:
        """The problem, and what was answered, to be read by a person."""
        plans = [
            f"the plan:\n{shown(one.found)}\n" for one in self.answers if one.found is not None and one.fault is None
        ]
        return "\n".join([repr(self.exercise), *plans])


Law: TypeAlias = "Callable[[Asker, Exercise, float, int], Breach | None]"
"""What a planner breaks by its answer to an exercise, within so many seconds and with this seed."""


def is_sound(ask: Asker, exercise: Exercise, time_limit: float, seed: int) -> Breach | None:
    """Each plan solves its problem, and where it says that there is no plan, there is none. It may be late."""
    answer = ask(exercise.problem, time_limit, seed)
    what = _wrong(answer, exercise.problem)
    if what is not None:
        return Breach(what, exercise, (answer,))
    known = looked_up(exercise) if answer.denies else exercise
    if answer.denies and known.is_solvable:
        return Breach("the planner says that there is no plan, but there is one", known, (answer,))
    return None


def is_complete(ask: Asker, exercise: Exercise, time_limit: float, seed: int) -> Breach | None:
    """Where a problem has a solution it finds a plan, and where it has none it says so, in time."""
    answer = ask(exercise.problem, time_limit, seed)
    what = _wrong(answer, exercise.problem)
    if what is not None:
        return Breach(what, exercise, (answer,))
    known = looked_up(exercise)
    if known.is_solvable and answer.found is None:
        said = f"gave no answer in {time_limit:g} seconds" if answer.is_late else "says that there is no plan"
        return Breach(f"the planner {said}, but there is one", known, (answer,))
    if known.is_solvable is False and answer.is_late:
        return Breach(f"the planner did not say in {time_limit:g} seconds that there is no plan", known, (answer,))
    return None


def is_deterministic(ask: Asker, exercise: Exercise, time_limit: float, seed: int) -> Breach | None:
    """Equal problems and equal seeds get equal answers, unless one is late."""
    problem = exercise.problem
    # equal sets may list their members in different orders, which must not matter
    twin = replace(problem, state=frozenset({*reversed(list(problem.state))}))
    one, other = ask(problem, time_limit, seed), ask(twin, time_limit, seed)
    for answer in (one, other):
        if answer.fault is not None:
            return Breach(answer.fault, exercise, (answer,))
    if one.is_late or other.is_late or (one.found == other.found and str(one) == str(other)):
        return None
    what = f"the planner answers '{one}' once and '{other}' the next time" if str(one) != str(other) else None
    return Breach(what or "the planner gives two plans for one problem and one seed", exercise, (one, other))


def _wrong(answer: Answer, problem: Problem) -> str | None:
    """What is wrong with an answer by itself."""
    if answer.fault is not None or answer.found is None:
        return answer.fault
    found = fault(problem, answer.found)
    return None if found is None else f"the plan is wrong: {found}"


def looked_up(exercise: Exercise) -> Exercise:
    """The exercise with its answer, where trying everything finds one."""
    if exercise.is_solvable is not None:
        return exercise
    every = Enumeration(exercise.problem, tries=TRIES)
    witness = next(iter(every), None)
    if witness is not None:
        return replace(exercise, witness=witness)
    return replace(exercise, obstacle="every way to do its tasks has been tried") if every.is_complete else exercise
