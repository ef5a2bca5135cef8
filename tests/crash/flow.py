"""Something to run while processes are killed, and what must come of it all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.run import Run
from planweave.engine.store.store import Store
from planweave.testing.crash.account import Account, account
from planweave.testing.crash.difference import outcome
from planweave.testing.crash.everywhere import NotTheSame
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.replies import ended


@dataclass(frozen=True)
class Flow:
    """Something to run, and what must come of it.

    Attributes:
        graph: what is run.
        inputs: by name.
        nodes: that have an effect in the ledger if they succeed.
        size: how many nodes a run of it has.
        effects: how many lines the ledger has of it if nobody is killed.
        outcome: how it ends.
        replies: what is answered when it asks.
    """

    graph: Graph
    inputs: Mapping[str, Any]
    nodes: frozenset[str]
    size: int
    effects: int
    outcome: tuple[Any, ...]
    replies: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        what: Graph | Compilable,
        inputs: Mapping[str, Any],
        ledger: Ledger,
        replies: Mapping[str, Any] | None = None,
    ) -> Flow:
        """What comes of it is found out by running it once in memory."""
        graph, replies = compile_graph(what), replies or {}
        assert graph.fingerprints is not None, "found out here once, and not by each child"

        async def once() -> Run[Any]:
            return await ended(await start(graph, inputs), replies)

        made = asyncio.run(once())
        done = [one for one in ledger.effects() if one.run == made.id]
        nodes = frozenset(one.node for one in done if one.node is not None)
        return cls(graph, inputs, nodes, len(made.nodes), len(done), outcome(made), replies)

    def account(self, store: Store, run_id: str, ledger: Ledger) -> Account:
        """What is recorded of a run of it, held against the ledger and against what must come of it.

        Raises:
            AccountWrong: record and ledger do not agree.
            NotTheSame: it ended in another way.
        """
        found = account(store, run_id, ledger.effects(), nodes=self.nodes)
        came = outcome(found.run)
        if came != self.outcome:
            raise NotTheSame(f"it ended with {came}, not with {self.outcome}")
        return found
