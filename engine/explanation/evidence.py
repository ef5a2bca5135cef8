"""The evidence of a run: what its records, its frontier and its lanes say about its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planweave.engine.approval import Approval
from planweave.engine.explanation.phrases import span
from planweave.engine.explanation.reason import words
from planweave.engine.journal import records_of
from planweave.engine.lanes import Lane
from planweave.engine.policy import Join
from planweave.engine.run import Run
from planweave.engine.state import NodeState
from planweave.engine.wording import clip

NAMED = 5
"""So many nodes are named in a row."""

_S = NodeState


class Evidence:
    """What is known of the nodes of one run as it is now; its records are read once.

    Args:
        run: live, ended, or as it is recorded.
        now: seconds since the epoch.
        is_recorded: whether it is only told from its records: then these say who has which room.
        is_held: whether a process runs it.
    """

    def __init__(self, run: Run[Any], now: float, *, is_recorded: bool = False, is_held: bool = True) -> None:
        self.now = now
        self.scheduler = run._scheduler
        self.data, self.frontier = run._scheduler.data, run._scheduler.frontier
        self.state = self.frontier.state
        self.records = records_of(run._journal.records)
        self.last = {position: (when, kind, data) for when, kind, position, data in self.records if position >= 0}
        self.is_held = is_held
        self._children: dict[int, list[int]] = {}
        for i in range(self.frontier.static, len(self.state)):
            self._children.setdefault(self.frontier.parent_of(i), []).append(i)
        if is_recorded:
            self._occupy()

    def id(self, position: int) -> str:
        """The id of a node."""
        return self.data.nodes[position].id

    def named(self, positions: Sequence[int], *, states: bool = True) -> str:
        """Some nodes in a row, each with its state."""
        names = [clip(self.id(i)) + (f" ({words(self.state[i])})" if states else "") for i in positions[:NAMED]]
        more = f" and {len(positions) - NAMED} more" if len(positions) > NAMED else ""
        return ", ".join(names) + more

    def left(self, moment: float) -> str:
        """How long it is until then."""
        return f"in {span(moment - self.now)}" if moment > self.now else "now"

    def running(self) -> list[int]:
        """The nodes that run."""
        return [i for i, state in enumerate(self.state) if state is _S.RUNNING]

    def inside(self, position: int) -> list[int]:
        """The nodes that a node has become."""
        return self._children.get(position, [])

    def join(self, position: int) -> Join:
        """The join rule of a node."""
        return self.frontier.joins.get(position, "all_success")

    def condition(self, position: int) -> str:
        """What the condition of a branch was."""
        (source,) = self.data.nodes[position].args
        value = self.data.value_of(source)
        return clip(value.approved if isinstance(value, Approval) else value, 40)

    def lane(self, position: int) -> Lane:
        """The lane of a node."""
        return self.scheduler.lanes.lanes[self.scheduler.placing.lane[position]]

    def last_start(self, position: int) -> float:
        """When the last attempt of a node began."""
        return next(one[0] for one in reversed(self.records) if one[2] == position and one[1] is _S.RUNNING)

    def path(self, position: int, states: tuple[NodeState, ...]) -> list[int]:
        """From a node back to the root of its state, by what each was because of."""
        path: list[int] = []
        root, here = self.frontier.root_of(position), position
        while here != root and len(path) < len(self.state):
            near = [*self.frontier.before[here], *self.inside(here)]
            found = [i for i in near if self.state[i] in states and i not in path]
            if not found:
                break
            here = next((i for i in found if self.frontier.root_of(i) == root), found[0])
            path.append(here)
        if root != position and (not path or path[-1] != root):
            path.append(root)
        return path

    def _occupy(self) -> None:
        """Give the nodes that run elsewhere the room that they have taken, and count what their rates have seen."""
        scheduler = self.scheduler
        scheduler.placing.push_all(())
        last = {one[2]: number for number, one in enumerate(self.records) if one[1] is _S.RUNNING}
        for number, (moment, kind, position, _) in enumerate(self.records):
            if kind is not _S.RUNNING:
                continue
            lane = scheduler.placing.lane[position]
            scheduler.lanes.take_room(lane, moment)
            if last[position] != number or self.state[position] is not _S.RUNNING:
                scheduler.lanes.release(lane)
        scheduler.placing.push_all(i for i, state in enumerate(self.state) if state is _S.READY)
