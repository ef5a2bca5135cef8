"""Clauses: what follows from rows of relations, and the fixpoint of what follows.

Evaluated a set of rows at a time, from the new rows of one relation at a time (semi-naive evaluation: F. Bancilhon and
R. Ramakrishnan, "An amateur's introduction to recursive query processing strategies", SIGMOD 1986), joining the atom
next that leaves the fewest rows, by hashing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.relation import Access, Relation, Row, columns

Term: TypeAlias = int
"""A variable, from 0, or an object, as ``~object``."""

CHUNK = 2048
"""How many rows are joined at a time: enough to be fast, few enough that limits are kept."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Terms that must stand together in a relation."""

    relation: Relation
    terms: tuple[Term, ...]

    def variables(self) -> set[int]:
        """Its variables."""
        return {term for term in self.terms if term >= 0}


@dataclass(eq=False)
class Clause:
    """What follows where a body holds: the row of its variables, and a row of each head.

    Attributes:
        name: for people.
        domains: for each variable, the objects that it may stand for.
        body: the literals that must hold.
        unequal: pairs of terms that must differ.
        absent: literals that must not hold, of relations that are complete.
        heads: what follows.
        rows: the rows of its variables found so far.
    """

    name: str
    domains: tuple[frozenset[int], ...]
    body: tuple[Literal, ...]
    unequal: tuple[tuple[Term, Term], ...] = ()
    absent: tuple[Literal, ...] = ()
    heads: tuple[Literal, ...] = ()
    rows: dict[Row, None] = field(default_factory=dict)


def saturate(clauses: Sequence[Clause], deadline: Deadline, doing: str) -> None:
    """Derive all that follows.

    Rows that a relation holds at the start are seen by all joins; those that follow are added to the heads.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    growing = {head.relation: None for clause in clauses for head in clause.heads}
    body = {literal.relation: None for clause in clauses for literal in clause.body}
    growing |= dict.fromkeys(one for one in body if one.fresh or one.whole in growing)
    uses: dict[Relation, list[tuple[Clause, int]]] = {relation: [] for relation in growing}
    for clause in clauses:
        for i, literal in enumerate(clause.body):
            if literal.relation in uses:
                uses[literal.relation].append((clause, i))
    joins = _Joins(deadline, doing)
    for clause in clauses:
        joins.derive(clause, None, [()])
    while True:
        waiting = [relation for relation in growing if relation.fresh]
        if not waiting:
            return
        for relation in waiting:
            new = relation.take()
            for clause, i in uses[relation]:
                joins.derive(clause, i, new)


class _Joins:
    """Derives what follows from new rows; keeps the plan of a join until a relation in it has doubled."""

    def __init__(self, deadline: Deadline, doing: str) -> None:
        self._deadline = deadline
        self._doing = doing
        self._plans: dict[tuple[Clause, int | None], tuple[int, list[Step], Callable[[Row], Row]]] = {}

    def derive(self, clause: Clause, first: int | None, rows: list[Row]) -> None:
        """What follows from new rows of one literal of the body; of None: from the rest alone."""
        size = 0
        for i, literal in enumerate(clause.body):
            if i != first:
                if not len(literal.relation):
                    return
                size += len(literal.relation)
        plan = self._plans.get((clause, first))
        if plan is None or size > 2 * plan[0]:
            steps, order = plan_join(clause, first)
            plan = self._plans[clause, first] = size, steps, columns(order)
        for start in range(0, len(rows), CHUNK):
            self._conclude(clause, plan[1], plan[2], rows[start : start + CHUNK])

    def _conclude(self, clause: Clause, steps: list[Step], whole: Callable[[Row], Row], rows: list[Row]) -> None:
        self._deadline.check(self._doing)
        for step in steps:
            if len(rows) * step.factor > CHUNK:
                self._deadline.check(self._doing, more=step.bytes(rows))
            rows = step.join(rows)
            if not rows:
                return
        known = clause.rows
        new = [row for row in dict.fromkeys(map(whole, rows)) if row not in known]
        if new:
            known.update(dict.fromkeys(new))
            for head in clause.heads:
                head.relation.add(_projected(head.terms, new))


def _projected(terms: tuple[Term, ...], rows: list[Row]) -> Iterable[Row]:
    if all(term >= 0 for term in terms):
        return map(columns(terms), rows)
    return [tuple([row[term] if term >= 0 else ~term for term in terms]) for row in rows]


# ---------------------------------------------------------------------- joins


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a join: rows in, longer rows out."""

    join: Callable[[list[Row]], list[Row]]
    factor: float
    width: int

    def bytes(self, rows: list[Row]) -> int:
        """About how much memory the result takes."""
        return int(len(rows) * self.factor) * (64 + 8 * self.width)


def plan_join(clause: Clause, first: int | None) -> tuple[list[Step], tuple[int, ...]]:
    """The steps that join the rows of one literal with all others, and where each variable then stands."""
    planner = _Planner(clause)
    if first is not None:
        planner.start(clause.body[first])
    left = [literal for i, literal in enumerate(clause.body) if i != first]
    while left:
        cheapest = min(left, key=planner.growth)
        left.remove(cheapest)
        planner.join(cheapest)
    for variable in range(len(clause.domains)):
        if variable not in planner.place:
            planner.choose(variable)
    return planner.steps, tuple(planner.place[variable] for variable in range(len(clause.domains)))


class _Planner:
    """Puts the steps of a join together.

    Attributes:
        steps: so far.
        place: of each variable that is bound, its column.
    """

    def __init__(self, clause: Clause) -> None:
        self.steps: list[Step] = []
        self.place: dict[int, int] = {}
        self._clause = clause
        self._width = 0
        self._unequal = list(clause.unequal)
        self._absent = list(clause.absent)
        self._filter()

    def start(self, literal: Literal) -> None:
        """The rows that come in are those of this literal."""
        self._width = literal.relation.arity
        for i, term in enumerate(literal.terms):
            if term < 0:
                self._add(_keep_value(i, ~term))
            elif term in self.place:
                self._add(_keep_same(self.place[term], i))
            else:
                self._bind(term, i)
        self._filter()

    def growth(self, literal: Literal) -> tuple[float, int]:
        """By how much a join with this literal multiplies the rows, about; of equals, the larger relation last."""
        widths = literal.relation.widths
        size = float(len(literal.relation))
        for i, term in enumerate(literal.terms):
            if term < 0 or term in self.place:
                size /= max(1, widths[i])
        return size, len(literal.relation)

    def join(self, literal: Literal) -> None:
        """Join the rows with those of a literal."""
        fixed = tuple((i, ~term) for i, term in enumerate(literal.terms) if term < 0)
        first: dict[int, int] = {}
        same = [
            (first[term], i) for i, term in enumerate(literal.terms) if term >= 0 and first.setdefault(term, i) != i
        ]
        key = tuple(i for term, i in first.items() if term in self.place)
        tail = tuple(i for term, i in first.items() if term not in self.place)
        index = literal.relation.index(Access(fixed, tuple(same), key, tail))
        known = columns(tuple(self.place[term] for term in first if term in self.place))
        growth, _ = self.growth(literal)
        self._add(_extend(index.tails, known) if tail else _keep_known(index.tails, known), growth, len(tail))
        for term in [term for term in first if term not in self.place]:
            self._bind(term, self._width)
            self._width += 1
        self._filter()

    def choose(self, variable: int) -> None:
        """Let a variable be any object of its domain."""
        objects = [(one,) for one in sorted(self._clause.domains[variable])]
        self._add(lambda rows: [(*row, *one) for row, one in product(rows, objects)], len(objects), 1)
        self.place[variable] = self._width
        self._width += 1
        self._filter()

    def _bind(self, variable: int, place: int) -> None:
        self.place[variable] = place
        self._add(_keep_among(place, self._clause.domains[variable]))

    def _add(self, join: Callable[[list[Row]], list[Row]], factor: float = 1.0, more: int = 0) -> None:
        self.steps.append(Step(join, factor, self._width + more))

    def _filter(self) -> None:
        """Filter by what can be told by now."""
        for pair in [pair for pair in self._unequal if all(term < 0 or term in self.place for term in pair)]:
            self._unequal.remove(pair)
            self._add(_keep_different(*map(self._reader, pair)))
        for literal in [one for one in self._absent if one.variables() <= self.place.keys()]:
            self._absent.remove(literal)
            self._add(_keep_absent(literal.relation.rows, [self._reader(term) for term in literal.terms]))

    def _reader(self, term: Term) -> Callable[[Row], int]:
        if term < 0:
            return lambda row: ~term
        place = self.place[term]
        return lambda row: row[place]


def _extend(tails: dict[Row, Iterable[Row]], key: Callable[[Row], Row]) -> Callable[[list[Row]], list[Row]]:
    empty: tuple[Row, ...] = ()
    return lambda rows: [row + tail for row in rows for tail in tails.get(key(row), empty)]


def _keep_known(keys: dict[Row, Iterable[Row]], key: Callable[[Row], Row]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if key(row) in keys]


def _keep_among(place: int, objects: frozenset[int]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if row[place] in objects]


def _keep_value(place: int, value: int) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if row[place] == value]


def _keep_same(place: int, other: int) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if row[place] == row[other]]


def _keep_different(left: Callable[[Row], int], right: Callable[[Row], int]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if left(row) != right(row)]


def _keep_absent(known: dict[Row, None], readers: list[Callable[[Row], int]]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if tuple([read(row) for read in readers]) not in known]
