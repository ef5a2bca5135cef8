"""Tasks and agendas as numbers: what is to be done, how each task can be done, and what an action changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planweave.planners.htn.formula import Atom, Term, is_variable
from planweave.planners.htn.lifted.domains import Domains, Narrowed
from planweave.planners.htn.lifted.join import Join
from planweave.planners.htn.lifted.world import Objects, World, getter
from planweave.planners.htn.normal import Action, Literals, Normal, Rule

EMPTY = 0
"""The agenda with nothing left to do."""


@dataclass(frozen=True, slots=True)
class Way:
    """A rule with its variables bound: one way to decompose a task."""

    rule: Rule
    bound: Objects
    agenda: int
    """What is to be done after it is chosen: its subtasks, then the rest."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action changes in the state in which it is taken: the numbers of facts."""

    deletes: tuple[int, ...]
    adds: tuple[int, ...]


class _Ground:
    """An action with its objects: its tests and changes by the numbers of facts."""

    __slots__ = ("changes", "negative", "positive")

    def __init__(self, positive: tuple[int, ...], negative: tuple[int, ...], changes: list[_Change]) -> None:
        self.positive = positive
        self.negative = negative
        self.changes = changes


_Change = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""What must be true, what must be false, what is deleted and what is added then."""


class Tasks:
    """The tasks of a problem by number, and agendas: shared linked lists of tasks, equal ones with one number.

    Attributes:
        heads, tails: the first task of each agenda, and the agenda behind it.
        lengths: how many tasks each agenda holds.
    """

    def __init__(self, normal: Normal, world: World) -> None:
        self.world = world
        narrowed = Narrowed(normal, world.number)
        self.heads, self.tails, self.lengths = [-1], [-1], [0]
        self._cells: dict[tuple[int, int], int] = {}
        self._numbers: dict[tuple[str, Objects], int] = {}
        self.known: list[tuple[str, Objects]] = []
        self._actions = {
            name: [_Template(one, narrowed.of_action(one), world) for one in variants]
            for name, variants in normal.actions.items()
        }
        self._rules = {
            name: [
                _Decomposer(rule, domains, world) for rule in rules if all((domains := narrowed.of_rule(rule)).values())
            ]
            for name, rules in normal.rules.items()
        }
        self._ground: dict[int, list[_Ground] | None] = {}
        self._recursive = recursive_tasks(normal)

    def task(self, name: str, arguments: Objects) -> int:
        """The number of a task with objects."""
        key = name, arguments
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.known)
            self.known.append(key)
        return number

    def agenda(self, task: int, rest: int) -> int:
        """The number of the agenda that begins with a task."""
        key = task, rest
        number = self._cells.get(key)
        if number is None:
            number = self._cells[key] = len(self.heads)
            self.heads.append(task)
            self.tails.append(rest)
            self.lengths.append(self.lengths[rest] + 1)
        return number

    def is_action(self, task: int) -> bool:
        """Whether a task is primitive."""
        return self.known[task][0] in self._actions

    def is_recursive(self, task: int) -> bool:
        """Whether a task may hold itself in what it decomposes into."""
        return self.known[task][0] in self._recursive

    def ways(self, task: int, rest: int, chance: random.Random | None) -> Iterator[Way]:
        """Each way to decompose a compound task whose agenda goes on with ``rest``, in the order of the methods."""
        name, arguments = self.known[task]
        deciders = self._rules.get(name, [])
        if chance is not None and len(deciders) > 1:
            deciders = chance.sample(deciders, len(deciders))
        for one in deciders:
            for bound in one.join.bindings(arguments, chance):
                agenda = rest
                for subtask, pick in one.subtasks:
                    agenda = self.agenda(self.task(subtask, pick(bound)), agenda)
                yield Way(one.rule, bound, agenda)

    def effects(self, task: int) -> Iterator[Effect]:
        """What a primitive task may change now; nothing where it cannot be done."""
        if task not in self._ground:
            self._ground[task] = self._ground_of(task)
        ground = self._ground[task]
        if ground is not None:
            true = self.world.true
            for one in ground:
                if all(fact in true for fact in one.positive) and not any(fact in true for fact in one.negative):
                    yield self._effect(one)
            return
        name, arguments = self.known[task]
        seen = set()
        for template in self._actions[name]:
            for bound in template.join.bindings(arguments):
                effect = self._effect(template.ground(bound))
                if effect not in seen:
                    seen.add(effect)
                    yield effect

    def _ground_of(self, task: int) -> list[_Ground] | None:
        """The variants of an action whose objects its arguments alone say; None: further variables are to be bound."""
        name, arguments = self.known[task]
        found = []
        for template in self._actions[name]:
            if not template.is_closed:
                return None
            if template.fits(arguments):
                found.append(template.ground(arguments))
        return found

    def _effect(self, ground: _Ground) -> Effect:
        true = self.world.true
        if len(ground.changes) == 1 and not ground.changes[0][0] and not ground.changes[0][1]:
            return Effect(ground.changes[0][2], ground.changes[0][3])
        deletes: list[int] = []
        adds: list[int] = []
        for positive, negative, deleted, added in ground.changes:
            if all(fact in true for fact in positive) and not any(fact in true for fact in negative):
                deletes += deleted
                adds += added
        return Effect(tuple(dict.fromkeys(deletes)), tuple(dict.fromkeys(adds)))


def recursive_tasks(normal: Normal) -> frozenset[str]:
    """The names of the tasks that may hold themselves in what they decompose into."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    for name, rules in normal.rules.items():
        graph.add_edges_from((name, one.name) for rule in rules for one in rule.subtasks)
    loops = networkx.strongly_connected_components(graph)
    return frozenset(name for some in loops for name in some if len(some) > 1 or graph.has_edge(name, name))


class _Decomposer:
    """A rule, compiled."""

    def __init__(self, rule: Rule, domains: Domains, world: World) -> None:
        self.rule = rule
        self.join = Join(world, rule.condition, rule.arguments, domains)
        slots = {name: i for i, name in enumerate(self.join.variables)}
        # last first: an agenda is built from its end
        self.subtasks = [(one.name, _picker(one.arguments, slots, world)) for one in reversed(rule.subtasks)]


def _picker(terms: tuple[Term, ...], slots: dict[str, int], world: World) -> Callable[[Objects], Objects]:
    """A function from the objects of variables to those of terms."""
    constants = [term for term in terms if not is_variable(term)]
    if not constants:
        return getter([slots[term] for term in terms])
    places = {**slots, **{term: len(slots) + i for i, term in enumerate(constants)}}
    objects = tuple(world.number[term] for term in constants)
    pick = getter([places[term] for term in terms])
    return lambda bound: pick((*bound, *objects))


class _Template:
    """An action, compiled."""

    def __init__(self, action: Action, domains: Domains, world: World) -> None:
        self.action = action
        self.world = world
        own = [one.name for one in action.parameters[: action.arity]]
        self.is_closed = len(action.parameters) == action.arity
        self.join = Join(world, action.condition, own, domains)
        self._slots = {name: i for i, name in enumerate(self.join.variables)}
        self._domains = [domains[name] for name in own]
        self._condition = self._atoms(action.condition)
        self._changes = [
            (self._atoms(one.condition), one.condition, self._facts(one.deletes), self._facts(one.adds))
            for one in action.changes
        ]

    def _atoms(self, condition: Literals) -> tuple[_Facts, _Facts]:
        return self._facts(condition.positive), self._facts(condition.negative)

    def _facts(self, atoms: tuple[Atom, ...]) -> _Facts:
        return [(self.world.predicate(one.predicate), _picker(one.arguments, self._slots, self.world)) for one in atoms]

    def fits(self, arguments: Objects) -> bool:
        """Whether the arguments are of the types, and equal and unequal as the condition wants."""
        if any(one not in allowed for one, allowed in zip(arguments, self._domains, strict=True)):
            return False
        return self._fits(self.action.condition, arguments)

    def _fits(self, condition: Literals, bound: Objects) -> bool:
        def value(term: Term) -> int:
            return bound[self._slots[term]] if is_variable(term) else self.world.number[term]

        return all(value(a) == value(b) for a, b in condition.equal) and all(
            value(a) != value(b) for a, b in condition.unequal
        )

    def ground(self, bound: Objects) -> _Ground:
        """The action with the objects of its variables."""
        fact = self.world.fact

        def numbers(facts: _Facts) -> tuple[int, ...]:
            return tuple(dict.fromkeys([fact(predicate, pick(bound)) for predicate, pick in facts]))

        changes = [
            (numbers(positive), numbers(negative), numbers(deletes), numbers(adds))
            for (positive, negative), condition, deletes, adds in self._changes
            if self._fits(condition, bound)
        ]
        positive, negative = self._condition
        return _Ground(numbers(positive), numbers(negative), changes)


_Facts = list[tuple[int, Callable[[Objects], Objects]]]
"""Atoms: the number of the predicate, and what picks the arguments."""
