"""Tables: what the formula is made of, as literals over facts, and as sets of literals, bit by bit.

A literal is ``2 * fact`` for a fact and ``2 * fact + 1`` for its absence; a set of literals is an integer. A set of
literals that may hold describes states: a fact that may be true and may be false has both of its bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded, Numbers
from planweave.planners.htn.progression.foresight import Foresight, components

Mask: TypeAlias = int
"""A set of literals."""


class When(NamedTuple):
    """Literals that an action makes true where a condition held before it."""

    condition: Numbers
    results: Numbers


@dataclass(frozen=True, slots=True)
class Tables:
    """A ground problem over literals.

    Attributes:
        facts: how many facts there are.
        initial: the literals that hold at the start.
        needs: of each task, the literals that hold when it begins.
        results: of each task, the literals that hold once it is done, whichever way.
        whens: of each action with conditional effects, all of its effects, in the order in which they happen.
        changes: of each task, the literals that it may have made true meanwhile.
        asks: of each task, ``needs`` as a set.
        keeps: of each task, the literals that may hold after it if they may hold before.
        makes: of each task, the literals that may hold after it whatever held before.
        method_needs: of each method, the literals that hold when it begins; one of them that the first subtask needs
            anyway may be left out.
        method_asks: the same, as a set.
        method_keeps: of each method, the literals that may hold once it has begun.
        methods: of each task, its methods.
    """

    facts: int
    initial: Mask
    needs: list[Numbers]
    results: list[Numbers]
    whens: dict[int, tuple[When, ...]]
    changes: list[Mask]
    asks: list[Mask]
    keeps: list[Mask]
    makes: list[Mask]
    method_needs: list[Numbers]
    method_asks: list[Mask]
    method_keeps: list[Mask]
    methods: list[list[int]]


def mask_of(literals: Iterable[int]) -> Mask:
    """A set of literals.

    >>> mask_of([0, 3])
    9
    """
    found = 0
    for one in literals:
        found |= 1 << one
    return found


def bits(mask: Mask) -> Iterator[int]:
    """The literals of a set, in order.

    >>> list(bits(9))
    [0, 3]
    """
    if mask:
        digits = bin(mask)[:1:-1]
        at = digits.find("1")
        while at >= 0:
            yield at
            at = digits.find("1", at + 1)


def possible(facts: int) -> Mask:
    """The bit after those of so many facts, which no task changes: a set of states without it is empty."""
    return 1 << 2 * facts


class Opposites:
    """Turns sets of literals into the sets of their opposites."""

    def __init__(self, facts: int) -> None:
        self.positive = mask_of(range(0, 2 * facts, 2))

    def of(self, mask: Mask) -> Mask:
        """The opposites of a set of literals.

        >>> Opposites(2).of(0b0110)
        9
        """
        return (mask & self.positive) << 1 | mask >> 1 & self.positive


def tables_of(grounded: Grounded, foresight: Foresight, deadline: Deadline) -> Tables:
    """The tables of a problem.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    return _Builder(grounded, foresight, deadline).result()


class _Builder:
    def __init__(self, grounded: Grounded, foresight: Foresight, deadline: Deadline) -> None:
        self._grounded = grounded
        self._foresight = foresight
        self._deadline = deadline
        self._literal = _literals(grounded)
        self._facts = max(self._literal, default=-1) // 2 + 1
        self._opposites = Opposites(self._facts)
        self._needs: list[Numbers] = []
        self._results: list[Numbers] = []
        self._whens: dict[int, tuple[When, ...]] = {}
        self._changes: list[Mask] = []

    def result(self) -> Tables:
        grounded = self._grounded
        for action in range(grounded.actions):
            if action % 1000 == 0:
                self._deadline.check("tabling actions", more=200_000)
            self._see_action(action)
        methods: list[list[int]] = [[] for _ in range(grounded.tasks)]
        for method, head in enumerate(grounded.heads):
            methods[head].append(method)
        self._see_tasks(methods)
        opposite = self._opposites.of
        asks = list(map(mask_of, self._needs))
        results = list(map(mask_of, self._results))
        method_needs = [self._numbers(some) for some in grounded.requirements]
        method_asks = list(map(mask_of, method_needs))
        return Tables(
            self._facts,
            self._initial(),
            self._needs,
            self._results,
            self._whens,
            self._changes,
            asks,
            [~(opposite(ask) | opposite(result)) for ask, result in zip(asks, results, strict=True)],
            [change & ~opposite(result) | result for change, result in zip(self._changes, results, strict=True)],
            method_needs,
            method_asks,
            [~opposite(ask) for ask in method_asks],
            methods,
        )

    def _numbers(self, facts: Iterable[int]) -> Numbers:
        return tuple(sorted({self._literal[fact] for fact in facts}))

    def _initial(self) -> Mask:
        """What holds at the start: each fact, or its absence."""
        said = set(self._grounded.initial)
        return mask_of({one ^ (fact not in said) for fact, one in enumerate(self._literal)}) | possible(self._facts)

    def _see_action(self, action: int) -> None:
        literal = self._literal
        needs = self._numbers(self._grounded.conditions[action])
        final: dict[int, int] = {}  # for each fact, the literal that holds last
        whens: list[When] = []
        changes = 0
        for effect in self._grounded.effects[action]:
            results = [literal[fact] ^ 1 for fact in effect.clears]
            results += [literal[fact] for fact in effect.sets]
            last = {one >> 1: one for one in results}
            condition = self._numbers(effect.condition)
            whens.append(When(condition, tuple(last.values())))
            changes |= mask_of(last.values())
            if not condition:
                final |= last
        self._needs.append(needs)
        self._changes.append(changes)
        if any(one.condition for one in whens):
            self._whens[action] = tuple(whens)
            self._results.append(())
        else:
            self._results.append(tuple(sorted(set(final.values()).difference(needs))))
            self._changes[-1] = mask_of(self._results[-1])

    def _see_tasks(self, methods: list[list[int]]) -> None:
        """What compound tasks need, make and may change; those that lead to each other may change the same."""
        grounded, foresight = self._grounded, self._foresight
        first = grounded.actions
        more = grounded.tasks - first
        self._changes += [0] * more
        for number, component in enumerate(components(grounded, methods)):
            if number % 1000 == 0:
                self._deadline.check("tabling tasks", more=200_000)
            changes = 0
            for task in component:
                for method in methods[task]:
                    for one in grounded.subtasks[method]:
                        changes |= self._changes[one]
            for task in component:
                self._changes[task] = changes
        for task in range(first, grounded.tasks):
            self._needs.append(self._numbers(foresight.needs[task] or ()))
            self._results.append(tuple(sorted({self._literal[fact] ^ 1 for fact in foresight.clears[task] or ()})))


def _literals(grounded: Grounded) -> list[int]:
    """The literal that each number of a fact stands for: an absence is the opposite of its fact."""
    numbers: dict[object, int] = {}
    found = []
    for fact, truth in grounded.facts:
        number = numbers.setdefault(fact, len(numbers))
        found.append(2 * number + (not truth))
    return found
