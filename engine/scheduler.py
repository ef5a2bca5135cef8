"""The scheduler: the asyncio shell around the pure frontier and lanes.

It starts what may start, waits for what runs, and tells the frontier how it ended. What decides is pure and elsewhere:
``frontier.py`` (who may run), ``lanes.py`` (who has room), ``expander.py`` (what takes a node's place).

How it moves: ``advance`` starts ready nodes until none has room. Inline bodies run right there, those of threads and
processes are handed over (``jobs.py``), coroutines take their steps in carriers (``carriers.py``), control structures
expand (``controls.py``). Everything that ends (a carrier, a thread, a timer) tells the frontier and advances again.
See docs/design.md, "Scheduling".
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from planweave.engine.cache import CachedCalls
from planweave.engine.cancellation import Cancellation
from planweave.engine.carriers import Carriers, Suspended
from planweave.engine.controls import Controls
from planweave.engine.ending import Ending
from planweave.engine.executors.job import Place
from planweave.engine.frontier import Frontier
from planweave.engine.graph import Graph
from planweave.engine.handback import HandBack
from planweave.engine.inline import ONCE, Inline, unfinished
from planweave.engine.jobs import Jobs
from planweave.engine.journal import Journal, Record
from planweave.engine.keeping import Keeping
from planweave.engine.lanes import FREE, Lanes
from planweave.engine.leaving import Leaving
from planweave.engine.observers import Observer, Observers
from planweave.engine.people import People
from planweave.engine.placing import Mode, Placing
from planweave.engine.policy import OnFailure
from planweave.engine.recovery import Continuation
from planweave.engine.replans import Replans
from planweave.engine.reports import Reports
from planweave.engine.rundata import RunData
from planweave.engine.state import GOING, RUN_EXITS, NodeState, RunState
from planweave.engine.timers import Timers
from planweave.engine.undoing import Undoing

TURN, TURN_SECONDS = 256, 0.01
"""Nodes, and seconds, that run on the loop before other callbacks of the loop get a turn."""

GROWTHS = frozenset({Graph, Continuation})
"""Types of what takes the place of the node whose body gave it."""

_INLINE, _LOOP, _RUNNING = Mode.INLINE, Mode.LOOP, NodeState.RUNNING


class Scheduler:
    """Runs one graph once.

    Args:
        graph: what is run.
        inputs: a value for each input of the graph.
        run_id: of the run; seeds what is random in it.
        journal: where everything that happens is written before it is acted on.
        sizes: how many nodes may hold each slot at once: ``"pool NAME"``, ``"thread"``, ``"process"``.
        grace: seconds that threads are given to end when the run has ended or is cancelled.
        observers: called with each event as it is recorded.
        on_failure: what becomes of what succeeded when the run fails.
        is_resumed: whether the journal has the beginning of the run, which is told before it is run.
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Mapping[str, Any],
        *,
        run_id: str,
        journal: Journal,
        sizes: Mapping[str, int],
        grace: float,
        observers: Sequence[Observer] = (),
        on_failure: OnFailure = "keep",
        is_resumed: bool = False,
    ) -> None:
        self.run_id = run_id
        self.state = RunState.QUEUED
        self.data = RunData(graph, inputs)
        self.left: list[str] = []
        self.journal, self._group = journal, journal.group
        self.observers = Observers(observers, self.data.nodes, self.interrupt) if observers else None
        self.lanes = Lanes(sizes)
        self.placing = Placing(self.data, self.lanes)
        self.frontier = Frontier(graph.predecessors, graph.successors, graph.joins, graph.controls, self._noter())
        self.data.frontier = self.frontier
        self.calls = CachedCalls(self.data, self.frontier, self.placing)
        self.replans = Replans(self.data, self.frontier, journal.records)
        self.controls = Controls(self)
        self.carriers = Carriers(self)
        self.inline = Inline(self)
        self.reports = Reports(self)
        self.sizes, self.grace = sizes, grace
        self.keeping = Keeping(self)
        self.keeping.take_part_in(self.calls)
        self.people = People(self)
        self.leaving = Leaving(self)
        self.cancellation = Cancellation(self)
        self.handback = HandBack(self)
        self.undoing = Undoing(self, on_failure)
        self._is_resumed = is_resumed
        self.has_begun = False
        self.timers = Timers(self)
        self.launched: deque[int] = deque()
        self._rate_due: float | None = None
        self._interrupted: asyncio.CancelledError | None = None

    def _noter(self) -> Callable[[Record], object]:
        """How transitions are noted: straight into the records, unless somebody listens."""
        extend, observers = self.journal.records.extend, self.observers
        if observers is None:
            return extend
        tell = observers.tell

        def note(record: Record) -> None:
            extend(record)
            tell(record)

        return note

    def is_on_loop(self) -> bool:
        """Whether the caller is on the thread of the run's event loop."""
        return self.jobs.staff.is_loop_thread()

    def now(self) -> float:
        """Seconds since the epoch, by the clock of the event loop: it never runs backwards within a run."""
        return self.clock() + self.epoch

    # ------------------------------------------------------------------ the run

    async def run(self, epoch: float, acknowledged: Callable[[], None]) -> None:
        """Run to the end; every task, thread and process of it has ended when this returns.

        Args:
            epoch: what turns the time of the loop into seconds since the epoch.
            acknowledged: called once the start of the run is recorded.
        """
        self.loop = asyncio.get_running_loop()
        self.clock, self.epoch = self.loop.time, epoch
        if getattr(self.clock, "__func__", None) is asyncio.BaseEventLoop.time:  # a loop may have another one
            self.clock = time.monotonic  # what it calls; asked for after every node
        self.ending = Ending(self, self.loop)
        self.jobs = Jobs(self)
        try:
            if self._is_resumed:
                self.note((self.now(), "resumed", -1, None))
            if not self._is_resumed or self.state in (RunState.WAITING, RunState.BLOCKED):
                self.move_run(RunState.COMPENSATING if self.undoing.is_on else RunState.RUNNING)
            await self._flushed()
            acknowledged()
            self.has_begun = True
            if self._is_resumed:
                self.keeping.go_on()
            else:
                self.frontier.begin(self.now())
            if self.cancellation.is_due:
                self.cancellation.stop_all()
            self.loop.call_soon(self.wake)  # not at once: the caller of `start` has its run before any body holds it up
            await self._ended()
        finally:
            self.timers.clear()
            self.left = await self.jobs.staff.close(self.cancellation.grace_left())

    async def _ended(self) -> None:
        """Wait for the end; being cancelled meanwhile stops the run, and is passed on once it has ended here."""
        while not self.ending.done.done() or self.carriers.tasks:
            await self._wait([self.ending.done] if not self.ending.done.done() else self.carriers.tasks.values())
        if self._interrupted is not None:
            raise self._interrupted
        self.ending.done.result()

    async def _wait(self, futures: Iterable[asyncio.Future[None]]) -> None:
        """Wait for futures; being cancelled meanwhile stops the run, but not the futures, which are not ours."""
        try:
            await asyncio.wait(futures)
        except asyncio.CancelledError as error:
            self._interrupted = error
            self.stop()

    def move_run(self, to: RunState, data: Any = None) -> None:
        """The one door through which the state of the run changes."""
        assert to in RUN_EXITS[self.state], f"a run cannot go from {self.state} to {to}"
        self.state = to
        self.note((self.now(), to, -1, data))

    def note(self, record: Record) -> None:
        """Record something that is no transition of a node."""
        self.frontier.note(record)

    async def _flushed(self) -> None:
        saved = self.journal.flush()
        if saved is not None:
            while not saved.done():
                await self._wait([saved])
            saved.result()

    def failed_roots(self) -> list[int]:
        """The nodes at the root of the failure of the run, in order; empty when it did not fail."""
        if self.undoing.is_on:
            return list(self.undoing.roots)
        output = self.data.graph.output
        broken = self.frontier.unhandled() + self.data.broken_in(output)
        roots = dict.fromkeys(self.frontier.root_of(i) for i in broken)
        return list(dict.fromkeys((*roots, *(j for i in roots for j in self.data.origins.get(i, ())))))

    # ------------------------------------------------------------------ ending early

    def stop(self) -> None:
        """The program is to end: give a run back that can go on elsewhere, and cancel another. Only on the loop."""
        if self.keeping.is_on:
            self.handback.begin()
        else:
            self.cancellation.begin()

    def guarded(self, call: Callable[..., None], *args: Any) -> None:
        """Call a part of the engine in a callback of the loop: whatever goes wrong in there ends the run."""
        try:
            call(*args)
        except Exception as error:  # the engine's own fault: no body raises through here
            self.crash(error)
        except BaseException:  # Ctrl-C, in the midst of the engine's own work
            self.abandon()
            raise

    def crash(self, error: BaseException) -> None:
        """The engine itself, or its journal, failed: end everything, and raise it from the run."""
        self.ending.fail(error)
        self.lanes.shut()
        try:
            self.cancellation.stop_all()
        except Exception:  # a transition that was cut in the midst: nothing that is recorded can be relied on
            self._stop_carriers()
        if self.state is RunState.COMPENSATING:  # it stays so: what is not undone must be, by whoever goes on
            self._stop_carriers()

    def _stop_carriers(self) -> None:
        for carrier in self.carriers.driving.values():
            carrier.cancel()

    def abandon(self) -> None:
        """The engine itself was interrupted, which the loop hears of: end everything, and raise nothing more."""
        self.ending.done.cancel()
        self.crash(asyncio.CancelledError())

    def interrupt(self, error: BaseException, position: int | None = None) -> None:
        """A body or an observer was interrupted (Ctrl-C, sys.exit): the run ends here, and the loop hears of it.

        Args:
            error: which it raised.
            position: of the node whose body it was.
        """

        def interrupt() -> None:
            raise error

        if position is not None and not self.keeping.is_on:
            self.fail(position, error)
        self.stop()
        if position is not None and self.frontier.state[position] is _RUNNING:
            self.handback.put_back(position)
        self.loop.call_soon(interrupt)  # raised in a task, it would be reported a second time

    # ------------------------------------------------------------------ starting nodes

    def wake(self) -> None:
        """Advance, from a callback of the loop."""
        self.guarded(self._advance_here)

    def _advance_here(self) -> None:
        self.advance(None)

    def advance(self, carrier: asyncio.Task[None] | None) -> Suspended | None:  # noqa: PLR0915  # the innermost loop but the bursts: each call in it costs
        """Start what may start, and run what runs here.

        Args:
            carrier: the task that this is called in, if it is a carrier: only there may coroutines take steps.

        Returns:
            A coroutine that has suspended, and that the carrier must stay with; None when nothing is left to do here.
        """
        frontier, launched = self.frontier, self.launched
        left, now = TURN, self.clock() + self.epoch
        until = now + TURN_SECONDS
        while left > 0 and now < until:
            left -= 1
            if frontier.ready or frontier.closing:
                self._admit()
            if launched and not self.lanes.is_shut:
                if self.keeping.is_on and (count := self.inline.burst_started(launched, left + 1, until)):
                    left -= count - 1
                    now = self.clock() + self.epoch
                    continue
                position = launched.popleft()
            else:
                best = self.lanes.pop(now)
                if best is None:
                    if not self.carriers.driving and self.jobs.listen():  # coroutines go on by way of the loop
                        now = self.clock() + self.epoch
                        continue
                    self.settle()
                    return None
                position = best
                quick = self.placing.quick[position]
                if quick is _INLINE:
                    left -= self.inline.burst(position, now, left + 1, until) - 1  # the first is counted above
                    now = self.clock() + self.epoch
                    continue
                if quick is _LOOP and carrier is not None and not self._group:
                    count, suspended = self.carriers.burst(position, now, left + 1, until, carrier)
                    left -= count - 1
                    if suspended is not None:
                        return suspended
                    now = self.clock() + self.epoch
                    continue
                if not self._start(position, now):
                    continue
                if self.lanes.is_shut:
                    continue  # an observer of that very start cancelled the run: the body must not run any more
                if self._group:
                    self._start_group(position, now)
                    continue
            mode = self.placing.modes[position]
            if mode > _LOOP:
                self.jobs.hand_over(position)
                continue
            if carrier is None and mode is _LOOP:
                launched.appendleft(position)
                self.carriers.spawn()  # it goes on with the rest as well
                return None
            suspended = self._run_body(position, carrier)
            if suspended is not None:
                return suspended
            now = self.clock() + self.epoch
        self.loop.call_soon(self.wake)
        return None

    def _run_body(self, position: int, carrier: asyncio.Task[None] | None) -> Suspended | None:
        """Run the body of a started node, as far as it runs here, on the loop."""
        if self.lanes.is_shut:
            return None  # cancelled between its start and this
        mode = self.placing.modes[position]
        if mode is _LOOP:
            assert carrier is not None, "coroutines take steps in carriers only"
            return self.carriers.step(position, carrier)
        elif mode is Mode.CONTROL:
            self.controls.run(position)
        else:
            self.inline.run(position)
        return None

    def _start_group(self, first: int, now: float) -> None:
        """Start as many nodes as the journal takes at a time, and run them once that is recorded."""
        batch = [first]
        while len(batch) < self._group and (position := self.lanes.pop(now)) is not None:
            if self._start(position, now):
                batch.append(position)
        saved = self.keeping.flush(batch) if self.keeping.is_on else self.journal.flush()
        if saved is None:
            self.launched.extend(batch)
        else:
            self._launch_when(saved, batch)

    def _launch_when(self, saved: asyncio.Future[None], batch: list[int]) -> None:
        def launch(saved: asyncio.Future[None]) -> None:
            error = saved.exception()
            if error is not None:
                self.crash(error)
                return
            self.launched.extend(i for i in batch if self.frontier.state[i] is _RUNNING)
            self.wake()

        saved.add_done_callback(launch)

    def _start(self, position: int, now: float) -> bool:
        """Record the start of an attempt, unless the value is in the cache or on its way there."""
        if self.placing.cached[position] and not self.calls.must_run(position, now):
            self.placing.take_back(position)
            return False
        self.frontier.move(position, _RUNNING, now, self.data.attempts.get(position, 1))
        if self.undoing.is_on:
            self.undoing.started(position, now)
        return True

    def has_more(self) -> bool:
        """Whether anything else may start now."""
        return bool(self.launched or self.frontier.ready or self.frontier.closing) or self.lanes.waiting()

    # ------------------------------------------------------------------ ends of nodes

    def succeed(self, position: int, value: Any) -> None:
        """The body of a node gave a value, or a graph that takes its place."""
        now = self.clock() + self.epoch
        if self.handback.is_on and self.handback.takes(position):
            return
        if type(value) in ONCE:
            self.fail(position, unfinished(self.data.nodes[position], value))
            return
        if self.undoing.is_on:  # what an undo gives is of no use
            self.frontier.succeed(position, now)
            self.undoing.ended(position, now)
        elif type(value) in GROWTHS and self.state is not RunState.RUNNING:
            self.cancellation.cancelled(position)  # it was cancelled, and went on: what it gives is to run no more
        elif type(value) in GROWTHS:
            try:
                self.controls.grow(position, value, now)
            except Exception as error:
                self.fail(position, error)
                return
        else:
            if self.keeping.is_on and not self.keeping.keep(position, value):
                return
            self.data.values[position] = value
            self.frontier.succeed(position, now)
        lane = self.placing.lane[position]
        if lane != FREE:
            self.lanes.release(lane)
        if self.placing.cached[position] and self.frontier.state[position] is not NodeState.EXPANDED:
            self.calls.settle(position, now)

    def fail(self, position: int, error: BaseException, *, release: bool = True) -> None:
        """An attempt failed: try again later if its policy wants that, else the node fails."""
        if self.handback.is_on and self.handback.takes(position, error):
            return
        now = self.now()
        node = self.data.nodes[position]
        attempt, tries = self.data.attempts.get(position, 1), self.data.tries(position)
        retry = node.policy.retry
        if retry is not None and self.state in GOING and retry.wants(error, tries):
            pause = retry.pause(attempt, f"{self.run_id}/{node.id}")
            self.frontier.retry(position, now, {"error": error, "attempt": attempt, "due": now + pause})
            self.data.attempts[position] = attempt + 1
            self.timers.start(position, pause, self.retry_due, position)
        else:
            self.data.errors[position] = error
            self.frontier.fail(position, now, error)
            self.undoing.ended(position, now)
            self.forget_given_up()
            if self.placing.cached[position]:
                self.calls.settle(position, now)
        if release:
            self.placing.release(position)

    def forget_given_up(self) -> None:
        """Forget the nodes that were given up since another broke: nothing of them starts any more."""
        given_up = self.frontier.given_up
        if given_up:
            self.lanes.drop(frozenset(given_up))
            for position in given_up:
                self.timers.stop(position)
            given_up.clear()

    def retry_due(self, position: int) -> None:
        """The pause before another attempt is over."""
        self.frontier.due(position, self.now())
        self.wake()

    def _admit(self) -> None:
        """Queue what became ready, and close expansions that have ended, until neither brings anything new."""
        frontier = self.frontier
        while frontier.ready or frontier.closing:
            if frontier.ready:
                self.placing.push_all(frontier.take_ready())
            else:
                self.controls.close(frontier.closing.pop(0))

    def settle(self) -> None:
        """Nothing more can start now: end the run, if it has come to its end."""
        if not self.frontier.active:
            self.ending.finish()
            return
        if self.lanes.has_rates:
            self._await_rate()
        if self.keeping.is_on:
            self.keeping.save_soon()
            if self.handback.is_on:
                self.handback.look()
            else:
                self.leaving.consider()

    def _await_rate(self) -> None:
        """See to it that a lane that only its rate keeps shut is tried again when it opens."""
        due = self.lanes.opens_at(self.now())
        if due is not None and due != self._rate_due:
            self.timers.stop("rate")
            self._rate_due = due
            self.timers.start("rate", due - self.now(), self._rate_opens)

    def _rate_opens(self) -> None:
        self._rate_due = None
        self.wake()

    def place(self, position: int) -> Place:
        """The current attempt of a node."""
        return position, self.data.attempts.get(position, 1)
