"""The history of a run: what its records say of each node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planweave.engine.journal import NODE_KINDS, RUN_KINDS, Event, Record
from planweave.engine.location import Location
from planweave.engine.node import Node
from planweave.engine.rundata import RunData
from planweave.engine.state import UNDOING, NodeState

_RUNNING = NodeState.RUNNING
_new = tuple.__new__


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a node: when it started and ended (seconds since the epoch), and the error that ended it.

    ``ended`` is None while it goes on, ``error`` unless it failed.
    """

    number: int
    started: float
    ended: float | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class NodeRun:
    """What has happened to a node in a run.

    Attributes:
        id: of the node.
        node: what it is.
        state: what is true of it now.
        value: what it gave; None unless it succeeded, if only to be undone.
        error: why it failed; None unless it did.
        cause: the id of the node because of which it was skipped or could not run; None otherwise.
        parent: the id of the node in whose expansion it stands; None for nodes of the graph itself.
        ready, started, ended: when it last became ready, first started, ended; None where it did not.
        attempts: its tries.
        cached: whether its value came from the cache.
        notes: its log lines, progress and observations, as they were told.
        before: the ids of the nodes that it waited for.
    """

    id: str
    node: Node
    state: NodeState
    value: Any = None
    error: BaseException | None = None
    cause: str | None = None
    parent: str | None = None
    ready: float | None = None
    started: float | None = None
    ended: float | None = None
    attempts: tuple[Attempt, ...] = ()
    cached: bool = False
    notes: tuple[Event, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def where(self) -> Location | None:
        """The line that made the node."""
        return self.node.where


def event_of(number: int, record: Record, nodes: Sequence[Node]) -> Event:
    """The event of a record."""
    time, kind, position, data = record
    if position < 0:
        return Event(number, time, RUN_KINDS[kind], None, {} if data is None else _run_data(data, nodes))
    told = {} if data is None else {"attempt": data} if kind is _RUNNING else _data(kind, data, nodes)
    # three of them for each node of a run that is observed: this takes half the time of Event(...)
    return _new(Event, (number, time, NODE_KINDS[kind], nodes[position].id, told))


def _run_data(data: Any, nodes: Sequence[Node]) -> dict[str, Any]:
    lists = data if isinstance(data, Mapping) else {"causes": data}
    return {name: [nodes[i].id for i in one] if isinstance(one, list) else one for name, one in lists.items()}


def _data(kind: Any, data: Any, nodes: Sequence[Node]) -> dict[str, Any]:
    if kind is NodeState.FAILED:
        return {"error": data}
    if kind is NodeState.SKIPPED or kind is NodeState.UPSTREAM_FAILED:
        return {"cause": nodes[data].id}
    if kind is NodeState.SUCCEEDED:
        return {"cached": True}
    return dict(data)


def node_runs(data: RunData, records: Sequence[Record]) -> Mapping[str, NodeRun]:
    """What has happened to each node, by id."""
    told = [Told() for _ in data.nodes]
    for number, record in enumerate(records):
        if record[2] >= 0:
            told[record[2]].add(number, record, data.nodes)
    return {node.id: _node_run(data, position, told[position]) for position, node in enumerate(data.nodes)}


def _node_run(data: RunData, position: int, told: Told) -> NodeRun:
    frontier, node = data.frontier, data.nodes[position]
    state, parent = frontier.state[position], frontier.parent_of(position)
    return NodeRun(
        node.id,
        node,
        state,
        value=data.values[position] if state is NodeState.SUCCEEDED or state in UNDOING else None,
        error=data.errors.get(position) if state is NodeState.FAILED else None,
        cause=told.cause,
        parent=data.nodes[parent].id if parent >= 0 else None,
        ready=told.ready,
        started=told.started,
        ended=told.ended,
        attempts=tuple(told.attempts),
        cached=told.cached,
        notes=tuple(told.notes),
        before=tuple(data.nodes[i].id for i in frontier.before[position]),
    )


class Told:
    """What the records so far have told of a node; lists, since a node may tell a lot."""

    __slots__ = ("attempts", "cached", "cause", "ended", "notes", "ready", "started")

    def __init__(self) -> None:
        self.cause: str | None = None
        self.ready: float | None = None
        self.started: float | None = None
        self.ended: float | None = None
        self.attempts: list[Attempt] = []
        self.cached = False
        self.notes: list[Event] = []

    def add(self, number: int, record: Record, nodes: Sequence[Node]) -> None:
        """Add one record to what is known of the node."""
        time, kind, _, data = record
        if not isinstance(kind, NodeState):
            self.notes.append(event_of(number, record, nodes))
        elif kind is NodeState.READY:
            self.ready = time
        elif kind is NodeState.RUNNING:
            self.started = time if self.started is None else self.started
            self.attempts.append(Attempt(data, time))
        elif kind is NodeState.RETRY_WAIT or (kind is NodeState.WAITING and "error" in data):
            self._end_attempt(time, data["error"])
        elif kind in UNDOING:
            return  # what undoes it is a node of its own
        elif kind.is_end:
            self.ended = time
            self.cached = kind is NodeState.SUCCEEDED and data == "cached"
            if kind in (NodeState.SKIPPED, NodeState.UPSTREAM_FAILED):
                self.cause = nodes[data].id
            if self.attempts and self.attempts[-1].ended is None:
                self._end_attempt(time, data if kind is NodeState.FAILED else None)

    def _end_attempt(self, time: float, error: BaseException | None) -> None:
        self.attempts[-1] = replace(self.attempts[-1], ended=time, error=error)
