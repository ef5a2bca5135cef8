"""What the declared effects of compound tasks mean: some are checked, the others are made.

A task that declares an effect promises that it holds once the task is done. Where operators can bring it about, its
methods must have seen to that, and it is checked when the task ends. Where no operator can (``research_complete`` of a
task ``research_topic``), the task itself is what brings it about: the fact is made when the task ends. Which of the two
is meant is decided for each predicate, and for making it true and making it false apart.

Source: the criteria for effects of compound tasks in P. Bercher, D. Höller, G. Behnke, S. Biundo, "More than a name? On
implications of preconditions and effects of compound HTN planning tasks", ECAI 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from planweave.planners.htn.domain import Domain
from planweave.planners.htn.formula import (
    TRUE,
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Imply,
    Not,
    Or,
    When,
)
from planweave.planners.htn.model import Problem

Side: TypeAlias = tuple[str, bool]
"""A predicate, and whether it becomes, or is to be, true."""


def split_effect(effect: Formula, domain: Domain) -> tuple[Formula, Formula]:
    """The condition that is checked when a task with this effect ends, and the effect that it then makes.

    >>> checked, made = split_effect(Atom("research_complete"), Domain("report"))
    >>> str(checked), str(made)
    ('(and)', '(research_complete)')
    """
    able = set(_sides_of_operators(domain))
    return _checked(effect, able), _made(effect, able)


def _sides_of_operators(domain: Domain) -> Iterator[Side]:
    """Which predicates operators make true and which false."""
    for operator in domain.operators.values():
        yield from sides_changed(operator.effect)


def sides_changed(effect: Formula) -> Iterator[Side]:
    """Which predicates an effect makes true and which false."""
    match effect:
        case Atom(predicate):
            yield predicate, True
        case Not(Atom(predicate)):
            yield predicate, False
        case And(parts):
            for part in parts:
                yield from sides_changed(part)
        case When(_, part) | Forall(_, part):
            yield from sides_changed(part)


def _checked(effect: Formula, able: set[Side]) -> Formula:
    match effect:
        case Atom() | Not(Atom()):
            return effect if able.issuperset(sides_changed(effect)) else TRUE
        case And(parts):
            kept = tuple(part for part in (_checked(part, able) for part in parts) if part != TRUE)
            return kept[0] if len(kept) == 1 else And(kept)
        case When(condition, part):
            inner = _checked(part, able)
            return TRUE if inner == TRUE else Imply(condition, inner)
        case Forall(parameters, part):
            inner = _checked(part, able)
            return TRUE if inner == TRUE else Forall(parameters, inner)
    return TRUE


def _made(effect: Formula, able: set[Side]) -> Formula:
    match effect:
        case Atom() | Not(Atom()):
            return TRUE if able.issuperset(sides_changed(effect)) else effect
        case And(parts):
            kept = tuple(part for part in (_made(part, able) for part in parts) if part != TRUE)
            return kept[0] if len(kept) == 1 else And(kept)
        case When(condition, part):
            inner = _made(part, able)
            return TRUE if inner == TRUE else When(condition, inner)
        case Forall(parameters, part):
            inner = _made(part, able)
            return TRUE if inner == TRUE else Forall(parameters, inner)
    return TRUE


def sides_demanded(condition: Formula, wanted: bool = True) -> Iterator[Side]:
    """Which predicates a condition wants to be true and which false."""
    match condition:
        case Atom(predicate):
            yield predicate, wanted
        case Not(part):
            yield from sides_demanded(part, not wanted)
        case And(parts) | Or(parts):
            for part in parts:
                yield from sides_demanded(part, wanted)
        case Imply(premise, consequence):
            yield from sides_demanded(premise, not wanted)
            yield from sides_demanded(consequence, wanted)
        case Exists(_, part) | Forall(_, part):
            yield from sides_demanded(part, wanted)


def _conditions_of_effect(effect: Formula) -> Iterator[Formula]:
    match effect:
        case And(parts):
            for part in parts:
                yield from _conditions_of_effect(part)
        case When(condition, part):
            yield condition
            yield from _conditions_of_effect(part)
        case Forall(_, part):
            yield from _conditions_of_effect(part)


def can_only_help(problem: Problem) -> bool:
    """Whether the effects that tasks make can never do harm, so that the earliest moment for each is the best.

    It is so where nothing undoes them, nothing wants them undone, and no effect depends on them.
    """
    domain = problem.domain
    made = {side for task in domain.tasks.values() for side in sides_changed(split_effect(task.effect, domain)[1])}
    if not made:
        return True
    effects = [one.effect for one in domain.operators.values()] + [one.effect for one in domain.tasks.values()]
    changed = {side for effect in effects for side in sides_changed(effect)}
    conditions = [problem.goal, *(one.precondition for one in domain.operators.values())]
    conditions += [one.precondition for one in domain.methods.values()]
    demanded = {side for condition in conditions for side in sides_demanded(condition)}
    for effect in effects:
        demanded |= set(sides_demanded(_checked(effect, changed)))
        for condition in _conditions_of_effect(effect):
            demanded |= {(predicate, one) for predicate, _ in sides_demanded(condition) for one in (True, False)}
    return all((predicate, not becomes) not in changed | demanded for predicate, becomes in made)
