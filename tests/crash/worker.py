"""A worker: starts runs of its own, and goes on with whatever in a store nobody holds, until it is told to end.

How it goes on with runs is the engine's: ``planweave.engine.worker``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from planweave.engine import worker
from planweave.engine.errors import LeaseLost, StoreUnusable
from planweave.engine.launch import start
from planweave.engine.store.inbox import inbox_of
from planweave.engine.store.lease import leases_of
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.ledger import Ledger
from tests.crash.flow import Flow

PAUSE = 0.02
"""Seconds after which a worker looks again for something to do."""

LEASE = 1.0
"""Seconds that its leases last."""

PATIENCE = 30.0
"""Seconds that it waits for a store that cannot be opened: a server may be on its way."""


@dataclass(frozen=True)
class Task:
    """A run that is to be started."""

    run_id: str
    flow: Flow


@dataclass
class Worker:
    """A worker.

    Attributes:
        opened: gives the store.
        notes: where it notes what was acknowledged (``submitted``), which runs it has lost (``lost``), and which it
            leaves to others, since it cannot go on with them (``left``).
        stop: a file; once it is there the worker ends.
        tasks: what it starts.
        lease: seconds that its leases last.
        leave: seconds after which it gives a run out of hand in which all that is left waits; None: never.
    """

    opened: Callable[[], Store]
    notes: Ledger
    stop: Path
    tasks: Iterable[Task] = ()
    lease: float = LEASE
    leave: float | None = None

    def __call__(self) -> None:
        """Work."""
        asyncio.run(self._work(self.opened()))

    async def _work(self, store: Store) -> None:
        leases_of(store, seconds=self.lease, every=self.lease / 4)
        inbox_of(store, every=PAUSE)
        leave = 3600.0 if self.leave is None else self.leave
        others = worker.Worker(store, pause=PAUSE, leave=leave, tell=self._tell)
        live = [asyncio.create_task(others.work()), *(asyncio.create_task(self._own(store, one)) for one in self.tasks)]
        while not self.stop.exists():
            for one in [one for one in live if one.done()]:
                live.remove(one)
                one.result()
            await asyncio.sleep(PAUSE)
        others.stop()
        await asyncio.gather(*live)

    async def _own(self, store: Store, task: Task) -> None:
        try:
            run = await start(task.flow.graph, task.flow.inputs, store=store, run_id=task.run_id, leave=self.leave)
            self.notes.record("submitted", task.run_id)
            await run.wait(check=False)
        except LeaseLost:
            self.notes.record("lost", task.run_id)

    def _tell(self, run: str, what: str) -> None:
        if what.startswith("is left"):
            self.notes.record("left", f"{run} {what}")


def opened(url: str) -> Store:
    """A store, as soon as it can be opened."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return open_store(url)
        except StoreUnusable:
            if time.monotonic() > end:
                raise
        time.sleep(PAUSE)
