"""Laws of the lanes as a pure object: limits, order and rates, against a model that looks at everything each time."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from planweave.engine.lanes import Lanes, Room, rank
from planweave.engine.policy import Rate

SIZES = {"thread": 2, "pool p": 1, "pool q": 3}
FAST, SLOW = ("fast", Rate(2, per=1.0)), ("slow", Rate(1, per=2.5))
ROOMS = (
    Room(),
    Room(("thread",)),
    Room(("pool p",)),
    Room(("thread", "pool q")),
    Room(("pool q",), FAST),
    Room((), FAST),  # shares its rate with the one before
    Room(("thread",), SLOW),
)


@dataclass
class Model:
    """What is ready and what runs, in plain lists."""

    ready: list[tuple[int, Room]] = field(default_factory=list)
    running: list[tuple[int, Room]] = field(default_factory=list)
    starts: dict[object, list[float]] = field(default_factory=dict)

    def fits(self, room: Room) -> bool:
        return all(sum(slot in one.slots for _, one in self.running) < SIZES[slot] for slot in room.slots)

    def opens_at(self, room: Room) -> float:
        if room.rate is None:
            return 0.0
        key, rate = room.rate
        starts = self.starts.get(key, [])
        return starts[-rate.starts] + rate.per if len(starts) >= rate.starts else 0.0

    def best(self, now: float) -> tuple[int, Room] | None:
        return min((one for one in self.ready if self.fits(one[1]) and self.opens_at(one[1]) <= now), default=None,
                   key=lambda one: one[0])  # fmt: skip


class LanesMachine(RuleBasedStateMachine):
    """Nodes become ready, start, end, and time passes."""

    @initialize()
    def begin(self) -> None:
        self.lanes = Lanes(SIZES)
        self.model = Model()
        self.now = 0.0
        self.count = 0
        self.shut = False

    @rule(room=st.sampled_from(ROOMS), height=st.integers(0, 3), priority=st.integers(-2, 2))
    def becomes_ready(self, room: Room, height: int, priority: int) -> None:
        ranked = rank(self.count, height, priority)
        self.count += 1
        self.lanes.push(self.lanes.lane(room), ranked)
        self.model.ready.append((ranked, room))

    @rule(passed=st.sampled_from([0.0, 0.5, 1.0, 2.5]))
    def time_passes(self, passed: float) -> None:
        self.now += passed

    @rule(kept=st.booleans())
    def starts(self, kept: bool) -> None:
        """The best node that fits starts, and no other; one that is taken back leaves no trace."""
        best = None if self.shut else self.model.best(self.now)
        found = self.lanes.pop(self.now)
        if best is None:
            assert found is None
            return
        ranked, room = best
        assert found == ranked & 0xFFFFFFFF
        self.model.ready.remove(best)
        if not kept:
            self.lanes.take_back(self.lanes.lane(room))
            return
        self.model.running.append(best)
        if room.rate is not None:
            self.model.starts.setdefault(room.rate[0], []).append(self.now)

    @precondition(lambda self: self.model.running)
    @rule(data=st.data())
    def ends(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.model.running))
        self.model.running.remove(one)
        self.lanes.release(self.lanes.lane(one[1]))

    @precondition(lambda self: self.count > 8)
    @rule()
    def is_cancelled(self) -> None:
        self.lanes.shut()
        self.shut = True
        self.model.ready.clear()

    @invariant()
    def limits_are_never_exceeded(self) -> None:
        for name, limit in self.lanes.limits.items():
            assert limit.used == sum(name in room.slots for _, room in self.model.running)
            assert 0 <= limit.used <= limit.size

    @invariant()
    def it_knows_when_a_rate_opens(self) -> None:
        """``opens_at`` is the first instant from which on a ready node fits that only its rate keeps waiting now."""
        times = [
            time
            for _, room in self.model.ready
            if self.model.fits(room) and (time := self.model.opens_at(room)) > self.now
        ]
        assert self.lanes.opens_at(self.now) == (None if self.shut else min(times, default=None))

    @invariant()
    def it_knows_whether_anything_is_ready(self) -> None:
        assert self.lanes.waiting() == (bool(self.model.ready) and not self.shut)


TestLanes = LanesMachine.TestCase


def test_ranks_order_by_priority_then_longest_path_then_position() -> None:
    """A rank sorts like the tuple that it stands for."""
    some = [
        (position, height, priority) for position in (0, 7, 2**31) for height in (0, 1, 9) for priority in (-1, 0, 3)
    ]
    by_rank = sorted(some, key=lambda one: rank(*one))
    assert by_rank == sorted(some, key=lambda one: (-one[2], -one[1], one[0]))
