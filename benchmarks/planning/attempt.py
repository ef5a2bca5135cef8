"""An attempt: one planner at one instance, in a process of its own. Prints what came of it as JSON.

python -m benchmarks.planning.attempt DOMAIN PROBLEM PLANNER SECONDS
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from typing import Any

from benchmarks.child import peak_memory, time_with_children

MEMORY = 8 * 2**30
"""Bytes that an attempt may take."""


def attempt(domain_file: str, problem_file: str, planner: str, limit: float) -> dict[str, Any]:
    """Read an instance, plan, verify, relax; everything but the last counts."""
    from planweave import htn

    with contextlib.suppress(ValueError, OSError):  # a system that does not limit it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found: dict[str, Any] = {"outcome": "unsolved"}
    at_work: list[str] = []
    try:
        domain, problem = htn.read(domain_file, problem_file)
        left = limit - time_with_children()
        plan = htn.find_plan(domain, problem, planner=planner, time_limit=left, on_progress=at_work.append)
        htn.verify(domain, problem, plan)  # again, from the plan as it is handed over
    except htn.PlanningTimeout:
        pass
    except htn.NoPlan:
        found["outcome"] = "refuted"
    except MemoryError:
        found["outcome"] = "memory"
    except htn.InvalidPlan as error:
        found |= {"outcome": "invalid", "what": str(error)}
    else:
        seconds = time_with_children()
        found = {"outcome": "solved" if seconds <= limit else "unsolved", "steps": len(plan.steps)}
        found["by"] = at_work[-2]  # the last is the verification
        found |= relaxed(domain, problem, plan) | {"seconds": seconds}
    return {"seconds": time_with_children(), "memory": peak_memory()} | found


def relaxed(domain: Any, problem: Any, plan: Any) -> dict[str, int]:
    """The critical path and the widest level of a plan that keeps only the orderings that it needs."""
    from planweave import htn

    free = plan.relaxed()
    htn.verify(domain, problem, free)
    before: dict[str, set[str]] = {step.id: set() for step in free.steps}
    for first, second in [*free.orderings, *((one.producer, one.consumer) for one in free.links)]:
        if first is not None:
            before[second].add(first)
    level: dict[str, int] = {}
    for step in free.steps:  # in an order that fits
        level[step.id] = 1 + max((level[one] for one in before[step.id]), default=0)
    levels = list(level.values())
    return {"path": max(levels, default=0), "width": max(map(levels.count, set(levels)), default=0)}


if __name__ == "__main__":
    print(json.dumps(attempt(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))))
