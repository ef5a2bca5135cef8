"""The context of a running task: who it is, and how it tells the run what it sees. ``pw.context()``."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from planweave.engine.errors import PlanweaveError, ValueRefused
from planweave.engine.store.secret import redacted

LOGGER = logging.getLogger("planweave.task")
"""The parent of every task's logger: handlers set here see the log lines of all runs."""


class Listener(Protocol):
    """What a context reports to: the scheduler, or the other end of a pipe."""

    run_id: str

    @property
    def inline(self) -> tuple[int, int]:
        """Position and attempt of the node that runs inline here, which ``current`` means by -1; -1: none does."""
        ...

    def node_id(self, position: int) -> str:
        """The id of the node at a position."""
        ...

    def report(self, place: tuple[int, int], kind: str, data: Mapping[str, Any]) -> None:
        """Take what the node at ``place`` (position, attempt) tells."""
        ...

    def is_cancelled(self, place: tuple[int, int]) -> bool:
        """Whether the run no longer wants what this attempt does."""
        ...


@dataclass(frozen=True)
class TaskContext:
    """Who a running task is, and how it tells the run what it sees.

    Attributes:
        run_id: of the run.
        node_id: of the node.
        attempt: the number of this try, from 1.
    """

    run_id: str
    node_id: str
    attempt: int
    _place: tuple[int, int] = field(repr=False)
    _listener: Listener = field(repr=False)

    @property
    def idempotency_key(self) -> str:
        """The same text for every attempt of this node in this run: sha256 of both ids.

        Pass it to whatever the task changes outside; a receiver that honours it does the thing once.
        """
        return idempotency_key(self.run_id, self.node_id)

    @property
    def cancelled(self) -> bool:
        """Whether the run is being cancelled, or has given this attempt up: a long sync task looks here and ends."""
        return self._listener.is_cancelled(self._place)

    @cached_property
    def logger(self) -> logging.Logger:
        """A logger whose lines become events of the run, and go to the logger ``planweave.task`` as well.

        Every line becomes an event, unless ``planweave.task`` was given a level of its own; where lines go from
        there is up to the program, as with any logger.
        """
        level = LOGGER.level or logging.DEBUG
        logger = logging.Logger(f"planweave.task.{self.node_id}", level)  # noqa: LOG001  # because getLogger would keep one for ever for each node
        logger.addHandler(_EventHandler(self))
        return logger

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell how far the task is: ``done`` of ``total`` of whatever it counts.

        Raises:
            ValueRefused: an amount is no finite number.
        """
        for amount in (done, 0 if total is None else total):
            if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
                raise ValueRefused(
                    f"progress({done!r:.40}, {total!r:.40}) of '{self.node_id}' is no amount",
                    node=self.node_id,
                    mend="pass finite numbers: progress(3, 10)",
                )
        self._listener.report(
            self._place, "progress", {"done": done, "total": total, "message": redacted(str(message or ""))}
        )

    def observe(self, facts: Mapping[str, Any]) -> None:
        """Tell what the task found the world to be like; replanning takes it into account.

        Args:
            facts: whether each is true, by what they say: ``{"road a b": False}``; outside of plans, anything.

        Raises:
            ValueRefused: the task is an action of a plan, in whose domain one of the facts means nothing.
        """
        self._listener.report(self._place, "observed", {"facts": dict(facts)})


def idempotency_key(run_id: str, node_id: str) -> str:
    """The key of a node of a run: sha256 over both ids, with their lengths so that no two pairs share it.

    >>> idempotency_key("run", "load")[:8]
    '7caeb2ad'
    """
    return hashlib.sha256(f"{len(run_id)}:{run_id}/{node_id}".encode("utf-8", "surrogatepass")).hexdigest()


class _EventHandler(logging.Handler):
    def __init__(self, context: TaskContext) -> None:
        super().__init__()
        self.context = context

    def emit(self, record: logging.LogRecord) -> None:
        try:
            record = _without_secrets(record)
            data = {"level": record.levelname, "message": record.getMessage()}
        except Exception:  # a log line with wrong arguments must not fail the task; logging's own way says it
            self.handleError(record)
            return
        self.context._listener.report(self.context._place, "log", data)
        pass_on(record)


def _without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """A log line whose text, and whose traceback, shows no secret."""
    message = record.getMessage()
    hidden = redacted(message)
    if hidden != message:
        record.msg, record.args = hidden, None
    if record.exc_info:
        record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
    return record


def pass_on(record: logging.LogRecord) -> None:
    """Give a log line to the logger ``planweave.task``, as far as it wants such lines."""
    if LOGGER.isEnabledFor(record.levelno):
        LOGGER.handle(record)


Current = tuple[Listener, int, int]
"""Listener, position, attempt: kept as a tuple, since most tasks never ask. Position -1: ``listener.inline``."""

current: ContextVar[Current | None] = ContextVar("planweave_context", default=None)


def context() -> TaskContext:
    """The context of the task that is running here.

    Raises:
        PlanweaveError: no task of a run is running here.
    """
    found = current.get()
    if found is None:
        raise PlanweaveError(
            "pw.context() is for the body of a task in a run", mend="call it inside the task, not while composing"
        )
    listener, position, attempt = found
    if position < 0:
        position, attempt = listener.inline
    if position < 0:
        raise PlanweaveError(
            "pw.context() was called outside the body of the task, in a thread or a callback that it left behind",
            mend="call it in the task itself, and pass on what you need of it",
        )
    return TaskContext(listener.run_id, listener.node_id(position), attempt, (position, attempt), listener)
