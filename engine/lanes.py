"""Lanes: which of the ready nodes may start now, given slots, pools and rates. Pure.

Ready nodes that need the same room (executor, pool, rate) queue in one lane, by priority; a lane is open while all
its limits have room, and the best node of the open lanes starts next. So a full pool never holds back a node that
does not need it. Time is a number that the caller passes in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from planweave.engine.policy import Rate

_INDEX_BITS = 32
POSITION = (1 << _INDEX_BITS) - 1
"""The bits of a rank that are the position: ``ranked & POSITION``."""
_HEIGHT_TOP = (1 << 31) - 1


def rank(position: int, height: int, priority: int = 0) -> int:
    """A number by which ready nodes queue, smallest first: by priority, then the longest remaining path, then position.

    One integer instead of a tuple, because heaps compare it faster; ``POSITION`` masks the position in it.

    >>> rank(7, height=3, priority=1) < rank(1, height=9) < rank(2, height=9) < rank(0, height=8)
    True
    >>> rank(7, height=3, priority=1) & POSITION
    7
    """
    return (-priority << (31 + _INDEX_BITS)) + ((_HEIGHT_TOP - height) << _INDEX_BITS) + position


FREE = 0
"""The number of the lane of nodes that need no room."""


class Limit:
    """So many at once: the slots of an executor, or a pool."""

    __slots__ = ("name", "size", "used")

    def __init__(self, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self.used = 0


class Window:
    """So many starts in any stretch of time (a sliding window: exact, unlike a bucket)."""

    __slots__ = ("rate", "starts")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.starts: deque[float] = deque()

    def opens_at(self, now: float) -> float:
        """When the next start is allowed: ``now`` or later."""
        if len(self.starts) < self.rate.starts:
            return now
        return max(now, self.starts[0] + self.rate.per)

    def start(self, now: float) -> None:
        """Count a start."""
        if len(self.starts) == self.rate.starts:
            self.starts.popleft()
        self.starts.append(now)


@dataclass(slots=True)
class Lane:
    """A queue of ready nodes that need the same room."""

    limits: tuple[Limit, ...] = ()
    window: Window | None = None
    queue: list[int] = field(default_factory=list)

    def is_open(self, now: float) -> bool:
        """Whether its first node may start."""
        for limit in self.limits:
            if limit.used >= limit.size:
                return False
        return self.window is None or self.window.opens_at(now) <= now


@dataclass(frozen=True, slots=True)
class Room:
    """What a node needs to run: slots by name (of an executor, of a pool), and a rate with the key that shares it."""

    slots: tuple[str, ...] = ()
    rate: tuple[Hashable, Rate] | None = None


class Lanes:
    """The ready nodes of a run, and the room that there is for them.

    Args:
        sizes: how many nodes may hold each named slot at once.

    Attributes:
        free: the queue of the lane ``FREE``, whose nodes need no room.
        is_limited: whether there is any other lane.
        is_shut: whether nothing may start any more.
        is_held: whether nothing starts here any more, and the rest is left to others.
        has_rates: whether a rate keeps any of them shut at times.

    >>> lanes = Lanes({"pool api": 1})
    >>> api = lanes.lane(Room(("pool api",)))
    >>> lanes.push(api, rank(0, 0)); lanes.push(api, rank(1, 0))
    >>> lanes.pop(0.0), lanes.pop(0.0)
    (0, None)
    >>> lanes.release(api); lanes.pop(0.0)
    1
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.limits = {name: Limit(name, size) for name, size in sizes.items()}
        self.lanes: list[Lane] = [Lane()]
        self.free = self.lanes[0].queue
        self.is_limited = False
        self.is_shut = self.is_held = False
        self.has_rates = False
        self._numbers: dict[Room, int] = {Room(): FREE}
        self._windows: dict[Hashable, Window] = {}

    def lane(self, room: Room) -> int:
        """The number of the lane of nodes that need this room."""
        if room not in self._numbers:
            window = None
            if room.rate is not None:
                self.has_rates = True
                window = self._windows.setdefault(room.rate, Window(room.rate[1]))
            self._numbers[room] = len(self.lanes)
            self.is_limited = True
            self.lanes.append(Lane(tuple(self.limits[name] for name in room.slots), window))
        return self._numbers[room]

    def push(self, lane: int, ranked: int) -> None:
        """A node is ready."""
        heappush(self.lanes[lane].queue, ranked)

    def pop(self, now: float) -> int | None:
        """Take the best node that may start now, and the room that it needs; None: none may."""
        if not self.is_limited:
            return heappop(self.free) & POSITION if self.free else None
        if self.is_shut or self.is_held:
            return None
        best: Lane | None = None
        for lane in self.lanes:
            queue = lane.queue
            if queue and (best is None or queue[0] < best.queue[0]) and lane.is_open(now):
                best = lane
        if best is None:
            return None
        for limit in best.limits:
            limit.used += 1
        if best.window is not None:
            best.window.start(now)
        return heappop(best.queue) & POSITION

    def take_room(self, lane: int, now: float) -> None:
        """A node of this lane has started, whether it was in the queue or not."""
        for limit in self.lanes[lane].limits:
            limit.used += 1
        window = self.lanes[lane].window
        if window is not None:
            window.start(now)

    def release(self, lane: int) -> None:
        """A node of this lane has ended its attempt and gives its room back."""
        for limit in self.lanes[lane].limits:
            limit.used -= 1

    def take_back(self, lane: int) -> None:
        """The node of this lane that was popped last does not start after all: it counts for no limit and no rate."""
        self.release(lane)
        window = self.lanes[lane].window
        if window is not None:
            window.starts.pop()

    def take(self, name: str) -> list[int]:
        """Take all ready nodes that need a slot of this name, in order: they will not get one."""
        limit = self.limits[name]
        taken = sorted(ranked for lane in self.lanes if limit in lane.limits for ranked in lane.queue)
        for lane in self.lanes:
            if limit in lane.limits:
                lane.queue.clear()
        return [ranked & POSITION for ranked in taken]

    def drop(self, positions: Collection[int]) -> None:
        """Forget those of these nodes that are ready: they are not to start any more."""
        for lane in self.lanes:
            kept = [ranked for ranked in lane.queue if ranked & POSITION not in positions]
            if len(kept) < len(lane.queue):
                heapify(kept)
                lane.queue[:] = kept

    def opens_at(self, now: float) -> float | None:
        """When a lane that only its rate keeps shut will open; None: there is none."""
        times = [
            lane.window.opens_at(now)
            for lane in self.lanes
            if lane.queue and lane.window is not None and all(limit.used < limit.size for limit in lane.limits)
        ]
        return None if self.is_shut or self.is_held else min((time for time in times if time > now), default=None)

    def waiting(self) -> bool:
        """Whether any node is ready."""
        if self.is_shut or self.is_held:
            return False
        return bool(self.free) or (self.is_limited and any(lane.queue for lane in self.lanes))

    def hold(self) -> None:
        """Let nothing start from now on, and forget nothing: the run is going to be given back."""
        self.is_held = self.is_limited = True

    def open(self) -> None:
        """Let nodes start again: those that undo what the others did."""
        self.is_shut = False

    def shut(self) -> None:
        """Forget the ready nodes, and let nothing start from now on: the run is being cancelled."""
        self.is_shut = self.is_limited = True  # so that the innermost loop has one thing less to look at
        for lane in self.lanes:
            lane.queue.clear()
