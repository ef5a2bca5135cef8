"""A trial: one run of a workflow in child processes that may be killed, and what is left of it in the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planweave.engine.errors import StoreError, UnknownRun
from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.resume import start_resumed
from planweave.engine.store.entry import read_text
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.account import Account, account
from planweave.testing.crash.child import PATIENCE, Child
from planweave.testing.crash.faults import Fault, Point, dying, faulty
from planweave.testing.crash.ledger import Effect, Ledger
from planweave.testing.crash.told import told


@dataclass(frozen=True)
class Trial:
    """One run, of which nothing is left in this process.

    Attributes:
        graph: what is run.
        inputs: by name.
        url: of the store.
        run_id: of the run.
        folder: for what the children tell.
        patience: seconds that one child may take.
    """

    graph: Graph
    inputs: Mapping[str, Any]
    url: str
    run_id: str
    folder: Path
    patience: float = PATIENCE

    @property
    def submitted(self) -> Ledger:
        """Where the children note what was acknowledged to them."""
        return Ledger(self.folder / f"{self.run_id}.submitted")

    def child(self, fault: Fault | None = None) -> Child:
        """A process that brings the run to its end: it starts it, or goes on with it if it is there."""
        assert self.graph.fingerprints is not None, "found out here once, and not by each child"

        def work() -> None:
            store = open_store(self.url)
            asyncio.run(self.to_the_end(store if fault is None else faulty(store, fault)))

        return Child(work, self.folder / f"{self.run_id}.log", patience=self.patience)

    async def to_the_end(self, store: Store) -> None:
        """What the child does."""
        try:
            row = store.row(self.run_id)
        except UnknownRun:
            run = await start(self.graph, self.inputs, store=store, run_id=self.run_id)
        else:
            graph = None if row.graph is not None else self.graph
            run = await start_resumed(self.run_id, store=store, graph=graph, wait=True)
        self.submitted.record("submitted")
        await run.wait(check=False)

    def account(self, effects: Iterable[Effect] = (), nodes: Iterable[str] = ()) -> Account:
        """What is recorded, held against what was really done; see ``account.py``.

        Raises:
            AccountWrong: they do not agree.
        """
        store = open_store(self.url)
        try:
            row = store.row(self.run_id)
            graph = None if row.graph is not None else self.graph
            return account(store, self.run_id, effects, nodes=nodes, graph=graph)
        finally:
            store.close()

    def node_names(self) -> list[str]:
        """The ids of the nodes by position, as far as what is recorded can be told."""
        store = open_store(self.url)
        try:
            return list(told(store, self.run_id, self.graph).nodes)
        except StoreError:
            return []
        finally:
            store.close()

    def is_there(self) -> bool:
        """Whether the store knows the run."""
        store = open_store(self.url)
        try:
            store.row(self.run_id)
        except UnknownRun:
            return False
        finally:
            store.close()
        return True


@dataclass(frozen=True)
class Boundary:
    """A write of a run, and the side of it on which the process was killed.

    Attributes:
        point: which.
        call: what the store was asked for.
        records: what was written: kind and position of each.
    """

    point: Point
    call: str
    records: tuple[tuple[str, int], ...] = ()

    def words(self, names: Callable[[int], str]) -> str:
        """As it is shown.

        >>> Boundary(Point(3, "before"), "commit", (("started", 0),)).words("abc".__getitem__)
        "before write 3 (commit: started 'a')"
        """
        words = ", ".join(kind if at < 0 else f"{kind} '{names(at)}'" for kind, at in self.records)
        return f"{self.point.side} write {self.point.number} ({self.call}{': ' if words else ''}{words})"


def telling(at: Point, path: Path) -> Fault:
    """Kills the process at a point, and tells before what was on its way."""
    kill = dying(at)

    def fault(point: Point, call: str, args: tuple[Any, ...]) -> None:
        if point == at:
            records = [list(one) for one in _records(call, args)]
            path.write_text(json.dumps({"call": call, "records": records}))
        kill(point, call, args)

    return fault


def read_boundary(at: Point, path: Path) -> Boundary:
    """What ``telling`` has told."""
    read = json.loads(path.read_text())
    return Boundary(at, read["call"], tuple((kind, position) for kind, position in read["records"]))


def _records(call: str, args: tuple[Any, ...]) -> list[tuple[str, int]]:
    writes = args[0] if call == "commit" else args[1:2] if call == "create" else ()
    entries = [entry for write in writes for entry in write.entries]
    return [(one.kind, one.position) for entry in entries for one in read_text(entry.text)]
