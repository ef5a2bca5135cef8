"""Hierarchical planning: domains in Python or in HDDL, plans that are found, checked and run.

    from planweave import htn

    d = htn.Domain("report")
    d.operator("gather_data", effects=["data_available"])
    d.operator("analyze_data", preconditions=["data_available"], effects=["analysis_complete"])
    d.task("research_topic")
    d.method("research_method", "research_topic", ["gather_data", "analyze_data"])
    problem = d.problem(tasks=["research_topic"])

    plan = htn.find_plan(d, problem)
    print(plan.text())
    htn.verify(d, problem, plan)

    htn.write(d, "report.hddl")
    domain, problem = htn.read("domain.hddl", "problem.hddl")

Source: D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020.
"""

from planweave.engine.plan import FactPattern as fact  # noqa: N813  # because it is written where facts are, in lower case
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.errors import DomainError, HddlError, InvalidPlan, NoPlan, PlanningTimeout
from planweave.planners.htn.find import find_plan
from planweave.planners.htn.hddl.read import loads, read
from planweave.planners.htn.hddl.write import write
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem
from planweave.planners.htn.verify import verify

__all__ = [
    "CompoundTask",
    "Domain",
    "DomainError",
    "HddlError",
    "InvalidPlan",
    "Method",
    "NoPlan",
    "Operator",
    "PlanningTimeout",
    "Problem",
    "fact",
    "find_plan",
    "loads",
    "read",
    "verify",
    "write",
]
