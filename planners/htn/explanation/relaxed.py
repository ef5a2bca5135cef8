"""What can ever be true and which tasks can ever be done, if nothing that is true ever became false.

A fact or task that is out of reach even so is out of reach for good: this is a proof. It is the delete relaxation
(B. Bonet, H. Geffner, "Planning as heuristic search", Artificial Intelligence 129, 2001) with the hierarchy beside it:
a task can be done where some method of it can be used, all of whose subtasks can be done. Worked out lifted, as a
program of Horn clauses, each new fact joined with those that are known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import PlanningTimeout
from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.lifted.join import Join
from planweave.planners.htn.lifted.tasks import recursive_tasks
from planweave.planners.htn.lifted.world import Objects, World
from planweave.planners.htn.normal import TOP, Action, Literals, Normal, Rule

MOST = 200_000
"""So many ways to bind the variables of clauses are looked at; then the work is given up."""
LONG = 12
"""Atoms in the longest condition that is joined with each new fact."""


def can(task: str) -> str:
    """The name of the predicate that a task can be done; no file can name it.

    >>> can("deliver")
    '(can deliver)'
    """
    return f"(can {task})"


def at_first(predicate: str) -> str:
    """The name of the predicate that holds what a predicate holds initially; no file can name it."""
    return f"(at first {predicate})"


@dataclass(frozen=True, slots=True)
class Clause:
    """What follows from a condition.

    Attributes:
        body: the condition.
        heads: what follows.
        domains: the objects of each variable.
    """

    body: Literals
    heads: tuple[Atom, ...]
    domains: Mapping[str, frozenset[int]]


def reached_tasks(normal: Normal) -> frozenset[str]:
    """The names of the tasks and operators that the tasks of the problem lead to, whatever their conditions."""
    seen = {TOP}
    left = [TOP]
    while left:
        for rule in normal.rules.get(left.pop(), ()):
            for one in rule.subtasks:
                if one.name not in seen:
                    seen.add(one.name)
                    left.append(one.name)
    return frozenset(seen)


def endless_tasks(normal: Normal) -> frozenset[str]:
    """The names of the recursive tasks that have methods, each of which leads to a task that never ends."""
    ending = {name for name, variants in normal.actions.items() if variants}
    ending |= {name for name, rules in normal.rules.items() if not rules}  # another matter: there is no method
    changed = True
    while changed:
        changed = False
        for name, rules in normal.rules.items():
            if name not in ending and any(all(one.name in ending for one in rule.subtasks) for rule in rules):
                ending.add(name)
                changed = True
    return recursive_tasks(normal) - ending


class Relaxed:
    """The relaxation of a problem, worked out.

    Attributes:
        normal: the problem.
        world: what can be true, with what can be done (``can``) and what was true at first (``at_first``).
        reached: the names of the tasks and operators that the tasks of the problem lead to.
        is_complete: whether it was worked out to its end; else more may be true.
    """

    def __init__(self, normal: Normal, deadline: Deadline, *, most: int = MOST) -> None:
        self.normal = normal
        self.world = World(normal.problem)
        self.reached = reached_tasks(normal)
        self._left = most
        self._deadline = deadline
        self._domains: dict[tuple[str, ...], frozenset[int]] = {}
        self.added, self.deleted = self._changed()
        self.fixed = frozenset(normal.problem.domain.predicates) - self.added - self.deleted
        self._keep_first()
        self._known: set[int] = set(self.world.true)
        self._new: deque[tuple[int, int, Objects]] = deque()
        self._pivots: dict[int, list[tuple[Join, _Heads]]] = {}
        try:
            self._work(list(self._clauses()))
            self.is_complete = True
        except PlanningTimeout:
            self.is_complete = False

    def _changed(self) -> tuple[frozenset[str], frozenset[str]]:
        """The predicates that the operators in reach add, and those that they delete."""
        changes = [one for name in self.reached for action in self._actions(name) for one in action.changes]
        return (
            frozenset(atom.predicate for one in changes for atom in one.adds),
            frozenset(atom.predicate for one in changes for atom in one.deletes),
        )

    def _actions(self, name: str) -> tuple[Action, ...]:
        return self.normal.actions.get(name, ())

    def _keep_first(self) -> None:
        """Put aside what is true at first, of the predicates that stay so."""
        world = self.world
        for fact in self.normal.problem.state:
            if fact.predicate not in self.deleted:
                arguments = tuple([world.number[one] for one in fact.arguments])
                world.add(world.fact(world.predicate(at_first(fact.predicate)), arguments))

    def condition(self, literals: Literals) -> Literals:
        """What of a condition must be so in the relaxation.

        That a fact is false can be relied on to fail only where it is true at first and nothing deletes it.
        """
        negative = tuple(
            Atom(at_first(atom.predicate), atom.arguments)
            for atom in literals.negative
            if atom.predicate not in self.deleted
        )
        return Literals(literals.positive, negative, literals.equal, literals.unequal)

    def body(self, rule: Rule) -> Literals:
        """What must be so in the relaxation for a rule to do its task."""
        some = self.condition(rule.condition)
        wanted = tuple(Atom(can(one.name), one.arguments) for one in rule.subtasks)
        return Literals((*some.positive, *wanted), some.negative, some.equal, some.unequal)

    def _domain(self, types: tuple[str, ...]) -> frozenset[int]:
        if types not in self._domains:
            names = self.normal.problem.objects_of(types)
            self._domains[types] = frozenset(self.world.number[name] for name in names)
        return self._domains[types]

    def domains(self, one: Action | Rule) -> dict[str, frozenset[int]]:
        """The objects of each variable of an action or a rule, its own types and those of its task."""
        found = {parameter.name: self._domain(parameter.types) for parameter in one.parameters}
        if isinstance(one, Rule) and one.task in self.normal.problem.domain.tasks:
            declared = self.normal.problem.domain.tasks[one.task].parameters
            for term, parameter in zip(one.arguments, declared, strict=True):
                if is_variable(term):
                    found[term] &= self._domain(parameter.types)
        return found

    def _clauses(self) -> Iterator[Clause]:
        for name in sorted(self.reached):
            for action in self._actions(name):
                domains = self.domains(action)
                own = tuple(one.name for one in action.parameters[: action.arity])
                body = self.condition(action.condition)
                plain = [one for one in action.changes if one.condition == Literals()]
                adds = [atom for change in plain for atom in change.adds]
                yield Clause(body, (Atom(can(name), own), *adds), domains)
                for change in action.changes:
                    if change not in plain and change.adds:
                        yield Clause(_both(body, self.condition(change.condition)), change.adds, domains)
            for rule in self.normal.rules.get(name, ()):
                yield Clause(self.body(rule), (Atom(can(name), rule.arguments),), self.domains(rule))

    def _work(self, clauses: Sequence[Clause]) -> None:
        """Follow each new fact; clauses with long bodies, which would be joined with each of them, wait for the end."""
        late: list[tuple[Join, _Heads]] = []
        for one in clauses:
            self._deadline.check("explaining")
            heads, join = _Heads(one, self.world), Join(self.world, one.body, (), one.domains)
            if len(one.body.positive) > LONG:
                late.append((join, heads))
                continue
            for i, atom in enumerate(one.body.positive):
                if atom.predicate not in self.fixed:  # of those none will be new
                    others = (*one.body.positive[:i], *one.body.positive[i + 1 :])
                    rest = Literals(others, one.body.negative, one.body.equal, one.body.unequal)
                    pivot = Join(self.world, rest, atom.arguments, one.domains)
                    self._pivots.setdefault(self.world.predicate(atom.predicate), []).append((pivot, heads))
            self._follow(join, (), heads)
        while True:
            while self._new:
                fact, predicate, arguments = self._new.popleft()
                self.world.add(fact)
                for join, heads in self._pivots.get(predicate, ()):
                    self._follow(join, arguments, heads)
            for join, heads in late:
                self._follow(join, (), heads)
            if not self._new:
                return

    def _follow(self, join: Join, given: Objects, heads: _Heads) -> None:
        for bound in join.bindings(given):
            self._left -= 1
            if self._left < 0:
                raise PlanningTimeout("there is too much that can be true")
            if not self._left & 1023:
                self._deadline.check("explaining")
            for predicate, arguments in heads.facts(bound):
                fact = self.world.fact(predicate, arguments)
                if fact not in self._known:
                    self._known.add(fact)
                    self._new.append((fact, predicate, arguments))


class _Heads:
    """What follows from a clause, for objects of its variables."""

    def __init__(self, clause: Clause, world: World) -> None:
        slots = {name: i for i, name in enumerate(clause.domains)}

        def places(terms: tuple[Term, ...]) -> list[tuple[bool, int]]:
            return [(True, slots[one]) if is_variable(one) else (False, world.number[one]) for one in terms]

        self._heads = [(world.predicate(one.predicate), places(one.arguments)) for one in clause.heads]

    def facts(self, bound: Objects) -> Iterator[tuple[int, Objects]]:
        """The predicate of each fact that follows, by number, and its objects."""
        for predicate, places in self._heads:
            yield predicate, tuple([bound[one] if free else one for free, one in places])


def _both(one: Literals, other: Literals) -> Literals:
    return Literals(
        one.positive + other.positive,
        one.negative + other.negative,
        one.equal + other.equal,
        one.unequal + other.unequal,
    )
