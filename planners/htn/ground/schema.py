"""Actions and rules over integers: variables from 0, an object as ``~object``, equalities resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from planweave.planners.htn.formula import OBJECT, Atom, Parameter
from planweave.planners.htn.formula import Term as Name
from planweave.planners.htn.ground.clause import Term
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import Action, Rule
from planweave.planners.htn.normal import Change as NamedChange

Pattern: TypeAlias = tuple[str, tuple[Term, ...]]
"""A predicate, operator or task with terms."""


class Objects:
    """The objects of a problem by number, and the numbers that have a type."""

    def __init__(self, problem: Problem) -> None:
        self.names = list(problem.types)
        self.numbers = {name: i for i, name in enumerate(self.names)}
        self._problem = problem
        self._of_types: dict[tuple[str, ...], frozenset[int]] = {}

    def of(self, types: tuple[str, ...]) -> frozenset[int]:
        """The numbers of the objects that have one of these types."""
        found = self._of_types.get(types)
        if found is None:
            names = self._problem.objects_of(types) if types != (OBJECT,) else self.names
            found = self._of_types[types] = frozenset(self.numbers[name] for name in names)
        return found

    def number(self, name: str) -> int:
        """The number of an object; one that nobody declared gets one now, and has no type."""
        if name not in self.numbers:
            self.numbers[name] = len(self.names)
            self.names.append(name)
        return self.numbers[name]


@dataclass(frozen=True, slots=True)
class Change:
    """What an action does where a condition holds.

    Attributes:
        positive, negative, equal, unequal: the condition.
        adds, deletes: what becomes true, and what false.
    """

    positive: tuple[Pattern, ...]
    negative: tuple[Pattern, ...]
    equal: tuple[tuple[Term, Term], ...]
    unequal: tuple[tuple[Term, Term], ...]
    adds: tuple[Pattern, ...]
    deletes: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """An action or rule over integers.

    Attributes:
        source: what it stands for.
        domains: for each variable, the objects that it may stand for.
        terms: for each parameter of the source, its term.
        positive, negative: the literals that must hold, and that must not.
        unequal: pairs of terms that must differ.
        arguments: the terms of its task, or of the operator.
        subtasks: of a rule: what it decomposes into.
        changes: of an action: what it does.
    """

    source: Action | Rule
    domains: tuple[frozenset[int], ...]
    terms: tuple[Term, ...]
    positive: tuple[Pattern, ...]
    negative: tuple[Pattern, ...]
    unequal: tuple[tuple[Term, Term], ...]
    arguments: tuple[Term, ...]
    subtasks: tuple[Pattern, ...]
    changes: tuple[Change, ...] = ()

    @property
    def task(self) -> str:
        """The operator, or the task of the rule."""
        return self.source.task if isinstance(self.source, Rule) else self.source.name

    @property
    def is_ordered(self) -> bool:
        """Whether its subtasks are totally ordered."""
        return not isinstance(self.source, Rule) or self.source.is_ordered

    def patterns(self) -> Iterator[Pattern]:
        """All atoms over facts in it."""
        yield from self.positive
        yield from self.negative
        for change in self.changes:
            yield from (*change.positive, *change.negative, *change.adds, *change.deletes)


def schema(source: Action | Rule, objects: Objects) -> Schema | None:
    """The schema of an action or rule; None: its equalities cannot hold.

    >>> from planweave.planners.htn.domain import Domain
    >>> from planweave.planners.htn.normal import Literals
    >>> problem = Problem("p", Domain("d"), {"a": ("t",), "b": ("t",)}, frozenset())
    >>> x, y = Parameter("?x", ("t",)), Parameter("?y", ("t",))
    >>> action = Action("go", (x, y), 2, Literals((Atom("at", ("?x", "?y")),), equal=(("?y", "b"),)))
    >>> schema(action, Objects(problem)).positive
    (('at', (0, -2)),)
    """
    return _Resolver(source, objects).result()


def _idle_variables(rule: Rule) -> frozenset[Name]:
    """The variables that stand nowhere in a rule."""
    condition = rule.condition
    used = {*rule.arguments, *(term for one in rule.subtasks for term in one.arguments)}
    used.update(term for atom in (*condition.positive, *condition.negative) for term in atom.arguments)
    used.update(term for pair in (*condition.equal, *condition.unequal) for term in pair)
    return frozenset(one.name for one in rule.parameters) - used


class _Resolver:
    """Resolves the equalities of one action or rule."""

    def __init__(self, source: Action | Rule, objects: Objects) -> None:
        self._source = source
        self._objects = objects
        self._same: dict[Name, Name] = {}
        self._is_possible = all(self._unite(left, right) for left, right in source.condition.equal)
        self._terms: dict[Name, Term] = {}
        self._domains: list[frozenset[int]] = []
        self._idle = _idle_variables(source) if isinstance(source, Rule) else frozenset[Name]()
        for parameter in source.parameters:
            self._place(parameter)

    def _root(self, name: Name) -> Name:
        while name in self._same:
            name = self._same[name]
        return name

    def _unite(self, left: Name, right: Name) -> bool:
        left, right = self._root(left), self._root(right)
        if left == right:
            return True
        if not left.startswith("?"):
            left, right = right, left
        if not left.startswith("?"):
            return False
        self._same[left] = right
        return True

    def _place(self, parameter: Parameter) -> None:
        root = self._root(parameter.name)
        allowed = self._objects.of(parameter.types)
        if not root.startswith("?"):
            self._is_possible &= self._objects.number(root) in allowed
        elif root in self._idle:  # any object will do
            self._is_possible &= bool(allowed)
            self._terms[root] = ~min(allowed, default=0)
        elif root in self._terms:
            self._domains[self._terms[root]] &= allowed
        else:
            self._terms[root] = len(self._domains)
            self._domains.append(allowed)

    def term(self, name: Name) -> Term:
        root = self._root(name)
        return self._terms[root] if root.startswith("?") else ~self._objects.number(root)

    def _patterns(self, atoms: Iterable[Atom]) -> tuple[Pattern, ...]:
        return tuple((atom.predicate, tuple(map(self.term, atom.arguments))) for atom in atoms)

    def _pairs(self, pairs: Iterable[tuple[Name, Name]]) -> tuple[tuple[Term, Term], ...]:
        return tuple((self.term(left), self.term(right)) for left, right in pairs)

    def result(self) -> Schema | None:
        source = self._source
        unequal = self._pairs(source.condition.unequal)
        if not self._is_possible or any(left == right for left, right in unequal):
            return None
        terms = tuple(self.term(parameter.name) for parameter in source.parameters)
        return Schema(
            source,
            tuple(self._domains),
            terms,
            self._patterns(source.condition.positive),
            self._patterns(source.condition.negative),
            tuple((left, right) for left, right in unequal if left >= 0 or right >= 0),
            terms[: source.arity] if isinstance(source, Action) else tuple(map(self.term, source.arguments)),
            self._subtasks(source) if isinstance(source, Rule) else (),
            tuple(map(self._change, source.changes)) if isinstance(source, Action) else (),
        )

    def _subtasks(self, rule: Rule) -> tuple[Pattern, ...]:
        return tuple((one.name, tuple(map(self.term, one.arguments))) for one in rule.subtasks)

    def _change(self, change: NamedChange) -> Change:
        condition = change.condition
        return Change(
            self._patterns(condition.positive),
            self._patterns(condition.negative),
            self._pairs(condition.equal),
            self._pairs(condition.unequal),
            self._patterns(change.adds),
            self._patterns(change.deletes),
        )
