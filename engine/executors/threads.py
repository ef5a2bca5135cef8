"""Threads: the default executor of sync functions."""

from __future__ import annotations

import threading
from collections import deque
from queue import SimpleQueue

from planweave.engine.errors import NodeError
from planweave.engine.executors.job import Job, Mailbox, Place


class Threads:
    """A few threads that take jobs from one queue; started when they are first needed.

    Plain ``concurrent.futures`` costs a future, a lock and a wake-up of the loop for each job; here results come
    back through the mailbox, many at a wake-up. Nor is a thread woken for each job: one is, and before it begins it
    wakes the next if there is more to do. So short jobs are done by few threads, which is cheaper, because threads take
    turns at the interpreter lock; and a long one keeps nobody waiting.

    While jobs prove short, the loop does not even sleep: it listens for a moment, and one thread does them all. A job
    that is longer than that moment ends this for a while.
    """

    LISTEN = 0.0001
    """Seconds that the loop listens at most."""
    DEAF = 64
    """So often the loop does not listen after it has done so in vain again and again: once at first, then twice, ..."""

    def __init__(self, size: int, mailbox: Mailbox, run_id: str) -> None:
        self._size = size
        self._mailbox = mailbox
        self._name = f"planweave {run_id}"
        self._jobs: deque[Job] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._is_rung = False  # a thread is on its way, which will look into the queue: nobody need be woken
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._abandoned: set[Place] = set()
        self._deaf = self._vain = 0

    def submit(self, job: Job, busy: int) -> None:
        """Queue the job; a further thread is started while there are more jobs than threads."""
        if len(self._threads) < busy and len(self._threads) < self._size:
            # daemons: one that never returns must not keep the interpreter from ending
            thread = threading.Thread(target=self._work, name=f"{self._name} {len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.append(job)
        if not self._is_rung:
            self._ring()

    def listen(self) -> bool:
        """Wait a moment for news, while jobs prove short; gives whether there are any."""
        if self._deaf:
            self._deaf -= 1
            return False
        if self._mailbox.listen(self.LISTEN):
            self._vain = 0
            return True
        self._vain = min(2 * self._vain or 1, self.DEAF)
        self._deaf = self._vain
        if self._jobs:
            self._ring()  # the thread that was woken is busy, and has woken nobody else
        return False

    def abandon(self, place: Place) -> None:
        """See to it that no thread begins the job; one that runs it ends by itself, and keeps its slot until then."""
        self._abandoned.add(place)

    def close(self) -> None:
        """Let each thread end as soon as it is idle."""
        self._closing = True
        for _ in self._threads:
            self._bell.put(None)

    def join(self) -> None:
        """Wait until every thread has ended; only when no job is left."""
        for thread in self._threads:
            thread.join()

    def _ring(self) -> None:
        """Wake a thread, unless one is on its way.

        No wake-up is lost: jobs are queued before this looks, and a thread that was woken says so before it looks into
        the queue. Two threads that ring at once wake one too many, who finds nothing and sleeps again.
        """
        if not self._is_rung:
            self._is_rung = True
            self._bell.put(None)

    def _work(self) -> None:
        jobs, mailbox, abandoned = self._jobs, self._mailbox, self._abandoned
        put = mailbox.put
        while not self._closing or jobs:
            mailbox.hush()
            self._bell.get()
            self._is_rung = False
            while jobs:
                try:
                    job = jobs.popleft()
                except IndexError:
                    break  # another thread was faster
                if jobs and not mailbox.is_listening:
                    self._ring()
                place, node, args, kwargs, context = job
                try:
                    if place in abandoned:
                        raise NodeError(f"'{node.id}' was stopped before it started", node=node.id)
                    value = context.run(node.task.fn, *args, **kwargs)  # type: ignore[union-attr]  # because only tasks come here
                except BaseException as error:  # SystemExit too: it ends the task, not the worker
                    put((place, False, error))
                else:
                    put((place, True, value))
                    del value
                del job, node, args, kwargs, context  # nothing of a job outlives it here
