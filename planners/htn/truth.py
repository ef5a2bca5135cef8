"""What makes a condition true or false, and what an effect changes: formulas read over ground facts.

Nothing is compiled here and nothing is shared with the searches: the verifier reads formulas by their definition
(D. Höller et al., "HDDL: an extension to PDDL for expressing hierarchical planning problems", AAAI 2020, and for
conditional and quantified effects D. McDermott et al., "PDDL", 1998).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import (
    TRUE,
    And,
    Atom,
    Bindings,
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
    both,
    free_variables,
    is_variable,
    substitute,
)
from planweave.planners.htn.model import Problem

Literal: TypeAlias = tuple[Fact, bool]
"""A fact, and whether it is true."""

Reasons: TypeAlias = tuple[Literal, ...]
"""Literals that together make a condition true, or make it false."""

Demand: TypeAlias = tuple[Formula, bool]
"""A condition, and whether it is to be true."""


class World(Protocol):
    """What is known of the facts at one moment."""

    @property
    def problem(self) -> Problem:
        """The problem whose objects quantifiers range over."""

    def holds(self, fact: Fact) -> bool | None:
        """Whether a fact is true; None: nobody can tell."""

    def matching(self, predicate: str, arguments: Sequence[str | None]) -> Iterable[Fact]:
        """At least the facts of a predicate that may be true and have these objects; None: any object."""


def ground(atom: Atom, bindings: Bindings) -> Fact:
    """The fact that an atom is, given the object of each variable.

    >>> str(ground(Atom("at", ("?x", "depot")), {"?x": "truck"}))
    '(at truck depot)'
    """
    return Fact(atom.predicate, tuple([bindings.get(term, term) for term in atom.arguments]))


def reasons(condition: Formula, wanted: bool, bindings: Bindings, world: World) -> Reasons | None:
    """Literals of the world that make a condition true, or false; None: nothing known makes it so.

    Where several would do, those of the first part that does.

    Args:
        condition: what is asked about.
        wanted: whether it is to be true.
        bindings: the object of each of its free variables.
        world: what is known.
    """
    match condition:
        case Atom():
            fact = ground(condition, bindings)
            return ((fact, wanted),) if world.holds(fact) is wanted else None
        case Equal(left, right):
            same = bindings.get(left, left) == bindings.get(right, right)
            return () if same is wanted else None
        case Not(part):
            return reasons(part, not wanted, bindings, world)
        case And(parts) | Or(parts):
            demands = [(part, wanted) for part in parts]
            return (_all if wanted is isinstance(condition, And) else _first)(demands, bindings, world)
        case Imply(premise, consequence):
            demands = [(premise, not wanted), (consequence, wanted)]
            return (_first if wanted else _all)(demands, bindings, world)
        case Exists(parameters, part) | Forall(parameters, part):
            if wanted is isinstance(condition, Exists):
                found = witness(parameters, part, wanted, bindings, world)
                return None if found is None else found[1]
            return _every(parameters, part, wanted, bindings, world)
    raise AssertionError(f"{condition} is no condition")


def _all(demands: Sequence[Demand], bindings: Bindings, world: World) -> Reasons | None:
    found: dict[Literal, None] = {}
    for part, wanted in demands:
        some = reasons(part, wanted, bindings, world)
        if some is None:
            return None
        found.update(dict.fromkeys(some))
    return tuple(found)


def _first(demands: Sequence[Demand], bindings: Bindings, world: World) -> Reasons | None:
    for part, wanted in demands:
        some = reasons(part, wanted, bindings, world)
        if some is not None:
            return some
    return None


def _every(
    parameters: tuple[Parameter, ...], part: Formula, wanted: bool, bindings: Bindings, world: World
) -> Reasons | None:
    found: dict[Literal, None] = {}
    for choice in world.problem.choices(parameters):
        some = reasons(part, wanted, {**bindings, **choice}, world)
        if some is None:
            return None
        found.update(dict.fromkeys(some))
    return tuple(found)


def has_type(name: str, types: tuple[str, ...], problem: Problem) -> bool:
    """Whether an object of the problem has one of these types."""
    declared = problem.types.get(name, ())
    return any(one in types for kind in declared for one in problem.domain.supertypes(kind))


# ---------------------------------------------------------------------- some objects


def witness(
    parameters: tuple[Parameter, ...], condition: Formula, wanted: bool, bindings: Bindings, world: World
) -> tuple[dict[str, str], Reasons] | None:
    """Objects for variables under which a condition is true (or false), and why it is; None: there are none.

    Atoms that must be true propose the objects, those with the fewest matching facts first, so that nothing is tried
    that no fact speaks for.
    """
    names = {one.name for one in parameters}
    outer = {name: value for name, value in bindings.items() if name not in names}
    types = {one.name: one.types for one in parameters}
    return _Search(types, world).extend(outer, list(_demands(condition, wanted)), ())


def _demands(condition: Formula, wanted: bool) -> Iterator[Demand]:
    """The conditions that must all be met."""
    left = [(condition, wanted)]
    while left:
        one, is_wanted = left.pop()
        match one:
            case Not(part):
                left.append((part, not is_wanted))
            case And(parts) if is_wanted:
                left.extend((part, True) for part in reversed(parts))
            case Or(parts) if not is_wanted:
                left.extend((part, False) for part in reversed(parts))
            case Imply(premise, consequence) if not is_wanted:
                left += [(consequence, False), (premise, True)]
            case _:
                yield one, is_wanted


@dataclass(frozen=True, slots=True)
class _Search:
    types: dict[str, tuple[str, ...]]
    world: World

    def extend(
        self, bindings: dict[str, str], demands: list[Demand], so_far: Reasons
    ) -> tuple[dict[str, str], Reasons] | None:
        """Settle what can be settled, then try objects for one more variable, or for those of one atom."""
        open_demands: list[Demand] = []
        for condition, wanted in demands:
            if any(name in self.types and name not in bindings for name in free_variables(condition)):
                open_demands.append((condition, wanted))
                continue
            some = reasons(condition, wanted, bindings, self.world)
            if some is None:
                return None
            so_far += some
        if not open_demands:
            return self._filled(bindings, so_far)
        for further in self._proposals(bindings, open_demands):
            found = self.extend({**bindings, **further}, open_demands, so_far)
            if found is not None:
                return found
        return None

    def _filled(self, bindings: dict[str, str], so_far: Reasons) -> tuple[dict[str, str], Reasons] | None:
        """With any object for each variable that nothing is demanded of."""
        bindings = dict(bindings)
        for name, types in self.types.items():
            if name not in bindings:
                objects = self.world.problem.objects_of(types)
                if not objects:
                    return None
                bindings[name] = objects[0]
        return bindings, tuple(dict.fromkeys(so_far))

    def _proposals(self, bindings: dict[str, str], demands: list[Demand]) -> Iterator[dict[str, str]]:
        atoms = [condition for condition, wanted in demands if wanted and isinstance(condition, Atom)]
        if atoms:
            choices = [(atom, list(self.world.matching(atom.predicate, self._bound(atom, bindings)))) for atom in atoms]
            atom, facts = min(choices, key=lambda choice: len(choice[1]))
            for fact in facts:
                further = self._unified(atom, fact, bindings)
                if further is not None:
                    yield further
            return
        condition = demands[0][0]
        name = next(name for name in free_variables(condition) if name in self.types and name not in bindings)
        for choice in self.world.problem.objects_of(self.types[name]):
            yield {name: choice}

    def _bound(self, atom: Atom, bindings: dict[str, str]) -> list[str | None]:
        return [bindings.get(term, None if is_variable(term) else term) for term in atom.arguments]

    def _unified(self, atom: Atom, fact: Fact, bindings: dict[str, str]) -> dict[str, str] | None:
        further: dict[str, str] = {}
        for term, value in zip(atom.arguments, fact.arguments, strict=True):
            known = further.get(term, bindings.get(term)) if is_variable(term) else term
            if known is None and has_type(value, self.types.get(term, ()), self.world.problem):
                further[term] = value
            elif known != value:
                return None
        return further


# ---------------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fact that an effect makes true or false, where its condition held before.

    Attributes:
        fact: the fact.
        becomes: whether it becomes true.
        condition: under which it does; it has no free variables.
    """

    fact: Fact
    becomes: bool
    condition: Formula


def outcomes(effect: Formula, bindings: Bindings, problem: Problem) -> list[Outcome]:
    """All that an effect may change, quantifiers written out; costs are left out."""
    found: list[Outcome] = []
    left: list[tuple[Formula, Formula, Bindings]] = [(effect, TRUE, bindings)]
    while left:
        one, condition, bound = left.pop()
        match one:
            case And(parts):
                left.extend((part, condition, bound) for part in reversed(parts))
            case When(further, inner):
                left.append((inner, both(condition, substitute(further, bound)), bound))
            case Forall(parameters, part):
                choices = list(problem.choices(parameters))
                left.extend((part, condition, {**bound, **choice}) for choice in reversed(choices))
            case Atom():
                found.append(Outcome(ground(one, bound), True, condition))
            case Not(Atom() as atom):
                found.append(Outcome(ground(atom, bound), False, condition))
            case Increase():
                pass
            case _:
                raise AssertionError(f"{one} is no effect")
    return found


def in_words(literals: Iterable[Literal], limit: int = 3) -> str:
    """Literals as a sentence says them.

    >>> in_words([(Fact("at", ("truck", "depot")), False)])
    '(at truck depot) is false'
    """
    some = list(literals)
    words = [f"{fact} is {'true' if holds else 'false'}" for fact, holds in some[:limit]]
    return ", ".join(words) + (f" and {len(some) - limit} more" if len(some) > limit else "")
