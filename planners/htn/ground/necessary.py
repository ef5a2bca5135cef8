"""What a task needs, whichever way it is done: read off the rules, before instantiating them.

Two kinds of needs: what must hold when a task begins, and what never changes and must hold at all. An atom over the
arguments of a compound task is needed where each of its rules needs it, in its condition or in a subtask's; a term that
differs from rule to rule is a wildcard. Needs are pulled up through the hierarchy, so that a rule is never instantiated
for a subtask that cannot be done. (C. Olz, S. Biundo, P. Bercher, "Revealing hidden preconditions and effects of
compound HTN planning tasks", AAAI 2021, infer them from ground rules.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from planweave.planners.htn.ground.clause import Term
from planweave.planners.htn.ground.program import Program
from planweave.planners.htn.ground.schema import Schema

Need: TypeAlias = tuple[str, tuple[Term | None, ...]]
"""A predicate with terms over the arguments of a task; None: a wildcard."""

ROUNDS = 30
"""After so many rounds recursion is given up: compound tasks are then taken to need nothing."""


@dataclass(frozen=True)
class Needs:
    """What each operator and compound task needs; the variables are the positions of its arguments.

    Attributes:
        first: what must hold when it begins.
        static: what must hold and never changes.
    """

    first: dict[str, frozenset[Need]]
    static: dict[str, frozenset[Need]]

    def of(self, schema: Schema) -> list[Need]:
        """What must hold when a rule is chosen, over its variables: in an order of its own."""
        needs: dict[Need, None] = dict.fromkeys(schema.positive)
        for name, terms in schema.subtasks:
            needs |= dict.fromkeys(_applied(need, terms) for need in _ordered(self.static[name]))
        for name, terms in _first_subtasks(schema):
            needs |= dict.fromkeys(_applied(need, terms) for need in _ordered(self.first[name]))
        return _most_specific(needs)


def needs_of(program: Program) -> Needs:
    """The needs of each operator and compound task."""
    return Needs(_fixpoint(program, static=False), _fixpoint(program, static=True))


def _fixpoint(program: Program, static: bool) -> dict[str, frozenset[Need]]:
    """The greatest fixpoint: at first every compound task is taken to need everything."""
    found: dict[str, frozenset[Need]] = {}
    for name, some in program.actions.items():
        found[name] = _shared([_own(one, _asked(program, one, static)) for one in some])

    def of_rule(schema: Schema) -> frozenset[Need] | None:
        needs = _asked(program, schema, static)
        for name, terms in schema.subtasks if static else _first_subtasks(schema):
            if name not in found:
                return None
            needs += [_applied(need, terms) for need in found[name]]
        return _own(schema, needs)

    for _ in range(ROUNDS):
        changed = False
        for name, some in program.rules.items():
            known = [needs for one in some if (needs := of_rule(one)) is not None]
            if known and found.get(name) != (shared := _shared(known)):
                found[name] = shared
                changed = True
        if not changed:
            return {name: found.get(name, frozenset()) for name in (*program.actions, *program.rules)}
    return {
        name: found[name] if name in program.actions else frozenset() for name in (*program.actions, *program.rules)
    }


def _first_subtasks(schema: Schema) -> tuple[tuple[str, tuple[Term, ...]], ...]:
    return schema.subtasks[:1] if schema.is_ordered else ()


def _asked(program: Program, schema: Schema, static: bool) -> list[Need]:
    return [one for one in schema.positive if not static or one[0] not in program.changed]


def _applied(need: Need, terms: Sequence[Term]) -> Need:
    predicate, own = need
    return predicate, tuple(terms[one] if one is not None and one >= 0 else one for one in own)


def _own(schema: Schema, needs: Iterable[Need]) -> frozenset[Need]:
    """Needs over the arguments of the schema instead of its variables; what is none of them is a wildcard."""
    position = {term: i for i, term in reversed(list(enumerate(schema.arguments))) if term >= 0}
    own = {
        (name, tuple(position.get(one) if one is not None and one >= 0 else one for one in terms))
        for name, terms in needs
    }
    return frozenset(need for need in own if _says_something(need))


def _says_something(need: Need) -> bool:
    return not need[1] or any(term is not None for term in need[1])


def _shared(alternatives: list[frozenset[Need]]) -> frozenset[Need]:
    """What all alternatives need: the least general common generalisations of their needs."""
    if not alternatives:
        return frozenset()
    shared = alternatives[0]
    for other in alternatives[1:]:
        pairs = {
            (name, tuple(a if a == b else None for a, b in zip(left, right, strict=True)))
            for name, left in shared
            for other_name, right in other
            if name == other_name
        }
        shared = frozenset(_most_specific(need for need in pairs if _says_something(need)))
    return frozenset(_most_specific(shared))


def _most_specific(needs: Iterable[Need]) -> list[Need]:
    """The needs that no other one implies."""
    some = list(needs)
    return [need for need in some if not any(other != need and _implies(other, need) for other in some)]


def _implies(strong: Need, weak: Need) -> bool:
    return strong[0] == weak[0] and all(b is None or a == b for a, b in zip(strong[1], weak[1], strict=True))


def _ordered(needs: Iterable[Need]) -> list[Need]:
    """Needs in an order that does not depend on hashes."""
    return sorted(needs, key=str)
