"""The laws find planted bugs: a law that nothing can break proves nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from planweave.testing import Scenario, scripts

from tests.laws.mutants import MUTANTS, Mutant
from tests.laws.test_seeds import SEEDS
from tests.laws.worlds import hold_all, plain


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_laws_find(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the seeds that the engine itself passes, some law is broken by each planted bug."""
    mutant.plant(monkeypatch)
    for seed in range(SEEDS):
        try:
            hold_all(seed)
        except Exception:
            return
    pytest.fail(f"an engine that {mutant.name.replace('_', ' ')} keeps every law for {SEEDS} seeds")


@pytest.mark.parametrize("name, parts", [("counts_an_edge_twice", 3), ("takes_the_other_branch", 1)])
def test_a_failing_workflow_shrinks_to_a_few_nodes(name: str, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hypothesis shows of a broken law is small enough to be understood at a glance."""
    next(mutant for mutant in MUTANTS if mutant.name == name).plant(monkeypatch)

    def breaks(script: object) -> bool:
        try:
            plain(Scenario(script), 0)  # type: ignore[arg-type]  # because find() does not tell the type
        except Exception:
            return True
        return False

    quick = settings(max_examples=400, database=None, suppress_health_check=list(HealthCheck), phases=list(Phase))
    found = find(scripts(), breaks, settings=quick)
    assert len(found.parts) <= parts
    assert len(repr(found)) < 600
