"""The portfolio: planners of different kinds share the time, and the first answer counts.

Planners fail on different domains, so together they solve more than the best of them. The lifted search opens, since it
needs no preparation and solves what is easy at once.

Source: M. Helmert, G. Röger, E. Karpas, "Fast Downward Stone Soup: a baseline for building planner portfolios", ICAPS
2011 workshop on planning and learning.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import PlanningTimeout
from planweave.planners.htn.interleave.planner import interleaved
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import normalise
from planweave.planners.htn.progression.planner import progression
from planweave.planners.htn.sat.planner import sat
from planweave.planners.htn.solution import Solution
from planweave.planners.htn.turns import Turns


@dataclass(frozen=True)
class Member:
    """A planner of the portfolio.

    Attributes:
        name: of the planner.
        planner: which it is.
        first: how often it asks its deadline in its first turn, which is short: it solves what is easy.
        checks: the same of later turns; about a second.
        ordered: whether it is asked about totally ordered problems.
        partial: whether it is asked about others.
        needs: a module that an extra installs; without it this one is not asked.
    """

    name: str
    planner: Callable[..., Solution]
    first: int
    checks: int
    ordered: bool = True
    partial: bool = True
    needs: str | None = None

    def takes(self, *, ordered: bool) -> bool:
        """Whether it is asked about problems that are totally ordered, or are not."""
        if self.needs is not None and importlib.util.find_spec(self.needs) is None:
            return False
        return self.ordered if ordered else self.partial


MEMBERS = (
    Member("lifted", lifted, 30, 100),
    Member("interleaved", interleaved, 100, 400, ordered=False),
    Member("progression", progression, 300, 100),  # it asks often while it grounds
    Member("sat", sat, 600, 600, partial=False, needs="pysat"),
)
"""In the order of their turns."""


def portfolio(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan by several planners in turns.

    Args:
        problem: what to solve.
        deadline: when to give up; the time is shared.
        seed: of what is random; the same seed gives the same plan.

    Raises:
        NoPlan: one of them has proved that there is none.
        PlanningTimeout: the deadline is over; tells the checks of each.
    """
    is_ordered = normalise(problem).is_ordered
    asked = [one for one in MEMBERS if one.takes(ordered=is_ordered)]
    turns = {one: Turns(partial(_work, one, problem, seed), deadline, one.name) for one in asked}
    active = list(asked)
    errors: list[PlanningTimeout] = []
    try:
        while active:
            for one in tuple(active):
                deadline.tell(one.name)
                if turns[one].take(one.checks if turns[one].checks else one.first):
                    try:
                        return turns[one].result()
                    except PlanningTimeout as error:  # of memory, which the others may need less of, or of all time
                        errors.append(error.with_traceback(None))  # which would hold all that it has found
                        active.remove(one)
    finally:
        for some in turns.values():
            some.stop()
    spent = {one.name: turns[one].checks for one in asked}
    raise PlanningTimeout(errors[-1].what, mend=errors[-1].mend, statistics=spent) from errors[-1]


def _work(member: Member, problem: Problem, seed: int, deadline: Deadline) -> Solution:
    return member.planner(problem, deadline=deadline, seed=seed)
