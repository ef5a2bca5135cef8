"""How long a plan takes, with as many workers as there are: list scheduling, and how much shorter it could be at best.

Whoever is free takes, of the steps that may begin, the one with the longest remaining path (T. C. Hu, "Parallel
sequencing and assembly line problems", Operations Research 9, 1961). With k workers that takes at most 2 - 1/k times as
long as the best schedule (R. L. Graham, "Bounds on multiprocessing timing anomalies", SIAM J. Applied Mathematics 17,
1969); finding that one is NP-hard. With a worker for every step it is the best.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planweave.engine.errors import DefinitionError
from planweave.engine.location import Location
from planweave.engine.planorder import Durations, Order
from planweave.engine.wording import clip

if TYPE_CHECKING:
    from planweave.engine.plan import Plan


@dataclass(frozen=True)
class Schedule:
    """When each step of a plan begins.

    Attributes:
        workers: how many steps may be under way at once; None: as many as can.
        makespan: when the last step ends.
        bound: no schedule for as many workers is shorter than this; where it is the makespan, this is a shortest one.
        starts: when each step begins, by its id; the plan begins at 0.
        busiest: the most steps that are under way at once.
    """

    workers: int | None
    makespan: float
    bound: float
    starts: Mapping[str, float] = field(repr=False)
    busiest: int

    @property
    def is_shortest(self) -> bool:
        """Whether it is proved that no schedule for as many workers is shorter."""
        return math.isclose(self.makespan, self.bound, rel_tol=1e-9)


def schedule(plan: Plan, workers: int | None, given: Durations) -> Schedule:
    """A schedule by longest remaining path; see ``Plan.schedule``."""
    if workers is not None and (type(workers) is not int or workers < 1):
        raise DefinitionError(
            f"a plan cannot be done by {clip(workers)} workers",
            where=Location.of_user(),
            mend="use a whole number from 1, or None for as many as can work",
        )
    order = Order(plan)
    durations = order.durations(given)
    remaining = order.remaining(durations)
    count = len(durations) if workers is None else workers
    starts, busiest = _starts(order, durations, remaining, count)
    makespan = max((start + length for start, length in zip(starts, durations, strict=True)), default=0.0)
    named = {step.id: start for step, start in zip(plan.steps, starts, strict=True)}
    return Schedule(workers, makespan, _bound(order, durations, remaining, count), named, busiest)


def _starts(
    order: Order, durations: Sequence[float], remaining: Sequence[float], workers: int
) -> tuple[list[float], int]:
    missing = [len(some) for some in order.before]
    starts = [0.0] * len(durations)
    ready = [(-remaining[i], i) for i, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    now, busiest = 0.0, 0
    while ready or running:
        while ready and len(running) < workers:
            _, i = heapq.heappop(ready)
            starts[i] = now
            heapq.heappush(running, (now + durations[i], i))
        busiest = max(busiest, len(running))
        now, _ = running[0]
        while running and running[0][0] <= now:
            _, i = heapq.heappop(running)
            for j in order.after[i]:
                missing[j] -= 1
                if not missing[j]:
                    heapq.heappush(ready, (-remaining[j], j))
    return starts, busiest


def _bound(order: Order, durations: Sequence[float], remaining: Sequence[float], workers: int) -> float:
    """What any schedule takes: the longest path, and for each moment the work that must be done before or after it."""
    if not durations:
        return 0.0
    heads = [0.0] * len(durations)
    for i in order.order:
        heads[i] = max((heads[j] + durations[j] for j in order.before[i]), default=0.0)
    tails = [rest - own for rest, own in zip(remaining, durations, strict=True)]
    found = max(remaining)
    for outside in (heads, tails):  # before a step can begin, and after it has ended
        work = 0.0
        for i in sorted(range(len(durations)), key=lambda i: -outside[i]):
            work += durations[i]
            found = max(found, outside[i] + work / workers)
    return math.ceil(found - 1e-9) if all(one.is_integer() for one in durations) else found
