"""Assembling: from rows of objects to a ground problem in integers."""

from __future__ import annotations

from collections.abc import Sequence

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.facts import FactNumbers, gathered, reader
from planweave.planners.htn.ground.grounded import Effect, Grounded, Numbers, Origin
from planweave.planners.htn.ground.instances import Instances
from planweave.planners.htn.ground.program import Program
from planweave.planners.htn.ground.relation import Row
from planweave.planners.htn.ground.schema import Change, Pattern, Schema
from planweave.planners.htn.normal import TOP


def assembled(program: Program, instances: Instances, deadline: Deadline) -> Grounded:
    """The ground problem of all instances, nothing pruned yet.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    return _Assembly(program, instances, deadline).result()


class _Assembly:
    """A ground problem as it grows."""

    def __init__(self, program: Program, instances: Instances, deadline: Deadline) -> None:
        self._program = program
        self._instances = instances
        self._deadline = deadline
        self._facts = FactNumbers(program, instances.facts, instances.initial)
        self._actions: list[Origin] = []
        self._conditions: list[Numbers] = []
        self._effects: list[tuple[Effect, ...]] = []
        self._tasks: dict[str, dict[Row, int]] = {}
        self._heads: list[int] = []
        self._requirements: list[Numbers] = []
        self._subtasks: list[Numbers] = []
        self._methods: list[Origin | None] = []

    def result(self) -> Grounded:
        for schema, rows in self._instances.actions:
            self._actions += [Origin(schema, row) for row in rows]
            self._conditions += self._conditions_of(schema, rows)
            for pattern in [one for change in schema.changes for one in change.negative]:
                if self._facts.changes(pattern[0]):
                    self._facts.asked(pattern, rows)
        requirements = [self._conditions_of(schema, rows) for schema, rows in self._instances.rules]
        for schema, rows in self._instances.actions:  # once it is known which absences are asked for
            self._effects += self._effects_of(schema, rows)
        count = self._number_tasks()
        for (schema, rows), conditions in zip(self._instances.rules, requirements, strict=True):
            self._add_methods(schema, rows, conditions)
        return Grounded(
            self._program.objects,
            self._facts.facts(self._program.objects.names),
            tuple(sorted(self._facts.initial)),
            self._conditions,
            self._effects,
            self._actions,
            count,
            self._tasks[TOP].get((), -1),
            self._heads,
            self._requirements,
            self._subtasks,
            self._methods,
        )

    def _conditions_of(self, schema: Schema, rows: Sequence[Row]) -> list[Numbers]:
        """The conditions of each instance; those with variables on what never changes are known to hold."""
        self._deadline.check("grounding conditions", more=len(rows) * 100)
        facts = self._facts
        lists = [facts.needed(one, rows) for one in schema.positive if facts.changes(one[0])]
        lists += [facts.asked(one, rows) for one in schema.negative if facts.changes(one[0])]
        return gathered(lists, len(rows))

    def _number_tasks(self) -> int:
        """Number the tasks; an operator that stands for several actions becomes a compound task."""
        count = len(self._actions)
        variants: dict[str, dict[Row, list[int]]] = {}
        number = 0
        for schema, rows in self._instances.actions:
            some = variants.setdefault(schema.task, {})
            for arguments in map(reader(schema.arguments), rows):
                some.setdefault(arguments, []).append(number)
                number += 1
        for name, some in variants.items():
            table = self._tasks[name] = {}
            for arguments, numbers in some.items():
                table[arguments] = numbers[0] if len(numbers) == 1 else count
                if len(numbers) > 1:
                    self._heads += [count] * len(numbers)
                    self._requirements += [()] * len(numbers)
                    self._subtasks += [(one,) for one in numbers]
                    self._methods += [None] * len(numbers)
                    count += 1
        for schema, rows in self._instances.rules:
            table = self._tasks.setdefault(schema.task, {})
            for arguments in map(reader(schema.arguments), rows):
                if arguments not in table:
                    table[arguments] = count
                    count += 1
        self._tasks.setdefault(TOP, {})
        return count

    def _add_methods(self, schema: Schema, rows: Sequence[Row], conditions: list[Numbers]) -> None:
        """Add the methods of a rule whose subtasks can all be done."""
        self._deadline.check("grounding methods", more=len(rows) * 200)
        none: dict[Row, int] = {}
        heads = list(map(self._tasks[schema.task].__getitem__, map(reader(schema.arguments), rows)))
        lists = [map(self._tasks.get(name, none).get, map(reader(terms), rows)) for name, terms in schema.subtasks]
        subtasks = list(zip(*lists, strict=True)) if lists else [()] * len(rows)
        for row, head, some, needed in zip(rows, heads, subtasks, conditions, strict=True):
            if None not in some:
                self._heads.append(head)
                self._requirements.append(needed)
                self._subtasks.append(some)
                self._methods.append(Origin(schema, row))

    # ------------------------------------------------------------------ effects

    def _effects_of(self, schema: Schema, rows: Sequence[Row]) -> list[tuple[Effect, ...]]:
        self._deadline.check("grounding effects", more=len(rows) * 200)
        if any(one.positive or one.negative or one.equal or one.unequal for one in schema.changes):
            return [self._conditional(schema.changes, row) for row in rows]
        adds = [pattern for change in schema.changes for pattern in change.adds]
        deletes = [pattern for change in schema.changes for pattern in change.deletes]
        facts = self._facts
        overlap = not {name for name, _ in adds}.isdisjoint(name for name, _ in deletes)
        sets, clears = self._numbers(adds, rows), self._numbers(deletes, rows)
        gone = gathered([facts.known(one, rows) for one in adds], len(rows))
        back = gathered([facts.known(one, rows) for one in deletes], len(rows))
        if not overlap:
            return [
                (Effect((), off + no, on + yes),) for on, off, no, yes in zip(sets, clears, gone, back, strict=True)
            ]
        return [
            (Effect((), (*set(off).difference(on), *no), (*on, *set(yes).difference(no))),)
            for on, off, no, yes in zip(sets, clears, gone, back, strict=True)
        ]

    def _numbers(self, patterns: Sequence[Pattern], rows: Sequence[Row]) -> list[Numbers]:
        return gathered([self._facts.true(one, rows) for one in patterns], len(rows))

    def _conditional(self, changes: Sequence[Change], row: Row) -> tuple[Effect, ...]:
        """The effects of one action, all deletes before all adds."""
        deletes, adds = [], []
        for change in changes:
            condition = self._condition(change, row)
            if condition is not None:
                gone = self._one(change.deletes, row)
                deletes.append(Effect(condition, gone, self._absences(change.deletes, row)))
                adds.append(Effect(condition, self._absences(change.adds, row), self._one(change.adds, row)))
        return tuple(one for one in (*deletes, *adds) if one.clears or one.sets)

    def _one(self, patterns: Sequence[Pattern], row: Row) -> Numbers:
        return self._numbers(patterns, [row])[0]

    def _absences(self, patterns: Sequence[Pattern], row: Row) -> Numbers:
        return gathered([self._facts.known(one, [row]) for one in patterns], 1)[0]

    def _condition(self, change: Change, row: Row) -> Numbers | None:
        """What must hold for a conditional effect; None: it cannot."""
        facts = self._facts

        def value(term: int) -> int:
            return row[term] if term >= 0 else ~term

        fits = all(value(left) == value(right) for left, right in change.equal)
        fits = fits and all(value(left) != value(right) for left, right in change.unequal)
        fits = fits and all(facts.holds(one, row) for one in change.positive if not facts.changes(one[0]))
        if not fits or any(facts.holds(one, row) for one in change.negative if not facts.changes(one[0])):
            return None
        true = [facts.true(one, [row])[0] for one in change.positive if facts.changes(one[0])]
        false = [facts.known(one, [row])[0] for one in change.negative if facts.changes(one[0])]
        if None in true:
            return None
        return tuple(number for number in (*true, *false) if number is not None)
