"""Foresight: what a task needs to begin with, and what may and must have changed once it is done.

For totally ordered problems. What a task needs and what it guarantees are few facts, kept as sets; what it may make
true are many, kept as an integer, bit by bit. After C. Olz, S. Biundo, P. Bercher, "Revealing hidden preconditions and
effects of compound HTN planning tasks", AAAI 2021, and C. Olz, D. Höller, P. Bercher, "The PANDADealer system for
totally ordered HTN planning in the 2023 IPC", 2023.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded, Numbers

ROUNDS = 20
"""How often tasks that lead to each other are refined before they are taken to need and to guarantee nothing."""


Facts: TypeAlias = frozenset[int]


@dataclass(frozen=True)
class Foresight:
    """What is known of each task beforehand, and of each method.

    Attributes:
        needs: of each task, the facts that must hold when it begins, whichever way it is done; None: nothing can do it.
        clears: of each task, the facts that are false once it is done, whichever way; None: nothing can do it.
        may_set: of each task, the facts that may have become true meanwhile, bit by bit.
        method_needs: of each method, the facts that must hold when it begins; None: it leads nowhere, because a
            subtask needs what another one has made false.
    """

    needs: list[Facts | None]
    clears: list[Facts | None]
    may_set: list[int]
    method_needs: list[Numbers | None]


def bits(numbers: Iterable[int]) -> int:
    """A set of numbers as an integer.

    >>> bits([0, 3])
    9
    """
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def foresight_of(grounded: Grounded, deadline: Deadline) -> Foresight:
    """Infer it for all tasks and methods.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    return _Inference(grounded, deadline).result()


class _Inference:
    """Goes through the tasks, subtasks first; those that lead to each other together."""

    def __init__(self, grounded: Grounded, deadline: Deadline) -> None:
        self._grounded = grounded
        self._deadline = deadline
        self._needs: list[Facts | None] = [None] * grounded.tasks
        self._clears: list[Facts | None] = [None] * grounded.tasks
        self._may_set = [0] * grounded.tasks
        self._method_needs: list[Numbers | None] = [None] * len(grounded.heads)
        self._methods: list[list[int]] = [[] for _ in range(grounded.tasks)]
        for method, head in enumerate(grounded.heads):
            self._methods[head].append(method)
        self._opposites = _opposites(grounded)
        self._bit = [1 << fact for fact in range(len(grounded.facts))]
        self._same: dict[Facts, Facts] = {}  # equal sets are one object, because there are many

    def result(self) -> Foresight:
        for action in range(self._grounded.actions):
            if action % 5_000 == 0:
                self._deadline.check("looking ahead")
            self._see_action(action)
        for i, component in enumerate(components(self._grounded, self._methods)):
            if i % 100 == 0:
                self._deadline.check("looking ahead")
            self._see_component(component)
        return Foresight(self._needs, self._clears, self._may_set, self._method_needs)

    def _false_where(self, facts: Iterable[int]) -> set[int]:
        """What is false where these facts hold."""
        opposites = self._opposites
        return {opposites[fact] for fact in facts if fact in opposites}

    def _see_action(self, action: int) -> None:
        condition = self._grounded.conditions[action]
        clears = self._false_where(condition)
        for effect in self._grounded.effects[action]:
            if not effect.condition:
                clears.update(effect.clears)
        for effect in self._grounded.effects[action]:
            clears.difference_update(effect.sets)
            self._may_set[action] |= bits(effect.sets)
        self._needs[action] = self._one(frozenset(condition))
        self._clears[action] = self._one(frozenset(clears))

    def _one(self, facts: Facts) -> Facts:
        return self._same.setdefault(facts, facts)

    def _see_component(self, component: list[int]) -> None:
        grounded, inside = self._grounded, set(component)
        subtasks = dict.fromkeys(
            one for task in component for method in self._methods[task] for one in grounded.subtasks[method]
        )
        may_set = 0
        for task in subtasks:
            may_set |= self._may_set[task]
        for task in component:
            self._may_set[task] = may_set
        is_loop = not inside.isdisjoint(subtasks)
        if not self._refine(component, ROUNDS if is_loop else 1) and is_loop:
            for task in component:
                self._needs[task] = self._clears[task] = frozenset()
            self._refine(component, 1)

    def _refine(self, component: list[int], rounds: int) -> bool:
        """Read needs and guarantees off the methods, again and again; whether they settled.

        The greatest fixpoint: at first everything is needed and guaranteed, then what some method does not is not.
        """
        for _ in range(rounds):
            changed = False
            for task in component:
                before = self._needs[task], self._clears[task]
                needs: set[int] | None = None
                clears: set[int] = set()
                for method in self._methods[task]:
                    seen = self._see_method(method)
                    self._method_needs[method] = None if seen is None else tuple(sorted(seen[0]))
                    if seen is not None:
                        clears = seen[1] if needs is None else clears & seen[1]
                        needs = seen[0] if needs is None else needs & seen[0]
                if needs is not None:
                    self._needs[task], self._clears[task] = self._one(frozenset(needs)), self._one(frozenset(clears))
                changed = changed or before != (self._needs[task], self._clears[task])
            if not changed:
                return True
        return False

    def _see_method(self, method: int) -> tuple[set[int], set[int]] | None:
        """What a method needs and what is false after it; None: it leads nowhere, as far as is known."""
        grounded, bit = self._grounded, self._bit
        needs = set(grounded.requirements[method])
        clears = self._false_where(needs)
        may_set = 0
        for task in grounded.subtasks[method]:
            first, cleared = self._needs[task], self._clears[task]
            if first is None or cleared is None or not clears.isdisjoint(first):
                return None
            needs.update([fact for fact in first if not may_set & bit[fact]] if may_set else first)
            own = self._may_set[task]
            may_set |= own
            clears = {fact for fact in clears if not own & bit[fact]}
            clears |= cleared
        return needs, clears


def _opposites(grounded: Grounded) -> dict[int, int]:
    """For each fact that has an opposite among the facts, that."""
    numbers = {one: number for number, one in enumerate(grounded.facts)}
    found = {}
    for (fact, truth), number in numbers.items():
        if not truth and (fact, True) in numbers:
            other = numbers[fact, True]
            found[number], found[other] = other, number
    return found


def components(grounded: Grounded, methods: list[list[int]]) -> Iterator[list[int]]:
    """The compound tasks, those that lead to each other together, each component after those that it leads to.

    R. Tarjan, "Depth-first search and linear graph algorithms", 1972; without recursion.
    """
    first = grounded.actions
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    for root in range(first, grounded.tasks):
        if root in index:
            continue
        path = [(root, _successors(grounded, methods[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while path:
            task, successors = path[-1]
            for one in successors:
                if one not in index:
                    index[one] = low[one] = len(index)
                    stack.append(one)
                    on_stack.add(one)
                    path.append((one, _successors(grounded, methods[one])))
                    break
                if one in on_stack:
                    low[task] = min(low[task], index[one])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[task])
                if low[task] == index[task]:
                    component: list[int] = []
                    while not component or component[-1] != task:
                        component.append(stack.pop())
                    on_stack.difference_update(component)
                    yield component


def _successors(grounded: Grounded, methods: list[int]) -> Iterator[int]:
    """The compound subtasks of methods."""
    return iter(dict.fromkeys(task for one in methods for task in grounded.subtasks[one] if task >= grounded.actions))
