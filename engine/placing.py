"""Placing: who runs the body of each node, which room it needs, and in which order ready nodes queue for it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from heapq import heappush

from planweave.engine.lanes import FREE, Lanes, Room
from planweave.engine.node import Node
from planweave.engine.rundata import RunData


class Mode(IntEnum):
    """Who runs the body of a node."""

    CONTROL = 0
    INLINE = 1
    LOOP = 2
    THREAD = 3
    PROCESS = 4


MODES = {"inline": Mode.INLINE, "thread": Mode.THREAD, "process": Mode.PROCESS}
"""The mode behind each value of ``executor=``; coroutines are ``LOOP``, whatever it says."""

_SLOTS = {Mode.INLINE: "inline", Mode.THREAD: "thread", Mode.PROCESS: "process"}


class Placing:
    """The mode and the lane of each node of a run; nodes that expansions add are placed when they become ready."""

    def __init__(self, data: RunData, lanes: Lanes) -> None:
        self.modes: list[Mode] = []
        self.lane: list[int] = []
        self._data = data
        self._lanes = lanes
        self._known: dict[tuple[int, bool | None], tuple[Mode, int]] = {}
        self._place_new()

    def push_all(self, positions: Iterable[int]) -> None:
        """Queue nodes that became ready."""
        if len(self.modes) < len(self._data.nodes):
            self._place_new()
        ranks, lane, free, push = self._data.ranks, self.lane, self._lanes.free, self._lanes.push
        for position in positions:
            if lane[position] == FREE:
                heappush(free, ranks[position])
            else:
                push(lane[position], ranks[position])

    def release(self, position: int) -> None:
        """Give back the room of a node whose attempt has ended."""
        if self.lane[position] != FREE:
            self._lanes.release(self.lane[position])

    def _place_new(self) -> None:
        known, add_mode, add_lane = self._known, self.modes.append, self.lane.append
        for node in self._data.nodes[len(self.modes) :]:
            task = node.task if node.control is None else None
            place = known.get((id(node.policy), None if task is None else task.is_async))
            if place is None:
                place = self._place(node)
                if node.policy.rate is None:  # a rate is shared by the nodes of one task, not of one policy
                    known[(id(node.policy), None if task is None else task.is_async)] = place
            add_mode(place[0])
            add_lane(place[1])

    def _place(self, node: Node) -> tuple[Mode, int]:
        mode, policy = mode_of(node), node.policy
        if mode is Mode.CONTROL:
            return mode, FREE
        slots = [name for name in (_SLOTS.get(mode),) if name in self._lanes.limits]
        if policy.pool is not None:
            slots.append(f"pool {policy.pool}")
        rate = None if policy.rate is None or node.task is None else (id(node.task.fn), policy.rate)
        return mode, self._lanes.lane(Room(tuple(slots), rate))


def mode_of(node: Node) -> Mode:
    """Who runs the body of a node: sync functions run in threads unless their policy says otherwise."""
    if node.control is not None or node.task is None:
        return Mode.CONTROL
    if node.task.is_async:
        return Mode.LOOP
    return MODES[node.policy.executor or "thread"]
