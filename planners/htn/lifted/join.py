"""Joins: every way to bind the variables of a condition so that it holds in the state of a world.

A condition is compiled once for the variables that are given when it is asked: tests as early as their variables are
bound, and between them scans of the most selective atom through an index. Bindings come one at a time, since most
searches need the first few only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.lifted.world import Index, Objects, World, getter
from planweave.planners.htn.normal import Literals


class Test(Protocol):
    """Whether a binding may go on."""

    def holds(self, bound: list[int]) -> bool:
        """Look at the objects that are bound."""
        ...


class Scan(Protocol):
    """What binds further variables."""

    def choices(self, bound: list[int]) -> Sequence[Objects]:
        """The candidates for its slots, given the objects that are bound."""
        ...

    def bind(self, bound: list[int], choice: Objects) -> bool:
        """Fill its slots with a candidate; False when that does not fit."""
        ...


class Holds:
    """An atom whose terms are bound must hold, or must not."""

    __slots__ = ("arguments", "relation", "wanted")

    def __init__(self, relation: Mapping[Objects, None], slots: Sequence[int], wanted: bool) -> None:
        self.relation = relation
        self.arguments = getter(slots)
        self.wanted = wanted

    def holds(self, bound: list[int]) -> bool:
        """Look it up."""
        return (self.arguments(bound) in self.relation) is self.wanted


@dataclass(frozen=True, slots=True)
class Same:
    """Two terms must be the same object, or must not."""

    left: int
    right: int
    wanted: bool

    def holds(self, bound: list[int]) -> bool:
        """Compare them."""
        return (bound[self.left] == bound[self.right]) is self.wanted


class Among:
    """A term must be an object of its type."""

    __slots__ = ("allowed", "slot")

    def __init__(self, slot: int, allowed: frozenset[int]) -> None:
        self.slot = slot
        self.allowed = allowed

    def holds(self, bound: list[int]) -> bool:
        """Look it up."""
        return bound[self.slot] in self.allowed


class AtomScan:
    """Binds the free terms of an atom by the facts that match its bound ones."""

    __slots__ = ("buckets", "key", "new", "same")

    def __init__(
        self,
        index: Index,
        key: Sequence[int],
        new: Sequence[tuple[int, int, frozenset[int] | None]],
        same: Sequence[tuple[int, int]],
    ) -> None:
        self.buckets = index.buckets
        self.key = getter(key)
        self.new = tuple(new)  # place in the fact, slot, objects of its type
        self.same = tuple(same)  # places that must be the same object

    def choices(self, bound: list[int]) -> Sequence[Objects]:
        """The matching facts, as they are now: the state changes while they are tried."""
        return tuple(self.buckets.get(self.key(bound), ()))

    def bind(self, bound: list[int], choice: Objects) -> bool:
        """Take the objects of a fact."""
        for place, slot, allowed in self.new:
            value = choice[place]
            if allowed is not None and value not in allowed:
                return False
            bound[slot] = value
        return all(choice[first] == choice[second] for first, second in self.same)


class TypeScan:
    """Binds a variable that no atom binds to each object of its type."""

    __slots__ = ("objects", "slot")

    def __init__(self, slot: int, allowed: frozenset[int]) -> None:
        self.slot = slot
        self.objects = tuple((one,) for one in sorted(allowed))

    def choices(self, bound: list[int]) -> Sequence[Objects]:
        """All of them."""
        return self.objects

    def bind(self, bound: list[int], choice: Objects) -> bool:
        """Take one."""
        bound[self.slot] = choice[0]
        return True


class Join:
    """A condition, compiled for the variables that are given.

    Args:
        world: where it is asked.
        condition: what must hold.
        given: the terms that are bound when it is asked, in the order in which they are given; a variable may stand
            there twice, and an object too.
        domains: for each variable, the objects of its type.
    """

    def __init__(
        self, world: World, condition: Literals, given: Sequence[Term], domains: Mapping[str, frozenset[int]]
    ) -> None:
        self.variables = tuple(domains)
        self._slots: dict[Term, int] = {name: i for i, name in enumerate(self.variables)}
        self._template = [-1] * len(self.variables)
        self._everything = len(world.objects)
        self._domains = domains
        self._world = world
        self._given: list[tuple[int, int]] = []  # which of what is given goes into which slot
        self._checks: list[tuple[int, int]] = []  # which of what is given must be what a slot holds already
        bound: set[Term] = set()
        for i, term in enumerate(given):
            slot = self._slot(term)
            if is_variable(term) and term not in bound:
                self._given.append((i, slot))
                bound.add(term)
            else:
                self._checks.append((i, slot))
        self.steps: list[tuple[Scan | None, tuple[Test, ...]]] = []
        self._plan(condition, bound, [Among(self._slots[one], domains[one]) for one in bound if self._narrow(one)])

    def _slot(self, term: Term) -> int:
        """Where the object of a term is held; objects have slots of their own, filled from the start."""
        if term not in self._slots:
            self._slots[term] = len(self._template)
            self._template.append(self._world.number[term])
        return self._slots[term]

    def _narrow(self, variable: str) -> bool:
        return len(self._domains[variable]) < self._everything

    def _plan(self, condition: Literals, bound: set[Term], tests: list[Test]) -> None:
        """Order the condition: tests as soon as they can be made, then the most selective scan."""
        atoms = list(condition.positive)
        rest: list[tuple[set[Term], Test]] = [
            (set(filter(is_variable, atom.arguments)), self._holds(atom, wanted=False)) for atom in condition.negative
        ]
        for pairs, wanted in ((condition.equal, True), (condition.unequal, False)):
            for left, right in pairs:
                rest.append(
                    (set(filter(is_variable, (left, right))), Same(self._slot(left), self._slot(right), wanted))
                )
        scan: Scan | None = None
        while True:
            for atom in [one for one in atoms if all(not is_variable(t) or t in bound for t in one.arguments)]:
                atoms.remove(atom)
                tests.append(self._holds(atom, wanted=True))
            tests += [test for needs, test in rest if needs <= bound]
            rest = [(needs, test) for needs, test in rest if not needs <= bound]
            self.steps.append((scan, tuple(tests)))
            tests = []
            free = [name for name in self.variables if name not in bound]
            if not free:
                return
            best = min(atoms, key=lambda atom: self._cost(atom, bound), default=None)
            narrow = min(free, key=lambda name: len(self._domains[name]))
            if best is None or self._cost(best, bound) > 4 * len(self._domains[narrow]):
                scan = TypeScan(self._slots[narrow], self._domains[narrow])
                bound.add(narrow)
            else:
                atoms.remove(best)
                scan = self._scan(best, bound)
                bound |= set(filter(is_variable, best.arguments))

    def _holds(self, atom: Atom, *, wanted: bool) -> Test:
        relation = self._world.relations[self._world.predicate(atom.predicate)]
        return Holds(relation, [self._slot(term) for term in atom.arguments], wanted)

    def _places(self, atom: Atom, bound: set[Term]) -> tuple[int, ...]:
        return tuple(i for i, term in enumerate(atom.arguments) if not is_variable(term) or term in bound)

    def _cost(self, atom: Atom, bound: set[Term]) -> float:
        """How many facts match, on average: what is given by what the state holds at first."""
        predicate = self._world.predicate(atom.predicate)
        facts = len(self._world.relations[predicate])
        index = self._world.index(predicate, self._places(atom, bound))
        return facts / max(1, len(index.buckets))

    def _scan(self, atom: Atom, bound: set[Term]) -> Scan:
        places = self._places(atom, bound)
        new, same = [], []
        first: dict[Term, int] = {}
        for place, term in enumerate(atom.arguments):
            if place in places:
                continue
            if term in first:
                same.append((first[term], place))
                continue
            first[term] = place
            new.append((place, self._slots[term], self._domains[term] if self._narrow(term) else None))
        index = self._world.index(self._world.predicate(atom.predicate), places)
        return AtomScan(index, [self._slot(atom.arguments[i]) for i in places], new, same)

    def bindings(self, given: Objects, chance: random.Random | None = None) -> Iterator[Objects]:
        """Each way to bind the variables, in the order of ``variables``.

        Args:
            given: the objects of the given terms.
            chance: tries candidates in an order of its own; None: in the order of their coming.
        """
        bound = self._template[:]
        for i, slot in self._given:
            bound[slot] = given[i]
        for i, slot in self._checks:
            if bound[slot] != given[i]:
                return
        if all(test.holds(bound) for test in self.steps[0][1]):
            yield from self._extend(1, bound, chance)

    def _extend(self, depth: int, bound: list[int], chance: random.Random | None) -> Iterator[Objects]:
        if depth == len(self.steps):
            yield tuple(bound[: len(self.variables)])
            return
        scan, tests = self.steps[depth]
        assert scan is not None
        candidates = scan.choices(bound)
        if chance is not None and len(candidates) > 1:
            candidates = chance.sample(candidates, len(candidates))
        for choice in candidates:
            if scan.bind(bound, choice):
                for test in tests:
                    if not test.holds(bound):
                        break
                else:
                    yield from self._extend(depth + 1, bound, chance)
