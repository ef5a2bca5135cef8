"""Threads: the default executor of sync functions."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from planweave.engine.errors import NodeError
from planweave.engine.executors.job import Job, Mailbox, Place


class Threads:
    """A few threads that take jobs from one queue; started when they are first needed.

    Plain ``concurrent.futures`` costs a future, a lock and a wake-up of the loop for each job; here results come
    back through the mailbox, many at a wake-up.
    """

    def __init__(self, size: int, mailbox: Mailbox, run_id: str) -> None:
        self._size = size
        self._mailbox = mailbox
        self._name = f"planweave {run_id}"
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._abandoned: set[Place] = set()

    def submit(self, job: Job, busy: int) -> None:
        """Queue the job; a further thread is started while there are more jobs than threads."""
        if len(self._threads) < self._size and len(self._threads) < busy:
            # daemons: one that never returns must not keep the interpreter from ending
            thread = threading.Thread(target=self._work, name=f"{self._name} {len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._queue.put(job)

    def abandon(self, place: Place) -> None:
        """See to it that no thread begins the job; one that runs it ends by itself, and keeps its slot until then."""
        self._abandoned.add(place)

    def _work(self) -> None:
        get, put, abandoned = self._queue.get, self._mailbox.put, self._abandoned
        while (job := get()) is not None:
            place, node, args, kwargs, context = job
            try:
                if abandoned and place in abandoned:
                    raise NodeError(f"'{node.id}' was stopped before it started", node=node.id)
                value = context.run(node.task.fn, *args, **kwargs)  # type: ignore[union-attr]  # because only tasks come here
            except BaseException as error:  # SystemExit too: it ends the task, not the worker
                put((place, False, error))
            else:
                put((place, True, value))
                del value
            del job, args, kwargs, context  # nothing of a job outlives it here

    def close(self) -> None:
        """Let each thread end as soon as it is idle."""
        for _ in self._threads:
            self._queue.put(None)

    def join(self) -> None:
        """Wait until every thread has ended; only when no job is left."""
        for thread in self._threads:
            thread.join()
