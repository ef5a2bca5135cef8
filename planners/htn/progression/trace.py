"""From the methods that a search chose to the solution: which task each of them was for, and what it became."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.split import is_part
from planweave.planners.htn.progression.room import apply, only_method
from planweave.planners.htn.progression.tables import Tables
from planweave.planners.htn.solution import Choice, Solution


def solution_of(chosen: Iterable[int], grounded: Grounded, tables: Tables) -> Solution:
    """Do the tasks from the start, choosing these methods in turn where there is a choice.

    Args:
        chosen: the methods that were chosen.
        grounded: the problem.
        tables: those of the problem.
    """
    return _Replay(grounded, tables).result(iter(chosen))


class _Replay:
    """The tasks that are done, numbered as they come up.

    A task that the grounding made up (the part of a rule, the variants of an operator) is no task of its own: it gives
    its variables, and its children, to the method that it is a part of.
    """

    def __init__(self, grounded: Grounded, tables: Tables) -> None:
        self._grounded = grounded
        self._tables = tables
        self._state = array("I", bytes(4 * tables.words))
        for fact in grounded.initial:
            self._state[fact >> 5] |= 1 << (fact & 31)
        self._before = array("I", self._state)
        self._steps: list[tuple[int, str, tuple[str, ...]]] = []
        self._choices: dict[int, Choice] = {}
        self._owners: dict[int, dict[str, str]] = {}  # the variables of the method that a task comes from
        self._count = 1

    def result(self, chosen: Iterable[int]) -> Solution:
        choices = iter(chosen)
        waiting = [(0, self._grounded.top)]  # the next one last: its number, and what it is
        while waiting:
            number, task = waiting.pop()
            if task < self._grounded.actions:
                apply(self._tables, self._state, self._before, task)
                self._steps.append((number, *self._grounded.action(task)))
                continue
            method = only_method(self._tables, self._state, task)
            waiting += reversed(self._decompose(number, next(choices) if method < 0 else method))
        return Solution.of(self._steps, self._choices)

    def _decompose(self, number: int, method: int) -> list[tuple[int, int]]:
        """The subtasks of a method with their numbers."""
        origin = self._grounded.method_origins[method]
        subtasks = self._grounded.subtasks[method]
        if origin is None:  # it chooses one of the actions that an operator stands for
            return [(number, subtasks[0])]
        bindings = self._grounded.bindings(method)
        if is_part(origin.schema.task):
            self._owners[number].update(bindings)
            return [(number, subtasks[0])]
        numbered = list(enumerate(subtasks, self._count))
        self._count += len(subtasks)
        name, arguments = self._grounded.head(method)
        self._choices[number] = Choice(
            name, arguments, origin.schema.source.name, bindings, tuple([one for one, _ in numbered])
        )
        for child, _ in numbered:
            self._owners[child] = bindings
        return numbered
