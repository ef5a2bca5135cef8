"""Processes: for tasks that must be killable, or that hold the interpreter lock for long.

Each slot is one spawned process with a pipe, and a thread that speaks with it. A job is sent as the reference of its
task and its arguments; the process imports the task by it, so nothing but values crosses. Killing the process ends
the job at once; the slot gets a fresh process with its next job.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Any

from planweave.engine.code import reference
from planweave.engine.context import LOGGER, pass_on
from planweave.engine.errors import ProcessDied, ValueRefused
from planweave.engine.executors.child import ChildJob, serve
from planweave.engine.executors.job import Job, Mailbox, Place


class Processes:
    """A few processes, each of which runs one job at a time and can be killed."""

    def __init__(self, size: int, mailbox: Mailbox, run_id: str) -> None:
        self._size = size
        self._mailbox = mailbox
        self._run_id = run_id
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._slots: list[_Slot] = []
        self._abandoned: set[Place] = set()

    def submit(self, job: Job, busy: int) -> None:
        """Queue the job; a further process is started while there are more jobs than processes."""
        if len(self._slots) < self._size and len(self._slots) < busy:
            slot = _Slot(self._run_id, len(self._slots), self._queue, self._mailbox, self._abandoned)
            self._slots.append(slot)
            slot.thread.start()
        self._queue.put(job)

    def abandon(self, place: Place) -> None:
        """Kill the process that runs the job, or see to it that none begins it; its end arrives as ``ProcessDied``."""
        self._abandoned.add(place)  # first: a slot that has just taken the job looks here before it says so
        for slot in self._slots:
            slot.kill(place)

    def close(self) -> None:
        """Kill every process."""
        for slot in self._slots:
            slot.closing = True
            slot.kill(None)
            self._queue.put(None)

    def join(self) -> None:
        """Wait until every process is gone."""
        for slot in self._slots:
            slot.thread.join()


class _Slot:
    """One process at a time, and the thread that speaks with it."""

    def __init__(
        self, run_id: str, number: int, queue: SimpleQueue[Job | None], mailbox: Mailbox, abandoned: set[Place]
    ) -> None:
        self.thread = threading.Thread(target=self._work, name=f"planweave {run_id} process {number}", daemon=True)
        self.closing = False
        self._run_id = run_id
        self._queue = queue
        self._mailbox = mailbox
        self._abandoned = abandoned
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._has_started = False
        self._place: Place | None = None

    def kill(self, place: Place | None) -> None:
        """Kill the process if it runs the job at ``place`` (None: whatever it runs)."""
        with self._lock:
            if self._process is not None and (place is None or place == self._place):
                self._process.kill()

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
        with self._lock:
            self._end_process()

    def _run(self, job: Job) -> Any:
        label = job.node.id
        with self._lock:
            if self.closing or job.place in self._abandoned:
                raise ProcessDied(f"'{label}' was stopped before it started", node=label)
            if self._process is None or not self._process.is_alive():
                self._end_process()
                self._start_process()
            self._place = job.place
            pipe, process = self._pipe, self._process
        assert pipe is not None and process is not None
        try:
            self._send(job, pipe)
            return self._listen(job, pipe)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            process.join(5)
            if not self._has_started:
                raise ProcessDied(
                    f"the process of '{label}' ended while it started (exit code {process.exitcode})",
                    node=label,
                    where=job.node.where,
                    mend='look at what it printed; a script must start its run under `if __name__ == "__main__":`',
                ) from None
            raise ProcessDied(
                f"the process of '{label}' ended without an answer (exit code {process.exitcode})",
                node=label,
                where=job.node.where,
                mend="it was killed or crashed; look at its memory use, or at native code that it calls",
            ) from None

    def _send(self, job: Job, pipe: Connection) -> None:
        assert job.node.task is not None
        found = reference(job.node.task)
        assert found is not None, "the compiler refuses tasks without a reference"
        label = job.node.id
        try:
            pipe.send(ChildJob(job.place, label, found, tuple(job.args), job.kwargs, self._run_id))
        except OSError:
            raise
        except Exception as error:  # whatever the arguments raise when they are packed
            raise ValueRefused(
                f"the arguments of '{label}' cannot be sent to another process: {error}",
                node=label,
                where=job.node.where,
                mend='pass plain values, or use executor="thread"',
            ) from error

    def _listen(self, job: Job, pipe: Connection) -> Any:
        while True:
            try:
                kind, content = pipe.recv()
            except (EOFError, OSError):
                raise
            except Exception as error:  # whatever the value raises when it is unpacked
                raise self._unreadable("value", "back from its process", job, error) from error
            if kind == "started":
                self._has_started = True
                continue
            if kind == "value":
                return content
            if kind == "error":
                raise content
            if kind == "unreadable":
                raise self._unreadable("arguments", "in its process", job, content) from content
            report, data = content
            self._mailbox.put((job.place, None, content))
            if report == "log":
                pass_on(_log_record(job.node.id, data))

    def _unreadable(self, what: str, there: str, job: Job, error: Exception) -> ValueRefused:
        return ValueRefused(
            f"the {what} of '{job.node.id}' cannot be read {there}: {type(error).__name__}: {error}",
            node=job.node.id,
            where=job.node.where,
            mend='use plain values, or executor="thread"',
        )

    def _start_process(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=serve, args=(there,), name=self.thread.name, daemon=True)
        try:
            process.start()
        except BaseException:
            here.close()
            raise
        finally:
            there.close()
        self._process, self._pipe, self._has_started = process, here, False

    def _end_process(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None


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
