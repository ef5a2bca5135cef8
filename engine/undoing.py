"""Undoing: what nodes did is undone when their run fails, or is cancelled, and that was asked for (a saga).

Each node that succeeded and whose task has an ``undo`` gets a node of its own, which calls it with the value: one after
another, in the reverse order of recorded success. These are nodes as all others: they are tried again, time out, are
recorded before they act, and go on in another process. The node that is undone follows them by its state.

Source: H. Garcia-Molina, K. Salem, "Sagas", SIGMOD 1987.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from planweave.engine.frontier import Vertex
from planweave.engine.journal import records_of
from planweave.engine.node import Node
from planweave.engine.policy import OnFailure
from planweave.engine.source import Const
from planweave.engine.state import NodeState, RunState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

SUFFIX = "@undo"
"""What the id of a node that undoes another has after the id of that one; no name has an ``@`` in it."""

_AFTER = {NodeState.SUCCEEDED: NodeState.COMPENSATED, NodeState.FAILED: NodeState.COMPENSATION_FAILED}


class Undoing:
    """Undoes what a run has done.

    Attributes:
        on_failure: what becomes of what succeeded when the run fails.
        is_wanted: whether a cancel asked for it.
        is_on: whether it has begun.
        end: how the run ends after it.
        roots: the nodes at the root of the failure of the run.
    """

    def __init__(self, scheduler: Scheduler, on_failure: OnFailure = "keep") -> None:
        self.on_failure = on_failure
        self.is_wanted = False
        self.is_on = False
        self.end = RunState.FAILED
        self.roots: tuple[int, ...] = ()
        self._scheduler = scheduler
        self._undone: dict[int, int] = {}

    @property
    def undone(self) -> Mapping[int, int]:
        """The node that each node undoes, by position."""
        return self._undone

    def begin(self, roots: Sequence[int]) -> bool:
        """All has ended, and the run did not succeed; gives whether anything is undone before it ends.

        Args:
            roots: the nodes at the root of its failure; none: it was cancelled.
        """
        if not (self.on_failure == "undo" if roots else self.is_wanted):
            return False
        positions = self._undoable()
        if not positions:
            return False
        scheduler = self._scheduler
        scheduler.move_run(RunState.COMPENSATING, {"undo": positions, "causes": list(roots)})
        self._add(positions, roots, scheduler.now())
        scheduler.lanes.open()
        scheduler.timers.stop("grace")
        scheduler.loop.call_soon(scheduler.wake)
        return True

    def retell(self, data: Mapping[str, Any] | None, time: float) -> None:
        """It began in another process; nothing is said where it only went on."""
        if data is not None:
            self._add(data["undo"], data["causes"], time)

    def _undoable(self) -> list[int]:
        """The nodes that can be undone, the last that succeeded first."""
        data, state = self._scheduler.data, self._scheduler.frontier.state
        return [
            position
            for _, kind, position, told in reversed(records_of(self._scheduler.journal.records))
            if kind is NodeState.SUCCEEDED
            and state[position] is kind
            and told != "cached"  # that was not done by this run
            and _has_undo(data.nodes[position])
        ]

    def _add(self, positions: Sequence[int], roots: Sequence[int], now: float) -> None:
        """Add the nodes that undo these, one after another."""
        scheduler, data = self._scheduler, self._scheduler.data
        self.is_on, self.roots = True, tuple(roots)
        self.end = RunState.FAILED if roots else RunState.CANCELLED
        first, nodes, added = len(data.nodes), list[Node](), list[Vertex]()
        for offset, position in enumerate(positions):
            after = (first + offset - 1,) if offset else ()
            nodes.append(_undo_of(data.nodes[position], data.values[position], after))
            added.append(Vertex(after, "all_done", frozenset(after)))  # whatever became of the one before it
            self._undone[first + offset] = position
        data.add(nodes, range(len(nodes) - 1, -1, -1), 0)
        scheduler.frontier.compensate(added, now)

    # ------------------------------------------------------------------ what the undone nodes come to

    def started(self, position: int, now: float) -> None:
        """An attempt to undo a node has started."""
        undone = self._undone.get(position)
        if undone is not None and self._scheduler.frontier.state[undone] is NodeState.SUCCEEDED:
            self._scheduler.frontier.move(undone, NodeState.COMPENSATING, now)

    def ended(self, position: int, now: float) -> None:
        """A node that undoes another may have ended."""
        undone, after = self._undone.get(position), _AFTER.get(self._scheduler.frontier.state[position])
        if undone is not None and after is not None:
            self._scheduler.frontier.move(undone, after, now)

    def words(self) -> str:
        """What was undone, and what could not be."""
        data, state = self._scheduler.data, self._scheduler.frontier.state
        left = [data.nodes[i].id for i in self._undone.values() if state[i] is NodeState.COMPENSATION_FAILED]
        done = sum(state[i] is NodeState.COMPENSATED for i in self._undone.values())
        parts = [f"{done} node{'s were' if done != 1 else ' was'} undone"] if done else []
        if left:
            more = f", and {len(left) - 5} more" if len(left) > 5 else ""
            parts.append(f"could not be undone: {', '.join(left[:5])}{more}")
        return "".join(f"; {one}" for one in parts)


def _has_undo(node: Node) -> bool:
    return node.control is None and node.task is not None and node.task.undo is not None


def _undo_of(node: Node, value: Any, after: tuple[int, ...]) -> Node:
    """The node that undoes another."""
    assert node.task is not None, "only tasks are undone"
    undo = node.task.undo
    if undo is None:  # where a run is told without its code
        undo = replace(node.task, name=f"undo of {node.task.name}")
    return Node(f"{node.id}{SUFFIX}", undo, (Const(value),), (), after, undo.policy, node.where, None)
