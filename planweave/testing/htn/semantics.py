"""What conditions, effects and declared effects mean, read off the definitions over plain sets of facts.

Nothing is shared with planners or the verifier but the model, and nothing is clever: they are held against this.

Source: D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from planweave.engine.plan import Fact
from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import (
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.model import Problem

State: TypeAlias = frozenset[Fact]
"""The facts that are true."""

Objects: TypeAlias = Mapping[str, str]
"""The object of each variable."""


def fact_of(atom: Atom, objects: Objects) -> Fact:
    """The fact that an atom is, given the object of each variable.

    >>> str(fact_of(Atom("at", ("?x", "depot")), {"?x": "truck"}))
    '(at truck depot)'
    """
    return Fact(atom.predicate, tuple([objects.get(term, term) for term in atom.arguments]))


def holds(condition: Formula, objects: Objects, state: State, problem: Problem) -> bool:
    """Whether a condition is true.

    Args:
        condition: what is asked about.
        objects: the object of each of its free variables.
        state: the facts that are true; all others are false.
        problem: whose objects quantifiers range over.
    """

    def some(part: Formula, parameters: tuple[Parameter, ...]) -> Iterator[bool]:
        return (holds(part, {**objects, **choice}, state, problem) for choice in choices(parameters, problem))

    match condition:
        case Atom():
            return fact_of(condition, objects) in state
        case Equal(left, right):
            return objects.get(left, left) == objects.get(right, right)
        case Not(part):
            return not holds(part, objects, state, problem)
        case And(parts):
            return all(holds(part, objects, state, problem) for part in parts)
        case Or(parts):
            return any(holds(part, objects, state, problem) for part in parts)
        case Imply(premise, consequence):
            return not holds(premise, objects, state, problem) or holds(consequence, objects, state, problem)
        case Exists(parameters, part):
            return any(some(part, parameters))
        case Forall(parameters, part):
            return all(some(part, parameters))
    raise AssertionError(f"{condition} is no condition")


def choices(parameters: Iterable[Parameter], problem: Problem) -> list[dict[str, str]]:
    """Every choice of objects for variables."""
    found: list[dict[str, str]] = [{}]
    for one in parameters:
        objects = [name for name in problem.types if fits(name, one, problem)]
        found = [{**so_far, one.name: name} for so_far in found for name in objects]
    return found


def fits(name: str, parameter: Parameter, problem: Problem) -> bool:
    """Whether an object has one of a parameter's types."""
    above = {kind for one in problem.types.get(name, ()) for kind in problem.domain.supertypes(one)}
    return not above.isdisjoint(parameter.types)


def bound(parameters: Iterable[Parameter], arguments: Iterable[str]) -> dict[str, str]:
    """The object of each parameter."""
    return {one.name: name for one, name in zip(parameters, arguments, strict=True)}


def changes(effect: Formula, objects: Objects, state: State, problem: Problem) -> Iterator[tuple[Fact, bool]]:
    """The facts that an effect makes true or false in a state, and which of the two."""
    match effect:
        case Atom():
            yield fact_of(effect, objects), True
        case Not(Atom() as atom):
            yield fact_of(atom, objects), False
        case And(parts):
            for part in parts:
                yield from changes(part, objects, state, problem)
        case When(condition, part):
            if holds(condition, objects, state, problem):
                yield from changes(part, objects, state, problem)
        case Forall(parameters, part):
            for choice in choices(parameters, problem):
                yield from changes(part, {**objects, **choice}, state, problem)
        case Increase():
            pass
        case _:
            raise AssertionError(f"{effect} is no effect")


def after(effect: Formula, objects: Objects, state: State, problem: Problem) -> State:
    """The state after an effect: what is both made true and made false is true."""
    return _changed(state, changes(effect, objects, state, problem))


def _changed(state: State, some: Iterable[tuple[Fact, bool]]) -> State:
    pairs = list(some)
    return state - {fact for fact, becomes in pairs if not becomes} | {fact for fact, becomes in pairs if becomes}


def ends(name: str, objects: Objects, state: State, problem: Problem) -> State | None:
    """The state after a compound task has ended; None: it cannot end now, for what it declares is not so.

    What some operator can bring about must be so; anything else the task itself brings about.
    """
    able = sides_of_operators(problem.domain)
    made = []
    for fact, becomes in changes(problem.domain.tasks[name].effect, objects, state, problem):
        if (fact.predicate, becomes) not in able:
            made.append((fact, becomes))
        elif (fact in state) is not becomes:
            return None
    return _changed(state, made)


def sides_of_operators(domain: Domain) -> set[tuple[str, bool]]:
    """Which predicates some operator can make true, and which false."""
    return {side for one in domain.operators.values() for side in _sides(one.effect)}


def _sides(effect: Formula) -> Iterator[tuple[str, bool]]:
    match effect:
        case Atom(predicate):
            yield predicate, True
        case Not(Atom(predicate)):
            yield predicate, False
        case And(parts):
            for part in parts:
                yield from _sides(part)
        case When(_, part) | Forall(_, part):
            yield from _sides(part)
