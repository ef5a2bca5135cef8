"""A storm: several workers share a store and are killed at random; what is left is held against the ledger.

Some stand still instead, for longer than their leases last, and go on. Somebody answers what the runs ask, and is
killed, too. The server of the database may be restarted at once meanwhile.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planweave.engine.state import RunState
from planweave.engine.store.store import open_store
from planweave.testing.crash.account import Lost
from planweave.testing.crash.child import Child, Stuck
from planweave.testing.crash.ledger import Ledger
from tests.crash.figures import Figures
from tests.crash.flow import Flow
from tests.crash.people import People
from tests.crash.worker import Task, Worker, opened

PATIENCE = 60.0
"""Seconds that runs may take after the last kill."""

ENDING = 10.0
"""Seconds that processes may take to end once all runs have: nothing runs any more."""

LEASE = 0.5
"""Seconds that the leases of workers last."""

NAPS = 0.15
"""How much of what is done to processes is that they stand still."""

LEAVE = 0.05
"""Seconds after which workers give out of hand what only waits."""


class LeftAlone(AssertionError):
    """A worker cannot go on with a run."""


@dataclass
class Place:
    """A place that a process has; when it is killed another comes there.

    Attributes:
        make: makes it.
        child: that is there now.
        wakes: when it goes on, if it stands still.
    """

    make: Callable[[], Child]
    child: Child
    wakes: float | None = None

    def kill(self) -> None:
        """Kill who is there, and let another come."""
        self.child.kill()
        if not self.child.wait():
            raise LeftAlone("a worker ends only when it is killed")
        self.child, self.wakes = self.make(), None

    def see(self, now: float) -> None:
        """See that it is there, and wake it up if it is time; raises ChildFailed if it has ended by itself."""
        if self.child.has_ended():
            self.child.wait()
        if self.wakes is not None and self.wakes <= now:
            self.child.go_on()
            self.wakes = None


@dataclass
class Storm:
    """Processes that share a store, and are killed.

    Attributes:
        url: of the store.
        folder: for what the workers tell.
        ledger: to which the tasks append.
        flows: what is run, in turn.
        seed: of all that is random here.
        workers: how many there are at a time.
        crowd: how many runs are under way at a time, if that many workers came to start them.
        pause: the longest time between two kills, in seconds.
        busy: how many effects there are between two kills, at most.
        restart: what restarts the server of the database.
        restarts: how often.
    """

    url: str
    folder: Path
    ledger: Ledger
    flows: Sequence[Flow]
    seed: int
    workers: int = 3
    crowd: int = 6
    pause: float = 0.15
    busy: int = 6
    restart: Callable[[], object] = lambda: None
    restarts: int = 0
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._notes = Ledger(self.folder / "notes")
        self._stop = self.folder / "stop"
        self._places: list[Place] = []
        self._flow_of: dict[str, Flow] = {}
        self._starts: dict[int, list[str]] = {}  # by process
        self._replies = {node: reply for flow in self.flows for node, reply in flow.replies.items()}

    def rage(self, kills: int) -> Figures:
        """Kill so often, let the rest come to its end, and look what there is.

        Raises:
            AssertionError: something was lost, recorded twice, is explained by nothing, or does not come to its end.
        """
        try:
            for make in [self._worker] * self.workers + [self._people]:
                self._places.append(Place(make, make()))
            restarts = set(self._random.sample(range(kills), self.restarts))
            while self.figures.kills < kills:
                self._pass_time()
                if self.figures.kills in restarts:
                    restarts.remove(self.figures.kills)
                    self.restart()
                    self.figures.restarts += 1
                self._do_something()
            self._wait_for_the_end()
            self._stop.touch()
            for place in self._places:
                place.child.wait(patience=ENDING)
        except AssertionError as error:
            raise type(error)(f"seed {self.seed}: {error}") from error
        finally:
            for place in self._places:
                place.child.end()
        self._look()
        return self.figures

    def _worker(self) -> Child:
        tasks = [] if len(self._left()) >= self.crowd else [self._new_run()]
        url = self.url
        work = Worker(lambda: opened(url), self._notes, self._stop, tasks, LEASE, LEAVE)
        child = Child(work, self.folder / "log", patience=PATIENCE + 600)
        self._starts[child.process] = [one.run_id for one in tasks]
        return child

    def _new_run(self) -> Task:
        number = len(self._flow_of)
        flow = self.flows[number % len(self.flows)]
        name = f"run-{self.seed}-{number}"
        self._flow_of[name] = flow
        return Task(name, flow)

    def _people(self) -> Child:
        url = self.url
        work = People(lambda: opened(url), self._notes, self._stop, self._replies)
        return Child(work, self.folder / "log", patience=PATIENCE + 600)

    def _pass_time(self) -> None:
        """Wait for some effects, so that kills hit those who work; not for ever: there may be nothing to do."""
        end = time.monotonic() + self._random.uniform(0.0, self.pause)
        effects = self.ledger.size() + self._random.randint(0, self.busy)
        self._see()
        while self.ledger.size() < effects and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.002))
            self._see()

    def _see(self) -> None:
        now = time.monotonic()
        for place in self._places:
            place.see(now)

    def _do_something(self) -> None:
        place = self._random.choice([*self._places, *self._at_work()])
        is_nap, seconds = self._random.random() < NAPS, self._random.uniform(LEASE, 2 * LEASE)
        if is_nap and place.wakes is None:
            place.child.stop()
            place.wakes = time.monotonic() + seconds
            self.figures.naps += 1
        else:
            place.kill()
            self.figures.kills += 1

    def _at_work(self) -> list[Place]:
        """Who had the last effect, as often as there are places: kills and naps are to hit those who work."""
        last = self.ledger.effects()[-1:]
        return [one for one in self._places if last and one.child.process == last[0].process] * len(self._places)

    def _wait_for_the_end(self) -> None:
        until = time.monotonic() + PATIENCE
        while left := self._left():
            if time.monotonic() > until:
                raise Stuck(f"these runs do not come to their end: {left}")
            self._see()
            for one in self._notes.effects("left"):
                raise LeftAlone(f"a worker cannot go on with {one.key}")
            time.sleep(0.05)
        while any(place.wakes is not None for place in self._places):  # who sleeps must wake up to hear of it
            self._see()
            time.sleep(0.01)

    def _left(self) -> list[str]:
        """The runs that have not ended; none of the store's connections is left when children are made."""
        with_store = opened(self.url)
        try:
            states = {row.id: row.state for row in with_store.rows(is_brief=True)}
        finally:
            with_store.close()
        to_come = (run for place in self._places for run in self._starts.get(place.child.process, ()))
        waited_for = {*states, *self._submitted(), *to_come}
        return sorted(f"{name} ({states.get(name)})" for name in waited_for if not _is_end(states.get(name)))

    def _submitted(self) -> set[str]:
        return {one.key for one in self._notes.effects("submitted")}

    def _look(self) -> None:
        store = open_store(self.url)
        try:
            there = {row.id for row in store.rows(is_brief=True)}
            for name in sorted(self._submitted() - there):
                raise Lost(f"seed {self.seed}: run '{name}' was acknowledged, and is not there")
            for name in sorted(there):
                try:
                    self.figures.add_account(self._flow_of[name].account(store, name, self.ledger))
                except AssertionError as error:
                    raise type(error)(f"seed {self.seed}: run '{name}': {error}") from error
        finally:
            store.close()
        self.figures.overtaken = self._notes.count("lost")
        self.figures.said = self._notes.count("said")


def _is_end(state: str | None) -> bool:
    return state is not None and RunState(state).is_end
