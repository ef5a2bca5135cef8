"""A job: one attempt of a node, handed to a thread or a process; and the mailbox that its news come back by."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from planweave.engine.node import Node

Place = tuple[int, int]
"""The position of a node, and the number of the attempt."""


class Job(NamedTuple):
    """One attempt of a node.

    Attributes:
        place: which node, which attempt.
        node: what it is.
        args, kwargs: what its function is called with.
        context: the context variables that a thread runs it in.
    """

    place: Place
    node: Node
    args: Sequence[Any]
    kwargs: dict[str, Any]
    context: Context


class Mailbox:
    """Takes news from any thread and has them read on the event loop, in order, many at a time.

    Waking the loop costs a few system calls, so it is only done when no wake-up is on its way, and when the loop does
    not listen already.

    Attributes:
        news: what has not been read yet.
        is_listening: whether the thread of the loop stands in ``listen``.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, read: Callable[[deque[Any]], None]) -> None:
        self._loop = loop
        self._read = read
        self.news: deque[Any] = deque()
        self._woken = False
        self.is_listening = False
        self._hushed: SimpleQueue[None] = SimpleQueue()
        self._context = copy_context()  # what follows from news sees the variables of the run, not those of a thread

    def put(self, news: Any) -> None:
        """Leave news; safe from any thread, also after the loop has closed (they are dropped then)."""
        self.news.append(news)
        if not self._woken and not self.is_listening:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._wake, context=self._context)
            except RuntimeError:  # the loop is closed: the run gave this thread up long ago
                self.news.clear()

    def listen(self, seconds: float) -> deque[Any]:
        """Wait here for a moment, on the thread of the loop, until somebody hushes; gives the news, if there are any.

        No news are lost: they are left before their thread looks whether the loop listens, and the loop looks at them
        after it has said that it does not any more.
        """
        self.is_listening = True
        try:
            if not self.news:
                self._hushed.get(timeout=seconds)
        except Empty:
            pass
        except BaseException:  # an interrupt: the news that came without waking the loop are still to be read
            self._loop.call_soon(self._wake, context=self._context)
            raise
        finally:
            self.is_listening = False
        return self.news

    def hush(self) -> None:
        """A thread has nothing to do: who listens need not wait any longer."""
        if self.is_listening:
            self.is_listening = False
            self._hushed.put(None)

    def _wake(self) -> None:
        self._woken = False  # before reading: what arrives from here on wakes the loop again
        self._read(self.news)


class Executor(Protocol):
    """Runs jobs somewhere, and puts ``(place, succeeded, value or error)`` into the mailbox for each."""

    def submit(self, job: Job, busy: int) -> None:
        """Run the job; ``busy`` is how many jobs of the run have not ended, this one included."""
        ...

    def listen(self) -> bool:
        """Wait a moment for news, where that is cheaper than to be woken; gives whether there are any."""
        ...

    def abandon(self, place: Place) -> None:
        """Stop the job if that is possible; its end arrives in the mailbox like any other."""
        ...

    def close(self) -> None:
        """Kill what can be killed, and let the rest end as soon as it is idle."""
        ...

    def join(self) -> None:
        """Wait until all is gone; called when no job is left, so it does not take long."""
        ...
