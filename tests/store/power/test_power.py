"""Power fails at any moment of a run, and whatever it was told is on record is there when power is back."""

from __future__ import annotations

import pytest

from tests.laws.mutants import Mutant
from tests.store.power.images import NotSurvived, images
from tests.store.power.mutants import MUTANTS
from tests.store.power.recording import SCENARIOS, Scenario

SHARE = 300
"""So many losses of power; ``make crash`` tries more."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_was_acknowledged_outlives_a_loss_of_power(scenario: Scenario) -> None:
    """The store opens, the audit passes, each acknowledged entry and value is there, the run ends as it would have."""
    count = SHARE // len(SCENARIOS)
    figures = images(1, count, scenarios=(scenario,))
    print(figures)
    assert figures.images == count
    assert figures.resumed >= count // 5, "many points are in the midst of a run"
    assert figures.entries > count, "entries were acknowledged before"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_loss_of_power_finds(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not wait for the disk loses something that was acknowledged."""
    mutant.plant(monkeypatch)
    with pytest.raises(NotSurvived, match="power fails after") as caught:
        _many_images_of_large_values()
    for wrong in ("AttributeError", "NameError"):
        assert wrong not in str(caught.value), "the bug is planted wrongly"


def _many_images_of_large_values() -> None:
    """So many that a bug shows for certain; mostly it does among the first."""
    for seed in range(20):
        images(seed, 200, scenarios=tuple(one for one in SCENARIOS if one.name == "large values"))
