"""Finding plans: the table of planners, and the one function that asks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planweave.engine.errors import UnknownNameError
from planweave.engine.location import Location
from planweave.engine.plan import Plan
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import DomainError, NoPlan
from planweave.planners.htn.explain import explained
from planweave.planners.htn.improve import improved
from planweave.planners.htn.interleave.planner import interleaved
from planweave.planners.htn.lifted.planner import lifted
from planweave.planners.htn.links import plan_of
from planweave.planners.htn.model import Problem
from planweave.planners.htn.portfolio import portfolio
from planweave.planners.htn.progression.planner import progression
from planweave.planners.htn.repair import Repair
from planweave.planners.htn.sat.planner import sat
from planweave.planners.htn.solution import Solution

Planner = Callable[..., Solution]
"""``planner(problem, *, deadline, seed)``: gives a solution, raises NoPlan where it is proved, else PlanningTimeout."""

PLANNERS: dict[str, Planner] = {
    "portfolio": portfolio,
    "lifted": lifted,
    "progression": progression,
    "interleaved": interleaved,
    "sat": sat,
}
"""The planners by name."""

TIME_LIMIT = 60.0
"""Seconds of processor time unless said otherwise."""
MEMORY_LIMIT = 8 * 2**30
"""Bytes unless said otherwise."""


def find_plan(
    domain: Domain,
    problem: Problem,
    *,
    time_limit: float = TIME_LIMIT,
    memory_limit: float = MEMORY_LIMIT,
    seed: int = 0,
    planner: str = "portfolio",
    improve_for: float = 0.0,
    on_progress: Callable[[str], object] | None = None,
) -> Plan:
    """Find a plan for a problem; it has been verified.

    Args:
        domain: of the problem.
        problem: what is to be done, from where.
        time_limit: seconds of processor time.
        memory_limit: bytes that the process may hold.
        seed: of what is random; the same seed gives the same plan.
        planner: a name of ``PLANNERS``.
        improve_for: seconds of processor time for making the plan better, once there is one: cheaper where the problem
            has a metric, then shorter. They are part of ``time_limit``; how far it gets in them depends on the machine.
        on_progress: called with who is at work from then on: the name of a planner, which has found the plan if it is
            the last that is named, or ``explanation``, ``improvement``, ``verification``.

    Raises:
        NoPlan: it is proved that there is none; ``reason`` says why, as a tree.
        PlanningTimeout: none was found within the limits.
        DomainError: the problem is stated in another domain.
        UnknownNameError: there is no such planner.

    >>> domain = Domain("report")
    >>> domain.operator("gather_data", effects=["data_available"])
    >>> domain.operator("write_report", preconditions=["data_available"], effects=["report_complete"])
    >>> domain.task("create_report")
    >>> domain.method("report_method", "create_report", ["gather_data", "write_report"])
    >>> plan = find_plan(domain, domain.problem(tasks=["create_report"], state=[]))
    >>> [step.name for step in plan.steps]
    ['gather_data', 'write_report']
    """
    deadline = replace(Deadline.after(time_limit, memory=memory_limit), watch=on_progress)
    if problem.domain is not domain and problem.domain != domain:
        raise DomainError(
            f"the problem '{problem.name}' is stated in the domain '{problem.domain.name}', another than the one given",
            where=Location.of_user(),
            mend="give the domain of the problem",
        )
    if planner not in PLANNERS:
        raise UnknownNameError(
            f"there is no planner {planner!r}",
            where=Location.of_user(),
            mend=f"use one of: {', '.join(PLANNERS)}",
        )
    if planner != "portfolio":  # which tells of each of its own
        deadline.tell(planner)
    try:
        solution = PLANNERS[planner](problem, deadline=deadline, seed=seed)
    except NoPlan as error:
        deadline.tell("explanation")
        raise explained(error, problem, deadline) from None
    if improve_for > 0:
        deadline.tell("improvement")
        solution = improved(problem, solution, deadline=deadline.within(improve_for), seed=seed)
    deadline.tell("verification")
    plan = plan_of(problem, solution, deadline=deadline)
    return replace(plan, recovery=Repair(problem, PLANNERS[planner], seed, memory_limit))
