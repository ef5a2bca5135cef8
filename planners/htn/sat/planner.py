"""The SAT planner: a formula that is refined only where it is to blame.

A tree of positions grows from the top task. In the formula a position that is not refined yet may hold a compound task,
of which only is known what it needs and what it may change. Where there is no model in which all tasks are actions, the
solver names positions of which one at least must hold a compound task: these are refined, and those that it names once
these may be open, and so on. A model without open positions is a plan; if there is none whatever is open, there is no
plan. Each plan is reached: of the positions that are named, one at least goes the way of the plan.

Sources: D. Schreiber, D. Pellier, H. Fiorino, T. Balyo, "Tree-REX: SAT-based tree exploration for efficient and
high-quality HTN planning", ICAPS 2019; G. Behnke, D. Höller, S. Biundo, "totSAT - totally-ordered hierarchical planning
through SAT", AAAI 2018; E. Clarke, O. Grumberg, S. Jha, Y. Lu, H. Veith, "Counterexample-guided abstraction
refinement", CAV 2000.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import count

from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.ground.ground import ground
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.prune import pruned
from planweave.planners.htn.linearise import linearised
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import Normal, normalise
from planweave.planners.htn.progression.foresight import Foresight, foresight_of
from planweave.planners.htn.sat.formula import Formula
from planweave.planners.htn.sat.groups import groups_of, rivals_of
from planweave.planners.htn.sat.solver import Solver
from planweave.planners.htn.sat.tables import tables_of
from planweave.planners.htn.sat.trace import solution_of
from planweave.planners.htn.solution import Solution

EFFORT = 10**8
"""Conflicts times clauses at a time: then the deadline is asked."""
CONFLICTS = 1000
"""At most so many at a time."""
PATIENCE = 30_000
"""After so many conflicts that did not tell whether the positions that are open must be, all of them are refined."""
PROPAGATIONS = 10_000
"""So many propagations count as one check of the deadline."""
FURTHER = 20
"""So many conflicts are spent on finding each further set of positions to refine."""
SHARE = 1 / 3
"""How much of the time that is left one linearisation of a partially ordered problem gets."""
LEAST = 0.01
"""With so few seconds of processor time left none is begun."""


def sat(problem: Problem, *, deadline: Deadline, seed: int = 0) -> Solution:
    """Find a plan by grounding the problem and asking a SAT solver; needs the extra ``planweave[sat]``.

    Where methods are partially ordered it searches in linearisations of them, which may miss plans: only of a totally
    ordered problem does it prove by searching that there is none.

    Args:
        problem: what to solve.
        deadline: when to give up.
        seed: of the orders that chance gives partially ordered methods; the same seed gives the same plan.

    Raises:
        NoPlan: it is proved that there is none.
        PlanningTimeout: the deadline is over.
        DefinitionError: the extra is not installed.
    """
    Solver().close()  # before any work, whether it is there
    normal = normalise(problem)
    if not normal.is_ordered:
        return _linearly(normal, deadline, seed)
    found = _searched(normal, deadline)
    if found is None:
        raise NoPlan(
            f"no plan exists for '{problem.name}': no refinement of its tasks fits any state", where=problem.where
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
    grounded = ground(normal, deadline)
    groups = groups_of(grounded, deadline)
    seen = _foreseen(grounded, groups, deadline)
    if seen is None:
        return None
    grounded, foresight = seen
    solver = Solver()
    try:
        tables = tables_of(grounded, foresight, groups, deadline)
        return _Search(Formula(grounded, tables, solver, deadline), solver, deadline).result()
    except PlanningTimeout as error:
        raise PlanningTimeout(error.what, mend=error.mend, statistics=solver.statistics) from None
    finally:
        solver.close()


def _foreseen(
    grounded: Grounded, groups: Sequence[Sequence[Fact]], deadline: Deadline
) -> tuple[Grounded, Foresight] | None:
    """The problem without the methods that lead nowhere, and what is known of the others; None: nothing is left."""
    while True:
        foresight = foresight_of(grounded, deadline)
        rivals = rivals_of(grounded, groups)
        gone = [
            method
            for method, needs in enumerate(foresight.method_needs)
            if needs is None or any(not rivals[fact].isdisjoint(needs) for fact in needs if fact in rivals)
        ]
        if not gone:
            return grounded, foresight
        left = pruned(grounded, deadline, gone)
        if left is None:
            return None
        grounded = left


class _Search:
    """Refines a formula until it has a model that is a plan."""

    def __init__(self, formula: Formula, solver: Solver, deadline: Deadline) -> None:
        self._formula = formula
        self._solver = solver
        self._deadline = deadline

    def result(self) -> Solution | None:
        """A plan; None: there is none."""
        formula = self._formula
        wanted = [formula.root]
        while True:
            formula.refine(wanted)
            if formula.is_impossible:
                return None
            closed = {-one.open: one for one in formula.positions if one.open}
            answer = self._answer(list(closed), PATIENCE if closed else None)
            if answer:
                return solution_of(formula.root, formula.grounded, self._solver.model())
            wanted = list(closed.values())
            if answer is False:
                blamed = self._blamed(list(closed))
                if not blamed:
                    return None
                wanted = [closed[one] for one in blamed]

    def _answer(self, assumptions: Sequence[int], patience: int | None) -> bool | None:
        """Whether there is a model with these assumptions; None: it takes more than so many conflicts to tell."""
        conflicts = max(1, min(CONFLICTS, EFFORT // (self._solver.clauses + 1)))
        tries = count() if patience is None else range(0, patience, conflicts)
        for _ in tries:
            answer = self._solved(assumptions, conflicts)
            if answer is not None:
                return answer
        return None

    def _blamed(self, assumptions: Sequence[int]) -> list[int]:
        """Assumptions that cannot all hold, and such of the rest, as long as they are found soon.

        None: there is no model whatever is assumed.
        """
        solver = self._solver
        blamed: dict[int, None] = {}
        answer: bool | None = False
        while answer is False:
            core = solver.core()
            if not core:
                return []
            blamed |= dict.fromkeys(core)
            answer = self._solved([one for one in assumptions if one not in blamed], FURTHER)
        return list(blamed)

    def _solved(self, assumptions: Sequence[int], conflicts: int) -> bool | None:
        """Whether there is a model; None: so many conflicts do not tell. The deadline is told how much work it was."""
        before = self._solver.propagations
        answer = self._solver.solve(assumptions, conflicts)
        self._deadline.check("solving", work=1 + (self._solver.propagations - before) // PROPAGATIONS)
        return answer
