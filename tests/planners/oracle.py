"""Brute force, under the names that tests here have for it; it stands in ``planweave/testing/htn/``."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.testing.htn.enumeration import Enumeration
from planweave.testing.htn.judge import is_solution, linearizations
from planweave.testing.htn.semantics import Objects, State, after, bound, choices, ends, fact_of, fits, holds

__all__ = [
    "Objects",
    "State",
    "after",
    "bound",
    "choices",
    "ends",
    "fact_of",
    "fits",
    "holds",
    "is_solution",
    "linearizations",
    "solutions",
]


def solutions(problem: Problem, *, max_steps: int = 4, max_choices: int = 4, tries: int = 20_000) -> Iterator[Solution]:
    """The solutions of a problem with so many steps and decompositions at most, after so many tries at most."""
    return iter(Enumeration(problem, max_steps=max_steps, max_choices=max_choices, tries=tries))
