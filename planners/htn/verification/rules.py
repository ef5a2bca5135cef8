"""The rules that a plan must keep, in the order in which they are checked."""

from __future__ import annotations

from planweave.planners.htn.errors import InvalidPlan

RULES = {
    "operator": "each step is an operator of the domain",
    "task": "each decomposed task is a compound task of the domain",
    "method": "each task is decomposed by a method of the domain that is for this task",
    "arity": "each task has one object for each of its parameters",
    "object": "each object is one of the problem",
    "type": "each object has the type of the parameter that it stands for",
    "tree": "the decompositions are trees below the problem's tasks, and each step stands in them once",
    "root": "the roots are the tasks of the problem",
    "decomposition": "the subtasks of a decomposed task are those of its method, with some objects for its variables",
    "constraint": "the objects of a method keep its constraints",
    "ordering": "steps come in the orders that methods and the problem impose",
    "precondition": "the precondition of each step holds before it",
    "method-precondition": "the precondition of each method holds before its first step, after what precedes its task",
    "task-effect": "what a task declares as its effect holds once it is done",
    "goal": "the goal holds at the end",
    "link": "each causal link names a step that makes its fact what it is to be, and nothing undoes it in between",
}
"""What each rule asks for, by the word that ``InvalidPlan.rule`` has for it."""


def refuse(rule: str, what: str, step: str | None = None) -> InvalidPlan:
    """The error for a plan that breaks a rule, which must be one of ``RULES``."""
    assert rule in RULES
    return InvalidPlan(f"{what} (rule: {rule})", rule=rule, step=step)
