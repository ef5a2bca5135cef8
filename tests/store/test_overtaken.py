"""A worker whose run has been taken over while it stood still does not hold that against the run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import planweave as pw
from planweave.engine.store.holder import this_process
from planweave.engine.store.lease import leases_of
from planweave.engine.store.store import open_store
from planweave.engine.worker import work

DEAD = replace(this_process("thief"), started="1").text()
"""Somebody who is surely gone: a process of this number started at another time."""

PLACE: list[Path] = []
"""The store of the test, which a task cannot ask for."""


@pw.task(crash_limit=None)
async def overtaken() -> int:
    """In the first attempt somebody else takes the run over, and ends."""
    attempt = pw.context().attempt
    if attempt == 1:
        thief = open_store(PLACE[-1])
        thief.claim(pw.context().run_id, DEAD, 60.0, is_dead=lambda holder: True)
        thief.close()
        await asyncio.sleep(3600)
    return attempt


@pw.workflow
def flow() -> int:
    return overtaken.using(after=[pw.approve("Go on?", id="go", on_reject="fail")])()


def test_a_run_that_was_taken_over_is_taken_up_again(tmp_path: Path) -> None:
    """Law: who took it over has ended, too: whoever looks next goes on with it, without waiting for anything."""
    PLACE.append(tmp_path / "runs.db")
    pw.run(flow, store=PLACE[-1], run_id="r", leave=0, check=False)
    pw.answer("r", "go", store=PLACE[-1], approve=True)
    store = open_store(PLACE[-1])
    leases_of(store, every=0.02)
    told: list[str] = []
    states = work(store, once=True, pause=0.01, tell=lambda run, what: told.append(what))
    assert states == {"r": pw.RunState.SUCCEEDED}, told
    assert not any("is left" in what for what in told)
    store.close()
