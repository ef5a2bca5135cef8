"""Conditions, effects and parameters: what their texts mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from planweave.planners.htn.formula import (
    OBJECT,
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    Fluent,
    Forall,
    Formula,
    Imply,
    Increase,
    Not,
    Or,
    Parameter,
    When,
)
from planweave.planners.htn.hddl.scope import Scope
from planweave.planners.htn.hddl.tree import Expression, Group, Word

NUMBER = re.compile(r"\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")
"""What is a number: costs, durations and values of functions are none below 0."""

_NUMERIC = frozenset({"<", ">", "<=", ">=", "assign", "decrease", "scale-up", "scale-down"})

Reading = Callable[[Expression, Scope], Formula]


def condition(expression: Expression, scope: Scope) -> Formula:
    """The condition that an expression states."""
    match expression:
        case Group([]):
            return TRUE
        case Group([Word("and"), *parts]):
            return And(tuple([condition(part, scope) for part in parts]))
        case Group([Word("or"), *parts]):
            return Or(tuple([condition(part, scope) for part in parts]))
        case Group([Word("not"), part]):
            return Not(condition(part, scope))
        case Group([Word("imply"), first, second]):
            return Imply(condition(first, scope), condition(second, scope))
        case Group([Word("exists"), Group(declared), part]):
            inner = parameters(declared, scope)
            return Exists(inner, condition(part, scope.within(inner)))
        case Group([Word("forall"), Group(declared), part]):
            inner = parameters(declared, scope)
            return Forall(inner, condition(part, scope.within(inner)))
        case Group([Word("="), Word() as left, Word() as right]):
            return Equal(scope.term(left), scope.term(right))
        case Group([Word("typeof" | "sortof" as name), *declared]) if name not in scope.domain.predicates:
            return _of_type(expression, declared, scope)
    return atom(expression, scope, "a condition")


def effect(expression: Expression, scope: Scope) -> Formula:
    """The effect that an expression states."""
    match expression:
        case Group([]):
            return TRUE
        case Group([Word("and"), *parts]):
            return And(tuple([effect(part, scope) for part in parts]))
        case Group([Word("not"), part]):
            return Not(atom(part, scope, "a fact that holds no more"))
        case Group([Word("when"), first, second]):
            return When(condition(first, scope), effect(second, scope))
        case Group([Word("forall"), Group(declared), part]):
            inner = parameters(declared, scope)
            return Forall(inner, effect(part, scope.within(inner)))
        case Group([Word("increase"), what, amount]):
            return Increase(fluent(what, scope), amount_of(amount, scope))
    return atom(expression, scope, "an effect")


def atom(expression: Expression, scope: Scope, wanted: str) -> Atom:
    """The predicate with terms that an expression is.

    Args:
        expression: the expression.
        scope: what its names mean.
        wanted: what it was read as, for the message if it is something else.
    """
    match expression:
        case Group([Word("and" | "or" | "not" | "imply" | "exists" | "forall" | "when" | "increase" | "="), *_]):
            raise scope.source.error(f"{expression} is not {wanted} as it stands here", expression.at)
        case Group([Word(name), *_]) if name in _NUMERIC and name not in scope.domain.predicates:
            raise scope.source.error(
                f"{expression} is numeric planning, of which only (increase (total-cost) 3) is known",
                expression.at,
                "state it with facts",
            )
        case Group([Word() as predicate, *terms]):
            declared = scope.predicate(predicate, len(terms))
            return Atom(predicate.text, scope.terms(predicate, declared, terms))
    raise scope.source.error(f"expected {wanted} in parentheses, not {expression}", expression.at)


def fluent(expression: Expression, scope: Scope) -> Fluent:
    """The numeric function with terms that an expression is; one without terms may lack its parentheses."""
    match expression:
        case Word() as function:
            scope.function(function, 0)
            return Fluent(function.text)
        case Group([Word() as function, *terms]):
            declared = scope.function(function, len(terms))
            return Fluent(function.text, scope.terms(function, declared, terms))
    raise scope.source.error(f"expected a function, (distance ?from ?to), not {expression}", expression.at)


def number(expression: Expression, scope: Scope) -> float:
    """The number that a word is."""
    if not isinstance(expression, Word) or not NUMBER.fullmatch(expression.text):
        raise scope.source.error(f"expected a number from 0, not {expression}", expression.at)
    return float(expression.text)


def amount_of(expression: Expression, scope: Scope) -> float | Fluent:
    """A number, or the function whose value it is."""
    is_number = isinstance(expression, Word) and NUMBER.fullmatch(expression.text)
    return number(expression, scope) if is_number else fluent(expression, scope)


def parameters(parts: Sequence[Expression], scope: Scope) -> tuple[Parameter, ...]:
    """The typed variables that are declared, such as ``?truck - vehicle ?from ?to - location``."""
    found: dict[str, Parameter] = {}
    for word, types in typed(parts, scope):
        if not word.text.startswith("?") or word.text == "?":
            raise scope.source.error(f"expected a variable, which begins with '?', not {word}", word.at)
        if word.text in found:
            raise scope.source.error(f"the variable {word} is declared twice", word.at, "give one another name")
        found[word.text] = Parameter(word.text, tuple([scope.type(one) for one in types]) or (OBJECT,))
    return tuple(found.values())


def typed(parts: Sequence[Expression], scope: Scope) -> Iterator[tuple[Word, tuple[Word, ...]]]:
    """The words of a typed list, each with its types; with none where the list names none."""
    waiting: list[Word] = []
    rest = iter(parts)
    for part in rest:
        if not isinstance(part, Word):
            raise scope.source.error(f"expected a name, not {part}", part.at)
        if part.text != "-":
            waiting.append(part)
            continue
        if not waiting:
            raise scope.source.error("'-' stands before a type, but behind no name", part.at)
        types = _types(next(rest, None), part, scope)
        yield from ((word, types) for word in waiting)
        waiting = []
    yield from ((word, ()) for word in waiting)


def _types(part: Expression | None, dash: Word, scope: Scope) -> tuple[Word, ...]:
    match part:
        case Word():
            return (part,)
        case Group([Word("either"), *names]) if names and all(isinstance(one, Word) for one in names):
            return tuple(one for one in names if isinstance(one, Word))
    at = dash.at if part is None else part.at
    raise scope.source.error("expected a type, or (either truck train), behind '-'", at)


def _of_type(expression: Expression, declared: Sequence[Expression], scope: Scope) -> Formula:
    """``(sortof ?x - truck)``, a constraint of old domains: it says that some truck is the same object."""
    match list(typed(declared, scope)):
        case [(variable, [one])]:
            term = scope.term(variable)
            other = Parameter(f"{term}-", (scope.type(one),))
            return Exists((other,), Equal(term, other.name))
    raise scope.source.error("expected a variable and its type: (sortof ?x - truck)", expression.at)
