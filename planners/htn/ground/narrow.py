"""Narrowing: which objects the variables of actions and rules may stand for at all, before anything is instantiated.

From the top task downwards, an argument of a task can only be an object that some rule hands down; and a variable only
one that its types, the predicates that it must hold in and the tasks that it is handed to admit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from planweave.planners.htn.ground.clause import Term
from planweave.planners.htn.ground.program import Program
from planweave.planners.htn.ground.schema import Schema
from planweave.planners.htn.normal import TOP

Columns: TypeAlias = tuple[frozenset[int], ...]
"""For each argument, the objects that it may be."""

ROUNDS = 4
"""How often narrower domains may narrow others; each round is sound by itself."""


def narrowed(program: Program) -> Program:
    """The program with narrower domains, without the schemas that the top task cannot reach."""
    for _ in range(ROUNDS):
        before = _size(program)
        program = _Narrowing(program).result()
        if _size(program) == before:
            break
    return program


def _size(program: Program) -> int:
    families = (program.actions, program.rules)
    return sum(len(domain) for one in families for some in one.values() for schema in some for domain in schema.domains)


class _Narrowing:
    """One round."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._admitted = _columns_of_facts(program)
        self._accepted = {name: _accepted(program, name) for name in (*program.actions, *program.rules)}
        self._handed: dict[str, Columns] = {TOP: ()}

    def result(self) -> Program:
        waiting = deque([TOP])
        while waiting:
            some = [narrow for one in self._program.schemas(waiting.popleft()) if (narrow := self._narrow(one))]
            for narrow in some:
                for name, terms in narrow.subtasks:
                    before = self._handed.get(name, (frozenset(),) * len(terms))
                    after = tuple(a | b for a, b in zip(before, _columns(terms, narrow.domains), strict=True))
                    if name not in self._handed or after != before:
                        self._handed[name] = after
                        if name not in waiting:
                            waiting.append(name)
        return replace(
            self._program, actions=self._narrow_all(self._program.actions), rules=self._narrow_all(self._program.rules)
        )

    def _narrow_all(self, family: dict[str, tuple[Schema, ...]]) -> dict[str, tuple[Schema, ...]]:
        return {
            name: tuple(narrow for one in some if (narrow := self._narrow(one)) is not None)
            for name, some in family.items()
            if name in self._handed
        }

    def _narrow(self, schema: Schema) -> Schema | None:
        """The schema with the domains that what is known by now leaves; None: it leaves none."""
        domains = list(schema.domains)
        limits = [(schema.arguments, self._handed[schema.task])]
        limits += [(terms, self._admitted[predicate]) for predicate, terms in schema.positive]
        limits += [(terms, self._accepted[subtask]) for subtask, terms in schema.subtasks]
        for terms, allowed in limits:
            for term, objects in zip(terms, allowed, strict=True):
                if term >= 0:
                    domains[term] &= objects
                elif ~term not in objects:
                    return None
        return replace(schema, domains=tuple(domains)) if all(domains) else None


def _columns(terms: Sequence[Term], domains: Sequence[frozenset[int]]) -> Columns:
    return tuple(domains[term] if term >= 0 else frozenset([~term]) for term in terms)


def _union(columns: Iterable[Columns], start: Columns) -> Columns:
    for some in columns:
        start = tuple(a | b for a, b in zip(start, some, strict=True))
    return start


def _columns_of_facts(program: Program) -> dict[str, Columns]:
    """For each predicate, the objects that can ever stand in it."""
    found = {
        name: tuple(frozenset(row[i] for row in relation.rows) for i in range(relation.arity))
        for name, relation in program.facts.items()
    }
    for some in program.actions.values():
        for schema in some:
            for change in schema.changes:
                for name, terms in change.adds:
                    found[name] = _union([_columns(terms, schema.domains)], found[name])
    return found


def _accepted(program: Program, name: str) -> Columns:
    """For each argument of a task, the objects that its types and one of its schemas admit."""
    declared = program.parameters[name]
    empty: Columns = (frozenset(),) * len(declared)
    some = _union((_columns(one.arguments, one.domains) for one in program.schemas(name)), empty)
    return tuple(a & b for a, b in zip(declared, some, strict=True))
