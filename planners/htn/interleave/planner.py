"""The interleaving planner: depth-first searches with few interruptions, and a best-first search that admits them all.

They take turns. What can be done one task after the other is found by the first kind, however many tasks there are; it
is begun again and again in random orders, and where it is given more time, with more interruptions. What needs tasks to
be interleaved closely is found by the second kind, which is complete.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.interleave.bestfirst import BestFirst
from planweave.planners.htn.interleave.depthfirst import DepthFirst
from planweave.planners.htn.interleave.masks import Masks
from planweave.planners.htn.interleave.measures import Measures
from planweave.planners.htn.interleave.moves import Moves
from planweave.planners.htn.interleave.mutex import mutexes
from planweave.planners.htn.interleave.outlook import Outlook
from planweave.planners.htn.interleave.profile import Profiles
from planweave.planners.htn.interleave.search import Guide, Search
from planweave.planners.htn.interleave.trace import solution_of
from planweave.planners.htn.lifted.planner import luby
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import normalise
from planweave.planners.htn.solution import Solution

SHORT = 2_000
"""Tasks that the shortest searches begin."""
GROWTH = 100
"""By how much a network may outgrow the first one in the shortest depth-first searches."""


def interleaved(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan by grounding the problem and searching through states and partially ordered networks of tasks.

    It is complete: a plan that needs the steps of several tasks to be interleaved is found, given time, and where there
    are finitely many situations it is proved that there is none.

    Args:
        problem: what to solve.
        deadline: when to give up.
        seed: of the random orders; the same seed gives the same plan.

    Raises:
        NoPlan: the search has looked everywhere, or there is no plan even if nothing were ever deleted.
        PlanningTimeout: the deadline is over; tells how many tasks each kind of search has begun.
    """
    team = _Team(Masks(ground(normalise(problem), deadline), deadline), deadline, seed)
    try:
        solution = team.run()
    except PlanningTimeout as error:
        raise PlanningTimeout(error.what, mend=error.mend, statistics=team.statistics) from None
    if solution is None:
        raise NoPlan(
            f"no plan exists for '{problem.name}': every way to do its tasks has been tried", where=problem.where
        )
    return solution


class _Team:
    """The searches of a problem, which take turns."""

    def __init__(self, masks: Masks, deadline: Deadline, seed: int) -> None:
        self._masks = masks
        self._deadline = deadline
        self._chance = random.Random(seed)
        self.statistics = {"depth first": 0, "best first": 0}
        exclusive = mutexes(masks, deadline)
        profiles = Profiles(masks, exclusive, deadline)
        measures = Measures(masks, profiles)
        self._guide = Guide(masks, measures, Outlook(masks))
        self._moves = Moves(masks, profiles, measures, exclusive)
        self._moves_in_depth = Moves(masks, profiles, measures, exclusive, keeps_current=True)

    def run(self) -> Solution | None:
        """A solution; None: there is none."""
        best = BestFirst(self._moves, self._guide, self._deadline)
        for length, deep in self._deep():
            for search, name in ((deep, "depth first"), (best, "best first")):
                before = search.expanded
                try:
                    found = search.run(length)
                finally:
                    self.statistics[name] += search.expanded - before
                if found:
                    return solution_of(search.path(), self._masks, keeps_current=search is deep)
                if found is False and not search.has_refused:
                    return None
        raise AssertionError("there is always one more search")

    def _deep(self) -> Iterator[tuple[int, Search]]:
        """Depth-first searches, and how many tasks each may begin."""
        count = 0
        first = self._guide.measures.size(self._masks.networks.leaf(self._masks.grounded.top))
        while True:
            count += 1
            more = luby(count)
            yield (
                SHORT * more,
                DepthFirst(
                    self._moves_in_depth,
                    self._guide,
                    self._deadline,
                    interruptions=more - 1,
                    largest=2 * first + GROWTH * more,
                    chance=self._chance if count > 1 else None,
                ),
            )
