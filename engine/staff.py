"""The staff of a run: its threads and processes, the jobs that they have, and the mailbox for their news."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from typing import Any

from planweave.engine.executors.job import Executor, Job, Mailbox, Place
from planweave.engine.node import Node


def _threads(size: int, mailbox: Mailbox, run_id: str) -> Executor:
    from planweave.engine.executors.threads import Threads

    return Threads(size, mailbox, run_id)


def _processes(size: int, mailbox: Mailbox, run_id: str) -> Executor:
    from planweave.engine.executors.processes import Processes

    return Processes(size, mailbox, run_id)


EXECUTORS: dict[str, Callable[[int, Mailbox, str], Executor]] = {"thread": _threads, "process": _processes}
"""What runs the bodies that do not run on the event loop; made when a run first needs it.

An event loop that is no real one may bring others, as its attribute ``executors`` (``planweave.testing`` does).
"""


_job = tuple.__new__  # a third of the time of Job(...)


class Staff:
    """Hands jobs to executors and keeps count of them until their end has been read.

    Attributes:
        busy: the jobs whose end has not been read.
        given_up: those of them that nobody waits for any more.
        mailbox: where news for the event loop go.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        loop: asyncio.AbstractEventLoop,
        run_id: str,
        read: Callable[[deque[Any]], None],
    ) -> None:
        self.busy: dict[Place, Job] = {}
        self.mailbox = Mailbox(loop, read)
        self._sizes = sizes
        self._loop = loop
        self._run_id = run_id
        self._makers = getattr(loop, "executors", EXECUTORS)
        self._executors: dict[str, Executor] = {}
        self.given_up: dict[Place, None] = {}  # a dict, for its order
        self._idle: asyncio.Future[None] | None = None
        self._thread = threading.get_ident()

    def is_loop_thread(self) -> bool:
        """Whether the caller is on the thread of the event loop."""
        return threading.get_ident() == self._thread

    def submit(
        self, slot: str, node: Node, place: Place, args: Sequence[Any], kwargs: dict[str, Any], context: Context
    ) -> None:
        """Hand the body of a node to the executor of ``slot``."""
        executor = self._executors.get(slot)
        if executor is None:
            executor = self._executors[slot] = self._makers[slot](self._sizes[slot], self.mailbox, self._run_id)
        self.busy[place] = job = _job(Job, (place, node, args, kwargs, context))
        executor.submit(job, len(self.busy))

    def listen(self) -> bool:
        """Wait a moment for news of threads; gives whether there are any."""
        executor = self._executors.get("thread")
        return executor is not None and bool(self.busy) and executor.listen()

    def stop(self, place: Place) -> bool:
        """Stop a job as far as that is possible; False when there is none: its end will not arrive then."""
        if place not in self.busy:
            return False
        for executor in self._executors.values():
            executor.abandon(place)
        return True

    def give_up(self, place: Place) -> None:
        """Nobody waits for this job any more; its slot is free again when its end arrives."""
        self.given_up[place] = None
        self.stop(place)

    def ended(self, place: Place) -> bool:
        """Note the end of a job; True when it had been given up."""
        del self.busy[place]
        if not self.busy and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        if place in self.given_up:
            del self.given_up[place]
            return True
        return False

    async def close(self, grace: float) -> list[str]:
        """End all executors; gives the ids of nodes whose threads still run after ``grace`` seconds."""
        try:
            for place in self.busy:
                self.stop(place)
            if self.busy:
                self._idle = self._loop.create_future()
                await asyncio.wait([self._idle], timeout=grace)
        finally:  # however the waiting ends: no process is left behind
            for executor in self._executors.values():
                executor.close()
            for slot, executor in self._executors.items():
                if not self.busy or slot == "process":  # processes have been killed, whatever threads still do
                    executor.join()
        return [job.node.id for job in self.busy.values()]
