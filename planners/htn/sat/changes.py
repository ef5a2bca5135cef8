"""Changes: what is done at a position needs facts before it and makes facts after it, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planweave.planners.htn.sat.clauses import Clauses
from planweave.planners.htn.sat.literals import Mask, Opposites, bits
from planweave.planners.htn.sat.position import Moment, Position
from planweave.planners.htn.sat.solver import TRUE
from planweave.planners.htn.sat.tables import Tables


def moments_between(
    start: Moment, end: Moment, changes: Sequence[Mask], clauses: Clauses
) -> list[tuple[Moment, frozenset[int]]]:
    """The moment after each of some positions in a row, and the facts that may have changed there.

    A fact has a new variable only where it may change; after its last change it has that of the end.

    Args:
        start: the moment before them.
        end: the moment after them.
        changes: what each may change.
        clauses: say that facts that none of them can change are the same at the end.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    opposites = Opposites(len(start.facts))
    changed = [{one >> 1 for one in bits(some)} for some in changes]
    last = {fact: i for i, some in enumerate(changed) for fact in some}
    for fact, (one, two) in enumerate(zip(start.facts, end.facts, strict=True)):
        if one != two and fact not in last:
            clauses.equate(one, two)
    at_last = [0] * len(changes)  # what each changes and none after it
    later = 0
    for i in reversed(range(len(changes))):
        both = changes[i] | opposites.of(changes[i])
        at_last[i] = both & ~later
        later |= both
    found = []
    moment = start
    for i, some in enumerate(changed):
        clauses.deadline.check("refining the formula")
        facts = moment.facts.copy()
        for fact in sorted(some):
            facts[fact] = end.facts[fact] if last[fact] == i else clauses.variable()
        fixed = moment.fixed & ~(changes[i] | opposites.of(changes[i])) | end.fixed & at_last[i]
        moment = Moment(facts, fixed)
        found.append((moment, frozenset(some)))
    return found


class Changes:
    """Says what the options of a position need and make.

    Args:
        tables: those of the problem.
        actions: how many actions there are.
        clauses: what is said.
    """

    def __init__(self, tables: Tables, actions: int, clauses: Clauses) -> None:
        self._tables = tables
        self._actions = actions
        self._clauses = clauses
        self._opposites = Opposites(tables.facts)
        self._groups_of: dict[int, list[int]] = {}
        for number, group in enumerate(tables.groups):
            for fact in group:
                self._groups_of.setdefault(fact, []).append(number)

    def possible(self, options: Iterable[int], state: Mask) -> Mask:
        """What may become true by one of these options that may not have been true before."""
        some = 0
        for option in options:
            some |= self._tables.changes[option]
        return some & self._opposites.of(state)

    def exclude(self, moment: Moment, changed: frozenset[int]) -> None:
        """At most one fact of a group holds, of each group with a fact that has changed."""
        for number in sorted({group for fact in changed for group in self._groups_of.get(fact, ())}):
            some = [one for fact in self._tables.groups[number] if (one := moment.facts[fact]) != -TRUE]
            self._clauses.at_most_one(some)

    def constrain(self, position: Position, end: Moment) -> None:
        """What the options need at the start and make at the end, and that nothing else changes."""
        tables, clauses = self._tables, self._clauses
        start = position.start
        causes: dict[int, list[int]] = {}
        loose = 0  # what an open task may change
        for option, literal in position.options.items():
            clauses.hold((literal,), start, tables.needs[option])
            clauses.hold((literal,), end, tables.results[option])
            if option >= self._actions:
                loose |= tables.changes[option]
            elif option in tables.whens:
                self._constrain_effects(option, literal, start, end, causes)
            else:
                for one in tables.results[option]:
                    causes.setdefault(one, []).append(literal)
        for fact, (old, new) in enumerate(zip(start.facts, end.facts, strict=True)):
            if old != new:
                for one, was, now in ((2 * fact, old, new), (2 * fact + 1, -old, -new)):
                    if was != TRUE and now != -TRUE:
                        some = [*causes.get(one, ()), was, -now]
                        if loose >> one & 1:
                            some.append(position.open)
                        clauses.any_of(some)

    def _constrain_effects(
        self, action: int, literal: int, start: Moment, end: Moment, causes: dict[int, list[int]]
    ) -> None:
        """Of effects with conditions the last one that happens says what becomes of a fact."""
        clauses = self._clauses
        effects: dict[int, list[tuple[int, int]]] = {}
        for condition, results in self._tables.whens[action]:
            happens = clauses.all_of(map(start.value, condition))
            for one in results:
                effects.setdefault(one >> 1, []).append((one, happens))
        for fact, some in effects.items():
            for i, (one, happens) in enumerate(some):
                later = [other for two, other in some[i + 1 :] if two != one]
                clauses.any_of([-literal, -happens, *later, end.value(one)])
            for one in (2 * fact, 2 * fact + 1):
                makers = [happens for two, happens in some if two == one]
                if makers:
                    causes.setdefault(one, []).append(literal)
                clauses.any_of([-literal, -end.value(one), start.value(one), *makers])
