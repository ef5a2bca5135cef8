"""A run at one moment: what pictures of it are made of.

A live run goes on while it is drawn, and reading it costs time that grows with its nodes. It is therefore read once,
and everything on a page (picture, timeline, details) tells of the same moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planweave.engine.graph import Graph
from planweave.engine.history import NodeRun
from planweave.engine.journal import Event
from planweave.engine.state import RunState

if TYPE_CHECKING:
    from planweave.engine.run import Run

__all__ = ["Snapshot", "snapshot_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What was true of a run at one moment; the attributes are those of the run.

    ``now`` is what its clock said then, in seconds since the epoch; None of one that does not go on.
    """

    id: str
    graph: Graph
    inputs: Mapping[str, Any]
    state: RunState
    nodes: Mapping[str, NodeRun]
    events: tuple[Event, ...]
    now: float | None


def snapshot_of(run: Run[Any] | Snapshot) -> Snapshot:
    """The run as it is now; a snapshot is given back as it is."""
    if isinstance(run, Snapshot):
        return run
    state, nodes = run.state, run.nodes
    events = run.events  # read after the nodes, so that they hold all of them
    return Snapshot(run.id, run.graph, run.inputs, state, nodes, events, _clock_of(run))


def _clock_of(run: Run[Any]) -> float | None:
    halted = run._task is not None and run._task.done()  # its journal failed, say: it will never come to an end
    if run.state in (RunState.QUEUED, RunState.WAITING) or run.state.is_end or halted:
        return None
    return run._scheduler.now()
