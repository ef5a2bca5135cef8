"""The other end of the pipe: what a spawned process does with the jobs that it is sent."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

from planweave.engine.code import find
from planweave.engine.context import LOGGER, current
from planweave.engine.errors import NodeError, ValueRefused


class ChildJob(NamedTuple):
    """What crosses the pipe to run one attempt: a reference, and values."""

    place: tuple[int, int]
    label: str
    reference: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    run_id: str


class _Reports:
    """Sends what a task reports back through the pipe."""

    def __init__(self, pipe: Connection, job: ChildJob) -> None:
        self.run_id = job.run_id
        self.inline = job.place
        self._label = job.label
        self._pipe = pipe

    def node_id(self, position: int) -> str:
        return self._label

    def report(self, place: tuple[int, int], kind: str, data: Mapping[str, Any]) -> None:
        self._pipe.send(("report", (kind, dict(data))))

    def is_cancelled(self, place: tuple[int, int]) -> bool:
        return False  # a cancelled process is killed


def serve(pipe: Connection) -> None:
    """Run jobs until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the run decides what ends
    LOGGER.disabled = True  # log lines are passed on at the other end, where the program has set up logging
    threading.Thread(target=_end_with_parent, daemon=True).start()
    functions: dict[str, Callable[..., Any]] = {}
    pipe.send(("started", None))
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        except Exception as error:  # whatever an argument raises when it is unpacked
            pipe.send(("unreadable", _portable(error)))
            continue
        current.set((_Reports(pipe, job), *job.place))
        try:
            answer = ("value", _call(functions, job))
        except BaseException as error:
            answer = ("error", _portable(error))
        _send(pipe, answer, job.label)


def _call(functions: dict[str, Callable[..., Any]], job: ChildJob) -> Any:
    if job.reference not in functions:
        found = find(job.reference)
        functions[job.reference] = getattr(found, "fn", found)
    return functions[job.reference](*job.args, **job.kwargs)


def _send(pipe: Connection, answer: tuple[str, Any], label: str) -> None:
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as error:  # whatever the value raises when it is packed
        refusal = ValueRefused(
            f"the value of '{label}' cannot be sent back from its process: {error}",
            node=label,
            mend='return plain values, or use executor="thread"',
        )
        pipe.send(("error", refusal))


def _portable(error: BaseException) -> BaseException:
    """The error with its traceback as a note, or a copy that can cross when it cannot itself."""
    text = "".join(traceback.format_exception(error)).rstrip()
    error.add_note(f"in process {os.getpid()}:\n{text}")
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:  # an exception class of the user's that does not survive the trip
        copy = NodeError(f"{type(error).__name__}: {error}")
        copy.add_note(f"in process {os.getpid()}:\n{text}")
        return copy
    return error


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
