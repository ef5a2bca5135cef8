"""The journal: the append-only record of what happened in a run, from which the run can be told again.

Here: the protocol, and the journal in memory. A record is four values side by side in one flat list (time, kind,
position, data), because a run writes three of them for each node; an ``Event`` is made of it when somebody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast, runtime_checkable

from planweave.engine.state import NodeState, RunState

if TYPE_CHECKING:
    from planweave.engine.store.rows import Question

Record = tuple[float, Any, int, Any]
"""Time (seconds since the epoch), kind, position of the node (-1: the run), data."""

RECORD_FIELDS = 4

NODE_KINDS: dict[Any, str] = {
    NodeState.READY: "ready",
    NodeState.RUNNING: "started",
    NodeState.RETRY_WAIT: "retrying",
    NodeState.WAITING: "waiting",
    NodeState.EXPANDED: "expanded",
    NodeState.SUCCEEDED: "succeeded",
    NodeState.FAILED: "failed",
    NodeState.CANCELLED: "cancelled",
    NodeState.SKIPPED: "skipped",
    NodeState.UPSTREAM_FAILED: "upstream_failed",
    NodeState.COMPENSATING: "compensating",
    NodeState.COMPENSATED: "compensated",
    NodeState.COMPENSATION_FAILED: "compensation_failed",
    "log": "log",
    "progress": "progress",
    "observed": "observed",
    "answered": "answered",
}
"""What each kind of record about a node is called as an event."""

RUN_KINDS: dict[Any, str] = {
    RunState.RUNNING: "run_started",
    RunState.WAITING: "run_waiting",
    RunState.BLOCKED: "run_blocked",
    RunState.CANCELLING: "run_cancelling",
    RunState.COMPENSATING: "run_compensating",
    RunState.SUCCEEDED: "run_succeeded",
    RunState.FAILED: "run_failed",
    RunState.CANCELLED: "run_cancelled",
    "resumed": "run_resumed",
}
"""What each kind of record about the run itself is called as an event."""


class Event(NamedTuple):
    """One recorded fact of a run.

    Attributes:
        number: its place in the record, from 0.
        time: seconds since the epoch.
        kind: ``"started"``, ``"succeeded"``, ``"log"``, ...: a value of ``NODE_KINDS`` or ``RUN_KINDS``.
        node: the id of the node; None for what concerns the run.
        data: what the kind carries: the attempt, the error, the due time, the cause, the log line.
    """

    number: int
    time: float
    kind: str
    node: str | None = None
    data: Mapping[str, Any] = MappingProxyType({})


@runtime_checkable
class Journal(Protocol):
    """Where a run writes what happens, before it acts on it.

    ``records`` is the list that the scheduler appends to. ``flush`` makes everything in it durable: it gives None
    when there is nothing to wait for, else a future; no effect whose record is behind that future starts before it
    is done. ``group`` is how many nodes the scheduler may start before it calls ``flush``; 0: it need not be called,
    since a record is as durable as it will ever be once it is in the list.
    """

    records: list[Any]
    group: int

    def flush(self) -> asyncio.Future[None] | None:
        """Make durable what was appended."""
        ...


class Stored(Journal, Protocol):
    """A journal that outlives the process, and so must be given what the run would need to go on elsewhere."""

    def keep(self, position: int, value: Any, annotation: Any) -> None:
        """Keep the value of a node that is about to succeed; ValueError: it cannot be kept."""
        ...

    def shared(self, key: str, annotation: Any) -> tuple[Any] | None:
        """The value that an equal call of any run had, in a tuple of one; None: none is known."""
        ...

    def share(self, key: str, position: int) -> None:
        """Keep the value of a node that has just succeeded for equal calls of other runs."""
        ...

    def keep_growth(self, position: int, document: str) -> None:
        """Keep the graph, as JSON, that a node is about to become."""
        ...

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way to be made durable."""
        ...

    def flush_here(self) -> None:
        """Make durable what was appended, before this returns."""
        ...

    def ask(self, question: Question) -> None:
        """Ask something, together with what is written next."""
        ...

    def ask_no_more(self, node: str) -> None:
        """Take no answer to what a node asks, together with what is written next."""
        ...

    def take_event(self, number: int) -> None:
        """An event has been taken, together with what is written next."""
        ...

    def listen(self, *, is_asking: bool, events: Collection[str]) -> None:
        """Look for what others write: answers, if anything is asked, and events of these names."""
        ...

    def time_is_up(self, node: str) -> None:
        """Take no answer to what a node asks from now on; what has come before is delivered, and then this told."""
        ...

    def look_soon(self) -> None:
        """Look now for what others write."""
        ...

    @property
    def looks(self) -> int:
        """How often that has been looked for; what was found is on its way to the loop."""
        ...

    def leave(self, due: float | None) -> None:
        """Give the run out of hand, together with what is written next; it is due again at a time, or when asked."""
        ...

    @property
    def wanted(self) -> str | None:
        """What somebody else had asked for when the run was taken up: ``"cancel"``, ``"undo"``."""
        ...

    def close(self) -> None:
        """The run goes on here no more."""
        ...


def stored(journal: Journal) -> Stored | None:
    """The journal as one that outlives the process, if it is one.

    >>> stored(MemoryJournal()) is None
    True
    """
    # what isinstance asks of a protocol, call by call, would cost a tenth of a short run
    return cast(Stored, journal) if hasattr(journal, "keep_growth") else None


class MemoryJournal:
    """A journal that lasts as long as the run object.

    >>> MemoryJournal().flush() is None
    True
    """

    group = 0

    def __init__(self) -> None:
        self.records: list[Any] = []

    def flush(self) -> None:
        """Nothing to wait for."""
        return


def records_of(flat: Sequence[Any], start: int = 0) -> list[Record]:
    """The records of a flat list, from the record number ``start`` on."""
    return [tuple(flat[i : i + RECORD_FIELDS]) for i in range(start * RECORD_FIELDS, len(flat), RECORD_FIELDS)]
