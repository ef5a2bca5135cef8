"""Carriers: the asyncio tasks in which the coroutines of a run take their steps.

A carrier runs one node after another. Most coroutines end with their first step; with one that suspends the carrier
stays until its end, and another carrier goes on with the rest. So a coroutine has one ``current_task()`` for its whole
life, and a graph of coroutines that never suspend costs one task, not one a node (``steps.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context, copy_context
from heapq import heappop
from typing import TYPE_CHECKING, Any

from planweave.engine.context import current
from planweave.engine.inline import UNUSUAL
from planweave.engine.jobs import timed_out
from planweave.engine.lanes import POSITION
from planweave.engine.placing import Mode
from planweave.engine.reports import NOWHERE
from planweave.engine.state import GOING, NodeState, RunState
from planweave.engine.steps import rest, whole

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

Suspended = tuple[int, Coroutine[Any, Any, Any], Context, Any]
"""A coroutine that its carrier must stay with: position, coroutine, its context, and what it waits for."""

_UNSTARTED = object()
"""What a coroutine waits for that has a timeout: it takes its first step inside of that."""


class Carriers:
    """The carriers of a run.

    Attributes:
        tasks: those that have not ended, by number; a dict, because the loop itself holds tasks only weakly, and order
            must not depend on hashes.
        driving: the carrier of each node whose coroutine has suspended.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.driving: dict[int, asyncio.Task[None]] = {}
        self._scheduler = scheduler
        self._count = 0

    def spawn(self) -> None:
        """Start a carrier, which drives coroutines until there is none."""
        self._count += 1
        self.tasks[self._count] = self._scheduler.loop.create_task(self._carry(self._count))

    async def _carry(self, number: int) -> None:
        """Advance in a task of its own, staying with each coroutine that suspends until it has ended."""
        carrier = self.tasks[number]
        scheduler, driving = self._scheduler, self.driving
        try:
            while (suspended := scheduler.advance(carrier)) is not None:
                if scheduler.has_more():
                    self.spawn()  # somebody else goes on with the rest
                elif scheduler.keeping.is_on:
                    scheduler.keeping.save_soon()  # what was noted on the way here: the coroutine may take for ever
                position, coroutine, context, wish = suspended
                driving[position] = carrier
                if scheduler.state is RunState.CANCELLING:
                    carrier.cancel()  # its own first step cancelled the run
                try:
                    if wish is _UNSTARTED:
                        value = await self._within_timeout(position, coroutine, context)
                    else:
                        value = await rest(coroutine, context, wish)
                except BaseException as error:
                    del driving[position]
                    self._failed(position, carrier, error)
                else:
                    del driving[position]
                    scheduler.succeed(position, value)
                if carrier.cancelling() and scheduler.state in GOING:
                    # the coroutine cancelled its own task and went on: that must not reach the next one
                    scheduler.loop.call_soon(scheduler.wake)
                    return
        except Exception as error:  # the engine's own fault: no body raises through here
            scheduler.crash(error)
        except (KeyboardInterrupt, SystemExit):
            scheduler.abandon()
            raise
        finally:
            del self.tasks[number]

    def burst(
        self, position: int, now: float, most: int, until: float, carrier: asyncio.Task[None]
    ) -> tuple[int, Suspended | None]:
        """Let quick coroutines run one after another, until one suspends; gives how many ran.

        That is ``most`` at the most, and no more once the time is ``until``.

        What ``Scheduler._start``, ``step`` and ``Scheduler.succeed`` do, in one loop, for those that need no room.
        """
        scheduler = self._scheduler
        data, frontier, lanes, placing = scheduler.data, scheduler.frontier, scheduler.lanes, scheduler.placing
        values, slots, functions, attempts = data.values, data.slots, data.functions, data.attempts
        value_at, reports, free, ready = values.__getitem__, scheduler.reports, lanes.free, frontier.ready
        most = 1 if lanes.is_limited else most  # then another lane may hold the best node
        for count in range(1, most + 1):
            attempt = attempts.get(position, 1) if attempts else 1
            frontier.move(position, NodeState.RUNNING, now, attempt)
            if lanes.is_shut:
                break  # an observer of that very start cancelled the run
            reports.place = position, attempt
            current.set((reports, position, attempt))
            context = copy_context()
            try:
                coroutine = functions[position](*map(value_at, slots[position]))  # type: ignore[arg-type]  # because a quick node has slots
                wish = context.run(coroutine.send, None)
            except StopIteration as end:
                value = end.value
            except BaseException as error:
                self._failed(position, carrier, error)
                break
            else:
                reports.place = NOWHERE
                return count, (position, coroutine, context, wish)
            if type(value) in UNUSUAL:
                scheduler.succeed(position, value)
                break
            now = scheduler.now()
            values[position] = value
            frontier.succeed(position, now)
            if frontier.closing or lanes.is_shut:
                break
            if ready:
                placing.push_all(ready)
                ready.clear()
            if count == most or now >= until or not free or placing.quick[free[0] & POSITION] is not Mode.LOOP:
                break
            position = heappop(free) & POSITION
        reports.place = NOWHERE
        return count, None

    def step(self, position: int, carrier: asyncio.Task[None]) -> Suspended | None:
        """Let the coroutine of a node take its first step; most end with it."""
        data = self._scheduler.data
        attempt = data.attempts.get(position, 1)
        self._scheduler.reports.place = position, attempt
        current.set((self._scheduler.reports, position, attempt))
        context = copy_context()
        try:
            slots = data.slots[position]
            if slots is not None and not data.errors:
                coroutine = data.functions[position](*map(data.values.__getitem__, slots))
            else:
                args, kwargs = data.checked_arguments(position)
                coroutine = data.functions[position](*args, **kwargs)
            if data.nodes[position].policy.timeout is not None:
                return position, coroutine, context, _UNSTARTED
            wish = context.run(coroutine.send, None)
        except StopIteration as end:
            self._scheduler.succeed(position, end.value)
        except BaseException as error:
            self._failed(position, carrier, error)
        else:
            return position, coroutine, context, wish
        finally:
            self._scheduler.reports.place = NOWHERE
        return None

    async def _within_timeout(self, position: int, coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
        """Await a coroutine that has not started, for as long as its policy allows."""
        limit = asyncio.timeout(self._scheduler.data.nodes[position].policy.timeout)
        try:
            async with limit:
                return await whole(coroutine, context)
        except TimeoutError as error:
            if limit.expired():
                raise timed_out(self._scheduler.data.nodes[position]) from error
            raise

    def _failed(self, position: int, carrier: asyncio.Task[None], error: BaseException) -> None:
        """Tell a failure from a stop of the run, or from outside."""
        scheduler = self._scheduler
        if isinstance(error, asyncio.CancelledError) and (scheduler.state not in GOING or carrier.cancelling()):
            scheduler.stop()
            if scheduler.handback.is_on:
                scheduler.handback.put_back(position)
            else:
                scheduler.cancellation.stopped(position)
            scheduler.settle()
        elif isinstance(error, KeyboardInterrupt):
            scheduler.interrupt(error, position)
        else:
            scheduler.fail(position, error)
