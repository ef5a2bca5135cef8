"""Stale leases: a process stands still in the midst of a run, another takes the run over, and the first wakes up.

It must hear of it, and must not write: what is in the store when it wakes is what is there when it has ended.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from planweave.engine.errors import LeaseLost, StoreError
from planweave.engine.launch import start
from planweave.engine.store.lease import leases_of
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.child import Child
from planweave.testing.crash.faults import Point, faulty, signalling, stopping
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.trial import Trial
from tests.crash.figures import Figures
from tests.crash.flow import Flow
from tests.crash.worker import Worker

LEASE = 0.4
"""Seconds that a lease lasts here."""


NEVER = 1000.0
"""Seconds after which a sleeper renews its leases: else it may fall asleep while it does, and keep the store locked."""


class Unfenced:
    """A store in which the check of the token is switched off: whoever writes is taken for the holder."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.url = store.url

    def commit(self, writes: list[Write]) -> list[StoreError | None]:
        tokens = {one.run: self._store.row(one.run).token for one in writes}
        return self._store.commit([replace(one, token=tokens[one.run]) for one in writes])


def _pass_on(name: str) -> Callable[..., Any]:
    return lambda self, *args, **named: getattr(self._store, name)(*args, **named)


for name, call in vars(Store).items():
    if callable(call) and not name.startswith("_") and name != "commit":
        setattr(Unfenced, name, _pass_on(name))


def unfenced(store: Store) -> Store:
    return cast(Store, Unfenced(store))


def fenced(store: Store) -> Store:
    return store


@dataclass
class Sleepers:
    """Processes that fall asleep, each at another write of a run of its own.

    Attributes:
        url: of the store.
        folder: for what they tell.
        ledger: to which the tasks append.
        flow: what is run.
        guard: what the sleepers' store is put into.
    """

    url: str
    folder: Path
    ledger: Ledger
    flow: Flow
    guard: Callable[[Store], Store] = fenced
    figures: Figures = field(default_factory=Figures)

    def check(self, points: list[Point]) -> None:
        """Let one fall asleep at each point, another process bring the runs to their end, and then wake them up.

        Raises:
            AssertionError: one was not told, or has written.
        """
        names = {f"{at.side}-{at.number}": at for at in points}
        sleepers = {name: Child(self.sleeper(name, at), self.folder / f"{name}.log") for name, at in names.items()}
        stop = self.folder / "stop"
        worker = None
        try:
            for one in sleepers.values():
                one.wait_until_stopped()
            worker = Child(Worker(lambda: open_store(self.url), self._notes, stop), self.folder / "worker.log")
            self._wait_for(list(names), worker)
            before = self.there()
            for one in sleepers.values():
                one.go_on()
            for one in sleepers.values():
                one.wait()
            assert self.there() == before, "one that had lost its run has written"
            stop.touch()
            worker.wait()
        finally:
            for one in (*sleepers.values(), *([worker] if worker else [])):
                one.end()
        self.look(list(names))

    @property
    def _notes(self) -> Ledger:
        return Ledger(self.folder / "notes")

    def sleeper(self, name: str, at: Point) -> Callable[[], None]:
        async def work() -> None:
            store = faulty(self.guard(open_store(self.url)), stopping(at))
            leases_of(store, seconds=LEASE, every=NEVER)
            run = await start(self.flow.graph, self.flow.inputs, store=store, run_id=name)
            try:
                await run.wait(check=False)
            except LeaseLost:
                return
            raise AssertionError(f"'{name}' has not been told that it lost its run")

        return lambda: asyncio.run(work())

    def _wait_for(self, names: list[str], worker: Child) -> None:
        while any(row.state != "succeeded" for row, _ in self.there().values()):
            if worker.has_ended():
                worker.wait()
                raise AssertionError("the worker has ended")
        assert set(self.there()) == set(names)

    def there(self) -> dict[str, tuple[RunRow, list[Any]]]:
        store = open_store(self.url)
        try:
            return {row.id: (row, list(store.entries(row.id))) for row in store.rows()}
        finally:
            store.close()

    def look(self, names: list[str]) -> None:
        store = open_store(self.url)
        try:
            for name in names:
                found = self.flow.account(store, name, self.ledger)
                assert found.resumes == 1
                self.figures.add_account(found)
                self.figures.naps += 1
                self.figures.overtaken += 1
        finally:
            store.close()


def wake_before_the_first_write(sleepers: Sleepers, at: Point) -> None:
    """The run has been taken over, and nothing has been written there yet when the sleeper wakes up.

    No number of an entry is taken twice then: it is the token alone that keeps the sleeper from writing.

    Raises:
        AssertionError: it was not told, or has written.
    """
    name = f"early-{at.side}-{at.number}"
    sleeper = Child(sleepers.sleeper(name, at), sleepers.folder / f"{name}.log")
    trial = Trial(sleepers.flow.graph, sleepers.flow.inputs, sleepers.url, name, sleepers.folder)
    heir = None
    try:
        sleeper.wait_until_stopped()
        heir = trial.child(
            signalling(signal.SIGSTOP, lambda point, call, args: (point.side, call) == ("after", "claim"))
        )
        heir.wait_until_stopped()
        before = sleepers.there()
        sleeper.go_on()
        sleeper.wait()
        assert sleepers.there() == before, "one that had lost its run has written"
        heir.go_on()
        heir.wait()
    finally:
        for one in (sleeper, *([heir] if heir else [])):
            one.end()
    sleepers.look([name])
