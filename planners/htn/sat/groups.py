"""Groups of facts of which at most one holds, in any state: a truck is at one place, or none.

A family of groups is found by what its facts are about: ``at ?truck ?place`` for each truck, with any place. Where an
action makes a fact of a group true, it must use up another one, which it needs; where it does not, facts of another
predicate that it uses up may be what is missing: ``in ?box ?truck`` next to ``at ?box ?place``. (M. Helmert, "Concise
finite-domain representations for PDDL planning tasks", Artificial Intelligence 173, 2009.) Families are guessed from a
few ground actions of each operator, and checked on all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded

SAMPLE = 25
"""So many ground actions of each operator are looked at for guessing."""
FAMILIES = 300
"""So many families are guessed at most."""
PREDICATES = 4
"""So many predicates has a family at most."""


class Part(NamedTuple):
    """The facts of a predicate, all but one of whose arguments say which group they belong to; -1: all do."""

    predicate: str
    counted: int


Family: TypeAlias = frozenset[Part]
Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What an action does to facts, of those that may stand in groups.

    Attributes:
        adds: what it makes true.
        uses: what it needs and makes false.
    """

    adds: tuple[Fact, ...]
    uses: tuple[Fact, ...]


def key(part: Part, fact: Fact) -> Key:
    """Which group of a family a fact belongs to.

    >>> key(Part("at", 1), Fact("at", ("truck", "depot")))
    ('truck',)
    """
    if part.counted < 0:
        return fact.arguments
    return fact.arguments[: part.counted] + fact.arguments[part.counted + 1 :]


def groups_of(grounded: Grounded, deadline: Deadline) -> list[list[Fact]]:
    """Groups of at least two facts of which at most one holds.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    steps = _steps(grounded, deadline)
    parts = _parts(grounded)
    found: dict[Family, None] = {}
    for family in _guessed(_sample(grounded, steps), parts, deadline):
        found[family] = None
    broken = _broken(list(found), steps, parts, deadline)
    groups = []
    initial = {grounded.facts[fact] for fact in grounded.initial}
    for number, family in enumerate(found):
        deadline.check("looking for groups of facts")
        members: dict[Key, list[Fact]] = {}
        start: dict[Key, int] = {}
        for fact, truth in grounded.facts:
            for part in parts.get(fact.predicate, ()):
                if truth and part in family:
                    one = key(part, fact)
                    members.setdefault(one, []).append(fact)
                    start[one] = start.get(one, 0) + ((fact, True) in initial)
        groups += [
            some for one, some in members.items() if len(some) > 1 and start[one] <= 1 and (number, one) not in broken
        ]
    return groups


def rivals_of(grounded: Grounded, groups: Iterable[Iterable[Fact]]) -> dict[int, set[int]]:
    """For each number of a fact in a group, those of the others in its groups."""
    numbers = {fact: number for number, (fact, truth) in enumerate(grounded.facts) if truth}
    found: dict[int, set[int]] = {}
    for group in groups:
        some = {numbers[fact] for fact in group if fact in numbers}
        for one in some:
            found.setdefault(one, set()).update(some - {one})
    return found


def _steps(grounded: Grounded, deadline: Deadline) -> list[Step]:
    """What each action does; conditional effects may make true, but use nothing up for sure."""
    found = []
    for action, effects in enumerate(grounded.effects):
        if action % 1000 == 0:
            deadline.check("looking for groups of facts")
        needs = set(grounded.conditions[action])
        sets = {fact for effect in effects for fact in effect.sets}
        gone = {fact for effect in effects if not effect.condition for fact in effect.clears}
        found.append(Step(_true(grounded, sets - needs), _true(grounded, gone & needs - sets)))
    return found


def _true(grounded: Grounded, numbers: Iterable[int]) -> tuple[Fact, ...]:
    """The facts, not absences, among some numbers."""
    return tuple([fact for fact, truth in map(grounded.facts.__getitem__, sorted(numbers)) if truth])


def _parts(grounded: Grounded) -> dict[str, list[Part]]:
    arity = {fact.predicate: len(fact.arguments) for fact, truth in grounded.facts if truth}
    return {name: [Part(name, one) for one in range(-1, count)] for name, count in sorted(arity.items())}


def _sample(grounded: Grounded, steps: Sequence[Step]) -> list[Step]:
    """Some actions of each operator."""
    of: dict[str, list[Step]] = {}
    for origin, step in zip(grounded.action_origins, steps, strict=True):
        of.setdefault(origin.schema.task, []).append(step)
    return [one for some in of.values() for one in some[:: 1 + len(some) // SAMPLE]]


def _guessed(sample: Sequence[Step], parts: dict[str, list[Part]], deadline: Deadline) -> Iterator[Family]:
    """The families that are balanced on a sample."""
    waiting: list[Family] = [frozenset([one]) for some in parts.values() for one in some]
    seen = set(waiting)
    for family in waiting:
        deadline.check("looking for groups of facts")
        more = _mended(family, sample, parts)
        if more is None:
            yield family
        for one in more or ():
            wider = family | {one}
            if wider not in seen and len(seen) < FAMILIES:
                seen.add(wider)
                waiting.append(wider)


def _mended(family: Family, sample: Sequence[Step], parts: dict[str, list[Part]]) -> list[Part] | None:
    """Parts of which one may balance an action that is not balanced; None: all are."""
    of = {part.predicate: part for part in family}
    for step in sample:
        taken: set[Key] = set()
        used = {key(of[fact.predicate], fact) for fact in step.uses if fact.predicate in of}
        for fact in step.adds:
            if fact.predicate in of:
                one = key(of[fact.predicate], fact)
                if one in taken:
                    return []
                taken.add(one)
                if one not in used:
                    if len(family) >= PREDICATES:
                        return []
                    return [
                        part
                        for other in step.uses
                        if other.predicate not in of
                        for part in parts[other.predicate]
                        if key(part, other) == one
                    ]
    return None


def _broken(
    families: Sequence[Family], steps: Sequence[Step], parts: dict[str, list[Part]], deadline: Deadline
) -> set[tuple[int, Key]]:
    """The groups that some action does not keep, by the number of the family and the key."""
    of: dict[str, list[tuple[int, Part]]] = {}
    for number, family in enumerate(families):
        for part in family:
            of.setdefault(part.predicate, []).append((number, part))
    broken: set[tuple[int, Key]] = set()
    for i, step in enumerate(steps):
        if i % 1000 == 0:
            deadline.check("looking for groups of facts")
        used = {(number, key(part, fact)) for fact in step.uses for number, part in of.get(fact.predicate, ())}
        taken: set[tuple[int, Key]] = set()
        for fact in step.adds:
            for number, part in of.get(fact.predicate, ()):
                one = number, key(part, fact)
                if one in taken or one not in used:
                    broken.add(one)
                taken.add(one)
    return broken
