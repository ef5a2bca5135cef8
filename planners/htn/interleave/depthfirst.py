"""Depth-first search with few interruptions: what is begun is brought to its end, unless that does not lead on.

Whoever searches the orders of many tasks depth first is lost: after a wrong choice in one of them, all others are tried
in all orders before it is taken back. So only so many interruptions are admitted: leaving a part of the network that
has been begun for another one beside it. With none, tasks are done one after the other; moves without a choice are
free. (After limited discrepancy search: W. Harvey, M. Ginsberg, IJCAI 1995.)
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.interleave.measures import Spot
from planweave.planners.htn.interleave.moves import Moves, Situation
from planweave.planners.htn.interleave.search import Guide, Search

SURPRISE = 0.25
"""How often chance tries the ways to do a task in any order, instead of the best one first."""


class DepthFirst(Search):
    """Follows the best way as far as it goes.

    Args:
        moves: of the problem; those that keep what is CURRENT.
        guide: of the problem.
        deadline: limits of processor time and memory.
        interruptions: how many there may be.
        largest: the size of the largest network that is admitted.
        chance: tries tasks and ways to do them in other orders.
    """

    def __init__(
        self,
        moves: Moves,
        guide: Guide,
        deadline: Deadline,
        *,
        interruptions: int,
        largest: int,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(moves, guide, deadline)
        self._most = interruptions
        self._largest = largest
        self._chance = chance
        self._seen: dict[Situation, int] = {}  # and with how many interruptions
        self._used: list[int] = []
        self._now = 0
        self._stack: list[tuple[int, Iterator[Spot]]] = []
        self._push(self._start())

    def run(self, most: int) -> bool | None:
        """Begin so many tasks at most: whether a plan is found; None: there is more to do."""
        until = self.expanded + most
        if self.situations and self._is_end(len(self.situations) - 1):
            return True
        while self._stack:
            if self.expanded >= until:
                return None
            number, spots = self._stack[-1]
            spot = next(spots, None)
            if spot is None:
                self._stack.pop()
                continue
            self._now = self._used[number] + spot.interruptions
            if self._now > self._most:
                self.has_refused = True
                continue
            children = self._children(number, spot)
            if children and self._is_end(children[-1][0]):
                return True
            for child, _ in self._ordered(number, children):
                self._push(child)
        return False

    def _ordered(self, number: int, children: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The best one last."""
        if self._chance is not None and self._chance.random() < SURPRISE:
            return self._chance.sample(children, len(children))
        state = self.situations[number].state
        return sorted(children, key=lambda one: (-self._guide.promise(one[1], state), -one[0]))

    def _push(self, number: int | None) -> None:
        if number is None:
            return
        spots = self._guide.measures.first(self.situations[number].network)
        if self._chance is not None:
            some = list(spots)
            self._chance.shuffle(some)
            spots = iter(sorted(some, key=lambda spot: spot.interruptions))
        self._stack.append((number, spots))

    def _is_new(self, situation: Situation) -> bool:
        if self._seen.get(situation, self._now + 1) <= self._now:
            return False
        self._seen[situation] = self._now
        self._used.append(self._now)
        return True

    def _admits(self, situation: Situation) -> bool:
        if self._guide.measures.size(situation.network) <= self._largest:
            return True
        self.has_refused = True
        return False
