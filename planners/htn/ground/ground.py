"""Grounding a problem."""

from __future__ import annotations

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan
from planweave.planners.htn.ground.assemble import assembled
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.instances import instances_of
from planweave.planners.htn.ground.narrow import narrowed
from planweave.planners.htn.ground.program import program_of
from planweave.planners.htn.ground.prune import pruned
from planweave.planners.htn.ground.split import split
from planweave.planners.htn.normal import Normal


def ground(normal: Normal, deadline: Deadline) -> Grounded:
    """The facts, actions, tasks and methods that a plan could contain, as integers.

    Args:
        normal: the problem in normal form.
        deadline: limits of processor time and memory.

    Raises:
        NoPlan: the top task cannot be done, even if nothing were ever deleted.
        PlanningTimeout: a limit is reached.
    """
    program = narrowed(program_of(split(normal)))
    instances = instances_of(program, deadline)
    found = pruned(assembled(program, instances, deadline), deadline)
    if found is None:
        raise NoPlan(
            "there is no plan: even if nothing that is true ever became false, the tasks could not be done",
            where=normal.problem.where,
        )
    return found
