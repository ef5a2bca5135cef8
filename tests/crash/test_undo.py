"""A run that undoes what it did is killed at every write of its journal, and undoes the rest all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import planweave as pw
from planweave.testing.crash.everywhere import crash_everywhere
from tests.crash.flows import ledger_in
from tests.crash.undone import CANCEL, CANCEL_AND_UNDO, booking, cancelled


def test_an_undo_survives_a_kill_at_every_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever succeeded is given back, and how that went is recorded once."""
    booked = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(booking, {"seats": ["1", "2"]}, folder=folder, effects=booked.effects)
    assert len(survived) >= 18
    assert sum("@undo" in one.boundary for one in survived) >= 6
    for one in survived:
        run = one.account.run
        assert run.state is pw.RunState.FAILED, one.boundary
        assert {str(run.nodes[f"take[{i}]"].state) for i in range(2)} == {"compensated"}, one.boundary
        assert {str(run.nodes[f"take[{i}]@undo"].state) for i in range(2)} == {"succeeded"}, one.boundary
        assert one.count("give back", "1") >= 1
        assert one.count("give back", "2") >= 1


def test_a_cancel_that_undoes_survives_a_kill_at_every_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is to be undone is on disk before the cancel is acknowledged."""
    booked = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(
        cancelled, {"seats": ["1"]}, folder=folder, effects=booked.effects, replies=CANCEL_AND_UNDO
    )
    assert len(survived) >= 14
    for one in survived:
        run = one.account.run
        assert run.state is pw.RunState.CANCELLED, one.boundary
        assert str(run.nodes["take[0]"].state) == "compensated", one.boundary
        assert one.count("give back", "1") >= 1


def test_a_cancel_survives_a_kill_at_every_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is acknowledged nothing starts, whoever goes on with the run; what has succeeded stays."""
    taken = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(cancelled, {"seats": ["1"]}, folder=folder, effects=taken.effects, replies=CANCEL)
    assert sum("the write of want" in one.boundary for one in survived) == 2
    for one in survived:
        run = one.account.run
        assert run.state is pw.RunState.CANCELLED, one.boundary
        assert {name: str(node.state) for name, node in run.nodes.items()} == {
            "take": "succeeded",
            "take[0]": "succeeded",
            "stop": "cancelled",
            "linger": "cancelled",
        }, one.boundary
