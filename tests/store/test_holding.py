"""What a process holds: leases while records are told, cancels that are on disk, stores that nobody uses any more."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.store.lease import leases_of
from planweave.engine.store.replay import replay
from planweave.engine.store.sqlite import SqliteStore


@pw.task
async def slow() -> int:
    await asyncio.sleep(3600)
    return 1


@pw.task(executor="inline")
def quick() -> int:
    return 1


@pw.workflow
def waits() -> int:
    return slow()


@pw.workflow
def sleeps() -> object:
    return pw.sleep(3600)


@pw.workflow
def flow() -> int:
    return quick()


def test_a_cancel_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    """Law: an acknowledged cancel is not lost, even if the process ends before its loop turns again."""
    store = SqliteStore(tmp_path / "runs.db")

    async def main() -> pw.RunState:
        run = await pw.start(waits, store=store, run_id="r")
        run.cancel()
        assert store.row("r").wanted == "cancel"
        return (await run.wait(check=False)).state

    assert asyncio.run(main()) is pw.RunState.CANCELLED
    store.close()


def test_a_lease_is_renewed_while_the_records_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: however long it takes to tell what is recorded, nobody else can take the run meanwhile."""
    store, other = SqliteStore(tmp_path / "runs.db"), SqliteStore(tmp_path / "runs.db")
    leases = leases_of(store, seconds=0.5, every=0.1)
    assert pw.run(sleeps, store=store, run_id="r", leave=0).state is pw.RunState.WAITING
    begun, go_on = threading.Event(), threading.Event()

    def late(*args: Any, **options: Any) -> int:
        begun.set()
        assert go_on.wait(60)
        return replay(*args, **options)

    monkeypatch.setattr("planweave.engine.resume.replay", late)
    thread = threading.Thread(target=lambda: asyncio.run(cancelled(store)), name="resuming")
    thread.start()
    try:
        assert begun.wait(60)
        time.sleep(3 * leases.seconds)  # the lease that came with the claim is over
        with pytest.raises(pw.RunHeld):
            other.claim("r", "elsewhere|b|1|2|w", 5, is_dead=lambda holder: False)
    finally:
        go_on.set()
        thread.join()
    store.close()
    other.close()


async def cancelled(store: SqliteStore) -> None:
    run = await pw.start_resumed("r", store=store, graph=sleeps)
    run.cancel()
    await run.wait(check=False)


def test_a_store_that_no_run_uses_can_go(tmp_path: Path) -> None:
    """Law: what looks after a store does not keep it."""
    store = SqliteStore(tmp_path / "runs.db")
    gone = weakref.ref(store)
    assert pw.run(flow, store=store).result == 1
    store.close()
    del store
    gc.collect()
    assert gone() is None
