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
from planweave.planners.htn.linearise import linearised
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP, Normal, normalise
from planweave.planners.htn.solution import Solution

STRETCH = 50_000
"""Decisions of a stretch of the search in the order of the domain; then chance gets as many."""
LONGEST = 8
"""Tasks in the longest agenda of the first search that refuses nothing else."""
SHORT = 2_000
"""Decisions of the shortest searches in a random order."""


def lifted(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan by depth-first search, without grounding.

    Where methods are partially ordered it searches in linearisations of them, which may miss plans: only of a totally
    ordered problem can it prove that there is none.

    Args:
        problem: what to solve.
        deadline: when to give up.
        seed: of the random orders; the same seed gives the same plan.

    Raises:
        NoPlan: the search has looked everywhere.
        PlanningTimeout: the deadline is over.
    """
    normal = strengthened(normalise(problem))
    ordered = normal if normal.is_ordered else strengthened(linearised(normal))
    attempts: list[_Attempt] = [_Steady(ordered, deadline, refusal) for refusal in (Refusal.ALWAYS, Refusal.SAME_STATE)]
    attempts += [_Lucky(normal, deadline, refusal, seed) for refusal in (Refusal.ALWAYS, Refusal.SAME_STATE)]
    while attempts:
        for attempt in tuple(attempts):
            found = attempt.run(STRETCH)
            if found is None:
                continue
            if found.decisions is not None:
                return solution_of(found.decisions, attempt.tasks)
            if found.is_complete and normal.is_ordered:
                raise _no_plan(problem)
            attempts.remove(attempt)  # it has looked everywhere that it would look
    assert normal.is_ordered, "luck does not run out"
    return _deepened(normal, deadline)


def _deepened(normal: Normal, deadline: Deadline) -> Solution:
    """Refuse nothing but agendas longer than a bound, which grows: complete, since each bound leaves finitely many."""
    longest = LONGEST
    while True:
        attempt = _Steady(normal, deadline, Refusal.NEVER, longest)
        while (found := attempt.run(STRETCH)) is None:
            continue
        if found.decisions is not None:
            return solution_of(found.decisions, attempt.tasks)
        if found.is_complete:
            raise _no_plan(normal.problem)
        longest *= 2


def _no_plan(problem: Problem) -> NoPlan:
    return NoPlan(f"no plan exists for '{problem.name}': every way to do its tasks has been tried")


class _Attempt:
    """Searches of one kind, which share the tasks of a problem and a world.

    Attributes:
        tasks: the tasks of the problem that is searched.
    """

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal) -> None:
        self._deadline = deadline
        self._refusal = refusal
        self._take_up(normal)

    def _take_up(self, normal: Normal) -> None:
        self.tasks = Tasks(normal, World(normal.problem))
        self._top = self.tasks.agenda(self.tasks.task(TOP, ()), EMPTY)

    def run(self, most: int) -> Found | None:
        """Try about so many decisions; None: there is more to try."""
        raise NotImplementedError


class _Steady(_Attempt):
    """One search in the order of the domain."""

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal, longest: int | None = None) -> None:
        super().__init__(normal, deadline, refusal)
        self._search = Search(self.tasks, self._top, deadline, refusal=refusal, longest=longest)

    def run(self, most: int) -> Found | None:
        """Go on where it was."""
        return self._search.run(most)


class _Lucky(_Attempt):
    """One search after another in random orders, each cut short by Luby's sequence.

    Partially ordered methods are linearised anew after every few searches; what is exhausted then is one of many
    linearisations, so there is always more to try.
    """

    LINEARISATIONS = 8
    """So many searches in each."""

    def __init__(self, normal: Normal, deadline: Deadline, refusal: Refusal, seed: int) -> None:
        self._normal = normal
        self._chance = random.Random(seed)
        self._count = 0
        super().__init__(normal if normal.is_ordered else linearised(normal), deadline, refusal)

    def run(self, most: int) -> Found | None:
        """Begin anew until so many decisions have been tried."""
        while most > 0:
            self._count += 1
            if not self._normal.is_ordered and self._count % self.LINEARISATIONS == 0:
                self._take_up(strengthened(linearised(self._normal, self._chance)))
            limit = SHORT * luby(self._count)
            search = Search(self.tasks, self._top, self._deadline, refusal=self._refusal, chance=self._chance)
            found = search.run(limit)
            if found is not None and (found.decisions is not None or self._normal.is_ordered):
                return found
            search.leave()
            most -= max(search.decisions, 100)
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
