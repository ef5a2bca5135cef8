"""``pw_clock``: time that only passes is skipped, on the event loops that programs really use.

Other than under the virtual clock of ``planweave.testing.clock``, all is real here but the waiting: threads, processes,
sockets and stores do their work, which takes the time that it takes. Only where nothing goes on any more, and a loop
would sleep until its next timer, the clocks of planweave are set on to that moment: those of the loops, of the runs,
and of the stores.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from planweave.engine.run import Run
from planweave.engine.store.lease import EVERY, leases_of
from planweave.engine.store.postgres import PostgresStore
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.stored import StoredJournal
from planweave.engine.wording import clip
from planweave.testing.clock import HORIZON
from planweave.testing.errors import Livelock
from planweave.testing.pytest.loop import SkippingLoop

PATIENCE = 1.0
"""Real seconds without any news, unless told otherwise, after which open sockets and pipes are taken for idle."""


class Clock:
    """How much time was skipped, and the loops that skip it. Processes that are forked from this one share it.

    Attributes:
        patience: real seconds without any news after which open sockets and pipes are taken for idle, and so are
            other loops that do not answer.
    """

    def __init__(self) -> None:
        self.patience = PATIENCE
        self._shared = mmap.mmap(-1, 8)
        self._holds = 0
        self._renewed = 0.0
        self._process = 0
        self._lock = threading.Lock()
        self._loops: list[SkippingLoop] = []

    def __repr__(self) -> str:
        return f"<clock, {timedelta(seconds=self.skipped)} of it skipped>"

    # ------------------------------------------------------------------ what it shows

    @property
    def skipped(self) -> float:
        """How many seconds were skipped so far."""
        return float(struct.unpack_from("d", self._shared)[0])

    def time(self) -> float:
        """What runs and stores take for the time now, in seconds since 1970."""
        return time.time() + self.skipped

    def now(self) -> datetime:
        """The same, in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    # ------------------------------------------------------------------ setting it

    def advance(self, by: timedelta | float) -> None:
        """Set it on by hand: what is due until then is due now.

        Args:
            by: how much; a number of seconds, or a timedelta.

        Raises:
            ValueError: it is no time from 0.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= HORIZON:
            raise ValueError(
                f"advance({clip(by)}): a clock can be set on by a number of seconds from 0, or a timedelta"
            )
        with self._guard():
            self._set(self.skipped + seconds)
        self._renew()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within this, nothing is skipped: time passes as it really does, and by ``advance``."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    @property
    def is_held(self) -> bool:
        """Whether nothing is skipped now."""
        return self._holds > 0

    def skip(self) -> None:
        """Set it on to the first moment for which any loop waits; for loops in which nothing goes on."""
        with self._guard():
            until = min((one.until for one in self._loops if one.until is not None), default=0.0)
            skipped = max(self.skipped, until - time.monotonic())
            if skipped > HORIZON:
                raise Livelock(
                    f"{HORIZON:g} seconds were skipped, and there is still something to wait for",
                    mend="look for something that is done again and again",
                )
            self._set(skipped)
        if skipped - self._renewed >= EVERY:
            self._renew()

    def _set(self, skipped: float) -> None:
        struct.pack_into("d", self._shared, 0, skipped)

    def _renew(self) -> None:
        """Renew the leases of the runs that go on: the thread that does so could not know that time has passed."""
        self._renewed = self.skipped
        journals = (run._journal for one in self._of_here() for run in one.runs)
        for store in {one.store for one in journals if isinstance(one, StoredJournal)}:
            leases_of(store).renew()

    # ------------------------------------------------------------------ its loops

    def adopt(self, loop: asyncio.AbstractEventLoop) -> SkippingLoop:
        """Let a loop skip what it would only wait for.

        Raises:
            RuntimeError: it is no loop that can.
        """
        with self._guard():
            for one in self._loops:
                if one.loop is loop:
                    return one
            made = SkippingLoop(loop, self)
            self._loops.append(made)
            return made

    def works_elsewhere(self, loop: SkippingLoop) -> bool:
        """Whether another loop waits for something that surely comes."""
        return any(one.is_working for one in self._of_here() if one is not loop)

    def is_awake_elsewhere(self, loop: SkippingLoop) -> bool:
        """Whether runs go on on another loop, which does not sleep."""
        return any(one.runs and one.until is None for one in self._of_here() if one is not loop)

    def release(self) -> None:
        """Skip nothing any more; what was skipped stays so for loops that go on."""
        for one in self._of_here():
            one.release()

    def _of_here(self) -> list[SkippingLoop]:
        with self._guard():
            return list(self._loops)

    def _guard(self) -> threading.Lock:
        """A lock of this process: one that is forked has neither the threads nor the loops of its parent."""
        if self._process != os.getpid():
            self._process, self._lock, self._loops = os.getpid(), threading.Lock(), []
        return self._lock


@contextlib.contextmanager
def skipping() -> Iterator[Clock]:
    """Within this, time that only passes is skipped.

    >>> import planweave as pw
    >>> @pw.workflow
    ... def nap(seconds: float) -> None:
    ...     pw.sleep(seconds)
    >>> with skipping() as clock:
    ...     run = pw.run(nap, {"seconds": 3600.0})
    >>> run.nodes["sleep"].ended - run.nodes["sleep"].started >= 3600
    True
    """
    clock = Clock()

    def run_forever(original: Callable[..., None]) -> Callable[..., None]:
        def replaced(self: asyncio.BaseEventLoop) -> None:
            clock.adopt(self)
            original(self)

        return replaced

    def execute(original: Callable[..., Any]) -> Callable[..., Any]:
        async def replaced(self: Run[Any], epoch: float, acknowledged: asyncio.Future[None]) -> None:
            loop = asyncio.get_running_loop()
            if hasattr(loop, "epoch"):  # it has a clock of its own
                await original(self, epoch, acknowledged)
                return
            with clock.adopt(loop).carrying(self):
                await original(self, clock.time() - loop.time(), acknowledged)

        return replaced

    def now(original: Callable[..., float]) -> Callable[..., float]:
        return lambda self, cursor: original(self, cursor) + clock.skipped

    with contextlib.ExitStack() as stack:
        stack.callback(clock.release)
        stack.enter_context(_replaced(asyncio.BaseEventLoop, "run_forever", run_forever))
        stack.enter_context(_replaced(Run, "_execute", execute))
        stack.enter_context(_replaced(SqliteStore, "_now", now))
        stack.enter_context(_replaced(PostgresStore, "_now", now))
        yield clock


@contextlib.contextmanager
def _replaced(owner: type, name: str, made: Callable[[Any], Any]) -> Iterator[None]:
    """Let a class have something else in the place of one of its functions."""
    original = vars(owner)[name]
    setattr(owner, name, made(original))
    try:
        yield
    finally:
        setattr(owner, name, original)
