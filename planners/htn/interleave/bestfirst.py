"""Best-first search: what has least left to do is looked at first.

Only finitely many networks are of a size, so everything is looked at in the end: the search is complete, whatever needs
to be interleaved.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.interleave.measures import Spot
from planweave.planners.htn.interleave.moves import Moves, Situation
from planweave.planners.htn.interleave.search import Guide, Search


class BestFirst(Search):
    """Looks at situations in the order of what is left to do; of equal ones at the newest first.

    A situation is not expanded at once but one first task at a time, since most of the many orders in which tasks can
    be begun make no difference.
    """

    def __init__(self, moves: Moves, guide: Guide, deadline: Deadline) -> None:
        super().__init__(moves, guide, deadline)
        self._seen: set[Situation] = set()
        self._heap: list[tuple[int, int, int]] = []  # estimate, age, situation
        self._spots: dict[int, Iterator[Spot]] = {}  # the first tasks of a situation that are left
        self._age = 0
        self._push(self._start())

    def run(self, most: int) -> bool | None:
        """Begin so many tasks at most: whether a plan is found; None: there is more to do."""
        until = self.expanded + most
        if self.situations and self._is_end(len(self.situations) - 1):
            return True
        while self._heap:
            if self.expanded >= until:
                return None
            estimate, _, number = heappop(self._heap)
            if number not in self._spots:
                self._spots[number] = self._guide.measures.first(self.situations[number].network)
            spot = next(self._spots[number], None)
            if spot is None:
                del self._spots[number]
                continue
            self._age -= 1
            heappush(self._heap, (estimate, self._age, number))
            children = self._children(number, spot)
            if children and self._is_end(children[-1][0]):
                return True
            for child, _ in reversed(children):
                self._push(child)
        return False

    def _push(self, number: int | None) -> None:
        if number is not None:
            self._age -= 1
            heappush(self._heap, (self._guide.estimate(self.situations[number]), self._age, number))

    def _is_new(self, situation: Situation) -> bool:
        if situation in self._seen:
            return False
        self._seen.add(situation)
        return True
