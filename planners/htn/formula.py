"""Formulas: conditions on states of facts, and effects on them, as planning languages write them. Frozen values.

A term is a text: a variable where it begins with a question mark, else an object. One set of classes serves both
conditions and effects, as in PDDL (D. McDermott et al., "PDDL: the planning domain definition language", 1998) and HDDL
(D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Term: TypeAlias = str
"""A variable (``?from``) or an object (``depot``)."""

Bindings: TypeAlias = Mapping[str, str]
"""The object of each variable."""

OBJECT = "object"
"""The type that every object has."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed variable; of several types (``either``) an object must have one.

    >>> str(Parameter("?x", ("truck", "train")))
    '?x - (either truck train)'
    """

    name: str
    types: tuple[str, ...] = (OBJECT,)

    def __str__(self) -> str:
        return f"{self.name} - {type_words(self.types)}"


def type_words(types: tuple[str, ...]) -> str:
    """Types as planning languages write them.

    >>> type_words(("truck",)), type_words(("truck", "train"))
    ('truck', '(either truck train)')
    """
    return types[0] if len(types) == 1 else f"(either {' '.join(types)})"


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate with terms: a condition that it holds, an effect that makes it hold.

    >>> str(Atom("at", ("?truck", "depot")))
    '(at ?truck depot)'
    """

    predicate: str
    arguments: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join((self.predicate, *self.arguments))})"


@dataclass(frozen=True, slots=True)
class Equal:
    """Two terms are the same object."""

    left: Term
    right: Term

    def __str__(self) -> str:
        return f"(= {self.left} {self.right})"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; as an effect, of an atom only: it holds no more."""

    part: Formula

    def __str__(self) -> str:
        return f"(not {self.part})"


@dataclass(frozen=True, slots=True)
class And:
    """All parts; of none: true, and no effect.

    >>> str(And((Atom("p"), Not(Atom("q", ("?x",))))))
    '(and (p) (not (q ?x)))'
    """

    parts: tuple[Formula, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join(('and', *map(str, self.parts)))})"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; of none: false."""

    parts: tuple[Formula, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join(('or', *map(str, self.parts)))})"


@dataclass(frozen=True, slots=True)
class Imply:
    """The consequence holds wherever the condition does."""

    condition: Formula
    consequence: Formula

    def __str__(self) -> str:
        return f"(imply {self.condition} {self.consequence})"


@dataclass(frozen=True, slots=True)
class Exists:
    """The part holds for some objects of these types."""

    parameters: tuple[Parameter, ...]
    part: Formula

    def __str__(self) -> str:
        return f"(exists ({' '.join(map(str, self.parameters))}) {self.part})"


@dataclass(frozen=True, slots=True)
class Forall:
    """The part holds, or the effect happens, for all objects of these types."""

    parameters: tuple[Parameter, ...]
    part: Formula

    def __str__(self) -> str:
        return f"(forall ({' '.join(map(str, self.parameters))}) {self.part})"


@dataclass(frozen=True, slots=True)
class When:
    """An effect that happens where the condition held before the action."""

    condition: Formula
    effect: Formula

    def __str__(self) -> str:
        return f"(when {self.condition} {self.effect})"


@dataclass(frozen=True, slots=True)
class Fluent:
    """A numeric function with terms: ``(distance ?from ?to)``, ``(total-cost)``."""

    function: str
    arguments: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join((self.function, *self.arguments))})"


@dataclass(frozen=True, slots=True)
class Increase:
    """The effect that a fluent grows by a number, or by the value of another fluent."""

    fluent: Fluent
    amount: float | Fluent

    def __str__(self) -> str:
        return f"(increase {self.fluent} {number(self.amount)})"


Formula: TypeAlias = Atom | Equal | Not | And | Or | Imply | Exists | Forall | When | Increase

TRUE = And()
FALSE = Or()


def number(amount: float | Fluent) -> str:
    """A number as planning languages write it: whole where it is whole.

    >>> number(3.0), number(0.5)
    ('3', '0.5')
    """
    return str(int(amount)) if isinstance(amount, float | int) and amount == int(amount) else str(amount)


def is_variable(term: Term) -> bool:
    """Whether a term is a variable.

    >>> is_variable("?x"), is_variable("depot")
    (True, False)
    """
    return term.startswith("?")


def conjuncts(formula: Formula) -> Iterator[Formula]:
    """The parts of a conjunction, however it is nested; any other formula itself.

    >>> [str(part) for part in conjuncts(And((Atom("p"), And((Atom("q"),)))))]
    ['(p)', '(q)']
    """
    left = [formula]
    while left:
        one = left.pop()
        if isinstance(one, And):
            left.extend(reversed(one.parts))
        else:
            yield one


def both(*formulas: Formula) -> Formula:
    """The conjunction of formulas, as flat as it can be."""
    parts = tuple(part for formula in formulas for part in conjuncts(formula))
    return parts[0] if len(parts) == 1 else And(parts)


def substitute(formula: Formula, bindings: Bindings) -> Formula:
    """The formula with objects (or other terms) in the place of its free variables.

    >>> str(substitute(Atom("at", ("?x", "?y")), {"?x": "truck"}))
    '(at truck ?y)'
    """
    match formula:
        case Atom(predicate, arguments):
            return Atom(predicate, tuple([bindings.get(term, term) for term in arguments]))
        case Equal(left, right):
            return Equal(bindings.get(left, left), bindings.get(right, right))
        case Not(part):
            return Not(substitute(part, bindings))
        case And(parts) | Or(parts):
            return type(formula)(tuple([substitute(part, bindings) for part in parts]))
        case Imply(condition, consequence):
            return Imply(substitute(condition, bindings), substitute(consequence, bindings))
        case Exists(parameters, part) | Forall(parameters, part):
            inner = {name: term for name, term in bindings.items() if all(name != one.name for one in parameters)}
            return type(formula)(parameters, substitute(part, inner))
        case When(condition, effect):
            return When(substitute(condition, bindings), substitute(effect, bindings))
        case Increase(fluent, amount):
            changed = amount if isinstance(amount, float | int) else _fluent(amount, bindings)
            return Increase(_fluent(fluent, bindings), changed)


def _fluent(fluent: Fluent, bindings: Bindings) -> Fluent:
    return Fluent(fluent.function, tuple([bindings.get(term, term) for term in fluent.arguments]))


def free_variables(formula: Formula) -> Iterator[str]:
    """The variables that no quantifier binds, in order of appearance, each as often as it appears."""
    match formula:
        case Atom(_, arguments):
            yield from filter(is_variable, arguments)
        case Equal(left, right):
            yield from filter(is_variable, (left, right))
        case Not(part):
            yield from free_variables(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from free_variables(part)
        case Imply(condition, consequence):
            yield from free_variables(condition)
            yield from free_variables(consequence)
        case Exists(parameters, part) | Forall(parameters, part):
            bound = {one.name for one in parameters}
            yield from (name for name in free_variables(part) if name not in bound)
        case When(condition, effect):
            yield from free_variables(condition)
            yield from free_variables(effect)
        case Increase(fluent, amount):
            yield from filter(is_variable, fluent.arguments)
            if isinstance(amount, Fluent):
                yield from filter(is_variable, amount.arguments)


def atoms_of(formula: Formula) -> Iterator[Atom]:
    """The atoms in a formula, in order of appearance."""
    match formula:
        case Atom():
            yield formula
        case Not(part) | Exists(_, part) | Forall(_, part):
            yield from atoms_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms_of(part)
        case Imply(first, second) | When(first, second):
            yield from atoms_of(first)
            yield from atoms_of(second)
