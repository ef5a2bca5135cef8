"""Asking a planner, whatever its signature, and what it may answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from planweave.engine.errors import UnknownNameError
from planweave.engine.location import Location
from planweave.engine.plan import Plan
from planweave.engine.wording import clip, cut
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.find import PLANNERS
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution

PlannerLike: TypeAlias = "str | Callable[..., Solution | Plan | str]"
"""A planner, or the name of one of planweave's: see ``asker``."""

Asker: TypeAlias = "Callable[[Problem, float, int], Answer]"
"""Asks for a plan of a problem, within so many seconds and with this seed."""


@dataclass(frozen=True)
class Answer:
    """What a planner answered.

    Attributes:
        found: the plan, a solution or a text; None: it found none.
        error: why not: ``NoPlan``, ``PlanningTimeout``, or what should not have happened.
    """

    found: Solution | Plan | str | None = None
    error: Exception | None = None

    @property
    def denies(self) -> bool:
        """Whether it says that there is no plan."""
        return isinstance(self.error, NoPlan)

    @property
    def is_late(self) -> bool:
        """Whether it gave up."""
        return isinstance(self.error, PlanningTimeout)

    @property
    def unexpected(self) -> Exception | None:
        """The error that should not have happened; None: nothing did."""
        return None if self.denies or self.is_late else self.error

    @property
    def fault(self) -> str | None:
        """What is wrong whatever the problem is; None: nothing."""
        if self.unexpected is not None:
            return f"the planner raised {type(self.unexpected).__name__}: {cut(str(self.unexpected))}"
        if self.error is None and not isinstance(self.found, Solution | Plan | str):
            return f"the planner gave neither a plan nor a solution nor a text, but {clip(self.found)}"
        return None

    def __str__(self) -> str:
        if self.error is not None:
            return "no plan exists" if self.denies else "no answer" if self.is_late else repr(self.error)
        return "a plan"


def asker(planner: PlannerLike) -> Asker:
    """How a planner is asked.

    A planner is a callable. It gets the problem (or the domain and the problem, if its first parameter is called
    ``domain``) and as many of the keywords ``deadline``, ``time_limit`` (seconds) and ``seed`` as it has parameters
    for. It gives a ``Plan``, a ``Solution`` or a text in the IPC format, raises ``NoPlan`` where there is none, and
    ``PlanningTimeout`` (or any ``TimeoutError``) where it gives up.

    Args:
        planner: it, or the name of one of planweave's.

    Raises:
        UnknownNameError: there is no planner of that name.
    """
    if isinstance(planner, str):
        if planner not in PLANNERS:
            raise UnknownNameError(
                f"there is no planner {planner!r}", where=Location.of_user(), mend=f"use one of: {', '.join(PLANNERS)}"
            )
        planner = PLANNERS[planner]
    function = planner
    wants_domain, keywords = _wanted(inspect.signature(function).parameters)

    def ask(problem: Problem, time_limit: float, seed: int) -> Answer:
        offered = {"deadline": Deadline.after(time_limit), "time_limit": time_limit, "seed": seed}
        given = {name: value for name, value in offered.items() if name in keywords}
        try:
            return Answer(function(*((problem.domain, problem) if wants_domain else (problem,)), **given))
        except TimeoutError as error:
            return Answer(error=error if isinstance(error, PlanningTimeout) else PlanningTimeout(str(error)))
        except Exception as error:
            return Answer(error=error)

    return ask


def _wanted(parameters: Mapping[str, inspect.Parameter]) -> tuple[bool, frozenset[str]]:
    """Whether the domain is given too, and which keywords are."""
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names: Any = [name for name, one in parameters.items() if one.kind in positional]
    keywords = frozenset(name for name in parameters if parameters[name].kind is not inspect.Parameter.POSITIONAL_ONLY)
    return names[:1] == ["domain"], keywords | ({"deadline", "seed"} if takes_all else frozenset())
