"""Random kills of workers and of long runs: nothing is lost, nothing recorded twice, nothing gets stuck."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.flow import Flow
from tests.crash.flows import REPLIES, large_flow, ledger_in
from tests.crash.pieces import LENGTH, WIDTH, Piece
from tests.crash.setting import Setting


def test_thirty_kills_of_three_workers(here: Setting) -> None:
    """Runs go from worker to worker, and end as if nobody had been killed, or had stood still for too long."""
    figures = Piece("storm", "any", kills=30, seed=1).go(here)
    print(figures)
    assert figures.kills == 30
    assert figures.resumes >= 5, "kills hit runs that were under way"
    assert figures.said >= 5, "runs were answered"


def test_thirty_kills_of_three_workers_with_runs_of_two_hundred_nodes(here: Setting) -> None:
    """The same with few large runs: each is cut off again and again."""
    figures = Piece("large", "any", kills=30, seed=2).go(here)
    print(figures)
    assert figures.kills == 30
    assert figures.resumes >= 10


def test_a_run_of_two_hundred_nodes_is_killed_twenty_times(here: Setting) -> None:
    """Each time another process goes on, and each result is recorded once."""
    figures = Piece("relay", "any", kills=20, seed=3).go(here)
    print(figures)
    assert figures.kills == 20
    assert figures.resumes >= 15, "another process went on after nearly all of them"
    assert figures.extra > 40, "some effects came twice, beside those of the 29 steps that fail at first"


def test_the_large_flow_is_as_large_as_it_is_to_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has retries, a map, a timer, an approval and an event, in two hundred nodes."""
    flow = Flow.of(large_flow(WIDTH, LENGTH), {}, ledger_in(folder, monkeypatch), REPLIES)
    assert flow.size == 200
    assert flow.effects > len(flow.nodes) + LENGTH // 5, "steps are tried again"
    assert {one.kind for one in flow.graph.nodes} >= {"map", "sleep", "approve", "wait_for"}
