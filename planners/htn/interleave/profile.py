"""Profiles: what is known of each task beforehand, whichever way it is done, in whatever order with others.

Each is a fixpoint over the methods. What all ways have in common is a greatest one: at first a task is taken to need
and to guarantee everything, then what some method does not is not. After C. Olz, S. Biundo, P. Bercher, "Revealing
hidden preconditions and effects of compound HTN planning tasks", AAAI 2021, for partial order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.interleave.masks import Act, Facts, Masks, bits
from planweave.planners.htn.interleave.network import COMMITTED, CURRENT, LEAF, PARALLEL, SERIES, WEAVE
from planweave.planners.htn.interleave.networks import EMPTY, Network
from planweave.planners.htn.progression.foresight import components

NEVER = 1 << 40
"""The size of a task that nothing can do."""

V = TypeVar("V")


class Profiles:
    """What is known of each task.

    A task that may need no action at all, and no check of a condition, has no first and no last moment; nothing is
    known of these then.

    Attributes:
        sizes: how many actions and methods it takes at least.
        may_set: what may become true meanwhile.
        begins: what must hold right before the first thing that is done in it.
        needs: what must hold at some time meanwhile, and is not made true in it before.
        ends: what is false right after the last thing that is done in it.
        method_begins: what must hold before the first thing that is done in a method.
    """

    def __init__(self, masks: Masks, mutexes: Sequence[Facts], deadline: Deadline) -> None:
        self._masks = masks
        self._deadline = deadline
        self._users: list[set[int]] = [set() for _ in masks.methods]
        for method, head in enumerate(masks.grounded.heads):
            for task in masks.grounded.subtasks[method]:
                self._users[task].add(head)
        loops = list(components(masks.grounded, masks.methods))
        self._order = [task for loop in loops for task in loop]
        compound = len(self._order)
        self.sizes = [1] * len(masks.acts) + [NEVER] * compound
        self._settle(self.sizes, self._size, min)
        self.may_set = [act.may_set for act in masks.acts] + [0] * compound
        for loop in loops:
            self._see_loop(loop)
        everything = [masks.everything] * compound
        self.begins = [act.condition for act in masks.acts] + everything
        self._settle(self.begins, self.begin_of, _common)
        self.needs = [act.condition for act in masks.acts] + everything
        self._settle(self.needs, self._need, _common)
        self.ends = self._ends_of_actions(mutexes) + everything
        self._settle(self.ends, self._end_of, _common)
        self.method_begins = [self.begin_of(method) for method in range(len(masks.requirements))]

    def _ends_of_actions(self, mutexes: Sequence[Facts]) -> list[Facts]:
        found = []
        for number, act in enumerate(self._masks.acts):
            if number % 1000 == 0:
                self._deadline.check("looking ahead")
            found.append(_false_after(act, mutexes))
        return found

    def _settle(self, found: list[V], of_method: Callable[[int], V], of_task: Callable[[Iterable[V]], V]) -> None:
        """Work out values of tasks from those of their methods, until nothing changes."""
        methods = self._masks.methods
        queue = deque(self._order)
        waiting = set(queue)
        count = 0
        while queue:
            count += 1
            if count % 1000 == 0:
                self._deadline.check("looking ahead")
            task = queue.popleft()
            waiting.discard(task)
            value = of_task([of_method(method) for method in methods[task]])
            if value != found[task]:
                found[task] = value
                more = [user for user in self._users[task] if user not in waiting]
                waiting.update(more)
                queue.extend(more)

    def _size(self, method: int) -> int:
        return min(NEVER, 1 + sum([self.sizes[task] for task in self._masks.grounded.subtasks[method]]))

    def _see_loop(self, loop: Sequence[int]) -> None:
        """What may become true in tasks that lead to each other: the same in all of them."""
        masks = self._masks
        subtasks = {one for task in loop for method in masks.methods[task] for one in masks.grounded.subtasks[method]}
        made = reduce(or_, [self.may_set[one] for one in subtasks], 0)
        for task in loop:
            self.may_set[task] = made

    def begin_of(self, method: int) -> Facts:
        """What must hold before the first thing that is done in a method, which may be the check of its requirement."""
        requirement, series = self._masks.requirements[method], self._masks.series[method]
        if requirement:
            return requirement
        return self.begins[series[0]] if series else self._begin(self._masks.network(method))

    def _end_of(self, method: int) -> Facts:
        series = self._masks.series[method]
        return self.ends[series[-1]] if series else self._end(self._masks.network(method))

    def _begin(self, network: Network) -> Facts:
        networks = self._masks.networks
        kind, inner = networks.kinds[network], networks.inner[network]
        if kind == LEAF:
            return self.begins[inner[0]]
        if network == EMPTY:
            return 0
        return _common(self._begin(inner[i]) for i in first_parts(kind, len(inner), networks.orders[network]))

    def _end(self, network: Network) -> Facts:
        networks = self._masks.networks
        kind, inner = networks.kinds[network], networks.inner[network]
        if kind == LEAF:
            return self.ends[inner[0]]
        if network == EMPTY:
            return 0
        return _common(self._end(inner[i]) for i in last_parts(kind, len(inner), networks.orders[network]))

    def _need(self, method: int) -> Facts:
        needs, series = self._masks.requirements[method], self._masks.series[method]
        if series is None:
            return needs | self._traffic(self._masks.network(method))[0]
        made = 0
        for task in series:
            needs |= self.needs[task] & ~made
            made |= self.may_set[task]
        return needs

    def _traffic(self, network: Network) -> tuple[Facts, Facts]:
        networks = self._masks.networks
        kind, inner = networks.kinds[network], networks.inner[network]
        if kind == LEAF:
            return self.needs[inner[0]], self.may_set[inner[0]]
        return traffic(kind, [self._traffic(one) for one in inner])


def first_parts(kind: int, count: int, order: Iterable[tuple[int, int]]) -> Sequence[int]:
    """The parts of a network that nothing stands before."""
    if kind == WEAVE:
        later = {second for _, second in order}
        return [i for i in range(count) if i not in later]
    return range(count) if kind == PARALLEL else (0,)


def last_parts(kind: int, count: int, order: Iterable[tuple[int, int]]) -> Sequence[int]:
    """The parts of a network that nothing stands behind."""
    if kind == WEAVE:
        earlier = {first for first, _ in order}
        return [i for i in range(count) if i not in earlier]
    return range(count) if kind == PARALLEL else (count - 1,)


def traffic(kind: int, parts: Sequence[tuple[Facts, Facts]]) -> tuple[Facts, Facts]:
    """What a network needs that it does not make true itself, and what it may make true, from the same of its parts."""
    needs = may_set = 0
    if kind in (SERIES, COMMITTED, CURRENT):
        for needed, made in parts:
            needs |= needed & ~may_set
            may_set |= made
        return needs, may_set
    several = 0  # what more than one part may make true
    for _, made in parts:
        several |= may_set & made
        may_set |= made
    for needed, made in parts:
        needs |= needed & ~(several | may_set & ~made)
    return needs, may_set


def _false_after(act: Act, mutexes: Sequence[Facts]) -> Facts:
    """What is false after an action: what it makes false, and what never holds together with what is true."""
    false = act.clears
    for fact in bits(act.sets | act.condition & ~act.may_clear):
        false |= mutexes[fact]
    return false


def _common(some: Iterable[Facts]) -> Facts:
    return reduce(and_, some)
