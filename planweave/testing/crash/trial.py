"""A trial: one run of a workflow in child processes that may be killed, and what is left of it in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planweave.engine.errors import StoreError, UnknownRun
from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.resume import start_resumed
from planweave.engine.store.inbox import inbox_of
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.account import Account, account
from planweave.testing.crash.child import PATIENCE, Child
from planweave.testing.crash.faults import Fault, faulty
from planweave.testing.crash.ledger import Effect, Ledger
from planweave.testing.crash.replies import PAUSE, ended
from planweave.testing.crash.told import told
from planweave.testing.crash.usual import What


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
        replies: what is answered when the run asks, by node; see ``replies.py``; None: somebody else answers.
    """

    graph: Graph
    inputs: Mapping[str, Any]
    url: str
    run_id: str
    folder: Path
    patience: float = PATIENCE
    replies: Mapping[str, Any] | None = field(default_factory=dict)

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
        inbox_of(store, every=PAUSE)
        try:
            row = store.row(self.run_id)
        except UnknownRun:
            run = await start(self.graph, self.inputs, store=store, run_id=self.run_id)
        else:
            graph = None if row.graph is not None else self.graph
            run = await start_resumed(self.run_id, store=store, graph=graph, wait=True)
        self.submitted.record("submitted")
        await (run.wait(check=False) if self.replies is None else ended(run, self.replies))

    def account(
        self,
        effects: Iterable[Effect] = (),
        nodes: Iterable[str] = (),
        usual: Mapping[What, int] | None = None,
    ) -> Account:
        """What is recorded, held against what was really done; see ``account.py``.

        Raises:
            AccountWrong: they do not agree.
        """
        store = open_store(self.url)
        try:
            row = store.row(self.run_id)
            graph = None if row.graph is not None else self.graph
            return account(store, self.run_id, effects, nodes=nodes, graph=graph, usual=usual)
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
