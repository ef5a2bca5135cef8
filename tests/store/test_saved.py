"""What has happened in a stored run is on disk soon, whatever goes on meanwhile."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import planweave as pw
from planweave.engine.keeping import SOON
from planweave.engine.store.entry import read_text
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.faults import faulty

SLOW = 5 * SOON
"""Seconds that a commit takes here: until then all timers are over that would save what came meanwhile by chance."""

LOOKS = 500
"""So often it is looked for what is on disk, before it is taken for lost."""


@pw.task(executor="inline")
def quick() -> int:
    return 1


@pw.task
async def endless() -> int:
    await asyncio.sleep(3600)
    return 2


@pw.workflow
def beside() -> tuple[int, int]:
    """One node asks, one has a value, and one runs on and on."""
    pw.approve("Is it well?", id="ask")
    return quick(), endless()


async def _on_disk(store: Store, run: pw.Run[Any]) -> set[tuple[str, str]]:
    """What is on disk as soon as that is all, or will not be."""
    wanted, found = {("waiting", "ask"), ("succeeded", "quick"), ("started", "endless")}, set[tuple[str, str]]()
    names = list(run.nodes)
    for _ in range(LOOKS):
        await asyncio.sleep(0.005)
        records = [one for entry in store.entries(run.id) for one in read_text(entry.text)]
        found = {(one.kind, names[one.position]) for one in records if one.position >= 0} & wanted
        if found == wanted:
            break
    return found


def test_what_is_asked_and_given_beside_a_coroutine_is_saved(tmp_path: Path) -> None:
    """Law: a question can be answered, and a value is kept, though a coroutine that began after it has no end."""

    async def work() -> set[tuple[str, str]]:
        store = faulty(open_store(tmp_path / "runs.db"), lambda point, call, args: time.sleep(SLOW))
        run = await pw.start(beside, store=store)
        found = await _on_disk(store, run)
        assert [one.node for one in pw.questions(run.id, store=store)] == ["ask"]
        run.cancel()
        await run.wait(check=False)
        return found

    assert asyncio.run(work()) == {("waiting", "ask"), ("succeeded", "quick"), ("started", "endless")}
