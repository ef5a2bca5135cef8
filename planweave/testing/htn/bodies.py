"""Random task networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from planweave.planners.htn.formula import TRUE, Equal, Formula, Not, Parameter
from planweave.planners.htn.hddl.networks import consecutive, fresh_ids
from planweave.planners.htn.model import Subtask, TaskNetwork
from planweave.testing.choices import pick
from planweave.testing.htn.formulas import FormulaWriter

FREE = ("?y", "?w")
"""The names of variables that methods, and problems, have beside those of their tasks; more only where they must."""


def named(names: Sequence[str]) -> Iterator[str]:
    """Names without end: these, then the same with numbers.

    >>> from itertools import islice
    >>> list(islice(named(["do", "act"]), 5))
    ['do', 'act', 'do2', 'act2', 'do3']
    """
    yield from names
    yield from (f"{name}{turn}" for turn in count(2) for name in names)


@dataclass(frozen=True)
class Callee:
    """A task or operator that bodies may hold.

    Attributes:
        name: of it.
        parameters: its variables.
        weight: how many steps it may become at most.
    """

    name: str
    parameters: tuple[Parameter, ...]
    weight: int


@dataclass
class BodyWriter:
    """Writes one random task network.

    Attributes:
        formulas: where the chances come from, and what there may be.
        above: the types above each type, itself among them.
        objects: the types of each object that may be named.
        variables: of the method, to which those are added that its subtasks need.
        grows: whether variables may be added that no subtask needs.
        is_of_method: whether it is for a method, whose objects nobody knows yet: then a variable may have a wider type
            than a subtask wants, so that fewer objects can stand for it, and is added where nothing has the right one.
    """

    formulas: FormulaWriter
    above: Mapping[str, frozenset[str]]
    objects: Mapping[str, tuple[str, ...]]
    variables: list[Parameter]
    grows: bool = True
    is_of_method: bool = True

    def network(self, callees: Sequence[Callee], least: int, most: int, weight: int) -> TaskNetwork:
        """A network of subtasks that together become no more steps than ``weight``."""
        left = weight

        def another() -> Subtask | None:
            nonlocal left
            able = [one for one in callees if one.weight <= left and self._can_call(one)]
            if not able:
                return None
            one = pick(self.formulas.choices, able)
            left -= one.weight
            return self.subtask(one)

        made = [one for one in self.formulas.choices.several(another, least, most) if one is not None]
        return self.arranged(made)

    def arranged(self, made: Sequence[Subtask]) -> TaskNetwork:
        """These subtasks in some order, or partial order, with constraints on their variables."""
        ids = list(fresh_ids((one.name for one in made), set()))
        subtasks = tuple(replace(one, id=name) for name, one in zip(ids, made, strict=True))
        pairs = consecutive(subtasks)
        if len(subtasks) > 1 and self.formulas.maybe(60, "partial-order"):
            every = [(ids[i], ids[k]) for k in range(len(ids)) for i in range(k)]
            kept = self.formulas.choices.several(lambda: pick(self.formulas.choices, every), 0, len(subtasks) - 1)
            pairs = tuple(dict.fromkeys(kept))
            if self.formulas.maybe(20):
                subtasks = subtasks[::-1]
                fresh = fresh_ids((one.name for one in subtasks), set())
                names = {one.id: name for one, name in zip(subtasks, fresh, strict=True)}
                subtasks = tuple(replace(one, id=names[one.id]) for one in subtasks)
                pairs = tuple((names[one], names[two]) for one, two in pairs)
        return TaskNetwork(subtasks, pairs, self._constraint())

    def _constraint(self) -> Formula:
        terms = [*(one.name for one in self.variables), *self.objects]
        if len(terms) < 2 or not self.formulas.maybe(15, "equality"):
            return TRUE
        one, two = pick(self.formulas.choices, terms), pick(self.formulas.choices, terms)
        return TRUE if one == two else Not(Equal(one, two))

    def subtask(self, callee: Callee) -> Subtask:
        """A call, with terms that may have the right types."""
        return Subtask(callee.name, callee.name, tuple([self._term(one) for one in callee.parameters]))

    @property
    def free(self) -> str:
        """The name for one more variable."""
        known = {one.name for one in self.variables}
        return next(name for name in named(FREE) if name not in known)

    def _can_call(self, callee: Callee) -> bool:
        return self.is_of_method or all(self._terms(one) for one in callee.parameters)

    def _term(self, wanted: Parameter) -> str:
        terms = self._terms(wanted)
        free = self.free
        if not terms or (self.grows and free in FREE and self.formulas.maybe(40)):
            return self.add(free, self._narrowed(wanted.types) if terms else wanted.types)
        return pick(self.formulas.choices, terms)

    def add(self, name: str, types: tuple[str, ...]) -> str:
        """One more variable."""
        self.variables.append(Parameter(name, types))
        return name

    def _narrowed(self, types: tuple[str, ...]) -> tuple[str, ...]:
        """These types, or in a method one below them, so that not all that a subtask could take may be chosen."""
        below = [name for name, above in self.above.items() if name not in types and not above.isdisjoint(types)]
        is_narrowed = self.is_of_method and below and self.formulas.maybe(25)
        return (pick(self.formulas.choices, below),) if is_narrowed else types

    def _terms(self, wanted: Parameter) -> list[str]:
        """The terms of which some object may have the type that is wanted."""
        able = [one.name for one in self.variables if self._overlap(one.types, wanted.types)]
        return able + [name for name, types in self.objects.items() if self._reach(types, wanted.types)]

    def _reach(self, some: Sequence[str], wanted: Sequence[str]) -> bool:
        """Whether all objects of some types have one that is wanted."""
        return all(any(one in self.above[kind] for one in wanted) for kind in some)

    def _overlap(self, some: Sequence[str], wanted: Sequence[str]) -> bool:
        """Whether objects of some types may have one that is wanted."""
        if not self.is_of_method:
            return self._reach(some, wanted)
        return any(other in self.above[one] or one in self.above[other] for one in some for other in wanted)
