"""Our planners keep the laws of planners, and the kit finds the bugs that planners are known to have."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from planweave.planners.htn.find import PLANNERS, find_plan
from planweave.testing import (
    HTN_FEATURES,
    Exercise,
    HtnLimits,
    PlannerBroken,
    assert_complete_on_tiny,
    assert_deterministic,
    assert_sound,
    htn_problems,
)
from planweave.testing.choices import Dice
from planweave.testing.htn.laws import looked_up
from planweave.testing.htn.writer import ExerciseWriter
from tests.planners.mutants import MUTANTS, never_backtracks, reference

EXAMPLES = settings(max_examples=500, database=None)
"""The same number for our planners, for the reference and for the mutants."""

QUICK = settings(EXAMPLES, phases=[Phase.generate])
"""Nothing shrinks."""

SOON = 0.01
"""Seconds of processor time, where an answer that does not come by then need not come."""

EVERYTHING = HtnLimits(features=HTN_FEATURES)
ORDERED = HtnLimits(features=HTN_FEATURES - {"partial-order"})

INTERLEAVING = {"interleaved"}
"""Those that prove of partially ordered problems, too, that there is no plan; the others search in linearisations."""

FIRST = 0 if os.environ.get("CI") else random.SystemRandom().randrange(2**32)
"""The first seed: each run tries other problems, unless a change is judged."""


def ours(name: str) -> Any:
    """A planner by its name, or the function that people call."""
    return find_plan if name == "find_plan" else name


def seeded(limits: HtnLimits, solvable: bool | None = None) -> st.SearchStrategy[Exercise]:
    """As many of what ``htn_problems`` gives, but made once for all planners; what fails is trimmed, but not shrunk."""
    return st.integers(FIRST, FIRST + EXAMPLES.max_examples - 1).map(partial(exercise, limits, solvable))


@cache
def exercise(limits: HtnLimits, solvable: bool | None, seed: int) -> Exercise:
    """An exercise, with its answer if that is found soon."""
    return looked_up(ExerciseWriter(Dice(seed), limits).exercise(solvable))


def asked(name: str) -> st.SearchStrategy[Exercise]:
    """Problems of all kinds that a planner may be expected to answer soon."""
    return seeded(EVERYTHING) if name in INTERLEAVING else seeded(ORDERED) | seeded(EVERYTHING, True)


@pytest.mark.parametrize("name", [*PLANNERS, "find_plan"])
def test_our_planners_are_sound(name: str) -> None:
    """Law: plans are plans, and where none is said to exist, there is none; whatever the problem holds."""
    assert_sound(ours(name), asked(name), settings=EXAMPLES, time_limit=SOON)


@pytest.mark.parametrize("name", PLANNERS)
def test_our_planners_are_deterministic(name: str) -> None:
    """Law: the same problem and seed give the same answer; whatever the problem holds."""
    assert_deterministic(name, asked(name), settings=EXAMPLES, time_limit=SOON)


@pytest.mark.parametrize("name", PLANNERS)
def test_our_planners_are_complete_on_tiny_problems(name: str) -> None:
    """Law: a plan is found where there is one, and where there is none, that is proved."""
    left_out = {"loops", *([] if name in INTERLEAVING else ["partial-order"])}
    assert_complete_on_tiny(name, seeded(HtnLimits(features=HTN_FEATURES - left_out)), settings=EXAMPLES)


def test_the_reference_passes_as_many_examples_as_the_mutants() -> None:
    """Law: a planner that is right keeps every law."""
    assert_sound(reference, settings=QUICK)
    assert_complete_on_tiny(reference, seeded(HtnLimits()), settings=EXAMPLES)
    assert_deterministic(reference, seeded(HtnLimits()), settings=EXAMPLES)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_planted_bug_is_found(mutant: Callable[..., Any]) -> None:
    """Law: a planner with a bug does not pass the same number of examples."""
    with pytest.raises(PlannerBroken) as caught:
        assert_sound(mutant, settings=QUICK, time_limit=0.1)
    assert caught.value.law == "is_sound" and "(define (problem tiny)" in str(caught.value)


def test_a_planner_that_does_not_backtrack_is_not_complete() -> None:
    """Law: completeness is asserted too."""
    with pytest.raises(PlannerBroken, match="but there is one"):
        assert_complete_on_tiny(never_backtracks, htn_problems(solvable=True), settings=QUICK)
