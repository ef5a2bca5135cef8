"""Which literal of a condition is to blame where no objects fulfil all of it.

A literal that holds for no objects at all is to blame first. Where each holds for some, they are taken in turn (those
on predicates that never change first, then those that leave the fewest terms open), until no objects fulfil all that
were taken: the last one is to blame, together with those before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from planweave.planners.htn.formula import Atom, Equal, Formula, Not, Parameter, Term, is_variable
from planweave.planners.htn.lifted.join import Join
from planweave.planners.htn.lifted.world import Objects, World
from planweave.planners.htn.normal import Literals

MOST_LITERALS = 300
"""Literals that are looked at one by one; conditions written out over many objects have more."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Literals of which one must be so for the condition to have a chance.

    Attributes:
        literals: those that hold for no objects, or the one that no objects fulfil together with those before it.
        together: whether it is that.
        binding: objects that fulfil what was taken before it.
        share: how much of the condition can be so, from 0 to 1.
    """

    literals: tuple[Formula, ...]
    together: bool
    binding: dict[str, str]
    share: float


def terms_of(literal: Formula) -> tuple[Term, ...]:
    """The terms of a literal.

    >>> terms_of(Not(Atom("at", ("?t", "depot"))))
    ('?t', 'depot')
    """
    part = literal.part if isinstance(literal, Not) else literal
    match part:
        case Atom(_, arguments):
            return arguments
        case Equal(left, right):
            return left, right
    raise AssertionError(f"{literal} is no literal")


def formulas(literals: Literals, fixed: frozenset[str], given: Mapping[str, int]) -> list[Formula]:
    """The literals of a condition: first those on ``fixed`` predicates, then those that leave the fewest terms open."""

    def openness(atom: Atom) -> tuple[bool, int]:
        return atom.predicate not in fixed, sum(is_variable(term) and term not in given for term in atom.arguments)

    positive = sorted(literals.positive, key=openness)
    return [
        *positive,
        *(Equal(left, right) for left, right in literals.equal),
        *(Not(Equal(left, right)) for left, right in literals.unequal),
        *(Not(atom) for atom in literals.negative),
    ]


def conjunction(some: Iterable[Formula]) -> Literals:
    """Literals as a condition."""
    parts: tuple[list[Atom], list[Atom], list[tuple[Term, Term]], list[tuple[Term, Term]]] = ([], [], [], [])
    for literal in some:
        match literal:
            case Atom():
                parts[0].append(literal)
            case Not(Atom() as atom):
                parts[1].append(atom)
            case Equal(left, right):
                parts[2].append((left, right))
            case Not(Equal(left, right)):
                parts[3].append((left, right))
            case _:
                raise AssertionError(f"{literal} is no literal")
    return Literals(*(tuple(part) for part in parts))  # type: ignore[arg-type]  # four lists become four tuples


class Blamer:
    """Asks the state of a world what of a condition can be so.

    Args:
        world: whose state is asked about, as it is at that moment.
        fixed: the predicates that never change: looked at first.
    """

    def __init__(self, world: World, fixed: frozenset[str]) -> None:
        self._world = world
        self._fixed = fixed
        self._domains: dict[tuple[str, ...], frozenset[int]] = {}

    def number(self, name: str) -> int:
        """The number of an object."""
        return self._world.number[name]

    def domain(self, types: tuple[str, ...]) -> frozenset[int]:
        """The objects of some types, by number."""
        if types not in self._domains:
            names = self._world.problem.objects_of(types)
            self._domains[types] = frozenset(self._world.number[name] for name in names)
        return self._domains[types]

    def domains(self, parameters: Sequence[Parameter]) -> dict[str, frozenset[int]]:
        """The objects of each variable."""
        return {one.name: self.domain(one.types) for one in parameters}

    def binding(
        self, some: Sequence[Formula], given: Mapping[str, int], domains: Mapping[str, frozenset[int]]
    ) -> dict[str, str] | None:
        """Objects for which all of these literals are so, of the variables that stand in them; None: there are none."""
        terms = {term for literal in some for term in terms_of(literal) if is_variable(term)}
        used = {name: domain for name, domain in domains.items() if name in terms or name in given}
        join = Join(self._world, conjunction(some), list(given), used)
        found = next(iter(join.bindings(tuple(given.values()))), None)
        if found is None:
            return None
        return {name: self._world.objects[one] for name, one in zip(used, found, strict=True)}

    def every(
        self, condition: Literals, given: Mapping[str, int], domains: Mapping[str, frozenset[int]]
    ) -> Iterable[Objects]:
        """Each way to bind all variables, in the order of ``domains``."""
        return Join(self._world, condition, list(given), domains).bindings(tuple(given.values()))

    def blame(
        self, condition: Literals, given: Mapping[str, int], domains: Mapping[str, frozenset[int]]
    ) -> Blame | None:
        """What is to blame; None: there are objects that fulfil the condition."""
        some = formulas(condition, self._fixed, given)
        names = {name: self._world.objects[one] for name, one in given.items()}
        if self.binding(some, given, domains) is not None:
            return None
        alone = [one for one in some[:MOST_LITERALS] if self.binding([one], given, domains) is None]
        if alone:
            seen = min(len(some), MOST_LITERALS)
            literals = tuple(dict.fromkeys(_put(one, names) for one in alone))
            return Blame(literals, False, names, (seen - len(alone)) / seen)
        good, bad = 0, len(some)  # the first `good` can be so together, the first `bad` cannot
        found = names
        while bad - good > 1:
            middle = (good + bad) // 2
            so_far = self.binding(some[:middle], given, domains)
            if so_far is None:
                bad = middle
            else:
                good, found = middle, so_far
        return Blame((_put(some[good], found),), good > 0, found, good / len(some))


def _put(literal: Formula, names: Mapping[str, str]) -> Formula:
    match literal:
        case Atom(predicate, arguments):
            return Atom(predicate, tuple([names.get(term, term) for term in arguments]))
        case Equal(left, right):
            return Equal(names.get(left, left), names.get(right, right))
        case Not(part):
            return Not(_put(part, names))
    raise AssertionError(f"{literal} is no literal")
