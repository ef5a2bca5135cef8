"""Clauses: what the formula says, one sentence at a time. Constants are left out on the way to the solver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.sat.atmost import at_most_one
from planweave.planners.htn.sat.position import Moment
from planweave.planners.htn.sat.solver import TRUE, Solver

MANY = 1000
"""So many clauses are handed over at a time: then the deadline is asked."""
ROOM = 5 * 2**20
"""Bytes that so many clauses may take."""


class Clauses:
    """Writes clauses for a solver.

    Args:
        solver: which gets them.
        deadline: limits of processor time and memory.

    Attributes:
        variable: gives a new variable.
        deadline: the same; long work between clauses asks it, too.
    """

    def __init__(self, solver: Solver, deadline: Deadline) -> None:
        self.variable = solver.variable
        self.deadline = deadline
        self._solver = solver

    def add(self, clause: list[int]) -> None:
        """Add a clause as it is.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        if self._solver.add(clause) >= MANY:
            self.flush()

    def flush(self) -> None:
        """Hand over what has been added.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        self.deadline.check("writing the formula", more=ROOM)
        self._solver.flush()

    def hold(self, literals: Sequence[int], moment: Moment, some: Iterable[int]) -> None:
        """Where these literals are true, these facts and absences hold."""
        facts, fixed = moment
        for one in some:
            if not fixed >> one & 1:
                fact = facts[one >> 1]
                self.add([-fact if one & 1 else fact, *(-literal for literal in literals)])

    def any_of(self, literals: Sequence[int]) -> None:
        """One of these, which may be constants, is true."""
        if TRUE not in literals:
            self.add([one for one in literals if one != -TRUE])

    def equate(self, one: int, two: int) -> None:
        """Both are true, or both are false."""
        self.any_of((-one, two))
        self.any_of((one, -two))

    def at_most_one(self, literals: Sequence[int]) -> None:
        """At most one of these is true."""
        for clause in at_most_one(literals, self.variable):
            self.add(clause)

    def either(self, causes: Sequence[int], reasons: Sequence[int] = ()) -> int:
        """A literal that is true where one of the causes is, and only where one of these or of the reasons is."""
        if len(causes) == 1 and not reasons:
            return causes[0]
        found = self.variable()
        for one in causes:
            self.add([-one, found])
        self.add([-found, *causes, *reasons])
        return found

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that is true where all of these are, which may be constants."""
        some = [one for one in literals if one != TRUE]
        if not some or -TRUE in some:
            return -TRUE if some else TRUE
        return -self.either([-one for one in some])
