"""The lifted planner: depth-first search in the order of the domain, and again and again in random orders.

Where the order of the domain leads astray, an order drawn by chance may not; so searches that are cut short alternate
with ever longer ones (M. Luby, A. Sinclair, D. Zuckerman, "Optimal speedup of Las Vegas algorithms", 1993).
"""

from __future__ import annotations

import random

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.search import Found, Refusal, Search
from planweave.planners.htn.lifted.tasks import EMPTY, Tasks
from planweave.planners.htn.lifted.trace import solution_of
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP, Normal, normalise
from planweave.planners.htn.solution import Solution

STRETCH = 50_000
"""Decisions of a stretch of the search in the order of the domain; then chance gets as many."""
SHORT = 2_000
"""Decisions of the shortest searches in a random order."""


def lifted(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan of a totally ordered problem by depth-first search, without grounding.

    Args:
        problem: whose methods are all totally ordered.
        deadline: when to give up.
        seed: of the random orders; the same seed gives the same plan.

    Raises:
        NoPlan: the search has looked everywhere.
        PlanningTimeout: the deadline is over.
    """
    normal = strengthened(normalise(problem))
    assert normal.is_ordered, "the caller looks"
    attempts: list[_Attempt] = [_Steady(normal, deadline, refusal) for refusal in (Refusal.ALWAYS, Refusal.SAME_STATE)]
    attempts += [_Lucky(normal, deadline, refusal, seed) for refusal in (Refusal.ALWAYS, Refusal.SAME_STATE)]
    while attempts:
        for attempt in tuple(attempts):
            found = attempt.run(STRETCH)
            if found is None:
                continue
            if found.decisions is not None or found.is_complete:
                return attempt.outcome(found)
            attempts.remove(attempt)  # it has looked everywhere that it would look
    last = _Steady(normal, deadline, Refusal.NEVER)
    while (found := last.run(STRETCH)) is None:
        continue
    return last.outcome(found)


class _Attempt:
    """Searches of one kind, which share the tasks of a problem and a world."""

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal) -> None:
        self._tasks = Tasks(normal, World(normal.problem))
        self._top = self._tasks.agenda(self._tasks.task(TOP, ()), EMPTY)
        self._deadline = deadline
        self._refusal = refusal

    def run(self, most: int) -> Found | None:
        """Try about so many decisions; None: there is more to try."""
        raise NotImplementedError

    def outcome(self, found: Found) -> Solution:
        """The solution that was found; raises NoPlan when everything has been tried."""
        if found.decisions is None:
            name = self._tasks.world.problem.name
            raise NoPlan(f"no plan exists for '{name}': every way to do its tasks has been tried")
        return solution_of(found.decisions, self._tasks)


class _Steady(_Attempt):
    """One search in the order of the domain."""

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal) -> None:
        super().__init__(normal, deadline, refusal)
        self._search = Search(self._tasks, self._top, deadline, refusal=refusal)

    def run(self, most: int) -> Found | None:
        """Go on where it was."""
        return self._search.run(most)


class _Lucky(_Attempt):
    """One search after another in random orders, each cut short by Luby's sequence."""

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal, seed: int) -> None:
        super().__init__(normal, deadline, refusal)
        self._chance = random.Random(seed)
        self._count = 0

    def run(self, most: int) -> Found | None:
        """Begin anew until so many decisions have been tried."""
        while most > 0:
            self._count += 1
            limit = SHORT * luby(self._count)
            search = Search(self._tasks, self._top, self._deadline, refusal=self._refusal, chance=self._chance)
            found = search.run(limit)
            if found is not None:
                return found
            search.leave()
            most -= limit
        return None


def luby(i: int) -> int:
    """The i-th number of Luby's sequence, from 1.

    >>> [luby(i) for i in range(1, 16)]
    [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]
    """
    while True:
        power = i.bit_length()
        if i + 1 == 1 << power:
            return 1 << (power - 1)
        i -= (1 << (power - 1)) - 1
