"""An exercise: a problem, with what is known of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planweave.engine.plan import Plan
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.hddl.write import write
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution


@dataclass(frozen=True)
class Exercise:
    """A problem, with what is known of its answer. It prints as HDDL.

    Attributes:
        problem: what a planner is asked.
        witness: a solution of it; None: none is known.
        obstacle: why it has none; None: it has one, or nobody knows.
    """

    problem: Problem
    witness: Solution | None = None
    obstacle: str | None = None

    @property
    def domain(self) -> Domain:
        """The domain of the problem."""
        return self.problem.domain

    @property
    def is_solvable(self) -> bool | None:
        """Whether it has a solution; None: nobody knows."""
        if self.witness is not None:
            return True
        return None if self.obstacle is None else False

    @cached_property
    def plan(self) -> Plan | None:
        """The plan that the witness is, with its causal links; None: no solution is known."""
        return None if self.witness is None else plan_of(self.problem, self.witness)

    def __repr__(self) -> str:
        texts = [write(self.domain), write(self.problem)]
        if self.plan is not None:
            texts.append(f"solved by\n{self.plan.text()}\n")
        elif self.obstacle is not None:
            texts.append(f"not solvable: {self.obstacle}\n")
        return "\n".join(texts)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What hypothesis and IPython print: they would print the fields of a dataclass."""
        for line in repr(self).splitlines():
            printer.text(line)
            printer.break_()
