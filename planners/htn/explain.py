"""Why a problem has no plan: a tree of tasks, methods and what is missing, and the culprit in it.

First it is asked whether the tasks could be done if nothing that is true ever became false. Where not even that is so,
what is out of reach is out of reach for good, and the tree says why, down to what nothing can change. Else the tree
says how far the tasks can be done, and what is missing there. What is said of a state was looked up in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import NoPlan, PlanningTimeout
from planweave.planners.htn.explanation.forward import Forward
from planweave.planners.htn.explanation.impossible import Impossible
from planweave.planners.htn.explanation.obstacles import Obstacles
from planweave.planners.htn.explanation.prospects import Prospects
from planweave.planners.htn.explanation.reason import Reason, Refusal, Why, in_words
from planweave.planners.htn.explanation.relaxed import Relaxed
from planweave.planners.htn.formula import Atom, Formula, Not, is_variable
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.lifted.world import World
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP, Normal, normalise

SECONDS = 5.0
"""Processor time for an explanation, as a last resort: what bounds it is how much it looks at."""
MENDING = 4_000
"""Decisions of each search for a plan where a literal is taken to be so at all times."""
MOST_MENDED = 8
"""Leaves of a tree for which that is tried."""
MOST_PINNED = 64
"""Facts that a literal with variables may stand for there."""


def explained(error: NoPlan, problem: Problem) -> NoPlan:
    """The error that no plan exists, with the reason, and the culprit in its message.

    Args:
        error: what a planner raised, which has proved it.
        problem: that it is about.
    """
    if error.reason is not None:
        return error
    try:
        reason = explain(problem, Deadline.after(SECONDS))
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
    if impossible.is_so:
        found = impossible.tree()
        mended = _helping([found.culprit], normal, deadline)
        note = "not even if nothing that is true ever became false"
        return Reason(problem.name, found.refusal, found.culprit, note, "" if mended is None else _with(mended))
    tasks = Tasks(strengthened(normal), World(problem))
    found = Obstacles(relaxed, prospects, tasks, Forward(tasks, deadline)).tree()
    leaves = [found.culprit, *(one for one in found.refusal.walk() if one is not found.culprit)]
    mended = _helping(leaves, normal, deadline)
    if mended is None:
        return Reason(problem.name, found.refusal, found.culprit)
    return Reason(problem.name, found.refusal, mended, mended=_with(mended))


def _with(mended: Refusal) -> str:
    missing = mended.missing
    assert missing is not None, "what helps is a literal"
    return f"there would be a plan if {in_words(missing, 'were', True)} throughout"


def _helping(leaves: Iterable[Refusal], normal: Normal, deadline: Deadline) -> Refusal | None:
    """The first part whose literal, if it were so at all times, would leave a plan; None: none was found."""
    tasks = Tasks(strengthened(normal), World(normal.problem))
    seen: set[str] = set()
    for one in leaves:
        if one.missing is None or str(one.missing) in seen or one.why is Why.AGAIN:
            continue
        if len(seen) >= MOST_MENDED:
            break
        seen.add(str(one.missing))
        if _helps(one.missing, tasks, normal, deadline):
            return one
    return None


def _helps(literal: Formula, tasks: Tasks, normal: Normal, deadline: Deadline) -> bool:
    """Whether there would be a plan if a literal were so at all times."""
    atom = literal.part if isinstance(literal, Not) else literal
    if not isinstance(atom, Atom):
        return False
    world = tasks.world
    pinned = {world.fact(world.predicate(atom.predicate), one): literal is atom for one in _instances(atom, normal)}
    if not pinned or len(pinned) > MOST_PINNED:
        return False
    adds = [fact for fact, holds in pinned.items() if holds and fact not in world.true]
    deletes = [fact for fact, holds in pinned.items() if not holds and fact in world.true]
    undo = world.change(deletes, adds)
    try:
        forward = Forward(tasks, deadline, pinned)
        block = forward.block([tasks.task(TOP, ())], ())
        return forward.furthest(block, MENDING).is_all
    finally:
        world.undo(undo)


def _instances(atom: Atom, normal: Normal) -> Iterator[tuple[int, ...]]:
    """The facts that an atom may be, a few more than may be pinned at the most."""
    problem = normal.problem
    number = {name: i for i, name in enumerate(problem.types)}
    declared = problem.domain.predicates.get(atom.predicate, ())
    choices = [
        problem.objects_of(parameter.types) if is_variable(term) else (term,)
        for term, parameter in zip(atom.arguments, declared, strict=False)
    ]
    for objects in islice(product(*choices), MOST_PINNED + 1):
        yield tuple(number[one] for one in objects)
