"""A run that undoes what it did is killed at every write of its journal, and undoes the rest all the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import planweave as pw
from planweave.testing.crash.everywhere import crash_everywhere
from tests.crash.flows import Refused, ledger, ledger_in


def give_back(seat: str) -> None:
    """Fails when it is tried for the first time."""
    ledger().record("give back", seat)
    if pw.context().attempt == 1:
        raise Refused("the first attempt is in vain")


@pw.task(crash_limit=None, retry=pw.Retry(6, base=0.002, cap=0.002), undo=give_back)
def take(seat: str) -> str:
    ledger().record("take", seat)
    return seat


@pw.task(crash_limit=None)
def pay(seats: list[str]) -> str:
    raise Refused("no money")


@pw.workflow(on_failure="undo")
def booking(seats: list[str]) -> str:
    """A map whose items are undone, as what comes after it fails."""
    return pay(take.map(seats))


@pw.workflow
def cancelled(seats: list[str]) -> str:
    """A map whose items are undone, as the run is cancelled in the midst."""
    return stop(take.map(seats))


@pw.task(crash_limit=None)
async def stop(seats: list[str]) -> str:
    pw.cancel(pw.context().run_id, store=store_of_test(), undo=True)
    await asyncio.sleep(60)
    return "too late"


def store_of_test() -> Path:
    """The store of the run, which a task cannot ask for."""
    return Path(ledger().path).parent / "runs.db"


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
    survived = crash_everywhere(cancelled, {"seats": ["1"]}, folder=folder, effects=booked.effects)
    assert len(survived) >= 14
    for one in survived:
        run = one.account.run
        assert run.state is pw.RunState.CANCELLED, one.boundary
        assert str(run.nodes["take[0]"].state) == "compensated", one.boundary
        assert one.count("give back", "1") >= 1
