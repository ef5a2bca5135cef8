"""Placing: who runs the body of each node, which room it needs, and in which order ready nodes queue for it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from enum import IntEnum
from heapq import heappush

from planweave.engine.errors import UndeclaredPoolError
from planweave.engine.graph import Graph
from planweave.engine.lanes import FREE, Lanes, Limit, Room
from planweave.engine.node import Node
from planweave.engine.rundata import RunData, slots_of
from planweave.engine.wording import cut


class Mode(IntEnum):
    """Who runs the body of a node."""

    CONTROL = 0
    INLINE = 1
    LOOP = 2
    THREAD = 3
    PROCESS = 4


MODES = {"inline": Mode.INLINE, "thread": Mode.THREAD, "process": Mode.PROCESS}
"""The mode behind each value of ``executor=``; coroutines are ``LOOP``, whatever it says."""

SLOTS = ("", "inline", "", "thread", "process")
"""The slot that a body of each mode holds while it runs; a tuple, because finding an enum in a dict takes longer."""


Place = tuple[Mode, int, Mode | None]
"""Mode, lane, and the mode once more where the body runs on the loop with nothing to ask for and nothing to look up."""


class Placing:
    """Who runs each node of a run, and in which lane it queues; nodes of expansions are placed when they become ready.

    Attributes:
        modes: who runs the body of each node.
        lane: in which lane it queues.
        cached: whether its value may come from the cache.
        quick: its mode where it runs on the loop, needs no room, no cache and no timeout of a coroutine, and takes its
            arguments as they are; None where it does not.
    """

    def __init__(self, data: RunData, lanes: Lanes) -> None:
        self.modes: list[Mode] = []
        self.lane: list[int] = []
        self.quick: list[Mode | None] = []
        self.cached: list[bool] = []
        self._data = data
        self._lanes = lanes
        self._known: dict[Hashable, Place] = {}
        self._place_new()

    def take_up(self, graph: Graph) -> None:
        """Take up the pools of a graph that a task gave; a pool that has a limit in this run keeps it.

        Raises:
            UndeclaredPoolError: a node of it names a pool that nobody gave a limit.
        """
        limits = self._lanes.limits
        for name, node in graph.pooled.items():
            if f"pool {name}" in limits:
                continue
            if name not in graph.pools:
                raise UndeclaredPoolError(
                    f"pool '{cut(name, 80)}' has no limit",
                    where=node.where,
                    node=node.id,
                    mend=f'declare it: @pw.workflow(pools={{"{cut(name, 80)}": 4}}) of that graph, '
                    "or pw.run(..., pools=...)",
                )
            limits[f"pool {name}"] = Limit(f"pool {name}", graph.pools[name])

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

    def take_back(self, position: int) -> None:
        """Give back the room of the node that was popped last, which does not start after all."""
        self._lanes.take_back(self.lane[position])

    def _place_new(self) -> None:
        """Place the nodes that have come since: those of the graph by their kinds, those of expansions one by one."""
        if not self.modes:
            kinds, samples = self._data.graph.kinds
            places = [self._place(node) for node in samples]
            self.modes = [places[kind][0] for kind in kinds]
            self.lane = [places[kind][1] for kind in kinds]
            self.quick = [places[kind][2] for kind in kinds]
            self.cached = [samples[kind].policy.cache for kind in kinds]
        known = self._known
        for node in self._data.nodes[len(self.modes) :]:
            key = kind_of(node)
            if key not in known:
                known[key] = self._place(node)
            mode, lane, quick = known[key]
            self.modes.append(mode)
            self.lane.append(lane)
            self.quick.append(quick)
            self.cached.append(node.policy.cache)

    def _place(self, node: Node) -> Place:
        mode, policy = mode_of(node), node.policy
        if mode is Mode.CONTROL:
            return mode, FREE, None
        slots = [name for name in (SLOTS[mode],) if name in self._lanes.limits]
        if policy.pool is not None:
            slots.append(f"pool {policy.pool}")
        rate = None if policy.rate is None or node.task is None else (id(node.task.fn), policy.rate)
        lane = self._lanes.lane(Room(tuple(slots), rate))
        on_loop = mode is Mode.INLINE or (mode is Mode.LOOP and policy.timeout is None)
        is_quick = on_loop and lane == FREE and not policy.cache and slots_of(node) is not None
        return mode, lane, mode if is_quick else None


def kind_of(node: Node) -> Hashable:
    """What two nodes must share to be placed alike in every run."""
    task = node.task if node.control is None else None
    if task is None:
        return None
    fn = None if node.policy.rate is None else task.fn  # a rate is shared by the nodes of one task
    return id(node.policy), task.is_async, slots_of(node) is None, fn


def mode_of(node: Node) -> Mode:
    """Who runs the body of a node: sync functions run in threads unless their policy says otherwise."""
    if node.control is not None or node.task is None:
        return Mode.CONTROL
    if node.task.is_async:
        return Mode.LOOP
    return MODES[node.policy.executor or "thread"]
