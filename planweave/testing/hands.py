"""Simulated threads and processes: they run sync tasks on the loop, one at a time, and only pretend to take time.

Real threads would make a simulated run differ from one time to the next. Here each body runs in a callback of its
own, in an order that the seed decides; how long it takes is what it says by ``spend``. Everything around the bodies is
the engine's own: slots, timeouts, threads that cannot be stopped, processes that are killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from planweave.engine.errors import NodeError, ProcessDied
from planweave.engine.executors.job import Executor, Job, Mailbox, Place

_spent: ContextVar[list[float] | None] = ContextVar("planweave_spent", default=None)


def spend(seconds: float) -> None:
    """Let a sync task take time: virtual in a simulated thread or process, else real (``time.sleep``).

    Args:
        seconds: how long, from 0. In a simulation the body itself runs at once, and its end arrives that much later.
    """
    spent = _spent.get()
    if spent is None:
        time.sleep(seconds)
    else:
        spent.append(seconds)


class Hands:
    """A simulated executor: threads, which end by themselves, or processes, which can be killed.

    Args:
        size: how many jobs it may have at once. One more is an AssertionError: the scheduler must see to that.
        mailbox: where the ends of jobs are put.
        killable: whether a job that is given up ends at once.
    """

    def __init__(self, size: int, mailbox: Mailbox, *, killable: bool) -> None:
        self._size = size
        self._mailbox = mailbox
        self._killable = killable
        self._loop = asyncio.get_running_loop()
        self._busy: dict[Place, tuple[Job, asyncio.TimerHandle]] = {}
        self._begun: set[Place] = set()

    def submit(self, job: Job, busy: int) -> None:
        """Run the body in the next turn; its end arrives when the time that it spends is over."""
        assert len(self._busy) < self._size, f"'{job.node.id}' was started while all {self._size} slots were taken"
        self._busy[job.place] = job, self._loop.call_later(0, self._run, job)

    def listen(self) -> bool:
        """Wait for nothing: time does not pass here."""
        return False

    def abandon(self, place: Place) -> None:
        """Kill the job if it is in a process, else see to it that its body does not begin; its end arrives anyway."""
        if place not in self._busy:
            return
        job, timer = self._busy[place]
        if self._killable:
            timer.cancel()
            self._end(job, False, ProcessDied(f"the process of '{job.node.id}' was killed", node=job.node.id))
        elif place not in self._begun:
            timer.cancel()
            self._end(job, False, NodeError(f"'{job.node.id}' was stopped before it started", node=job.node.id))

    def close(self) -> None:
        """Kill what can be killed; what is left behind does nothing any more."""
        for place, (_, timer) in list(self._busy.items()):
            self.abandon(place)
            timer.cancel()

    def join(self) -> None:
        """Do nothing: there is nobody to wait for."""

    def _run(self, job: Job) -> None:
        assert job.node.task is not None
        self._begun.add(job.place)
        spent: list[float] = []
        job.context.run(_spent.set, spent)
        try:
            value, succeeded = job.context.run(job.node.task.fn, *job.args, **job.kwargs), True
        except BaseException as error:  # SystemExit too: it ends the task, not the thread
            value, succeeded = error, False
        if job.place in self._busy:  # unless the body had itself killed
            self._busy[job.place] = job, self._loop.call_later(sum(spent), self._end, job, succeeded, value)

    def _end(self, job: Job, succeeded: bool, value: Any) -> None:
        del self._busy[job.place]
        self._mailbox.put((job.place, succeeded, value))


def _threads(size: int, mailbox: Mailbox, run_id: str) -> Executor:
    return Hands(size, mailbox, killable=False)


def _processes(size: int, mailbox: Mailbox, run_id: str) -> Executor:
    return Hands(size, mailbox, killable=True)


HANDS: dict[str, Callable[[int, Mailbox, str], Executor]] = {"thread": _threads, "process": _processes}
"""What a run under a virtual clock uses instead of ``planweave.engine.staff.EXECUTORS``."""
