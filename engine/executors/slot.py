"""A slot for a process: the thread that sends it one job after another, and hears what comes of each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from multiprocessing.util import is_exiting
from queue import SimpleQueue
from typing import Any

from planweave.engine.context import LOGGER, pass_on
from planweave.engine.errors import ProcessDied
from planweave.engine.executors.job import Job, Mailbox, Place
from planweave.engine.executors.spawned import Spawned
from planweave.engine.executors.trouble import died, dropped, refused
from planweave.engine.executors.wire import Order, WireBroken, pack, unpack
from planweave.engine.node import Node
from planweave.engine.reference import reference


class Slot:
    """One process at a time, and the thread that speaks with it.

    Attributes:
        thread: takes jobs from the queue until it finds None.
    """

    def __init__(
        self, run_id: str, number: int, queue: SimpleQueue[Job | None], mailbox: Mailbox, abandoned: set[Place]
    ) -> None:
        self.thread = threading.Thread(target=self._work, name=f"planweave {run_id} process {number}", daemon=True)
        self._run_id = run_id
        self._queue = queue
        self._mailbox = mailbox
        self._abandoned = abandoned
        self._lock = threading.Lock()  # around the three below: others may only kill
        self._is_closed = False
        self._spawned: Spawned | None = None
        self._place: Place | None = None

    def kill(self, place: Place) -> None:
        """Kill the process if it runs the job at ``place``."""
        with self._lock:
            if self._spawned is not None and self._place == place:
                self._spawned.kill()

    def close(self) -> None:
        """Kill the process, and start none any more."""
        with self._lock:
            self._is_closed = True
            if self._spawned is not None and self._spawned.is_usable:
                self._spawned.kill()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                value, succeeded = self._run(job), True
            except BaseException as error:  # whatever it is, it belongs to the job and not to this thread
                value, succeeded = error, False
            with self._lock:
                self._place = None
            self._abandoned.discard(job.place)
            self._mailbox.put((job.place, succeeded, value))
            del job, value  # nothing of a job outlives it here
        with self._lock:
            self._end_process()

    def _run(self, job: Job) -> Any:
        spawned = self._process_for(job)
        order, arguments = self._ordered(job)
        try:
            spawned.wire.send(order, arguments)
            del arguments  # they may be large
            kind, content = self._listen(job, spawned)
        except BaseException as error:
            # Whatever it is: what the process says next would be about this job, and is not waited for.
            spawned.kill()
            with self._lock:
                exit_code = self._end_process()
            if isinstance(error, WireBroken):
                raise died(job.node, spawned.has_started, exit_code, error) from None
            raise
        return _outcome(job.node, kind, content)

    def _process_for(self, job: Job) -> Spawned:
        with self._lock:
            if self._is_closed or job.place in self._abandoned or is_exiting():
                raise ProcessDied(f"'{job.node.id}' was stopped before it started", node=job.node.id)
            if self._spawned is None or not self._spawned.is_usable:
                self._end_process()
                self._spawned = Spawned(self.thread.name)
            self._place = job.place
            return self._spawned

    def _ordered(self, job: Job) -> tuple[Order, memoryview]:
        assert job.node.task is not None
        found = reference(job.node.task)
        assert found is not None, "the compiler refuses tasks without a reference"
        try:
            arguments = pack((tuple(job.args), job.kwargs))
        except Exception as error:  # whatever the arguments raise when they are packed
            raise refused(job.node, "unsent", error) from error
        return Order(job.place, job.node.id, found, self._run_id), arguments

    def _listen(self, job: Job, spawned: Spawned) -> tuple[str, memoryview]:
        """Wait for the answer to the job, and pass on what it reports meanwhile."""
        while True:
            (place, kind), content = spawned.wire.receive()
            if kind == "started":
                spawned.has_started = True
            elif place != job.place:
                pass  # a thread that an earlier job left behind reports to a node that has ended
            elif kind == "report":
                self._report(job, content)
            else:
                return kind, content

    def _report(self, job: Job, content: memoryview) -> None:
        try:
            kind, data = unpack(content)
        except Exception as error:  # whatever a fact raises when it is unpacked; what a task only tells never fails it
            kind, data = dropped(job.node.id, error)
        self._mailbox.put((job.place, None, (kind, data)))
        if kind == "log":
            pass_on(_log_record(job.node.id, data))

    def _end_process(self) -> int | None:
        """Let go of the process, under the lock; gives its exit code."""
        spawned, self._spawned = self._spawned, None
        return None if spawned is None else spawned.end()


def _outcome(node: Node, kind: str, content: memoryview) -> Any:
    """The value that a process sent; or raises what it sent instead."""
    if kind == "value":
        try:
            return unpack(content)
        except Exception as error:  # whatever the value raises when it is unpacked
            raise refused(node, "unread", error) from error
    sent = unpack(content).error()
    if kind == "error":
        raise sent
    raise refused(node, kind, sent) from sent


def _log_record(node_id: str, data: Mapping[str, Any]) -> logging.LogRecord:
    level = logging.getLevelName(data["level"])
    return logging.makeLogRecord(
        {
            "name": f"{LOGGER.name}.{node_id}",
            "levelname": data["level"],
            "levelno": level if isinstance(level, int) else logging.INFO,
            "msg": data["message"],
        }
    )
