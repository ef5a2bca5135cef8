"""The same seed gives the same run; and whatever the seed, every node ends alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.engine.state import NodeState
from planweave.testing import Scenario, workflows
from tests.laws.transcript import digest, transcript
from tests.laws.worlds import play, scenario_of

ROOT = Path(__file__).parents[2]
SEEDS = range(120)


@pytest.fixture(scope="module")
def here() -> str:
    return digest(SEEDS)


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_the_same_seeds_give_the_same_events_in_every_process(hash_seed: str, here: str) -> None:
    """Same seed, same events, byte for byte, whatever PYTHONHASHSEED is."""
    command = [sys.executable, "-m", "tests.laws.transcript", str(SEEDS.start), str(SEEDS.stop)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == here


def test_other_seeds_give_other_interleavings() -> None:
    """A seed changes what happens at the same instant: the laws are not tried on one order only."""
    scenario = scenario_of(0)
    assert len({transcript(play(scenario, seed).run) for seed in range(20)}) > 10


@settings(max_examples=40)
@given(workflows(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_every_node_ends_alike_under_every_interleaving(scenario: Scenario, one: int, other: int) -> None:
    """Confluence: the last states, the values and the result do not depend on what happens first."""

    def ends(seed: int) -> dict[str, NodeState]:
        run = play(scenario, seed, run_id=f"run {seed}").run
        scenario.check(run)
        own = {name for name in run.nodes if not any(name.startswith(f"{grown}/") for grown in from_cache(scenario))}
        return {name: node.state for name, node in run.nodes.items() if name in own}

    assert ends(one) == ends(other)


def from_cache(scenario: Scenario) -> list[str]:
    """Nodes whose graph may be missing because the value of an equal call was there."""
    return [
        name for name, end in scenario.expected.nodes.items() if end.work and end.work.grows and end.work.policy.cache
    ]
