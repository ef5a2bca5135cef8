"""The parts of a hierarchical planning domain, lifted. Frozen values; names as in HDDL (D. Höller et al., AAAI 2020).

A ``Domain`` (``domain.py``) gathers them; a ``Problem`` asks for a plan in one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, product
from typing import TYPE_CHECKING

from planweave.engine.location import Location
from planweave.engine.plan import Fact
from planweave.planners.htn.formula import TRUE, Fluent, Formula, Parameter, Term

if TYPE_CHECKING:
    from planweave.planners.htn.domain import Domain


@dataclass(frozen=True, slots=True)
class Operator:
    """A primitive task: what can be done, when, and what it changes.

    Attributes:
        name: of the operator.
        parameters: its typed variables.
        precondition: what must hold for it.
        effect: what it changes; deletes happen before adds. Costs are ``Increase`` effects on ``(total-cost)``.
        duration: seconds that it takes, a number or a fluent; None: nobody says.
        where: the line that defines it.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    precondition: Formula = TRUE
    effect: Formula = TRUE
    duration: float | Fluent | None = None
    where: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CompoundTask:
    """A task that methods decompose.

    Attributes:
        name: of the task.
        parameters: its typed variables.
        effect: what holds once it is done, whichever method does it; checked of every plan.
        where: the line that defines it.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    effect: Formula = TRUE
    where: Location | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Subtask:
    """A task in a network: a compound or primitive one with terms.

    Attributes:
        id: what orderings call it; unique in its network.
        name: of the task or operator.
        arguments: its terms.
    """

    id: str
    name: str
    arguments: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join((self.name, *self.arguments))})"


@dataclass(frozen=True)
class TaskNetwork:
    """Subtasks, the order in which they must be done, and constraints on their variables.

    Attributes:
        subtasks: the tasks.
        orderings: pairs of ids: the first is done before the second begins.
        constraint: what must hold of the variables: equalities, however combined.
    """

    subtasks: tuple[Subtask, ...] = ()
    orderings: tuple[tuple[str, str], ...] = ()
    constraint: Formula = TRUE

    @cached_property
    def is_totally_ordered(self) -> bool:
        """Whether the orderings leave one order only."""
        return len(self.subtasks) < 2 or self.order is not None

    @cached_property
    def order(self) -> tuple[int, ...] | None:
        """The positions of the subtasks in the one order that there is; None: there are several.

        >>> TaskNetwork((Subtask("b", "go"), Subtask("a", "pack")), (("a", "b"),)).order
        (1, 0)
        """
        position = {one.id: i for i, one in enumerate(self.subtasks)}
        after: list[set[int]] = [set() for _ in self.subtasks]
        for first, second in self.orderings:
            after[position[first]].add(position[second])
        waits = Counter(chain.from_iterable(after))
        free = [i for i in range(len(self.subtasks)) if not waits[i]]
        done: list[int] = []
        while len(free) == 1:
            done += free
            waits.subtract(after[free[0]])
            free = [i for i in after[free[0]] if not waits[i]]
        return tuple(done) if len(done) == len(self.subtasks) else None


@dataclass(frozen=True, slots=True)
class Method:
    """A way to do a compound task.

    Attributes:
        name: of the method.
        parameters: its typed variables, those of its task among them.
        task: the compound task that it decomposes.
        arguments: the terms of that task.
        precondition: what must hold when the first of its subtasks begins (in its place where it has none).
        network: what it decomposes the task into.
        where: the line that defines it.
    """

    name: str
    parameters: tuple[Parameter, ...]
    task: str
    arguments: tuple[Term, ...] = ()
    precondition: Formula = TRUE
    network: TaskNetwork = TaskNetwork()
    where: Location | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Problem:
    """What is to be done in a domain, and from where.

    Attributes:
        name: of the problem.
        domain: in which it stands.
        objects: the types of each object, beside the constants of the domain.
        state: the facts that are true initially; all others are false.
        network: the tasks to do.
        parameters: the variables of that network, for which any objects may be chosen.
        goal: what must hold at the end.
        values: the initial value of each numeric fluent.
        metric: what is to be minimised; None: the number of steps.
        where: the file that defines it.
    """

    name: str
    domain: Domain = field(repr=False)
    objects: Mapping[str, tuple[str, ...]]
    state: frozenset[Fact] = field(repr=False)
    network: TaskNetwork = TaskNetwork()
    parameters: tuple[Parameter, ...] = ()
    goal: Formula = TRUE
    values: Mapping[Fluent, float] = field(default_factory=dict, repr=False)
    metric: Fluent | None = None
    where: Location | None = field(default=None, compare=False)

    @cached_property
    def types(self) -> Mapping[str, tuple[str, ...]]:
        """The types that each object and constant was declared with."""
        return {**self.domain.constants, **self.objects}

    @cached_property
    def _of_type(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for name, types in self.types.items():
            for one in types:
                for above in self.domain.supertypes(one):
                    found.setdefault(above, {})[name] = None
        return {one: tuple(names) for one, names in found.items()}

    def objects_of(self, types: tuple[str, ...]) -> tuple[str, ...]:
        """The objects that have one of these types, in the order in which they were declared."""
        if len(types) == 1:
            return self._of_type.get(types[0], ())
        allowed = {name for one in types for name in self._of_type.get(one, ())}
        return tuple(name for name in self.types if name in allowed)

    def choices(self, parameters: tuple[Parameter, ...]) -> Iterator[dict[str, str]]:
        """Every way to choose an object for each of these variables."""
        names = [one.name for one in parameters]
        for objects in product(*(self.objects_of(one.types) for one in parameters)):
            yield dict(zip(names, objects, strict=True))
