"""A worker: starts runs of its own, and goes on with whatever in a store nobody holds, until it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planweave.engine.errors import LeaseLost, RunHeld
from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.resume import start_resumed
from planweave.engine.run import Run
from planweave.engine.store.holder import Holder
from planweave.engine.store.lease import leases_of
from planweave.engine.store.store import Store
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.replies import ended

PAUSE = 0.02
"""Seconds after which a worker looks again for something to do."""


@dataclass(frozen=True)
class Task:
    """A run that is to be started."""

    run_id: str
    graph: Graph
    inputs: Mapping[str, Any]


@dataclass
class Worker:
    """A worker.

    Attributes:
        opened: gives the store.
        notes: where it notes what was acknowledged (``submitted``) and which runs it has lost (``lost``).
        stop: a file; once it is there the worker ends.
        tasks: what it starts.
        lease: seconds that its leases last.
        replies: what is answered when a run asks; see ``planweave.testing.crash.replies``.
    """

    opened: Callable[[], Store]
    notes: Ledger
    stop: Path
    tasks: Iterable[Task] = ()
    lease: float = 1.0
    replies: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self) -> None:
        """Work."""
        asyncio.run(self._work(self.opened()))

    async def _work(self, store: Store) -> None:
        leases_of(store, seconds=self.lease, every=self.lease / 4)
        live: dict[str, asyncio.Task[None]] = {}
        for task in self.tasks:
            run = await start(task.graph, task.inputs, store=store, run_id=task.run_id)
            self.notes.record("submitted", task.run_id)
            live[run.id] = asyncio.create_task(self._end(run))
        while not self.stop.exists():
            for one in [name for name, task in live.items() if task.done()]:
                live.pop(one).result()
            for name in store.claimable(is_dead=lambda holder: Holder.read(holder).is_surely_dead()):
                if name not in live:
                    await self._take_up(store, name, live)
            await asyncio.sleep(PAUSE)
        await asyncio.gather(*live.values())

    async def _take_up(self, store: Store, name: str, live: dict[str, asyncio.Task[None]]) -> None:
        try:
            run = await start_resumed(name, store=store)
        except (RunHeld, LeaseLost):
            return  # somebody was faster
        live[name] = asyncio.create_task(self._end(run))

    async def _end(self, run: Run[Any]) -> None:
        try:
            await ended(run, self.replies)
        except LeaseLost:
            self.notes.record("lost", run.id)
