"""Processes: for tasks that must be killable, or that hold the interpreter lock for long.

Each slot is one spawned process with a wire to it, and a thread that speaks with it. A job is sent as the reference of
its task and its arguments; the process imports the task by it, so nothing but values crosses. Killing the process ends
the job at once, and whatever the job has started; the slot gets a fresh process with its next job.
"""

from __future__ import annotations

from multiprocessing.util import Finalize
from queue import SimpleQueue

from planweave.engine.executors.job import Job, Mailbox, Place
from planweave.engine.executors.slot import Slot


class Processes:
    """A few processes, each of which runs one job at a time and can be killed."""

    def __init__(self, size: int, mailbox: Mailbox, run_id: str) -> None:
        self._size = size
        self._mailbox = mailbox
        self._run_id = run_id
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._slots: list[Slot] = []
        self._abandoned: set[Place] = set()
        # A run in a daemon thread may be cut off by the end of the interpreter, where multiprocessing waits for every
        # process that is no daemon. Its own finalizers come before that, and are not called in forks.
        self._at_exit = Finalize(None, self._end_with_interpreter, exitpriority=0)

    def submit(self, job: Job, busy: int) -> None:
        """Queue the job; a further process is started while there are more jobs than processes."""
        if len(self._slots) < self._size and len(self._slots) < busy:
            slot = Slot(self._run_id, len(self._slots), self._queue, self._mailbox, self._abandoned)
            slot.thread.start()
            self._slots.append(slot)
        self._queue.put(job)

    def listen(self) -> bool:
        """Wait for nothing: sending a job takes longer than being woken."""
        return False

    def abandon(self, place: Place) -> None:
        """Kill the process that runs the job, or see to it that none begins it; its end arrives as ``ProcessDied``."""
        self._abandoned.add(place)  # first: a slot that has just taken the job looks here before it says so
        for slot in self._slots:
            slot.kill(place)

    def close(self) -> None:
        """Kill every process."""
        for slot in self._slots:
            slot.close()
            self._queue.put(None)

    def join(self) -> None:
        """Wait until every process is gone."""
        for slot in self._slots:
            slot.thread.join()
        self._at_exit.cancel()

    def _end_with_interpreter(self) -> None:
        self.close()
        self.join()
