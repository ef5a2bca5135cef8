"""A relay: one long run goes from process to process, each of which is killed at random, from outside."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from planweave.engine.store.store import open_store
from planweave.testing.crash.child import Child, Stuck
from planweave.testing.crash.ledger import Ledger
from planweave.testing.crash.trial import Trial
from tests.crash.figures import Figures
from tests.crash.flow import Flow
from tests.crash.people import People

JITTER = 0.004
"""Seconds, at most, from the effect after which a process is killed to the kill."""

LAST = 0.8
"""The last kill comes after this share of the effects: a run that has ended cannot be interrupted."""

PATIENCE = 60.0
"""Seconds that a process may take to have as many effects."""


@dataclass
class Relay:
    """A run, whose processes are killed.

    Attributes:
        url: of the store.
        folder: for what the processes tell.
        ledger: to which the tasks append.
        flow: what is run.
        seed: of all that is random here.
    """

    url: str
    folder: Path
    ledger: Ledger
    flow: Flow
    seed: int
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._notes, self._stop = Ledger(self.folder / "notes"), self.folder / "stop"

    def go(self, kills: int) -> Figures:
        """Kill so often, let the last process come to the end, and look what there is.

        Should a run be faster than who kills, as on a busy machine, there is another for the kills that are left.

        Raises:
            AssertionError: something was lost, recorded twice, is explained by nothing, or does not come to its end.
        """
        url = self.url
        people = Child(People(lambda: open_store(url), self._notes, self._stop, self.flow.replies), self.folder / "log")
        try:
            while self.figures.kills < kills:
                self._one_run(f"relay-{self.seed}-{self.figures.runs}", kills - self.figures.kills)
            self._stop.touch()
            people.wait()
        except AssertionError as error:
            raise type(error)(f"seed {self.seed}: {error}") from error
        finally:
            people.end()
        self.figures.said = self._notes.count("said")
        return self.figures

    def _one_run(self, name: str, kills: int) -> None:
        trial = Trial(self.flow.graph, self.flow.inputs, self.url, name, self.folder, replies=None)
        last = self.ledger.size() + int(LAST * self.flow.effects)
        for left in range(kills, 0, -1):
            before = self.ledger.size()
            child = trial.child()
            try:
                self._wait_for(before + self._random.randint(1, max(2, 2 * (last - before) // left)), child)
                time.sleep(self._random.uniform(0.0, JITTER))
                child.kill()
                if not child.wait():
                    break
            finally:
                child.end()
            self.figures.kills += 1
        trial.child().wait()
        store = open_store(self.url)
        try:
            self.figures.add_account(self.flow.account(store, name, self.ledger))
        finally:
            store.close()

    def _wait_for(self, effects: int, child: Child) -> None:
        """Wait until the ledger has so many lines."""
        until = time.monotonic() + PATIENCE
        while self.ledger.size() < effects and not child.has_ended():
            if time.monotonic() > until:
                raise Stuck(f"there are {self.ledger.size()} effects, and {effects} do not come:\n{child.told()}")
            time.sleep(0.001)
