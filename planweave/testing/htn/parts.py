"""Domains with other operators, tasks or methods: domains are not frozen, so these make new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import TRUE
from planweave.planners.htn.model import CompoundTask, Method, Operator, Problem, TaskNetwork

Part: TypeAlias = Operator | CompoundTask | Method


def parts_of(domain: Domain) -> list[Part]:
    """The operators, tasks and methods of a domain."""
    return [*domain.operators.values(), *domain.tasks.values(), *domain.methods.values()]


def with_parts(domain: Domain, parts: Iterable[Part]) -> Domain:
    """A domain with the same types, constants and predicates, and these parts."""
    made = Domain(domain.name)
    made.types, made.constants, made.predicates = dict(domain.types), dict(domain.constants), dict(domain.predicates)
    made.functions, made.declares_propositions = dict(domain.functions), domain.declares_propositions
    made.add(*parts)
    return made


def changed(problem: Problem, change: Callable[[Part], Part]) -> Problem:
    """The problem with each part of its domain changed.

    >>> domain = Domain("report")
    >>> domain.operator("write", preconditions=["data"])
    >>> never_asks = changed(domain.problem(tasks=["write"]), lambda part: Operator(part.name))
    >>> never_asks.domain.operators["write"].precondition == TRUE
    True
    """
    return replace(problem, domain=with_parts(problem.domain, map(change, parts_of(problem.domain))))


def loosened(problem: Problem, *, orderings: bool) -> Problem:
    """The problem without conditions, so that whatever solves it is at least well formed.

    Args:
        problem: the problem.
        orderings: whether the orderings of subtasks are left out too.
    """

    def loose(network: TaskNetwork) -> TaskNetwork:
        return TaskNetwork(network.subtasks, () if orderings else network.orderings)

    def change(part: Part) -> Part:
        match part:
            case Operator():
                return replace(part, precondition=TRUE)
            case CompoundTask():
                return replace(part, effect=TRUE)
            case Method():
                return replace(part, precondition=TRUE, network=loose(part.network))

    return replace(changed(problem, change), network=loose(problem.network), goal=TRUE)
