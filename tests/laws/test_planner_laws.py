"""Our planners keep the laws of planners, and the kit finds the bugs that planners are known to have."""

from __future__ import annotations

from collections.abc import Callable
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
from planweave.testing.htn.writer import ExerciseWriter
from tests.planners.mutants import MUTANTS, never_backtracks, reference

EXAMPLES = settings(max_examples=500, database=None)
"""The same number for our planners, for the reference and for the mutants."""

QUICK = settings(EXAMPLES, phases=[Phase.generate])
"""Nothing shrinks."""

SOON = 0.02
"""Seconds of processor time, where an answer that does not come by then need not come."""

EVERYTHING = HtnLimits(features=HTN_FEATURES)
ORDERED = HtnLimits(features=HtnLimits().features - {"partial-order"})

INCOMPLETE = {"lifted", "portfolio", "sat"}
"""Planners that search in linearisations of partially ordered methods, and so may miss plans."""

OURS: dict[str, Any] = {**dict.fromkeys(PLANNERS), "find_plan": find_plan}


def seeded(limits: HtnLimits) -> st.SearchStrategy[Exercise]:
    """What ``htn_problems`` gives, six times as fast; it is trimmed when it fails, but does not shrink."""
    return st.integers(0, 2**32 - 1).map(lambda seed: ExerciseWriter(Dice(seed), limits).exercise())


def ours(name: str) -> Any:
    """A planner by its name, or the function that people call."""
    return OURS[name] or name


@pytest.mark.parametrize("name", OURS)
def test_our_planners_are_sound(name: str) -> None:
    """Law: plans are plans, and where none is said to exist, there is none; whatever the problem holds."""
    assert_sound(ours(name), seeded(EVERYTHING), settings=EXAMPLES, time_limit=SOON)


@pytest.mark.parametrize("name", OURS)
def test_our_planners_are_deterministic(name: str) -> None:
    """Law: the same problem and seed give the same answer; whatever the problem holds."""
    assert_deterministic(ours(name), seeded(EVERYTHING), settings=EXAMPLES, time_limit=SOON)


@pytest.mark.parametrize("name", OURS)
def test_our_planners_are_complete_on_tiny_problems(name: str) -> None:
    """Law: a plan is found where there is one, and where there is none, that is proved."""
    limits = ORDERED if name in INCOMPLETE or name == "find_plan" else HtnLimits()
    assert_complete_on_tiny(ours(name), seeded(limits), settings=EXAMPLES)


def test_three_lines_test_a_planner() -> None:
    """Law: what docs/testing.md shows passes for a planner that is right, with 500 examples a law."""
    assert_sound(reference)
    assert_complete_on_tiny(reference)
    assert_deterministic(reference)


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
