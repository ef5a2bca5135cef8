"""The laws find planted bugs: a law that nothing can break proves nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from planweave.testing import Limits, Scenario, Script, scripts
from tests.laws.mutants import MUTANTS, Mutant
from tests.laws.test_frontier import FrontierMachine
from tests.laws.test_lanes import LanesMachine
from tests.laws.test_seeds import SEEDS
from tests.laws.worlds import hold_all, plain

QUICK = settings(
    max_examples=600, database=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)

PURE: list[tuple[str, type[RuleBasedStateMachine]]] = [
    ("forgets_one_of_several_successors", FrontierMachine),
    ("counts_an_edge_twice", FrontierMachine),
    ("names_the_nearest_instead_of_the_root", FrontierMachine),
    ("one_success_waits_for_all", FrontierMachine),
    ("all_done_does_not_wait_after_a_failure", FrontierMachine),
    ("closes_an_expansion_too_early", FrontierMachine),
    ("forgets_what_an_expansion_takes_from_outside", FrontierMachine),
    ("lets_one_too_many_into_a_pool", LanesMachine),
    ("gives_room_back_twice", LanesMachine),
    ("measures_half_of_the_time_of_a_rate", LanesMachine),
]


def the(name: str) -> Mutant:
    return next(mutant for mutant in MUTANTS if mutant.name == name)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_laws_find(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the seeds that the engine itself passes, some law is broken by each planted bug."""
    mutant.plant(monkeypatch)
    for seed in range(SEEDS):
        try:
            hold_all(seed)
        except (AttributeError, NameError, TypeError):
            raise  # the bug is planted wrongly
        except Exception:
            return
    pytest.fail(f"an engine that {mutant.name.replace('_', ' ')} keeps every law for {SEEDS} seeds")


@pytest.mark.parametrize(("name", "machine"), PURE, ids=[name for name, _ in PURE])
def test_the_laws_of_the_pure_parts_find(
    name: str, machine: type[RuleBasedStateMachine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The laws of the frontier and of the lanes, each by itself, find the bugs that are in there."""
    the(name).plant(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011  # because each bug shows in another way
        run_state_machine_as_test(machine, settings=QUICK)


@pytest.mark.parametrize(("name", "parts"), [("counts_an_edge_twice", 3), ("takes_the_other_branch", 2)])
def test_a_failing_workflow_shrinks_to_a_few_nodes(name: str, parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hypothesis shows of a broken law is small enough to be understood at a glance."""
    the(name).plant(monkeypatch)

    def breaks(script: Script) -> bool:
        try:
            plain(Scenario(script), 0)
        except Exception:
            return True
        return False

    shrinking = settings(QUICK, phases=[Phase.generate, Phase.shrink], deadline=None)
    found = find(
        scripts(Limits(parts=3, depth=1, features=frozenset({"when", "controls"}))), breaks, settings=shrinking
    )
    assert len(found.parts) <= parts
    assert len(repr(found)) < 500
