"""Whether the names of a claim are those of the problem, and its decompositions trees."""

from __future__ import annotations

from planweave.planners.htn.formula import Parameter, type_words
from planweave.planners.htn.model import CompoundTask, Operator, Problem
from planweave.planners.htn.solution import GroundTask
from planweave.planners.htn.truth import has_type
from planweave.planners.htn.verification.claim import Claim, Entry
from planweave.planners.htn.verification.rules import refuse


def check_names(claim: Claim, problem: Problem) -> None:
    """Check operators, tasks, methods, objects and their types.

    Raises:
        InvalidPlan: the first that is not the problem's.
    """
    domain = problem.domain
    for entry in claim.entries[: claim.top]:
        known: Operator | CompoundTask | None
        if entry.method is None:
            known = domain.operators.get(entry.task.name)
            if known is None:
                what = "is a compound task" if entry.task.name in domain.tasks else "does not exist"
                raise refuse("operator", f"the operator of the step {entry} {what}", entry.id)
        else:
            known = domain.tasks.get(entry.task.name)
            if known is None:
                what = "is an operator" if entry.task.name in domain.operators else "does not exist"
                raise refuse("task", f"the decomposed task {entry} {what}", entry.id)
            _check_method(entry, problem)
        _check_objects(entry, known.parameters, problem)


def _check_method(entry: Entry, problem: Problem) -> None:
    method = problem.domain.methods.get(entry.method or "")
    if method is None:
        raise refuse("method", f"{entry} is decomposed by '{entry.method}', and there is no such method", entry.id)
    if method.task != entry.task.name:
        what = f"{entry} is decomposed by '{method.name}', which is a method for '{method.task}'"
        raise refuse("method", what, entry.id)


def _check_objects(entry: Entry, parameters: tuple[Parameter, ...], problem: Problem) -> None:
    task: GroundTask = entry.task
    if len(task.arguments) != len(parameters):
        words = " ".join(map(str, parameters)) or "none"
        what = f"{entry} has {len(task.arguments)} objects for {len(parameters)} parameters ({words})"
        raise refuse("arity", what, entry.id)
    for name, parameter in zip(task.arguments, parameters, strict=True):
        if name not in problem.types:
            raise refuse("object", f"the object '{name}' of {entry} does not exist", entry.id)
        if not has_type(name, parameter.types, problem):
            declared, wanted = type_words(problem.types[name]), type_words(parameter.types)
            what = f"the object '{name}' of {entry} is a {declared}, but {parameter.name} wants a {wanted}"
            raise refuse("type", what, entry.id)


def check_tree(claim: Claim) -> None:
    """Check that each entry stands once under the problem.

    Raises:
        InvalidPlan: the first that does not.
    """
    parent: dict[int, int] = {}
    for number, entry in enumerate(claim.entries):
        for child in entry.children:
            if child in parent:
                one = claim.entries[child]
                raise refuse("tree", f"{one} stands twice in the decompositions", one.id)
            parent[child] = number
    for number, entry in enumerate(claim.entries[: claim.top]):
        if number not in parent:
            raise refuse("tree", f"{entry} does not stand in the decompositions of the problem's tasks", entry.id)
    reached = {claim.top}
    left = [claim.top]
    while left:
        children = claim.entries[left.pop()].children
        reached.update(children)
        left.extend(children)
    for number in range(claim.top):
        if number not in reached:  # each has one parent, so going up leads round in a circle
            seen, above = {claim.top}, number
            while above not in seen:
                seen.add(above)
                above = parent[above]
            raise refuse("tree", f"{claim.entries[above]} is its own subtask", claim.entries[above].id)
