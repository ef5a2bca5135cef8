"""The scheduler: the asyncio shell around the pure frontier and lanes.

It starts what may start, waits for what runs, and tells the frontier how it ended. What decides is pure and elsewhere:
``frontier.py`` (who may run), ``lanes.py`` (who has room), ``expander.py`` (what takes a node's place).

How it moves: ``_advance`` starts ready nodes until none has room. Inline bodies run right there, thread and process
bodies are handed over. Coroutines take their first step in a *carrier* (an asyncio task): most end with it; with one
that suspends the carrier stays, and another is spawned for the rest (``steps.py``). Everything that ends (a carrier,
a thread, a timer) tells the frontier and advances again. See docs/design.md, "Scheduling".
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Mapping
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any

from planweave.engine.cache import Cache, cache_key
from planweave.engine.context import current
from planweave.engine.errors import NodeTimeout, ValueRefused
from planweave.engine.executors.job import Place
from planweave.engine.expander import Broken, Expander, Grown, Outcome, Skip, Value
from planweave.engine.frontier import Frontier
from planweave.engine.graph import Graph
from planweave.engine.journal import Journal, Record
from planweave.engine.lanes import FREE, Lanes, position_in
from planweave.engine.node import Node, Sleep
from planweave.engine.placing import SLOTS, Mode, Placing
from planweave.engine.rundata import RunData
from planweave.engine.staff import Staff
from planweave.engine.state import RUN_EXITS, NodeState, RunState
from planweave.engine.steps import rest, whole

TURN = 256
"""Nodes that run on the loop before other callbacks of the loop get a turn."""

_INLINE, _LOOP, _RUNNING = Mode.INLINE, Mode.LOOP, NodeState.RUNNING


Suspended = tuple[int, Coroutine[Any, Any, Any], Context, Any]
"""A coroutine that its carrier must stay with: position, coroutine, its context, and what it waits for."""

_UNSTARTED = object()
"""What a coroutine waits for that has a timeout: it takes its first step inside of that."""


class Scheduler:
    """Runs one graph once.

    Args:
        graph: what is run.
        inputs: a value for each input of the graph.
        run_id: of the run; seeds what is random in it.
        journal: where everything that happens is written before it is acted on.
        sizes: how many nodes may hold each slot at once: ``"pool NAME"``, ``"thread"``, ``"process"``.
        grace: seconds that threads are given to end when the run has ended or is cancelled.
        announce: called with each record as it is written; None: nobody listens.
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
        announce: Callable[[Record], None] | None = None,
    ) -> None:
        self.run_id = run_id
        self.state = RunState.QUEUED
        self.data = RunData(graph, inputs)
        self.inline: Place = (-1, 0)
        self.left: list[str] = []
        self._journal, self._group = journal, journal.group
        self._announce = announce
        self._lanes = Lanes(sizes)
        self._placing = Placing(self.data, self._lanes)
        self.frontier = Frontier(
            graph.predecessors, graph.successors, graph.joins, graph.controls, self._noter(journal, announce)
        )
        self.data.frontier = self.frontier
        self._expander = Expander(self.data, self.frontier)
        self._cache = Cache()
        self._sizes, self._grace = sizes, grace
        self._driving: dict[int, asyncio.Task[None]] = {}
        self._carriers: dict[int, asyncio.Task[None]] = {}
        self._timers: dict[Hashable, asyncio.TimerHandle] = {}
        self._launched: deque[int] = deque()
        self._spawned = 0
        self._rate_due: float | None = None
        self._telling = False

    def _noter(self, journal: Journal, announce: Callable[[Record], None] | None) -> Callable[[Record], object]:
        """How the frontier notes a transition: straight into the records, unless somebody listens."""
        if announce is None:
            return journal.records.extend

        def note(record: Record) -> None:
            journal.records.extend(record)
            self._tell(announce, record)

        return note

    def _tell(self, announce: Callable[[Record], None], record: Record) -> None:
        """Let observers hear of a record; what they ask for meanwhile waits until the transition is complete."""
        self._telling = True
        try:
            announce(record)
        finally:
            self._telling = False

    def node_id(self, position: int) -> str:
        """The id of the node at a position."""
        return self.data.nodes[position].id

    def is_on_loop(self) -> bool:
        """Whether the caller is on the thread of the run's event loop."""
        return self._staff.is_loop_thread()

    def now(self) -> float:
        """Seconds since the epoch, by the clock of the event loop: it never runs backwards within a run."""
        return self._clock() + self._epoch

    # ------------------------------------------------------------------ the run

    async def run(self, epoch: float, acknowledged: Callable[[], None]) -> None:
        """Run to the end; every task, thread and process of it has ended when this returns.

        Args:
            epoch: what turns the time of the loop into seconds since the epoch.
            acknowledged: called once the start of the run is recorded.
        """
        self._loop = asyncio.get_running_loop()
        self._clock, self._epoch = self._loop.time, epoch
        if type(self._loop).time is asyncio.BaseEventLoop.time:
            self._clock = time.monotonic  # what it calls; asked for after every node
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._staff = Staff(self._sizes, self._loop, self.run_id, self._read_news)
        try:
            self._move_run(RunState.RUNNING)
            await self._flushed()
            acknowledged()
            self.frontier.begin(self.now())
            self._wake()
            await self._ended()
        finally:
            for timer in self._timers.values():
                timer.cancel()
            self.left = await self._staff.close(self._grace)

    async def _ended(self) -> None:
        """Wait for the end; being cancelled meanwhile cancels the run, and is passed on once it has ended."""
        interrupted: asyncio.CancelledError | None = None
        while not self._done.done() or self._carriers:
            try:
                await asyncio.wait([self._done] if not self._done.done() else self._carriers.values())
            except asyncio.CancelledError as error:
                interrupted = error
                self.cancel()
        if interrupted is not None:
            raise interrupted
        self._done.result()

    def _move_run(self, to: RunState, data: Any = None) -> None:
        assert to in RUN_EXITS[self.state], f"a run cannot go from {self.state} to {to}"
        self.state = to
        self._note_any((self.now(), to, -1, data))

    def _note_any(self, record: Record) -> None:
        self._journal.records.extend(record)
        if self._announce is not None:
            self._tell(self._announce, record)

    async def _flushed(self) -> None:
        saved = self._journal.flush()
        if saved is not None:
            await saved

    def _finish(self) -> None:
        """Every node has ended: say how the run did, and let it end once that is recorded."""
        if self._done.done() or self.state.is_end:
            return
        if self.state is RunState.CANCELLING:
            self._move_run(RunState.CANCELLED)
        else:
            roots = self.failed_roots()
            self._move_run(RunState.FAILED if roots else RunState.SUCCEEDED, roots or None)
        saved = self._journal.flush()
        if saved is None:
            self._done.set_result(None)
        else:
            saved.add_done_callback(self._finished)

    def _finished(self, saved: asyncio.Future[None]) -> None:
        error = saved.exception()
        if error is not None:
            self._done.set_exception(error)
        else:
            self._done.set_result(None)

    def failed_roots(self) -> list[int]:
        """The nodes at the root of the failure of the run, in order; empty when it did not fail."""
        output = self.data.graph.output
        broken = self.frontier.unhandled() + self.data.broken_in(output)
        return list(dict.fromkeys(self.frontier.root_of(i) for i in broken))

    # ------------------------------------------------------------------ cancelling

    def cancel(self) -> None:
        """Start nothing more, and stop what can be stopped; the run ends once all has ended. Only on the loop.

        An observer asks for it in the midst of a transition: nothing starts from then on, but what runs is stopped
        only when the transition is complete.
        """
        if self.state is not RunState.RUNNING or self._lanes.is_shut:
            return
        self._lanes.shut()
        if self._telling:
            self._loop.call_soon(self._stop_all)
        else:
            self._stop_all()

    def _stop_all(self) -> None:
        if self.state is not RunState.RUNNING:
            return
        self._move_run(RunState.CANCELLING)
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for position in self.frontier.cancel(self.now()):
            if position in self._driving:
                self._driving[position].cancel()
            elif self._place(position) == self.inline:
                pass  # it is this body that cancels the run: how it ends is seen when it does
            elif not self._staff.stop(self._place(position)):
                self._cancelled(position)
        if self._staff.busy:
            self._timers["grace"] = self._loop.call_later(self._grace, self._give_up)
        self._settle()

    def _cancelled(self, position: int) -> None:
        """A running node has been stopped by the cancel."""
        if self.frontier.state[position] is _RUNNING:
            self.frontier.cancel_running(position, self.now())

    def _give_up(self) -> None:
        """The grace time of a cancelled run is over: its threads are left, and named in the error."""
        for position, _ in self._staff.busy:
            self._cancelled(position)
        self._settle()

    def _crash(self, error: BaseException) -> None:
        """The engine itself, or its journal, failed: end everything, and raise it from the run."""
        if not self._done.done():
            self._done.set_exception(error)
        self.cancel()

    # ------------------------------------------------------------------ starting nodes

    def _wake(self) -> None:
        """Advance, from a callback of the loop."""
        try:
            self._advance(None)
        except Exception as error:  # the engine's own fault: no body raises through here
            self._crash(error)

    def _advance(self, carrier: asyncio.Task[None] | None) -> Suspended | None:
        """Start what may start, and run what runs here.

        Args:
            carrier: the task that this is called in, if it is a carrier: only there may coroutines take steps.

        Returns:
            A coroutine that has suspended, and that the carrier must stay with; None when nothing is left to do here.
        """
        frontier, launched = self.frontier, self._launched
        left = TURN
        while left > 0:
            left -= 1
            if frontier.ready or frontier.closing:
                self._admit()
            if launched and not self._lanes.is_shut:
                position = launched.popleft()
            else:
                now = self._clock() + self._epoch
                best = self._lanes.pop(now)
                if best is None:
                    self._settle()
                    return None
                position = best
                if self._placing.quick[position] and self._announce is None:
                    left -= self._burst(position, now, left)
                    continue
                if not self._start(position, now):
                    continue
                if self._lanes.is_shut:
                    continue  # an observer of that very start cancelled the run: the body must not run any more
                if self._group:
                    self._start_group(position, now)
                    continue
            if carrier is None and self._placing.modes[position] is _LOOP:
                launched.appendleft(position)
                self._spawn()  # it goes on with the rest as well
                return None
            suspended = self._run_body(position, carrier)
            if suspended is not None:
                return suspended
        self._loop.call_soon(self._wake)
        return None

    def _burst(self, position: int, now: float, most: int) -> int:
        """Run quick nodes one after another, ``most`` at the most; gives how many.

        The innermost loop of the engine: ``_start``, ``_run_inline`` and ``_succeed`` in one.
        """
        values, slots, functions, ranks = self.data.values, self.data.slots, self.data.functions, self.data.ranks
        frontier, lanes, quick, lane = self.frontier, self._lanes, self._placing.quick, self._placing.lane
        move, succeed, free, ready = frontier.move, frontier.succeed, lanes.free, frontier.ready
        clock, epoch, attempts, value_at = self._clock, self._epoch, self.data.attempts, values.__getitem__
        current.set((self, -1, 0))  # once for all: setting a context variable costs as much as a small task
        for count in range(1, most + 1):
            attempt = attempts.get(position, 1) if attempts else 1
            move(position, _RUNNING, now, attempt)
            self.inline = position, attempt
            try:
                value = copy_context().run(functions[position], *map(value_at, slots[position]))  # type: ignore[arg-type]  # because a quick node has slots
            except BaseException as error:
                self._inline_failed(position, error)
                break
            now = clock() + epoch
            if type(value) is Graph:
                self._succeed(position, value)
                break
            values[position] = value
            succeed(position, now)
            if frontier.closing:
                break
            for i in ready:
                if lane[i] == FREE:
                    heappush(free, ranks[i])
                else:
                    lanes.push(lane[i], ranks[i])
            ready.clear()
            if count == most or lanes.is_limited or not free or not quick[position_in(free[0])]:
                break
            position = position_in(heappop(free))
        return count

    def _run_body(self, position: int, carrier: asyncio.Task[None] | None) -> Suspended | None:
        """Run the body of a started node, as far as it runs here."""
        if self._lanes.is_shut:
            return None  # cancelled between its start and this
        mode = self._placing.modes[position]
        if mode is _LOOP:
            assert carrier is not None, "coroutines take steps in carriers only"
            return self._step(position, carrier)
        if mode is Mode.CONTROL:
            self._run_control(position)
        elif mode is _INLINE:
            self._run_inline(position)
        else:
            self._hand_over(position)
        return None

    def _start_group(self, first: int, now: float) -> None:
        """Start as many nodes as the journal takes at a time, and run them once that is recorded."""
        batch = [first]
        while len(batch) < self._group and (position := self._lanes.pop(now)) is not None:
            if self._start(position, now):
                batch.append(position)
        saved = self._journal.flush()
        if saved is None:
            self._launched.extend(batch)
        else:
            self._launch_when(saved, batch)

    def _launch_when(self, saved: asyncio.Future[None], batch: list[int]) -> None:
        def launch(saved: asyncio.Future[None]) -> None:
            error = saved.exception()
            if error is not None:
                self._crash(error)
                return
            self._launched.extend(i for i in batch if self.frontier.state[i] is _RUNNING)
            self._wake()

        saved.add_done_callback(launch)

    def _start(self, position: int, now: float) -> bool:
        """Record the start of an attempt, unless the value is in the cache or on its way there."""
        if self._placing.cached[position] and not self._must_compute(position, now):
            self._placing.take_back(position)
            return False
        self.frontier.move(position, _RUNNING, now, self.data.attempts.get(position, 1))
        return True

    def _must_compute(self, position: int, now: float) -> bool:
        """Whether the node must run: no equal call has been made in this run, and none is running."""
        node = self.data.nodes[position]
        if node.task is None or node.control is not None or position in self._cache.keys:
            return True
        args, kwargs = self.data.arguments(position)
        try:
            key = cache_key(node, args, kwargs)
        except ValueError as error:
            self.data.errors[position] = error  # the attempt that starts now fails with it
            return True
        found = self._cache.find(key)
        if found is not None:
            self.data.values[position] = found[0]
            self.frontier.succeed(position, now, "cached")
            return False
        return self._cache.claim(key, position)

    # ------------------------------------------------------------------ running bodies

    def _run_inline(self, position: int) -> None:
        node = self.data.nodes[position]
        assert node.task is not None
        self.inline = position, self.data.attempts.get(position, 1)
        current.set((self, -1, 0))
        try:
            args, kwargs = self._checked_arguments(position)
            value = copy_context().run(node.task.fn, *args, **kwargs)
        except BaseException as error:
            self._inline_failed(position, error)
        else:
            self._succeed(position, value)

    def _inline_failed(self, position: int, error: BaseException) -> None:
        self._fail(position, error)
        if isinstance(error, KeyboardInterrupt):
            self._interrupt(error)

    def _interrupt(self, error: KeyboardInterrupt) -> None:
        """A body was interrupted from the keyboard: the run ends, and the loop hears of it."""

        def interrupt() -> None:
            raise error

        self.cancel()
        self._loop.call_soon(interrupt)  # raised in a task, it would be reported a second time

    def _checked_arguments(self, position: int) -> tuple[list[Any], dict[str, Any]]:
        if self.data.errors:
            refused = self.data.errors.pop(position, None)
            if refused is not None:
                raise refused
        slots = self.data.slots[position]
        if slots is None:
            return self.data.arguments(position)
        values = self.data.values
        return [values[i] for i in slots], {}

    def _spawn(self) -> None:
        """Start a carrier, which drives coroutines until there is none."""
        # kept in a dict: the loop itself holds tasks only weakly, and order must not depend on hashes
        self._spawned += 1
        self._carriers[self._spawned] = self._loop.create_task(self._carry(self._spawned))

    async def _carry(self, number: int) -> None:
        """Advance in a task of its own, staying with each coroutine that suspends until it has ended."""
        carrier = self._carriers[number]
        driving = self._driving
        try:
            while (suspended := self._advance(carrier)) is not None:
                if self._launched or self.frontier.ready or self.frontier.closing or self._lanes.waiting():
                    self._spawn()  # somebody else goes on with the rest
                position, coroutine, context, wish = suspended
                driving[position] = carrier
                if self.state is RunState.CANCELLING:
                    carrier.cancel()  # its own first step cancelled the run
                try:
                    if wish is _UNSTARTED:
                        value = await self._within_timeout(position, coroutine, context)
                    else:
                        value = await rest(coroutine, context, wish)
                except BaseException as error:
                    del driving[position]
                    self._coroutine_failed(position, carrier, error)
                else:
                    del driving[position]
                    self._succeed(position, value)
        except Exception as error:  # the engine's own fault: no body raises through here
            self._crash(error)
        finally:
            del self._carriers[number]

    def _step(self, position: int, carrier: asyncio.Task[None]) -> Suspended | None:
        """Let the coroutine of a node take its first step; most end with it."""
        data = self.data
        attempt = data.attempts.get(position, 1)
        self.inline = position, attempt
        current.set((self, position, attempt))
        context = copy_context()
        try:
            slots = data.slots[position]
            if slots is not None and not data.errors:
                coroutine = data.functions[position](*map(data.values.__getitem__, slots))
            else:
                args, kwargs = self._checked_arguments(position)
                coroutine = data.functions[position](*args, **kwargs)
            if data.nodes[position].policy.timeout is not None:
                return position, coroutine, context, _UNSTARTED
            wish = context.run(coroutine.send, None)
        except StopIteration as end:
            self._succeed(position, end.value)
        except BaseException as error:
            self._coroutine_failed(position, carrier, error)
        else:
            return position, coroutine, context, wish
        return None

    async def _within_timeout(self, position: int, coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
        """Await a coroutine that has not started, for as long as its policy allows."""
        limit = asyncio.timeout(self.data.nodes[position].policy.timeout)
        try:
            async with limit:
                return await whole(coroutine, context)
        except TimeoutError as error:
            if limit.expired():
                raise self._timed_out(position) from error
            raise

    def _coroutine_failed(self, position: int, carrier: asyncio.Task[None], error: BaseException) -> None:
        """Tell a failure from a cancel of the run, or from outside."""
        if isinstance(error, asyncio.CancelledError) and (self.state is not RunState.RUNNING or carrier.cancelling()):
            self.cancel()
            self._placing.release(position)
            self._cancelled(position)
            self._settle()
            return
        self._fail(position, error)
        if isinstance(error, KeyboardInterrupt):
            self._interrupt(error)

    def _hand_over(self, position: int) -> None:
        """Give the body of a sync function to a thread or process."""
        data = self.data
        attempt = data.attempts.get(position, 1) if data.attempts else 1
        try:
            args, kwargs = self._checked_arguments(position)
        except BaseException as error:
            self._fail(position, error)
            return
        place = position, attempt
        current.set((self, position, attempt))
        node = data.nodes[position]
        self._staff.submit(SLOTS[self._placing.modes[position]], node, place, args, kwargs, copy_context())
        if node.policy.timeout is not None:
            self._timers[position] = self._loop.call_later(node.policy.timeout, self._late, place)

    def _late(self, place: Place) -> None:
        """An attempt is past its timeout: kill its process, or go on without its thread, whose slot stays taken."""
        position, _ = place
        del self._timers[position]
        error = self._timed_out(position)
        self._staff.give_up(place)
        self._fail(position, error, release=False)
        self._wake()

    def _timed_out(self, position: int) -> NodeTimeout:
        node = self.data.nodes[position]
        return NodeTimeout(
            f"'{node.id}' took longer than its timeout of {node.policy.timeout} s", node=node.id, where=node.where
        )

    def _run_control(self, position: int) -> None:
        """Expand a map, a branch or a loop, or set the timer of a sleep."""
        node = self.data.nodes[position]
        now = self.now()
        try:
            if isinstance(node.control, Sleep):
                self._sleep(position, node, now)
            else:
                self._come_to(position, self._expander.open(position, now), now)
        except Exception as error:
            self._fail(position, error)

    def _sleep(self, position: int, node: Node, now: float) -> None:
        seconds = self.data.value_of(node.args[0])
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
            raise ValueRefused(
                f"'{node.id}' is to sleep for {seconds!r}, which is not a time",
                node=node.id,
                where=node.where,
                mend="return a number of seconds from 0",
            )
        self.frontier.wait(position, now, {"until": now + seconds})
        self._timers[position] = self._loop.call_later(seconds, self._slept, position)

    def _slept(self, position: int) -> None:
        del self._timers[position]
        self.frontier.succeed(position, self.now())
        self._wake()

    # ------------------------------------------------------------------ ends of nodes

    def _succeed(self, position: int, value: Any) -> None:
        """The body of a node gave a value, or a graph that takes its place."""
        now = self._clock() + self._epoch
        if type(value) is Graph and self.state is not RunState.RUNNING:
            self._cancelled(position)  # it was cancelled, and went on: what it gives is to run no more
        elif type(value) is Graph:
            try:
                self._come_to(position, self._expander.grow(position, value, now), now)
            except Exception as error:
                self._fail(position, error)
                return
        else:
            self.data.values[position] = value
            self.frontier.succeed(position, now)
        if self._placing.lane[position] != FREE:
            self._placing.release(position)
        if self._cache.keys and self.frontier.state[position] is not NodeState.EXPANDED:
            self._settle_cache(position, succeeded=True)

    def _fail(self, position: int, error: BaseException, *, release: bool = True) -> None:
        """An attempt failed: try again later if its policy wants that, else the node fails."""
        now = self.now()
        node = self.data.nodes[position]
        attempt = self.data.attempts.get(position, 1)
        retry = node.policy.retry
        if retry is not None and self.state is RunState.RUNNING and retry.wants(error, attempt):
            pause = retry.pause(attempt, f"{self.run_id}/{node.id}")
            self.frontier.retry(position, now, {"error": error, "attempt": attempt, "due": now + pause})
            self.data.attempts[position] = attempt + 1
            self._timers[position] = self._loop.call_later(pause, self._retry_due, position)
        else:
            self.data.errors[position] = error
            self.frontier.fail(position, now, error)
            if self._cache.keys:
                self._settle_cache(position, succeeded=False)
        if release:
            self._placing.release(position)

    def _retry_due(self, position: int) -> None:
        del self._timers[position]
        self.frontier.due(position, self.now())
        self._wake()

    def _settle_cache(self, position: int, *, succeeded: bool) -> None:
        """Let those who wait for the value of an equal call have it, or compute it themselves."""
        key = self._cache.keys.pop(position, None)
        if key is not None:
            value = self.data.values[position]
            for waiting in self._cache.settle(key, value, succeeded=succeeded):
                if self.frontier.state[waiting].is_end:
                    continue
                if succeeded:
                    self.data.values[waiting] = value
                    self.frontier.succeed(waiting, self.now(), "cached")
                else:
                    self._placing.push_all((waiting,))

    def _come_to(self, position: int, outcome: Outcome, now: float) -> None:
        """End an expanded node, or let the nodes that took its place begin."""
        match outcome:
            case Value(value=value):
                self.data.values[position] = value
                self.frontier.succeed(position, now)
            case Skip(cause=cause):
                self.frontier.skip(position, now, cause)
            case Broken(cause=cause):
                self.frontier.fail_upstream(position, now, cause)
            case Grown():
                self._placing.push_all(())  # placed at once: a burst may make ready what waits for nodes outside

    def _admit(self) -> None:
        """Queue what became ready, and close expansions that have ended, until neither brings anything new."""
        frontier = self.frontier
        while frontier.ready or frontier.closing:
            if frontier.ready:
                self._placing.push_all(frontier.take_ready())
            else:
                self._close(frontier.closing.pop(0))

    def _close(self, position: int) -> None:
        if self.frontier.state[position] is not NodeState.EXPANDED:
            return
        now = self.now()
        try:
            self._come_to(position, self._expander.close(position, now), now)
        except Exception as error:
            self.data.errors[position] = error
            self.frontier.fail(position, now, error)
        if self._cache.keys and (state := self.frontier.state[position]).is_end:
            self._settle_cache(position, succeeded=state is NodeState.SUCCEEDED)

    def _settle(self) -> None:
        """Nothing more can start now: end the run, if it has come to its end."""
        if not self.frontier.active:
            self._finish()
        elif self._lanes.has_rates:
            self._await_rate()

    def _await_rate(self) -> None:
        """See to it that a lane that only its rate keeps shut is tried again when it opens."""
        due = self._lanes.opens_at(self.now())
        if due is not None and due != self._rate_due:
            if "rate" in self._timers:
                self._timers["rate"].cancel()
            self._rate_due = due
            self._timers["rate"] = self._loop.call_at(due - self._epoch, self._rate_opens)

    def _rate_opens(self) -> None:
        self._rate_due = None
        del self._timers["rate"]
        self._wake()

    # ------------------------------------------------------------------ news from threads, processes and tasks

    def _read_news(self, news: deque[Any]) -> None:
        """Take what threads and processes put into the mailbox, and advance once."""
        while news:
            place, succeeded, content = news.popleft()
            if succeeded is None:
                self._report_now(place, *content)
            else:
                self._job_ended(place, succeeded, content)
        self._wake()

    def _job_ended(self, place: Place, succeeded: bool, content: Any) -> None:
        position, _ = place
        if self._staff.ended(place):  # it had been given up: only its slot is news
            self._placing.release(position)
            return
        if position in self._timers:
            self._timers.pop(position).cancel()
        if self.frontier.state[position] is not _RUNNING:
            self._placing.release(position)
        elif succeeded:
            self._succeed(position, content)
        elif self.state is RunState.CANCELLING:
            self._placing.release(position)
            self._cancelled(position)
        else:
            self._fail(position, content)

    def report(self, place: Place, kind: str, data: Mapping[str, Any]) -> None:
        """Take what a running task tells (``pw.context()``); safe from any thread."""
        if self._staff.is_loop_thread():
            self._report_now(place, kind, data)
        else:
            self._staff.mailbox.put((place, None, (kind, data)))

    def _report_now(self, place: Place, kind: str, data: Mapping[str, Any]) -> None:
        position, attempt = place
        if self.frontier.state[position] is _RUNNING and attempt == self.data.attempts.get(position, 1):
            self._note_any((self.now(), kind, position, dict(data)))

    def is_cancelled(self, place: Place) -> bool:
        """Whether nobody waits for what this attempt does any more."""
        position, attempt = place
        return (
            self.state is not RunState.RUNNING
            or self.frontier.state[position] is not _RUNNING
            or attempt != self.data.attempts.get(position, 1)
        )

    def _place(self, position: int) -> Place:
        return position, self.data.attempts.get(position, 1)
