"""The SAT solver: clauses go in, an answer comes out; what it may spend at a time is counted in conflicts.

CaDiCaL by A. Biere et al., by way of PySAT (A. Ignatiev, A. Morgado, J. Marques-Silva, "PySAT: a Python toolkit for
prototyping with SAT oracles", SAT 2018), an extra of this package.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from planweave.engine.errors import DefinitionError

TRUE = 1
"""A variable that is true: constants in clauses are this or its opposite."""


class Solver:
    """A solver with clauses that are added in bulk."""

    def __init__(self) -> None:
        self._solver = _engine()
        self._waiting: list[list[int]] = [[TRUE]]
        self.variables = TRUE
        self.clauses = 0

    def variable(self) -> int:
        """A new variable."""
        self.variables += 1
        return self.variables

    def add(self, clause: list[int]) -> int:
        """Add a clause without constants; gives how many wait to be handed over."""
        self._waiting.append(clause)
        return len(self._waiting)

    def flush(self) -> None:
        """Hand over what has been added."""
        self.clauses += len(self._waiting)
        self._solver.append_formula(self._waiting, no_return=True)
        self._waiting = []

    def solve(self, assumptions: Sequence[int], conflicts: int) -> bool | None:
        """Whether all clauses can be true where the assumptions are; None: so many conflicts do not tell."""
        self.flush()
        self._solver.conf_budget(conflicts)
        return self._solver.solve_limited(assumptions=list(assumptions))  # type: ignore[no-any-return]

    @property
    def propagations(self) -> int:
        """How many literals have followed from others so far: what takes the time."""
        return self._solver.accum_stats()["propagations"]  # type: ignore[no-any-return]

    @property
    def statistics(self) -> dict[str, int]:
        """What it has had to do so far."""
        return {"variables": self.variables, "clauses": self.clauses, **self._solver.accum_stats()}

    def core(self) -> list[int]:
        """Some of the assumptions that cannot hold together, after the answer was no."""
        return self._solver.get_core() or []

    def model(self) -> list[int]:
        """The variables, from 1, each with its sign, after the answer was yes."""
        return self._solver.get_model() or []

    def close(self) -> None:
        """Give its memory back."""
        self._solver.delete()


def _engine() -> Any:
    try:
        solvers = importlib.import_module("pysat.solvers")
    except ImportError as error:
        raise DefinitionError(
            "the planner 'sat' needs the package python-sat, which is not installed",
            mend="pip install planweave[sat], or choose another planner",
        ) from error
    return solvers.Cadical195()
