"""A ground problem: facts, actions, tasks and methods as integers, which searches work on.

Facts are numbered from 0; a fact whose absence some condition asks for has a second number, that of its absence, so
that all conditions are positive. Tasks are numbered from 0: first the actions, then the compound tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from planweave.engine.plan import Fact
from planweave.planners.htn.ground.relation import Row
from planweave.planners.htn.ground.schema import Objects, Schema
from planweave.planners.htn.solution import GroundTask

Numbers: TypeAlias = tuple[int, ...]


class Effect(NamedTuple):
    """What an action changes where a condition held before it: first some facts become false, then some true."""

    condition: Numbers
    clears: Numbers
    sets: Numbers


class Origin(NamedTuple):
    """Where a ground action or method comes from: its schema and the objects of the schema's variables."""

    schema: Schema
    row: Row


@dataclass(frozen=True)
class Grounded:
    """A ground problem.

    Attributes:
        facts: what each fact says, with False where the number stands for its absence.
        initial: the facts that hold at the start.
        conditions: of each action, the facts that must hold.
        effects: of each action, in the order in which they happen; all their conditions are about the state before.
        action_origins: of each action.
        tasks: how many actions and compound tasks there are.
        top: the number of the task to do.
        methods: of each compound task, from the number of actions on, the numbers of its methods.
        heads: of each method, the task that it decomposes.
        requirements: of each method, the facts that must hold.
        subtasks: of each method, in order where it is totally ordered.
        method_origins: of each method; None: it only chooses one of the actions that an operator stands for.
    """

    objects: Objects = field(repr=False)
    facts: Sequence[tuple[Fact, bool]] = field(repr=False)
    initial: Numbers = field(repr=False)
    conditions: Sequence[Numbers] = field(repr=False)
    effects: Sequence[tuple[Effect, ...]] = field(repr=False)
    action_origins: Sequence[Origin] = field(repr=False)
    tasks: int
    top: int
    heads: Sequence[int] = field(repr=False)
    requirements: Sequence[Numbers] = field(repr=False)
    subtasks: Sequence[Numbers] = field(repr=False)
    method_origins: Sequence[Origin | None] = field(repr=False)

    def __str__(self) -> str:
        return (
            f"{len(self.facts)} facts, {len(self.conditions)} actions, {self.tasks - len(self.conditions)} compound "
            f"tasks, {len(self.heads)} methods"
        )

    @property
    def actions(self) -> int:
        """How many actions there are: the number of the first compound task."""
        return len(self.conditions)

    @property
    def is_ordered(self) -> bool:
        """Whether every method is totally ordered."""
        return all(origin is None or origin.schema.is_ordered for origin in self.method_origins)

    def action(self, number: int) -> GroundTask:
        """The operator with objects that an action stands for."""
        schema, row = self.action_origins[number]
        return GroundTask(schema.task, self._objects(schema.arguments, row))

    def head(self, number: int) -> GroundTask:
        """The compound task with objects that a method decomposes."""
        origin = self.method_origins[number]
        assert origin is not None
        return GroundTask(origin.schema.task, self._objects(origin.schema.arguments, origin.row))

    def bindings(self, number: int) -> dict[str, str]:
        """The object of each variable of a method."""
        origin = self.method_origins[number]
        assert origin is not None
        source = origin.schema.source
        names = (one.name for one in source.parameters)
        return dict(zip(names, self._objects(origin.schema.terms, origin.row), strict=True))

    def _objects(self, terms: Sequence[int], row: Row) -> tuple[str, ...]:
        names = self.objects.names
        return tuple([names[row[term]] if term >= 0 else names[~term] for term in terms])
