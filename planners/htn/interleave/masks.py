"""A ground problem as the search reads it: sets of facts as integers, bit by bit, and networks of subtasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Effect, Grounded
from planweave.planners.htn.interleave.network import Pairs, arranged
from planweave.planners.htn.interleave.networks import Network, Networks
from planweave.planners.htn.normal import Rule

Facts: TypeAlias = int
"""A set of facts: bit i stands for fact i."""


def mask(facts: Iterable[int]) -> Facts:
    """A set of facts.

    >>> mask([0, 3])
    9
    """
    found = 0
    for fact in facts:
        found |= 1 << fact
    return found


def bits(facts: Facts) -> Iterator[int]:
    """The facts of a set, in order.

    >>> list(bits(9))
    [0, 3]
    """
    while facts:
        low = facts & -facts
        yield low.bit_length() - 1
        facts ^= low


class Change(NamedTuple):
    """What an action changes where a condition held before it."""

    condition: Facts
    clears: Facts
    sets: Facts


class Act(NamedTuple):
    """An action.

    Attributes:
        condition: what must hold.
        clears: what is false after it, whatever held before.
        sets: what it makes true, whatever held before.
        may_set: what it makes true in some state.
        may_clear: what it makes false in some state.
        changes: what it does one after the other, where conditions of its effects tell; nothing where they do not.
    """

    condition: Facts
    clears: Facts
    sets: Facts
    may_set: Facts
    may_clear: Facts
    changes: tuple[Change, ...] = ()


def act_of(condition: Iterable[int], effects: Iterable[Effect]) -> Act:
    """An action of its condition and effects.

    >>> act_of([0], [Effect((), (0, 1), (2,)), Effect((), (), (1,))])
    Act(condition=1, clears=1, sets=6, may_set=6, may_clear=1, changes=())
    """
    changes = tuple(Change(*map(mask, one)) for one in effects)
    clears = sets = may_clear = may_set = 0
    for change in changes:
        clears &= ~change.sets
        sets &= ~change.clears
        may_clear |= change.clears
        may_set |= change.sets
        if not change.condition:
            clears |= change.clears & ~change.sets
            sets |= change.sets
            may_clear &= ~change.sets
            may_set &= ~change.clears | change.sets
    is_plain = not any(one.condition for one in changes)
    return Act(mask(condition), clears, sets, may_set, may_clear, () if is_plain else changes)


class Masks:
    """A ground problem.

    Args:
        grounded: what it is made of.
        deadline: limits of processor time and memory.

    Attributes:
        grounded: what it is made of; numbers of facts, tasks and methods are those.
        networks: of its tasks.
        acts: the actions, which are the first tasks.
        methods: of each task, the numbers of its methods; of an action, none.
        requirements: of each method, what must hold before its subtasks, once the task may begin.
        series: of each method, its subtasks where they are done one after the other; None: they are not.
        everything: all facts.
        initial: the facts that hold at the start.
    """

    def __init__(self, grounded: Grounded, deadline: Deadline) -> None:
        size = 4 * len(grounded.conditions) + 5 * grounded.tasks + 2 * len(grounded.heads)
        deadline.check("reading the ground problem", more=size * (len(grounded.facts) // 16 + 100))
        self.grounded = grounded
        self.networks = Networks()
        self.acts: list[Act] = []
        for number, condition in enumerate(grounded.conditions):
            if number % 1000 == 0:
                deadline.check("reading actions")
            self.acts.append(act_of(condition, grounded.effects[number]))
        self.methods: list[list[int]] = [[] for _ in range(grounded.tasks)]
        for method, head in enumerate(grounded.heads):
            self.methods[head].append(method)
        deadline.check("reading methods")
        self.requirements = [mask(needed) for needed in grounded.requirements]
        self.series = [
            subtasks if is_ordered(grounded, method) else None for method, subtasks in enumerate(grounded.subtasks)
        ]
        self._ways: dict[int, Network] = {}
        self.everything = (1 << len(grounded.facts)) - 1
        self.initial = mask(grounded.initial)

    def network(self, method: int) -> Network:
        """The subtasks of a method; few of many methods are ever asked for."""
        if method not in self._ways:
            leaves = [self.networks.leaf(task) for task in self.grounded.subtasks[method]]
            self._ways[method] = arranged(self.networks, leaves, orderings(self.grounded, method))
        return self._ways[method]

    def after(self, state: Facts, action: int) -> Facts:
        """The state after an action."""
        act = self.acts[action]
        if not act.changes:
            return state & ~act.clears | act.sets
        after = state
        for condition, clears, sets in act.changes:
            if condition & ~state == 0:
                after = after & ~clears | sets
        return after


def is_ordered(grounded: Grounded, method: int) -> bool:
    """Whether the subtasks of a method are totally ordered."""
    origin = grounded.method_origins[method]
    return origin is None or origin.schema.is_ordered


def orderings(grounded: Grounded, method: int) -> Pairs:
    """The order of the subtasks of a method."""
    if is_ordered(grounded, method):
        return tuple((i, i + 1) for i in range(len(grounded.subtasks[method]) - 1))
    origin = grounded.method_origins[method]
    assert origin is not None and isinstance(origin.schema.source, Rule)
    return origin.schema.source.orderings
