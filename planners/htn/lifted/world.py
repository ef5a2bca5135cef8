"""The facts of a problem as numbers, and the state that a search changes and takes back.

A state knows its facts by predicate, in the indexes that joins ask for, and has a hash that follows each change
(A. Zobrist, "A new hashing method with application for game playing", 1970).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from planweave.planners.htn.model import Problem

Objects = tuple[int, ...]
"""Objects by their numbers: the arguments of a fact, of a task."""

Undo = tuple[list[int], list[int]]
"""What a change took away, and what it brought: facts by their numbers."""

HASH_BITS = 96


def getter(slots: Sequence[int]) -> Callable[[Sequence[int]], Objects]:
    """A function that picks these places of a sequence, as a tuple, as fast as Python can.

    >>> getter((2, 0))("abc"), getter((1,))("abc"), getter(())("abc")
    (('c', 'a'), ('b',), ())
    """
    if not slots:
        return lambda values: ()
    if len(slots) == 1:
        only = slots[0]
        return lambda values: (values[only],)
    return itemgetter(*slots)


class Index:
    """The facts of a predicate by the objects at some of its places; those of a bucket in the order of their coming."""

    __slots__ = ("buckets", "key")

    def __init__(self, places: Sequence[int], facts: Iterable[Objects]) -> None:
        self.key = getter(places)
        self.buckets: dict[Objects, dict[Objects, None]] = {}
        for arguments in facts:
            self.add(arguments)

    def add(self, arguments: Objects) -> None:
        """A fact holds."""
        self.buckets.setdefault(self.key(arguments), {})[arguments] = None

    def discard(self, arguments: Objects) -> None:
        """A fact holds no more."""
        del self.buckets[self.key(arguments)][arguments]


class World:
    """The objects, predicates and facts of a problem, and the state of its world.

    Attributes:
        problem: what it is the world of.
        objects: the names of the objects, by number.
        predicates: the number of each predicate.
        true: the facts that hold, by number.
        hash: of those.
        relations: for each predicate, the arguments for which it holds.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.objects = tuple(problem.types)
        self.number = {name: i for i, name in enumerate(self.objects)}
        self.predicates: dict[str, int] = {}
        self.relations: list[dict[Objects, None]] = []
        self.true: set[int] = set()
        self.hash = 0
        self._facts: dict[tuple[int, Objects], int] = {}
        self._known: list[tuple[int, Objects, int]] = []
        self._indexes: list[dict[tuple[int, ...], Index]] = []
        self._random = random.Random(0)
        for fact in sorted(problem.state, key=lambda one: (one.predicate, one.arguments)):
            self.add(self.fact(self.predicate(fact.predicate), tuple([self.number[one] for one in fact.arguments])))

    def predicate(self, name: str) -> int:
        """The number of a predicate."""
        if name not in self.predicates:
            self.predicates[name] = len(self.relations)
            self.relations.append({})
            self._indexes.append({})
        return self.predicates[name]

    def fact(self, predicate: int, arguments: Objects) -> int:
        """The number of a fact."""
        number = self._facts.get((predicate, arguments))
        if number is None:
            number = self._facts[predicate, arguments] = len(self._known)
            self._known.append((predicate, arguments, self._random.getrandbits(HASH_BITS)))
        return number

    def name(self, fact: int) -> tuple[str, tuple[str, ...]]:
        """The predicate and the objects of a fact, in words."""
        number, arguments, _ = self._known[fact]
        predicate = next(name for name, one in self.predicates.items() if one == number)
        return predicate, tuple([self.objects[one] for one in arguments])

    def index(self, predicate: int, places: tuple[int, ...]) -> Index:
        """The index of a predicate by some of its places, kept up from now on."""
        indexes = self._indexes[predicate]
        if places not in indexes:
            indexes[places] = Index(places, self.relations[predicate])
        return indexes[places]

    def add(self, fact: int) -> None:
        """A fact that did not hold does now."""
        predicate, arguments, bits = self._known[fact]
        self.true.add(fact)
        self.hash ^= bits
        self.relations[predicate][arguments] = None
        for index in self._indexes[predicate].values():
            index.add(arguments)

    def discard(self, fact: int) -> None:
        """A fact that held does no more."""
        predicate, arguments, bits = self._known[fact]
        self.true.discard(fact)
        self.hash ^= bits
        del self.relations[predicate][arguments]
        for index in self._indexes[predicate].values():
            index.discard(arguments)

    def change(self, deletes: Iterable[int], adds: Iterable[int]) -> Undo:
        """Delete, then add; gives what was really taken away and what is really new, for ``undo``."""
        true = self.true
        added = [fact for fact in adds if fact not in true]
        kept = set(adds)
        deleted = [fact for fact in deletes if fact in true and fact not in kept]
        for fact in deleted:
            self.discard(fact)
        for fact in added:
            self.add(fact)
        return deleted, added

    def undo(self, change: Undo | None) -> None:
        """Take a change back; None: there was none."""
        if change is None:
            return
        deleted, added = change
        for fact in added:
            self.discard(fact)
        for fact in deleted:
            self.add(fact)
