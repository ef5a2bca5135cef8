"""A worker: goes on with the runs of a store that nobody goes on with, several at once, on one event loop.

Workers need not know of each other: each claims by the leases of the store, and a run that another holds is left to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planweave.engine.errors import LeaseLost, PlanweaveError, RunHeld
from planweave.engine.resume import is_dead, opened_store, start_resumed
from planweave.engine.run import Run
from planweave.engine.state import GOING, NodeState, RunState
from planweave.engine.store.store import Store

CONCURRENCY = 8
"""So many runs at once unless said otherwise."""

PAUSE = 0.5
"""Seconds between looks at the store."""

LEAVE = 2.0
"""Seconds after which a run in which all that is left waits is given out of hand."""

REFUSED = 60.0
"""Seconds for which a run that cannot go on here is left alone."""

DRAINING = 0.02
"""Seconds between looks at whether anything still runs."""

Tell = Callable[[str, str], object]
"""Told what happens to a run: its id, and what in words."""


def work(
    store: Store | str | Path,
    *,
    once: bool = False,
    concurrency: int = CONCURRENCY,
    pause: float = PAUSE,
    leave: float = LEAVE,
    tell: Tell = lambda run, what: None,
) -> dict[str, RunState]:
    """Go on with the runs of a store that nobody goes on with: whose process is gone, or that wait no more.

    Args:
        store: whose.
        once: until there is nothing left to go on with; else for ever.
        concurrency: how many runs at once.
        pause: seconds between looks at the store.
        leave: seconds after which a run is given out of hand in which all that is left waits.
        tell: told what happens to each run: its id, and what in words.

    Returns:
        The state in which each run was left.

    Raises:
        StoreError: the store cannot be read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     work(f"{folder}/runs.db", once=True)
    {}
    """
    there = opened_store(store)
    try:
        return asyncio.run(Worker(there, concurrency=concurrency, pause=pause, leave=leave, tell=tell).work(once=once))
    finally:
        if there is not store:
            there.close()


class Worker:
    """Goes on with the runs of a store; see ``work`` for the arguments.

    Attributes:
        live: the runs that it goes on with now, by id.
    """

    def __init__(
        self,
        store: Store,
        *,
        concurrency: int = CONCURRENCY,
        pause: float = PAUSE,
        leave: float = LEAVE,
        tell: Tell = lambda run, what: None,
    ) -> None:
        self.live: dict[str, Run[Any]] = {}
        self._store = store
        self._concurrency = concurrency
        self._pause = pause
        self._leave = leave
        self._tell = tell
        self._refused: dict[str, float] = {}
        self._told: set[tuple[str, str]] = set()
        self._states: dict[str, RunState] = {}
        self._is_stopping = False
        self._woken = asyncio.Event()

    def stop(self) -> None:
        """Take up nothing more, and give back what goes on as soon as what runs of it has ended; on the loop."""
        self._is_stopping = True
        for run in self.live.values():
            run._scheduler.lanes.hold()
        self._woken.set()

    async def work(self, *, once: bool = False) -> dict[str, RunState]:
        """Go on with runs; gives the state in which each was left."""
        tasks: dict[str, asyncio.Task[None]] = {}
        while not self._is_stopping:
            found = await asyncio.to_thread(self._store.claimable, is_dead=is_dead)
            new = [run for run in found if run not in tasks and self._refused.get(run, 0.0) < time.monotonic()]
            for run in new[: self._concurrency - len(tasks)]:
                tasks[run] = asyncio.create_task(self._go_on(run), name=f"planweave {run}")
            if once and not tasks:
                break
            await self._wait(tasks)
        await self._give_back(tasks)
        return self._states

    async def _wait(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """Wait for the end of a run, for a while, or until it is to stop."""
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait([woken, *tasks.values()], timeout=self._pause, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        for run in [run for run, task in tasks.items() if task.done()]:
            tasks.pop(run).result()

    async def _go_on(self, name: str) -> None:
        """Go on with a run, and tell what became of it; whatever is wrong with one run is no harm to the others."""
        try:
            run = await start_resumed(name, store=self._store, leave=self._leave)
            self.live[name] = run
            if self._is_stopping:
                run._scheduler.lanes.hold()
            if run._task is not None:
                self._tell(name, f"goes on: {run.graph.name}")
            await run.wait(check=False)
            self._states[name] = run.state
            self._tell(name, _words(run))
        except (RunHeld, LeaseLost):  # another worker was faster, or has taken it over while this one stood still
            return
        except PlanweaveError as error:
            self._refused[name] = time.monotonic() + REFUSED
            if (name, error.what) not in self._told:
                self._told.add((name, error.what))
                self._tell(name, f"is left: {error.line}")
        finally:
            self.live.pop(name, None)

    async def _give_back(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """Let what runs end, and leave the rest to others."""
        while not all(task.done() for task in tasks.values()):
            for run in self.live.values():
                if NodeState.RUNNING not in run._scheduler.frontier.state:
                    run._scheduler.ending.hand_back()
            await asyncio.wait(tasks.values(), timeout=DRAINING)
        for task in tasks.values():
            task.result()


def _words(run: Run[Any]) -> str:
    if run.state in GOING:
        return "is given back"
    error = run.error
    return str(run.state) if error is None else f"{run.state}: {error.line}"
