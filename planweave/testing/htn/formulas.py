"""Random conditions and effects over a few predicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, product

from planweave.planners.htn.formula import (
    OBJECT,
    TRUE,
    And,
    Atom,
    Equal,
    Exists,
    Forall,
    Formula,
    Imply,
    Not,
    Or,
    Parameter,
    When,
    both,
)
from planweave.testing.choices import Choices, chance, pick
from planweave.testing.htn.limits import HtnFeature, HtnLimits

PREDICATES: dict[str, int] = {"p": 0, "q": 0, "r": 1, "s": 2}
"""How many objects each predicate takes."""

CONSTANT = "a"
"""The constant, where there is one."""

Variables = Sequence[Parameter]


@cache
def atoms_over(terms: tuple[str, ...], predicates: str) -> tuple[Atom, ...]:
    """All atoms of some predicates over some terms; where that is none, of one predicate that takes no terms.

    >>> [str(one) for one in atoms_over(("a", "?x"), "pr")]
    ['(p)', '(r a)', '(r ?x)']
    """
    found = [Atom(name, some) for name in predicates for some in product(terms, repeat=PREDICATES[name])]
    return tuple(found) or (Atom("p"),)


@cache
def _literals(terms: tuple[str, ...], predicates: str, negated: bool) -> tuple[Formula, ...]:
    """Literals to choose from at one go: each predicate is there about as often, a third are negated."""
    most = max(1, len(terms)) ** 2
    some: list[Formula] = [
        one for one in atoms_over(terms, predicates) for _ in range(most // max(1, len(terms)) ** len(one.arguments))
    ]
    return (*some, *some, *(Not(one) for one in some)) if negated else tuple(some)


class FormulaWriter:
    """Writes random conditions and effects.

    Args:
        choices: where the chances come from.
        limits: what they may hold.
    """

    def __init__(self, choices: Choices, limits: HtnLimits) -> None:
        self.choices = choices
        self.limits = limits
        self.predicates = "".join(PREDICATES)[: limits.predicates]
        self._of_objects = "".join(name for name in self.predicates if PREDICATES[name]) or self.predicates
        self._further = Parameter("?z", ("thing",) if self.has("types") else (OBJECT,))

    def has(self, feature: HtnFeature) -> bool:
        """Whether there may be such a thing."""
        return feature in self.limits.features

    def maybe(self, percent: int, feature: HtnFeature | None = None) -> bool:
        """True in so many of 100 cases, if there may be such a thing."""
        return (feature is None or self.has(feature)) and chance(self.choices, percent)

    def terms(self, variables: Variables) -> list[str]:
        """The terms that atoms may hold."""
        return [*(one.name for one in variables), *([CONSTANT] if self.has("constants") else [])]

    def atoms(self, variables: Variables) -> tuple[Atom, ...]:
        """All atoms over the terms that there are."""
        return atoms_over(tuple(self.terms(variables)), self.predicates)

    def literal(self, variables: Variables, feature: HtnFeature = "negation", predicates: str | None = None) -> Formula:
        """An atom, or its negation, if there may be such a thing."""
        names = self.predicates if predicates is None else predicates
        return pick(self.choices, _literals(tuple(self.terms(variables)), names, self.has(feature)))

    def condition(self, variables: Variables) -> Formula:
        """A condition of any kind."""
        kinds: list[Callable[[Variables], Formula]] = [lambda _: TRUE, self.literal, self._conjunction]
        kinds += [self._disjunction, self._implication, self._existence] if self.has("disjunction") else []
        kinds += [self._universality] if self.has("forall") else []
        kinds += [self._equality] if self.has("equality") and self.terms(variables) else []
        return pick(self.choices, kinds)(variables)

    def rich(self, variables: Variables) -> Formula:
        """A condition that is more than a conjunction of literals, if there may be such a thing."""
        kinds: list[Callable[[Variables], Formula]] = []
        kinds += [self._universality] * 2 if self.has("forall") else []
        kinds += [self._equality] if self.has("equality") and len(self.terms(variables)) > 1 else []
        kinds += [self._disjunction, self._implication, self._existence] if self.has("disjunction") else []
        return pick(self.choices, kinds)(variables) if kinds else TRUE

    def _conjunction(self, variables: Variables) -> Formula:
        return And(tuple(self.choices.several(lambda: self.literal(variables), 1, 2)))

    def _disjunction(self, variables: Variables) -> Formula:
        one = Or(tuple(self.choices.several(lambda: self.literal(variables), 1, 2)))
        return Not(And(one.parts)) if self.maybe(30, "negation") else one

    def _implication(self, variables: Variables) -> Formula:
        return Imply(self.literal(variables), self.literal(variables))

    def _existence(self, variables: Variables) -> Formula:
        inner = (*variables, self._further)
        return Exists((self._further,), And((self.literal(inner, predicates=self._of_objects), self.literal(inner))))

    def _universality(self, variables: Variables) -> Formula:
        inner = (*variables, self._further)
        first = self.literal(inner, predicates=self._of_objects)
        return Forall((self._further,), Or((first, self.literal(inner))) if self.maybe(40, "disjunction") else first)

    def _equality(self, variables: Variables) -> Formula:
        terms = self.terms(variables)
        equal: list[Formula] = [Equal(one, two) for one, two in combinations_with_replacement(terms, 2)]
        unequal: list[Formula] = [Not(Equal(one, two)) for one, two in combinations(terms, 2)]
        return pick(self.choices, [*equal, *unequal, *unequal])

    def effect(self, variables: Variables, predicates: str | None = None, *, rich: bool = True) -> Formula:
        """An effect on these predicates, of one to three literals and what else there may be."""
        parts: list[Formula] = self.choices.several(lambda: self.literal(variables, "deletes", predicates), 1, 3)
        if rich and self.maybe(35, "conditional-effects"):
            # on what changes, so that it matters when the action is taken
            condition = self.literal(variables, predicates=predicates)
            parts.append(When(condition, self.literal(variables, "deletes", predicates)))
        if rich and self.maybe(15, "forall"):
            inner = (*variables, self._further)
            names = self.predicates if predicates is None else predicates
            able = "".join(name for name in names if name in self._of_objects) or names
            parts.append(Forall((self._further,), self.literal(inner, "deletes", able)))
        return both(*parts)
