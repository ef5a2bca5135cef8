"""Inline bodies: sync functions that run on the event loop, one after another, in the innermost loop of the engine."""

from __future__ import annotations

from collections import deque
from contextvars import copy_context
from heapq import heappop, heappush
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from planweave.engine.context import current
from planweave.engine.errors import ValueRefused
from planweave.engine.graph import Graph
from planweave.engine.lanes import FREE, POSITION
from planweave.engine.node import Node
from planweave.engine.placing import Mode
from planweave.engine.reports import NOWHERE
from planweave.engine.state import NodeState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

_INLINE, _RUNNING = Mode.INLINE, NodeState.RUNNING

ONCE = (CoroutineType, GeneratorType, AsyncGeneratorType, map, filter, zip)
"""Types of what has not run yet, and can run only once."""

UNUSUAL = frozenset({Graph, *ONCE})
"""Types of what a body gives that are not simply its value."""


class Inline:
    """Runs the inline bodies of a run."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def burst(self, position: int, now: float, most: int, until: float) -> int:
        """Run quick nodes one after another, ``most`` at the most and as long as time is left; gives how many.

        The innermost loop of the engine: ``Scheduler._start``, ``run`` and ``Scheduler.succeed`` in one.
        """
        scheduler = self._scheduler
        data, frontier, lanes, placing = scheduler.data, scheduler.frontier, scheduler.lanes, scheduler.placing
        values, slots, functions, ranks = data.values, data.slots, data.functions, data.ranks
        move, succeed, free, ready = frontier.move, frontier.succeed, lanes.free, frontier.ready
        clock, epoch, attempts, value_at = scheduler.clock, scheduler.epoch, data.attempts, values.__getitem__
        quick, lane, reports, closing = placing.quick, placing.lane, scheduler.reports, frontier.closing
        heard = scheduler.observers is not None
        most = 1 if lanes.is_limited else most  # then another lane may hold the best node
        current.set((reports, -1, 0))  # once for all: setting a context variable costs as much as a small task
        for count in range(1, most + 1):
            attempt = attempts.get(position, 1) if attempts else 1
            move(position, _RUNNING, now, attempt)
            if heard and lanes.is_shut:
                break  # an observer of that very start cancelled the run: the body must not run any more
            reports.place = position, attempt
            try:
                value = copy_context().run(functions[position], *map(value_at, slots[position]))  # type: ignore[arg-type]  # because a quick node has slots
            except BaseException as error:
                self._failed(position, error)
                break
            now = clock() + epoch
            if type(value) in UNUSUAL:
                scheduler.succeed(position, value)
                break
            values[position] = value
            succeed(position, now)
            if closing or (heard and lanes.is_shut):
                break
            for i in ready:
                if lane[i] == FREE:
                    heappush(free, ranks[i])
                else:
                    lanes.push(lane[i], ranks[i])
            ready.clear()
            if count == most or now >= until or not free or quick[free[0] & POSITION] is not _INLINE:
                break
            position = heappop(free) & POSITION
        reports.place = NOWHERE
        return count

    def burst_started(self, launched: deque[int], most: int, until: float) -> int:
        """Run inline nodes of a stored run whose start is recorded, one after another; gives how many.

        ``run``, ``Scheduler.succeed`` and ``Keeping.keep`` in one, as ``burst`` is for other runs.
        """
        scheduler = self._scheduler
        data, frontier, lanes, placing = scheduler.data, scheduler.frontier, scheduler.lanes, scheduler.placing
        modes, slots, cached, lane = placing.modes, data.slots, placing.cached, placing.lane
        values, functions, attempts, errors = data.values, data.functions, data.attempts, data.errors
        reports, keep, clock, epoch = scheduler.reports, scheduler.keeping.keep, scheduler.clock, scheduler.epoch
        value_at, succeed, closing = values.__getitem__, frontier.succeed, frontier.closing
        current.set((reports, -1, 0))
        count = 0
        if scheduler.undoing.is_on:  # whose ends move other nodes, too
            return 0
        while launched and count < most and not lanes.is_shut:
            position = launched[0]
            if modes[position] is not _INLINE or cached[position] or position in errors:
                break
            launched.popleft()
            count += 1
            reports.place = position, attempts.get(position, 1) if attempts else 1
            wanted = slots[position]
            try:
                if wanted is not None:
                    value = copy_context().run(functions[position], *map(value_at, wanted))
                else:
                    args, kwargs = data.arguments(position)
                    value = copy_context().run(functions[position], *args, **kwargs)
            except BaseException as error:
                self._failed(position, error)
                break
            if type(value) in UNUSUAL:
                scheduler.succeed(position, value)
                break
            if not keep(position, value):
                break
            now = clock() + epoch
            values[position] = value
            succeed(position, now)
            lanes.release(lane[position])
            if closing or now >= until:
                break
        reports.place = NOWHERE
        return count

    def run(self, position: int) -> None:
        """Run the body of a started node."""
        scheduler = self._scheduler
        node = scheduler.data.nodes[position]
        assert node.task is not None
        scheduler.reports.place = position, scheduler.data.attempts.get(position, 1)
        current.set((scheduler.reports, -1, 0))
        try:
            args, kwargs = scheduler.data.checked_arguments(position)
            value = copy_context().run(node.task.fn, *args, **kwargs)
        except BaseException as error:
            self._failed(position, error)
        else:
            scheduler.succeed(position, value)
        scheduler.reports.place = NOWHERE

    def _failed(self, position: int, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._scheduler.interrupt(error, position)
        else:
            self._scheduler.fail(position, error)


def unfinished(node: Node, value: Any) -> ValueRefused:
    """The error of a body that gives something which is yet to run, where its value is expected."""
    kind = type(value)
    name = f" ('{value.__name__}')" if hasattr(value, "__name__") else ""
    if kind is CoroutineType:
        value.close()  # else Python warns of it wherever it is collected
        what, mend = f"a coroutine{name} that has not run", "make the task async def, and return await ..."
    elif kind is AsyncGeneratorType:
        what, mend = f"an async generator{name}", "return a list: [item async for item in ...]"
    else:
        what = f"a {'generator' if kind is GeneratorType else kind.__name__}{name}, which can be read only once"
        mend = "return a list: list(...)"
    return ValueRefused(
        f"'{node.id}' returned {what}, where its value is expected", node=node.id, where=node.where, mend=mend
    )
