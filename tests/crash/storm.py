"""A storm: several workers share a store and are killed at random; what is left is held against the ledger."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planweave.engine.graph import Graph
from planweave.engine.launch import start
from planweave.engine.run import Run
from planweave.engine.state import RunState
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash.account import Lost, account
from planweave.testing.crash.child import Child, Stuck
from planweave.testing.crash.everywhere import outcome
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.replies import ended
from tests.crash.worker import Task, Worker

PATIENCE = 60.0
"""Seconds that runs may take after the last kill."""


@dataclass(frozen=True)
class Flow:
    """Something to run, and what must come of it.

    Attributes:
        graph: what is run.
        inputs: by name.
        nodes: that have an effect in the ledger if they succeed.
        outcome: how it ends.
        replies: what is answered when it asks.
    """

    graph: Graph
    inputs: dict[str, Any]
    nodes: frozenset[str]
    outcome: tuple[Any, ...]
    replies: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Graph, inputs: dict[str, Any], ledger: Ledger, replies: Mapping[str, Any] | None = None) -> Flow:
        """What comes of it is found out by running it once in memory."""
        replies = replies or {}

        async def once() -> Run[Any]:
            return await ended(await start(graph, inputs), replies)

        made = asyncio.run(once())
        nodes = frozenset(one.node for one in ledger.effects() if one.run == made.id and one.node is not None)
        return cls(graph, inputs, nodes, outcome(made), replies)


@dataclass
class Figures:
    """What came of a storm.

    Attributes:
        kills: processes that were killed while they worked.
        runs: that were acknowledged, or there all the same.
        resumes: how often one of them was resumed.
        interrupted: attempts that were cut off.
        effects: lines of the ledger.
        extra: of these, beyond one for each node; each is explained.
        overtaken: how often a process found that it had lost a run.
    """

    kills: int = 0
    runs: int = 0
    resumes: int = 0
    interrupted: int = 0
    effects: int = 0
    extra: int = 0
    overtaken: int = 0


@dataclass
class Storm:
    """Workers that share a store, and are killed.

    Attributes:
        url: of the store.
        folder: for what the workers tell.
        ledger: to which the tasks append.
        flows: what is run.
        seed: of all that is random here.
        workers: how many there are at a time.
        pause: the longest time between two kills, in seconds.
        opened: what a worker does its work with, given the URL.
    """

    url: str
    folder: Path
    ledger: Ledger
    flows: list[Flow]
    seed: int
    workers: int = 3
    pause: float = 0.15
    opened: Callable[[str], Store] = open_store
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._notes = Ledger(self.folder / "notes")
        self._stop = self.folder / "stop"
        self._children: list[Child] = []
        self._flow_of: dict[str, Flow] = {}
        self._replies = {node: reply for flow in self.flows for node, reply in flow.replies.items()}

    def rage(self, kills: int) -> Figures:
        """Kill so often, let the rest come to its end, and look what there is.

        Raises:
            AccountWrong: something was lost, recorded twice, or is explained by nothing.
            Stuck: something does not come to its end.
        """
        try:
            self._children = [self._worker() for _ in range(self.workers)]
            while self.figures.kills < kills:
                time.sleep(self._random.uniform(0.0, self.pause))
                self._kill_one()
            self._wait_for_the_end()
            self._stop.touch()
            for child in self._children:
                child.wait()
        finally:
            for child in self._children:
                child.end()
        self._look()
        return self.figures

    def _worker(self) -> Child:
        number = len(self._flow_of)
        flow = self.flows[number % len(self.flows)]
        name = f"run-{self.seed}-{number}"
        self._flow_of[name] = flow
        url, opened = self.url, self.opened
        work = Worker(
            lambda: opened(url), self._notes, self._stop, [Task(name, flow.graph, flow.inputs)], replies=self._replies
        )
        return Child(work, self.folder / "log", patience=PATIENCE + 600)

    def _kill_one(self) -> None:
        child = self._random.choice(self._children)
        child.kill()
        assert child.wait(), "a worker ends only when it is killed"
        self.figures.kills += 1
        self._children[self._children.index(child)] = self._worker()

    def _wait_for_the_end(self) -> None:
        until = time.monotonic() + PATIENCE
        while left := self._left():
            if time.monotonic() > until:
                raise Stuck(f"seed {self.seed}: these runs do not come to their end: {left}")
            for child in self._children:
                if child.has_ended():
                    child.wait()
            time.sleep(0.05)

    def _left(self) -> list[str]:
        """The runs that have not ended; none of the store's connections is left when children are made."""
        with_store = open_store(self.url)
        try:
            states = {row.id: row.state for row in with_store.rows()}
        finally:
            with_store.close()
        waited_for = set(states) | {one.key for one in self._notes.effects("submitted")}
        return sorted(f"{name} ({states.get(name)})" for name in waited_for if not _is_end(states.get(name)))

    def _look(self) -> None:
        store = open_store(self.url)
        try:
            there = {row.id for row in store.rows()}
            effects = self.ledger.effects()
            for name in sorted({one.key for one in self._notes.effects("submitted")} - there):
                raise Lost(f"seed {self.seed}: run '{name}' was acknowledged, and is not there")
            for name in sorted(there):
                self._add(name, store, effects)
        finally:
            store.close()
        self.figures.overtaken = self._notes.count("lost")

    def _add(self, name: str, store: Store, effects: list[Any]) -> None:
        flow, figures = self._flow_of[name], self.figures
        try:
            found = account(store, name, effects, nodes=flow.nodes)
            assert outcome(found.run) == flow.outcome, f"it ended with {outcome(found.run)}, not with {flow.outcome}"
        except AssertionError as error:
            raise type(error)(f"seed {self.seed}: run '{name}': {error}") from error
        figures.runs += 1
        figures.resumes += found.resumes
        figures.interrupted += found.interrupted
        figures.effects += found.effects
        figures.extra += found.extra


def _is_end(state: str | None) -> bool:
    return state is not None and RunState(state).is_end
