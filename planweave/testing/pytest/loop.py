"""An event loop of asyncio that skips what it would only wait for.

``asyncio`` runs what is ready, and then asks its selector for news, until the next timer is due. Here the selector
waits only as long as something may come: while a task runs in a thread or a process, while anything is on its way to a
store, or while a socket is read. Else the clock is set on, and the selector answers at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from planweave.engine.run import Run
from planweave.engine.store.stored import StoredJournal

if TYPE_CHECKING:
    from planweave.testing.pytest.clock import Clock

SLICE = 0.001
"""Seconds after which it is seen again whether something still goes on."""

LOOKS = 2
"""After so many looks for answers all is known that was there before: the first may have begun earlier."""


class _Time:
    """The ``time`` of a loop: what it was, and what was skipped."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._before = 0.0
        self.clock: Clock | None = None

    def __call__(self) -> float:
        return self._real() + self._before + (0.0 if self.clock is None else self.clock.skipped)

    def stop(self) -> None:
        """Let it go on from where it is, as the real one."""
        assert self.clock is not None
        self._before += self.clock.skipped
        self.clock = None


class SkippingLoop:
    """A loop that skips what it would only wait for.

    Args:
        loop: which.
        clock: what it sets on.

    Attributes:
        loop: as given.
        runs: that go on there.
        until: the moment, on the monotonic clock with all that was skipped, until which it sleeps if nothing comes;
            infinite: for ever; None: it does something, or works.
        is_working: whether it waits for something that goes on outside of it.

    Raises:
        RuntimeError: it is no loop of asyncio's own.
    """

    def __init__(self, loop: Any, clock: Clock) -> None:
        selector = _selector_of(loop)
        self.loop = loop
        self.runs: list[Run[Any]] = []
        self.until: float | None = None
        self.is_working = False
        self._clock = clock
        self._selector = selector
        self._select = selector.select
        self._executed = loop.run_in_executor
        self._jobs = 0
        self._looks: dict[str, int] = {}
        self._quiet_since: float | None = None
        if not isinstance(loop.time, _Time):
            self.loop.time = _Time(loop.time)
        self.loop.time.clock = clock
        self.loop.run_in_executor = self._run_in_executor
        self._selector.select = self.select

    def release(self) -> None:
        """Skip nothing any more; what was skipped stays so."""
        del self._selector.select, self.loop.run_in_executor
        self.loop.time.stop()

    @contextlib.contextmanager
    def carrying(self, run: Run[Any]) -> Iterator[None]:
        """Within this, a run goes on here."""
        self.runs.append(run)
        try:
            yield
        finally:
            self.runs.remove(run)

    def _run_in_executor(self, executor: Any, function: Callable[..., Any], *args: Any) -> Any:
        """Hand something to a thread, whose end is waited for in real time."""
        future = self._executed(executor, function, *args)
        self._jobs += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, future: object) -> None:
        self._jobs -= 1

    # ------------------------------------------------------------------ waiting

    def select(self, timeout: float | None = None) -> Any:
        """What has come for the loop, which would wait for it for so many seconds; None: without end."""
        found = self._select(0)
        if found or (timeout is not None and timeout <= 0):
            self._quiet_since = None
            self._looks.clear()
            return found
        if timeout is None:
            return self._asleep(math.inf, None)
        now = time.monotonic()
        needed = self._quiet_needed()
        if needed is None:
            self._quiet_since = None
            self.is_working = self._works()  # and not because others do: they would wait for each other
            try:
                return self._select(min(timeout, SLICE))
            finally:
                self.is_working = False
        if self._quiet_since is None:
            self._quiet_since = now
        left = needed - (now - self._quiet_since)
        return self._asleep(now + self._clock.skipped + timeout, min(timeout, SLICE) if left > 0 else 0.0)

    def _asleep(self, until: float, seconds: float | None) -> Any:
        """Wait for a while; if that is no time at all, let the time until then pass."""
        self.until = until
        try:
            if seconds == 0:
                self._clock.skip()
                return []
            return self._select(seconds)
        finally:
            self.until = None

    def _quiet_needed(self) -> float | None:
        """For how many real seconds no news must have come before time is skipped; None: it is not while this is so."""
        if self._clock.is_held or self._works() or self._clock.works_elsewhere(self):
            return None
        is_open = len(self._selector.get_map()) > 1 or _waits_for_a_program()  # one is what threads wake the loop by
        return self._clock.patience if is_open or self._clock.is_awake_elsewhere(self) else 0.0

    def _works(self) -> bool:
        """Whether anything of this loop goes on outside of it."""
        return bool(self._jobs) or any(map(self._is_busy, self.runs))

    def _is_busy(self, run: Run[Any]) -> bool:
        """Whether something of a run goes on outside of the loop, of which there will be news."""
        jobs = getattr(run._scheduler, "jobs", None)  # it has none yet where it has just begun
        if jobs is None or jobs.staff.busy:
            return True
        journal = run._journal
        if not isinstance(journal, StoredJournal):
            return False
        return not journal.is_settled or (
            bool(run._scheduler.people.open_questions()) and not self._has_looked(journal)
        )

    def _has_looked(self, journal: StoredJournal) -> bool:
        """Whether all answers and events have come in that were there when the loop fell asleep."""
        if journal.looks >= self._looks.setdefault(journal.row.id, journal.looks + LOOKS):
            return True
        journal.look_soon()
        return False


def _waits_for_a_program() -> bool:
    """Whether a thread of asyncio waits for the end of a subprocess, whose pipes may have been closed before."""
    return any("waitpid-" in one.name for one in threading.enumerate())


def _selector_of(loop: Any) -> Any:
    """What a loop waits with."""
    if isinstance(loop, asyncio.BaseEventLoop) and (found := getattr(loop, "_selector", None)) is not None:
        return found
    raise RuntimeError(
        f"pw_clock cannot skip time on a {type(loop).__module__}.{type(loop).__qualname__}: use an event loop of "
        "asyncio's own in this test"
    )
