"""A job: one attempt of a node, handed to a thread or a process; and the mailbox that its news come back by."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Protocol

Place = tuple[int, int]
"""The position of a node, and the number of the attempt."""


@dataclass(slots=True, eq=False)
class Job:
    """One attempt of a node.

    Attributes:
        place: which node, which attempt.
        label: the id of the node.
        fn: what to call, with ``args`` and ``kwargs``.
        reference: by which another process finds the task.
        context: the context variables that a thread runs it in.
        run_id: of the run.
    """

    place: Place
    label: str
    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    reference: str | None
    context: Context
    run_id: str


class Mailbox:
    """Takes news from any thread and has them read on the event loop, in order, many at a time.

    Waking the loop costs a system call, so it is only done when no wake-up is on its way.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, read: Callable[[deque[Any]], None]) -> None:
        self._loop = loop
        self._read = read
        self._news: deque[Any] = deque()
        self._woken = False

    def put(self, news: Any) -> None:
        """Leave news; safe from any thread, also after the loop has closed (they are dropped then)."""
        self._news.append(news)
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed: the run gave this thread up long ago
                self._news.clear()

    def _wake(self) -> None:
        self._woken = False  # before reading: what arrives from here on wakes the loop again
        self._read(self._news)


class Executor(Protocol):
    """Runs jobs somewhere, and puts ``(place, succeeded, value or error)`` into the mailbox for each."""

    def submit(self, job: Job) -> None:
        """Run the job as soon as a slot is free; the lanes see to it that one is."""
        ...

    def abandon(self, job: Job) -> bool:
        """Stop the job if that is possible (then True, and its end still arrives in the mailbox)."""
        ...

    async def close(self, grace: float) -> list[str]:
        """End everything; gives the labels of jobs that still run after ``grace`` seconds."""
        ...
