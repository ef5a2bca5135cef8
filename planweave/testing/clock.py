"""A virtual clock: an asyncio event loop that never waits, and whose interleavings follow from a seed.

Time stands still while anything is ready and then jumps to the next timer, so an hour of sleeping costs nothing and
what happens depends on the program and the seed alone: neither on the machine, nor on its load, nor on hashes.

What a seed may change, and what it must not. asyncio calls what ``call_soon`` was given in that order, and programs
may rely on it; it says nothing of the order in which tasks that are ready take their steps, nor of the order of
timers that are due at the same instant. So, in each turn of the loop, steps of tasks and timers that stand next to
each other are shuffled, and plain callbacks stay where they are. A turn runs what was ready when it began: after
``await asyncio.sleep(0)`` everything that was ready before has run, as everywhere in asyncio.

See docs/design.md, "Testing".
"""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable
from contextvars import Context
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple, Unpack

from planweave.testing.errors import Deadlock, Livelock
from planweave.testing.hands import HANDS

_Loop: Any = asyncio.AbstractEventLoop
"""Not named as the base itself, because its types call abstract what no virtual clock has: sockets, pipes, signals."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START = 1_700_000_000.0
"""What the virtual clock shows at first unless told otherwise, in seconds since 1970: a fixed instant of 2023."""

PATIENCE = 1_000_000
"""Callbacks that may run while the clock stands still, unless told otherwise."""

HORIZON = 1e9
"""Virtual seconds that a program may take, unless told otherwise: some thirty years."""


class VirtualLoop(_Loop):  # type: ignore[misc]  # because of what stands at _Loop
    """An event loop with a virtual clock and seeded interleavings; it has no threads, processes, files or sockets.

    Runs that are started on it have their sync tasks done by simulated threads and processes (``hands.py``).

    Args:
        seed: which interleaving; None: the order of asyncio itself.
        start: what the clock shows at first, in seconds since 1970.
        patience: how many callbacks may run while the clock stands still.
        horizon: how many virtual seconds it may run.

    Attributes:
        epoch: what must be added to ``time()``, which starts at 0, to get seconds since 1970.
        executors: what runs sync tasks here.
        calls: how many callbacks have run.
        failures: what asyncio would have logged: errors of callbacks, and of tasks that nobody awaited.

    Raises (while it runs):
        Deadlock: nothing is ready and no timer is set, but it has not been told to stop.
        Livelock: the clock stood still for too long, or went past the horizon.

    >>> loop = VirtualLoop(seed=1)
    >>> loop.run_until_complete(asyncio.sleep(3600, "an hour later")), loop.time()
    ('an hour later', 3600.0)
    >>> loop.close()
    """

    def __init__(
        self, seed: int | None = 0, *, start: float = START, patience: int = PATIENCE, horizon: float = HORIZON
    ) -> None:
        self.epoch = start
        self.executors = HANDS
        self.calls = 0
        self.failures: list[dict[str, Any]] = []
        self._seed = seed
        self._patience = patience
        self._horizon = horizon
        self._now = 0.0
        self._ready: list[tuple[int | None, asyncio.Handle]] = []  # with a number for what a seed may shuffle
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._tasks = 0
        self._numbers: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self._generators: dict[int, weakref.ref[Any]] = {}
        self._timer_count = 0
        self._turn = 0
        self._stopping = self._closed = self._debug = False
        self._thread: int | None = None
        self._handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object] | None = None
        self._factory: Any = None

    # ------------------------------------------------------------------ the clock

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call ``callback`` in the next turn."""
        self._check_open()
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append((self._number_of(callback), handle))
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """The same as ``call_soon``; raises RuntimeError in another thread, which no seed could put in order."""
        if self._thread is not None and threading.get_ident() != self._thread:
            raise RuntimeError("a virtual clock has one thread: what other threads do would differ from run to run")
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call ``callback`` after ``delay`` virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call ``callback`` at the virtual time ``when``."""
        self._check_open()
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._timer_count += 1
        heappush(self._timers, (when, self._timer_count, timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer stays where it is and is passed over when it is due."""

    def _number_of(self, callback: Callable[..., object]) -> int | None:
        """The number of the task whose step ``callback`` is, in the order of their creation; None for anything else."""
        task = getattr(callback, "__self__", None)
        if not isinstance(task, asyncio.Task):
            return None
        name = getattr(callback, "__name__", "_")
        if not name.startswith("_") and hasattr(task, name):
            return None  # a method that everybody may call, like task.cancel: no step
        number = self._numbers.get(task)
        if number is None:
            self._tasks += 1
            number = self._numbers[task] = self._tasks
        return number

    # ------------------------------------------------------------------ running

    def run_forever(self) -> None:
        """Run until ``stop()``."""
        self._check_open()
        if self.is_running():
            raise RuntimeError("this loop is running already")
        hooks = sys.get_asyncgen_hooks()
        self._thread = threading.get_ident()
        asyncio._set_running_loop(self)
        sys.set_asyncgen_hooks(firstiter=self._generator_began, finalizer=self._generator_dropped)
        still = 0
        try:
            while not self._stopping:
                before = self._now
                ran = self._run_turn()
                self.calls += ran
                still = still + ran if self._now == before else 0
                if still > self._patience:
                    raise Livelock(
                        f"{still:,} callbacks ran while the clock stood still at {self._now} s",
                        mend="look for a loop that never waits; or raise patience= if there is really so much to do",
                    )
        finally:
            self._stopping = False
            self._thread = None
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)

    def _run_turn(self) -> int:
        """Run what is ready, or else what comes next; gives how many callbacks that were."""
        timers = self._timers
        while timers and timers[0][2].cancelled():
            heappop(timers)
        if not self._ready:
            if not timers:
                raise self._deadlock()
            self._now = max(self._now, timers[0][0])
            if self._now > self._horizon:
                raise Livelock(
                    f"the program has not ended after {self._horizon:g} virtual seconds",
                    mend="look for something that is done again and again; or raise horizon= if it takes so long",
                )
        self._turn += 1
        while timers and timers[0][0] <= self._now:
            _, number, timer = heappop(timers)
            self._ready.append((-number, timer))
        ready, self._ready = self._ready, []
        for handle in ready if self._seed is None else self._shuffled(ready):
            if not handle[1].cancelled():
                handle[1]._run()
        return len(ready)

    def _shuffled(self, ready: list[tuple[int | None, asyncio.Handle]]) -> list[tuple[int | None, asyncio.Handle]]:
        """Shuffle what stands between plain callbacks.

        The place of each follows from its number, not from where it stood: some code in asyncio walks sets of tasks,
        whose order differs from process to process.
        """
        assert self._seed is not None
        found: list[tuple[int | None, asyncio.Handle]] = []
        between: list[tuple[int, int, asyncio.Handle]] = []
        for number, handle in ready:
            if number is not None:
                between.append((mix(self._seed, number, self._turn), number, handle))
                continue
            found.extend((n, one) for _, n, one in sorted(between, key=lambda entry: entry[:2]))
            between.clear()
            found.append((None, handle))
        found.extend((n, one) for _, n, one in sorted(between, key=lambda entry: entry[:2]))
        return found

    def run_until_complete(self, future: Awaitable[T]) -> T:
        """Run until ``future`` (or a coroutine) is done, and give its result."""
        self._check_open()
        main: asyncio.Future[T] = asyncio.ensure_future(future, loop=self)
        main.add_done_callback(self._stop_for)
        try:
            self.run_forever()
        finally:
            main.remove_done_callback(self._stop_for)
        if not main.done():
            raise RuntimeError("the loop was stopped before the future was done")
        return main.result()

    def _stop_for(self, future: asyncio.Future[Any]) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop after this turn."""
        self._stopping = True

    def is_running(self) -> bool:
        """Whether it runs."""
        return self._thread is not None

    def is_closed(self) -> bool:
        """Whether it is closed."""
        return self._closed

    def close(self) -> None:
        """Forget everything that is ready or due."""
        if self.is_running():
            raise RuntimeError("a running loop cannot be closed")
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("this loop is closed")

    # ------------------------------------------------------------------ tasks, futures, generators

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None, **more: Any) -> Any:
        """A task of this loop, called by its number unless it has a name, so that names are the same each time."""
        self._check_open()
        if self._factory is not None:
            return self._factory(self, coro, context=context, **more)
        return asyncio.Task(coro, loop=self, name=name or f"task {self._tasks + 1}", context=context, **more)

    def tasks(self) -> list[asyncio.Task[Any]]:
        """The tasks of this loop that still exist, ended or not, in the order of their first steps."""
        return sorted(self._numbers, key=self._numbers.__getitem__)

    def set_task_factory(self, factory: Any) -> None:
        """Let ``factory`` make the tasks; None: the loop itself does."""
        self._factory = factory

    def get_task_factory(self) -> Any:
        """What makes the tasks; None: the loop itself."""
        return self._factory

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> Any:
        """Raise: a virtual clock has one thread."""
        wanted = next(filter(callable, func.args), func.func) if isinstance(func, functools.partial) else func
        raise RuntimeError(
            f"{getattr(wanted, '__qualname__', wanted)} wants a thread, and a virtual clock has none: what threads do"
            " would differ from run to run; call the function directly"
        )

    def _generator_began(self, generator: Any) -> None:
        self._generators[id(generator)] = weakref.ref(generator)

    def _generator_dropped(self, generator: Any) -> None:
        self._generators.pop(id(generator), None)
        if not self._closed:
            self.call_soon(self.create_task, generator.aclose())

    async def shutdown_asyncgens(self) -> None:
        """Close the asynchronous generators that are left, the oldest first."""
        left = [generator for weak in self._generators.values() if (generator := weak()) is not None]
        self._generators.clear()
        for generator in left:
            await generator.aclose()

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # because asyncio calls it so
        """Do nothing: there is none."""

    # ------------------------------------------------------------------ what goes wrong

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note an error that nobody is there to take, or give it to the handler that was set."""
        if self._handler is not None:
            self._handler(self, context)
        else:
            self.default_exception_handler(context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Note it in ``failures``."""
        self.failures.append(context)

    def set_exception_handler(self, handler: Any) -> None:
        """Give errors that nobody is there to take to ``handler``."""
        self._handler = handler

    def get_exception_handler(self) -> Any:
        """What takes errors that nobody else is there to take."""
        return self._handler

    def get_debug(self) -> bool:
        """Whether asyncio's debug mode is on."""
        return self._debug

    def set_debug(self, enabled: bool) -> None:
        """Switch asyncio's debug mode on or off."""
        self._debug = enabled

    def _deadlock(self) -> Deadlock:
        tasks = [task for task in self.tasks() if not task.done()]
        waiting = tuple(f"{task.get_name()}: {_place_of(task)}" for task in tasks)
        shown = "; ".join(waiting[:10]) + (f"; and {len(waiting) - 10} more" if len(waiting) > 10 else "")
        return Deadlock(
            f"at {self._now} s nothing is ready and no timer is set, but these still wait: {shown or 'no task at all'}",
            waiting=waiting,
        )


def mix(*numbers: int) -> int:
    """64 bits that look random and follow from the numbers alone.

    Source: the finaliser of SplitMix64; G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014.

    >>> mix(1, 2) == mix(1, 2), mix(1, 2) == mix(2, 1)
    (True, False)
    """
    found = 0
    for number in numbers:
        found = (found + number + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        found = ((found ^ (found >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        found = ((found ^ (found >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        found ^= found >> 31
    return found


def _place_of(task: asyncio.Task[Any]) -> str:
    """The innermost coroutine of a task, and the line where it waits."""
    here: Any = task.get_coro()
    while True:
        inner = getattr(here, "cr_await", None) or getattr(here, "gi_yieldfrom", None)
        if inner is None or (getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None)) is None:
            break
        here = inner
    frame = getattr(here, "cr_frame", None) or getattr(here, "gi_frame", None)
    name = getattr(here, "__qualname__", type(here).__name__)
    return f"{name} at {frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else str(name)


def _refuse(name: str) -> Callable[..., Any]:
    """A method of event loops that a virtual clock does not have."""

    def refused(self: VirtualLoop, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"{name}() reaches outside, and under a virtual clock there is nothing: no sockets, pipes, signals or"
            " processes; let the test stand in for what answers there"
        )

    refused.__name__ = name
    return refused


for _name in vars(asyncio.AbstractEventLoop):
    if not _name.startswith("_") and _name not in vars(VirtualLoop):
        setattr(VirtualLoop, _name, _refuse(_name))
