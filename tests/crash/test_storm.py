"""Random kills of three workers: nothing is lost, nothing recorded twice, nothing gets stuck."""

from __future__ import annotations

from pathlib import Path

import pytest

from planweave.engine.compile import compile as compile_graph
from tests.crash.flows import REPLIES, five, large_flow, ledger_in
from tests.crash.storm import Flow, Storm


def test_thirty_kills_of_three_workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs go from worker to worker, and end as if nobody had been killed."""
    ledger = ledger_in(folder, monkeypatch)
    flows = [
        Flow.of(compile_graph(five), {"count": 3}, ledger),
        Flow.of(compile_graph(large_flow(10, 20)), {}, ledger, REPLIES),
    ]
    storm = Storm(f"sqlite:///{folder / 'runs.db'}", folder, ledger, flows, seed=1)
    figures = storm.rage(30)
    print(figures)
    assert figures.kills == 30
    assert figures.resumes >= 5, "kills hit runs that were under way"
