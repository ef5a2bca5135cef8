"""The progression planner: greedy best-first search through the states and agendas of the ground problem."""

from __future__ import annotations

import random
from collections.abc import Iterator

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.prune import pruned
from planweave.planners.htn.linearise import linearised
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import Normal, normalise
from planweave.planners.htn.progression.explorer import Explorer
from planweave.planners.htn.progression.foresight import Foresight, foresight_of
from planweave.planners.htn.progression.tables import tables_of
from planweave.planners.htn.progression.trace import solution_of
from planweave.planners.htn.solution import Solution

SHARE = 1 / 3
"""How much of the time that is left one linearisation of a partially ordered problem gets."""
LEAST = 0.01
"""With so few seconds of processor time left none is begun."""


def progression(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan by grounding the problem and searching forward, greedily.

    Where methods are partially ordered it searches in linearisations of them, which may miss plans: only of a totally
    ordered problem does it prove by searching that there is none.

    Args:
        problem: what to solve.
        deadline: when to give up.
        seed: of the orders that chance gives partially ordered methods; the same seed gives the same plan.

    Raises:
        NoPlan: it is proved that there is none.
        PlanningTimeout: the deadline is over.
    """
    normal = normalise(problem)
    if not normal.is_ordered:
        return _linearly(normal, deadline, seed)
    found = _searched(normal, deadline)
    if found is None:
        raise NoPlan(
            f"no plan exists for '{problem.name}': every way to do its tasks has been tried", where=problem.where
        )
    return found


def _linearly(normal: Normal, deadline: Deadline, seed: int) -> Solution:
    """A plan of one linearisation after another; that one of them has none says nothing of the others."""
    ground(normal, deadline)  # raises NoPlan where no order would do
    for ordered in _linearisations(normal, seed):
        turn = deadline.within(deadline.left * SHARE)
        try:
            found = _searched(ordered, turn)
        except NoPlan:
            continue
        except PlanningTimeout:
            if turn.left > 0 or not deadline.left > LEAST:  # memory is over, or all of the time
                raise
            continue
        if found is not None:
            return found
    raise AssertionError("there is always one more linearisation")


def _linearisations(normal: Normal, seed: int) -> Iterator[Normal]:
    yield linearised(normal)
    chance = random.Random(seed)
    while True:
        yield linearised(normal, chance)


def _searched(normal: Normal, deadline: Deadline) -> Solution | None:
    """A plan of a totally ordered problem; None: it has none."""
    seen = _foreseen(ground(normal, deadline), deadline)
    if seen is None:
        return None
    grounded, foresight = seen
    tables = tables_of(grounded, foresight, deadline)
    explorer = Explorer(grounded, tables, deadline)
    try:
        is_found = explorer.run()
    except PlanningTimeout as error:
        raise PlanningTimeout(error.what, mend=error.mend, statistics=explorer.statistics) from None
    return solution_of(explorer.choices(), grounded, tables) if is_found else None


def _foreseen(grounded: Grounded, deadline: Deadline) -> tuple[Grounded, Foresight] | None:
    """The problem without the methods that lead nowhere, and what is known of the others; None: nothing is left."""
    while True:
        foresight = foresight_of(grounded, deadline)
        gone = [method for method, needs in enumerate(foresight.method_needs) if needs is None]
        if not gone:
            return grounded, foresight
        left = pruned(grounded, deadline, gone)
        if left is None:
            return None
        grounded = left
