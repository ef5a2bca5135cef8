"""Recordings: what some runs did to the disk, and what they were told was on record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from planweave.engine.compile import compile as compile_graph
from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.run import Run
from planweave.engine.store.inbox import inbox_of
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store
from planweave.testing.crash.child import Child
from planweave.testing.crash.difference import outcome
from planweave.testing.crash.faults import Fault, Point, faulty
from planweave.testing.crash.ledger import Effect, Ledger
from planweave.testing.crash.replies import PAUSE, ended
from planweave.testing.crash.trial import Trial
from tests.crash.flows import REPLIES, asking, five
from tests.store.power.calls import Calls
from tests.store.power.flows import book
from tests.store.power.operation import TOLD, Operation, read_history, write_history
from tests.store.power.shim import Shim

NAME = "runs.db"


async def no_more(run: Run[Any]) -> None:
    """Nothing is done from outside but that its questions are answered."""


async def sends(run: Run[Any]) -> None:
    """An event is sent before it is waited for."""
    run.send("arrival", REPLIES["arrival"])


async def cancels(run: Run[Any]) -> None:
    """The run is cancelled as soon as it asks something."""
    while not run.questions:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(PAUSE)
    run.cancel()


@dataclass(frozen=True)
class Part:
    """A run.

    Attributes:
        workflow: what is run.
        inputs: by name.
        meddle: what is done from outside.
    """

    workflow: Any
    inputs: Mapping[str, Any]
    meddle: Callable[[Run[Any]], Awaitable[None]] = no_more

    @cached_property
    def graph(self) -> Graph:
        """What is run, compiled."""
        return compile_graph(self.workflow)


@dataclass(frozen=True)
class Scenario:
    """Runs, one after another in one store.

    Attributes:
        name: of the scenario.
        parts: the runs.
        checkpoint: after so many pages the log is written back to the database; None: as SQLite does.
        is_reopened: whether the store is closed and opened again before each run but the first.
        is_watched: whether another has opened the store before, and only reads.
    """

    name: str
    parts: tuple[Part, ...]
    checkpoint: int | None = None
    is_reopened: bool = False
    is_watched: bool = False

    @property
    def runs(self) -> dict[str, Part]:
        """The runs by id."""
        return {f"run-{i}": one for i, one in enumerate(self.parts)}


_BOOK, _SHORT_BOOK = Part(book, {"chapters": [1, 2, 1]}), Part(book, {"chapters": [1]})
_FIVE, _ASKING = Part(five, {"count": 1}), Part(asking, {"count": 1})

SCENARIOS = (
    Scenario("a new store", (_FIVE,)),
    Scenario("checkpoints", (replace(_ASKING, meddle=sends), _FIVE), checkpoint=5),
    Scenario("large values", (_BOOK,), checkpoint=20),
    Scenario("reopened", (_ASKING, _SHORT_BOOK), is_reopened=True, is_watched=True),
    Scenario("cancelled", (replace(_ASKING, meddle=cancels),)),
)


@dataclass(frozen=True)
class Recording:
    """What runs did to the disk until they ended.

    Attributes:
        scenario: what was run.
        folder: where the files were.
        history: what was done, and what was told, in order.
        outcomes: how each run ended.
        nodes: of each run those that have effects.
    """

    scenario: Scenario
    folder: Path
    history: list[Operation]
    outcomes: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    nodes: dict[str, set[str]] = field(default_factory=dict)


def trial_of(scenario: Scenario, run_id: str, folder: Path) -> Trial:
    """A run of a scenario in the store of a folder; what it notes for itself stands beside that."""
    part = scenario.runs[run_id]
    return Trial(part.graph, part.inputs, f"sqlite:///{folder / NAME}", run_id, folder.parent, replies=REPLIES)


def record(scenario: Scenario, folder: Path) -> Recording:
    """Run a scenario in a process of its own, and keep what it does."""
    kept = folder / "history"
    disk = folder / "disk"
    disk.mkdir()
    for part in scenario.parts:
        assert part.graph.fingerprints, "found out here, and not by the child"
    Child(lambda: _work(scenario, disk, kept), folder / "log").wait()
    history = read_history(kept)
    made = Recording(scenario, disk, history)
    effects = effects_of(history)
    for run_id in scenario.runs:
        found = trial_of(scenario, run_id, disk).account(effects)
        made.outcomes[run_id] = outcome(found.run)
        made.nodes[run_id] = {one.node for one in effects if one.run == run_id and one.node is not None}
    return made


def effects_of(history: list[Operation]) -> list[Effect]:
    """The effects among what was done."""
    return [Effect(**json.loads(one.data)) for one in history if (one.kind, one.path) == (TOLD, "effect")]


def _work(scenario: Scenario, folder: Path, kept: Path) -> None:
    """In the process of its own."""
    history: list[Operation] = []
    Shim(history.append, str(folder))
    Calls(history.append, str(folder))
    _watch_effects(history.append)
    watcher = SqliteStore(folder / NAME) if scenario.is_watched else None
    store = _opened(scenario, folder)
    for i, run_id in enumerate(scenario.runs):
        if i and scenario.is_reopened:
            for one in (store, watcher):
                if one is not None:
                    one.close()
            watcher, store = SqliteStore(folder / NAME), _opened(scenario, folder)
        asyncio.run(_live(scenario, run_id, folder, faulty(store, _telling(history.append))))
    store.close()
    write_history(kept, history)


async def _live(scenario: Scenario, run_id: str, folder: Path, store: Store) -> None:
    trial, part = trial_of(scenario, run_id, folder), scenario.runs[run_id]
    inbox_of(store, every=PAUSE)
    run = await start(part.graph, part.inputs, store=store, run_id=run_id)
    trial.submitted.record("submitted")
    await part.meddle(run)
    await ended(run, trial.replies or {})


def _opened(scenario: Scenario, folder: Path) -> SqliteStore:
    store = SqliteStore(folder / NAME)
    if scenario.checkpoint is not None:
        store._writer.execute(f"PRAGMA wal_autocheckpoint = {scenario.checkpoint}")
    return store


def _watch_effects(note: Callable[[Operation], None]) -> None:
    """Note effects, and that a run was acknowledged."""
    append = Ledger.append

    def noting(self: Ledger, effect: Effect) -> None:
        append(self, effect)
        if effect.run is not None:
            note(_told("effect", asdict(effect)))
        else:
            note(_told("submitted", self.path.stem))

    Ledger.append = noting  # type: ignore[method-assign]  # this process does nothing else


def _telling(note: Callable[[Operation], None]) -> Fault:
    """Notes what the store has acknowledged."""

    def fault(point: Point, call: str, args: tuple[Any, ...]) -> None:
        if point.side == "before":
            return
        for write in args[0] if call == "commit" else args[1:2] if call == "create" else ():
            for entry in write.entries:
                note(_told("entry", [write.run, entry.number, entry.hash.hex()]))
        if call == "put_blob":
            note(_told(call, args[0]))
        elif call in ("answer", "send", "want", "keep"):
            note(_told(call, list(args)))

    return fault


def _told(what: str, about: Any) -> Operation:
    return Operation(TOLD, what, data=json.dumps(about).encode())
