"""The facts that are true at one moment, and those that could ever be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planweave.engine.plan import Fact
from planweave.planners.htn.model import Problem


class Facts:
    """Facts that may be true at some moment, found by predicate and objects."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = dict.fromkeys(facts)
        self._grouped = False
        self._by_predicate: dict[tuple[str, int], list[Fact]] = {}
        self._by_object: dict[tuple[str, int, int, str], list[Fact]] = {}

    def add(self, fact: Fact) -> None:
        """One more."""
        if fact not in self._facts:
            self._facts[fact] = None
            if self._grouped:
                self._index(fact)

    def matching(self, predicate: str, arguments: Sequence[str | None]) -> Sequence[Fact]:
        """At least those of a predicate that have these objects; None: any object."""
        if not self._grouped:
            self._grouped = True
            for fact in sorted(self._facts, key=_in_order):
                self._index(fact)
        arity = len(arguments)
        found = self._by_predicate.get((predicate, arity), [])
        for i, name in enumerate(arguments):
            if name is not None:
                some = self._by_object.get((predicate, arity, i, name), [])
                found = min(found, some, key=len)
        return found

    def _index(self, fact: Fact) -> None:
        arity = len(fact.arguments)
        self._by_predicate.setdefault((fact.predicate, arity), []).append(fact)
        for i, name in enumerate(fact.arguments):
            self._by_object.setdefault((fact.predicate, arity, i, name), []).append(fact)


def _in_order(fact: Fact) -> tuple[str, tuple[str, ...]]:
    # sets of facts come in another order in each process, and what is found first must not depend on that
    return fact.predicate, fact.arguments


class State:
    """The facts that are true now; all others are false."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.true = set(problem.state)
        self._facts = Facts(problem.state)

    def holds(self, fact: Fact) -> bool:
        """Whether a fact is true now."""
        return fact in self.true

    def matching(self, predicate: str, arguments: Sequence[str | None]) -> list[Fact]:
        """The facts of a predicate that are true now and may have these objects; None: any object."""
        return [fact for fact in self._facts.matching(predicate, arguments) if fact in self.true]

    def change(self, adds: Iterable[Fact], deletes: Iterable[Fact]) -> None:
        """Make facts false, then others true."""
        self.true.difference_update(deletes)
        for fact in adds:
            self.true.add(fact)
            self._facts.add(fact)
