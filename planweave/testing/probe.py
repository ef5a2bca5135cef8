"""A probe: what the bodies of a scripted workflow did, as they saw it themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from planweave.engine.context import context
from planweave.testing.script import Work


class Visit(NamedTuple):
    """One time that a body was entered.

    Attributes:
        node: the id of the node.
        attempt: the number of the attempt, from 1.
        time: by the clock of the loop, in seconds.
        recorded: how many events of the run there were (see ``Probe.count``).
    """

    node: str
    attempt: int
    time: float
    recorded: int


class Probe:
    """Watches the bodies of one run, from inside.

    Attributes:
        visits: every time that a body was entered, in order.
        broken: what a body saw that must not be, as sentences.
        inside: how many bodies are in each pool now.
        entered: called by each body when it is entered; a test may cancel the run there, from inside.
        may_begin: tells whether the body of some work may be entered now; the test that cancels a run sets it.
        over: whether the run has ended, so that none may go on either.
        count: tells how many events of the run there are; the test that wants to know sets it.
    """

    def __init__(self, pools: Mapping[str, int]) -> None:
        self.count: Callable[[], int] = lambda: 0
        self.entered: Callable[[Visit], object] = lambda visit: None
        self.may_begin: Callable[[Work], bool] = lambda work: True
        self._pools = pools
        self.clear()

    def clear(self) -> None:
        """Forget everything: another run begins."""
        self.visits: list[Visit] = []
        self.broken: list[str] = []
        self.inside: Counter[str] = Counter()
        self.over = False
        self._seen: set[tuple[str, int]] = set()
        self._open: set[str] = set()

    @contextmanager
    def visit(self, work: Work) -> Iterator[Visit]:
        """Stands around the body of a task."""
        who = context()
        found = Visit(who.node_id, who.attempt, asyncio.get_running_loop().time(), self.count())
        self.visits.append(found)
        name = f"attempt {who.attempt} of '{who.node_id}'"
        if not self.may_begin(work):
            self.broken.append(f"{name} began although the run had been cancelled")
        if (who.node_id, who.attempt) in self._seen:
            self.broken.append(f"{name} ran twice")
        self._seen.add((who.node_id, who.attempt))
        if who.node_id in self._open:
            self.broken.append(f"{name} began before the one before it had ended")
        self._open.add(who.node_id)
        pool = work.policy.pool
        if pool is not None:
            self.inside[pool] += 1
            if self.inside[pool] > self._pools[pool]:
                self.broken.append(f"{name} is one too many in pool '{pool}' of {self._pools[pool]}")
        try:
            self.entered(found)
            yield found
        finally:
            self._open.discard(who.node_id)
            if pool is not None:
                self.inside[pool] -= 1
            if self.over:
                self.broken.append(f"{name} went on after the run had ended")
