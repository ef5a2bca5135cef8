"""Threads: the default executor of sync functions."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from queue import SimpleQueue

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
        self._busy: dict[Place, Job] = {}

    def submit(self, job: Job) -> None:
        """Queue the job; a further thread is started while all are busy."""
        self._busy[job.place] = job
        if len(self._threads) < min(self._size, len(self._busy)):
            # daemons: one that never returns must not keep the interpreter from ending
            thread = threading.Thread(target=self._work, name=f"{self._name} {len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._queue.put(job)

    def abandon(self, job: Job) -> bool:
        """A thread cannot be stopped: it ends by itself, and keeps its slot until then."""
        return False

    def _work(self) -> None:
        get, put, busy = self._queue.get, self._mailbox.put, self._busy
        while (job := get()) is not None:
            try:
                value = job.context.run(job.fn, *job.args, **job.kwargs)
            except BaseException as error:  # SystemExit too: it ends the task, not the worker
                news = (job.place, False, error)
            else:
                news = (job.place, True, value)
            del busy[job.place]
            put(news)
            del job, news

    async def close(self, grace: float) -> list[str]:
        """Let the threads end; wait ``grace`` seconds at most for those that are in the middle of a job."""
        for _ in self._threads:
            self._queue.put(None)
        waiting = deque(self._threads)
        loop = asyncio.get_running_loop()
        until, pause = loop.time() + grace, 0.0
        while waiting:
            if not waiting[0].is_alive():
                waiting.popleft()
            elif not self._busy:
                waiting.popleft().join()  # it has nothing left to do but to take its None
            elif loop.time() >= until:
                return [job.label for job in list(self._busy.values())]
            else:
                await asyncio.sleep(pause)
                pause = min(0.05, 2 * pause + 0.0005)
        return []
