"""The laws, for the workflows that hypothesis thinks of: a failure shrinks to a small one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planweave.testing import Scenario, workflows
from tests.laws.worlds import WORLDS, hold, play


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_every_law_holds_in(world: Callable[[Scenario, int], None]) -> None:
    """In each world, whatever the workflow and the interleaving, every law holds."""

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(workflows(), st.integers(0, 2**32))
    def holds(scenario: Scenario, seed: int) -> None:
        hold(scenario, seed, world)

    holds()


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(workflows(), st.integers(0, 2**32))
def test_a_cancel_at_any_event_and_in_any_body_leaves_nothing_behind(scenario: Scenario, seed: int) -> None:
    """An observer may cancel at every single event, and each body from inside: all laws hold for what is left."""
    whole = play(scenario, seed).run
    for number in range(len(whole.events)):
        scenario.check(play(scenario, seed, cancel_on=number).run)
    for number in range(len(scenario.probe.visits)):
        scenario.check(play(scenario, seed, cancel_in=number).run)
