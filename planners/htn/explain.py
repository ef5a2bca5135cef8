"""Why a problem has no plan: a tree of tasks, methods and what is missing, and the culprit in it.

First it is asked whether the tasks could be done if nothing that is true ever became false. Where not even that is so,
what is out of reach is out of reach for good, and the tree says why, down to what nothing can change. Else the tree
says how far the tasks can be done, and what is missing there. What is said of a state was looked up in it.
"""

from __future__ import annotations

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.explanation.forward import Forward
from planweave.planners.htn.explanation.impossible import Impossible
from planweave.planners.htn.explanation.mending import Mending
from planweave.planners.htn.explanation.obstacles import Obstacles
from planweave.planners.htn.explanation.prospects import Prospects
from planweave.planners.htn.explanation.reason import Reason, Why
from planweave.planners.htn.explanation.relaxed import Relaxed
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import normalise

SECONDS = 5.0
"""Processor time for an explanation, as a last resort: what bounds it is how much it looks at."""


def explained(error: NoPlan, problem: Problem, deadline: Deadline) -> NoPlan:
    """The error that no plan exists, with the reason, and the culprit in its message.

    Args:
        error: what a planner raised, which has proved it.
        problem: that it is about.
        deadline: of the search; a second more than it leaves is taken where need be.
    """
    if error.reason is not None:
        return error
    try:
        reason = explain(problem, Deadline.after(min(SECONDS, max(1.0, deadline.left)), memory=deadline.memory))
    except PlanningTimeout:
        return error
    what = f"no plan exists for '{problem.name}': {reason.line}"
    return NoPlan(what, reason=reason, where=error.where, node=error.node, mend=error.mend)


def explain(problem: Problem, deadline: Deadline) -> Reason:
    """Why a problem has no plan; that it has none is to be proved by others.

    Args:
        problem: what cannot be solved.
        deadline: when to give up.

    Raises:
        PlanningTimeout: the deadline is over.
    """
    normal = normalise(problem)
    relaxed = Relaxed(normal, deadline)
    prospects = Prospects(relaxed)
    impossible = Impossible(relaxed, prospects)
    mending = Mending(normal, relaxed.fixed, deadline)
    if impossible.is_so:
        found = impossible.tree()
        # a fact that no operator in reach can change is worth more as a culprit where it is shown that it would do
        ends = (one for one in found.refusal.walk() if one.why is Why.NEVER and not one.children)
        culprit, mended = mending.by_leaf([found.culprit, *ends]) or (found.culprit, "")
        note = "not even if nothing that is true ever became false"
        return Reason(problem.name, found.refusal, culprit, note, mended, is_proof=True)
    strong = strengthened(normal)
    tasks = Tasks(strong, World(problem))
    obstacles = Obstacles(relaxed, prospects, strong, tasks, Forward(tasks, deadline))
    found = obstacles.tree()
    culprit = found.culprit
    note = "" if obstacles.has_seen_all else f"as far as {obstacles.tried:,} decisions went"
    helps = mending.by_leaf([culprit]) if culprit.why in (Why.UNDONE, Why.NEVER) else None
    if helps is None and (mended := mending.by_facts()):
        return Reason(problem.name, found.refusal, culprit, note, mended)
    helps = helps or mending.by_leaf([culprit, *found.refusal.walk()]) or (culprit, "")
    return Reason(problem.name, found.refusal, helps[0], note, helps[1])
