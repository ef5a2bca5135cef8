"""What can be wrong with a domain, a problem or a plan, and what each error carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import DefinitionError, PlanweaveError

if TYPE_CHECKING:
    from planweave.planners.htn.explanation.reason import Reason


class DomainError(DefinitionError):
    """A domain or a problem is written wrongly; names the operator, method or task concerned as ``node``."""


class HddlError(DomainError):
    """A text that is not HDDL: ``where`` is the file and line.

    Attributes:
        column: of the character that was not expected, from 1.
    """

    def __init__(self, what: str, *, column: int, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.column = column


class NoPlan(PlanweaveError):
    """It is proved that no plan exists.

    Attributes:
        reason: what was tried and why it failed, as a tree (``reason.text()``); None where only the proof is known.
    """

    def __init__(self, what: str, *, reason: Reason | None = None, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.reason = reason


class PlanningTimeout(PlanweaveError, TimeoutError):
    """No plan was found within the limits of time or memory, and none is ruled out.

    Attributes:
        statistics: what was spent on it: seconds and nodes by planner.
    """

    def __init__(self, what: str, *, statistics: Mapping[str, Any] | None = None, **rest: Any) -> None:
        super().__init__(what, **rest)
        self.statistics = dict(statistics or {})


class InvalidPlan(PlanweaveError):
    """A plan breaks a rule of the problem.

    Attributes:
        rule: a word for the rule: ``"precondition"``, ``"decomposition"``, ``"ordering"``, ``"goal"``, ...
        step: the id of the step concerned, where there is one.
    """

    def __init__(self, what: str, *, rule: str, step: str | None = None, **rest: Any) -> None:
        super().__init__(what, node=step, **rest)
        self.rule = rule
        self.step = step
