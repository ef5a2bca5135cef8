"""Observations: what running tasks tell of the world, read as facts of a problem."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from planweave.engine.errors import ValueRefused
from planweave.engine.plan import Fact
from planweave.engine.wording import clip, listing
from planweave.planners.htn.model import Problem
from planweave.planners.htn.taskeffect import sides_changed
from planweave.planners.htn.truth import has_type


def facts_of(observed: Mapping[str, Any], problem: Problem) -> dict[Fact, bool]:
    """The facts that were observed, and whether each is true.

    Args:
        observed: facts as texts, with or without parentheses, and whether each is true.
        problem: whose facts they are.

    Raises:
        ValueRefused: one of them is no fact of the problem, or is neither true nor false, or only tasks make it so.

    >>> from planweave.planners.htn.domain import Domain
    >>> domain = Domain("trip")
    >>> domain.predicate("open", "?road")
    >>> facts_of({"open north": False}, domain.problem(objects={"object": ["north"]}))
    {Fact(predicate='open', arguments=('north',)): False}
    """
    found: dict[Fact, bool] = {}
    for text, truth in observed.items():
        if not isinstance(truth, bool):
            raise _refusal(text, f"is {clip(truth)}, neither true nor false", "say True or False of each fact")
        found[_fact(text, truth, problem)] = truth
    return found


def _fact(text: str, truth: bool, problem: Problem) -> Fact:
    domain = problem.domain
    words = str(text).strip("() ").split()
    predicate = _spelled(words[0], domain.predicates) if words else ""
    if predicate not in domain.predicates:
        known = listing(domain.predicates) or "none"
        raise _refusal(text, f"is no fact of the domain '{domain.name}'", f"its predicates: {known}")
    parameters = domain.predicates[predicate]
    if len(words) - 1 != len(parameters):
        shape = " ".join((predicate, *map(str, parameters)))
        raise _refusal(text, f"has {len(words) - 1} objects for {len(parameters)}", f"write it as: {shape}")
    objects = tuple(_spelled(word, problem.types) for word in words[1:])
    for name, parameter in zip(objects, parameters, strict=True):
        if not has_type(name, parameter.types, problem):
            raise _refusal(text, f"is about {clip(name)}, which is no {' or '.join(parameter.types)}", "name an object")
    if (predicate, truth) in _sides_of_tasks(problem):
        raise _refusal(text, "is what only a task brings about", "observe what operators change")
    return Fact(predicate, objects)


def _spelled(word: str, known: Container[str]) -> str:
    """A name as the problem has it: those of files are in lower case."""
    return word if word in known else word.lower()


def _sides_of_tasks(problem: Problem) -> set[tuple[str, bool]]:
    """What tasks alone make true or false: see ``taskeffect.py``."""
    domain = problem.domain
    by_tasks = {side for one in domain.tasks.values() for side in sides_changed(one.effect)}
    return by_tasks - {side for one in domain.operators.values() for side in sides_changed(one.effect)}


def _refusal(text: str, what: str, mend: str) -> ValueRefused:
    return ValueRefused(f"the observation {clip(text)} {what}", mend=mend)
