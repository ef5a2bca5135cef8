"""Tables: what tasks and methods need and change, as literals and as sets of literals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from planweave.engine.plan import Fact
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded, Numbers
from planweave.planners.htn.progression.foresight import Foresight, components
from planweave.planners.htn.sat.literals import Mask, Opposites, mask_of, possible


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
        method_needs: of each method, the literals that hold when it begins, but those that its first subtask needs.
        method_asks: all literals that hold when it begins, as a set.
        method_keeps: of each method, the literals that may hold once it has begun.
        methods: of each task, its methods.
        groups: facts of which at most one holds.
        rivals: of each literal, those that do not hold where it does, its opposite aside.
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
    groups: list[Numbers]
    rivals: list[Mask]


def tables_of(grounded: Grounded, foresight: Foresight, groups: Iterable[Iterable[Fact]], deadline: Deadline) -> Tables:
    """The tables of a problem.

    Args:
        grounded: the problem.
        foresight: what is known of its tasks beforehand.
        groups: facts of which at most one holds.
        deadline: limits of processor time and memory.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    return _Builder(grounded, foresight, groups, deadline).result()


class _Builder:
    def __init__(
        self, grounded: Grounded, foresight: Foresight, groups: Iterable[Iterable[Fact]], deadline: Deadline
    ) -> None:
        self._grounded = grounded
        self._foresight = foresight
        self._deadline = deadline
        self._literal = _literals(grounded)
        self._facts = max(self._literal, default=-1) // 2 + 1
        self._opposites = Opposites(self._facts)
        self._groups = self._numbered(groups)
        self._rivals = self._excluded()
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
        method_keeps = self._kept(method_needs)
        for method, needs in enumerate(method_needs):
            if needs and grounded.subtasks[method]:
                first = self._needs[grounded.subtasks[method][0]]
                method_needs[method] = tuple([one for one in needs if one not in first])
        return Tables(
            self._facts,
            self._initial(),
            self._needs,
            self._results,
            self._whens,
            self._changes,
            asks,
            self._kept([(*needs, *made) for needs, made in zip(self._needs, self._results, strict=True)]),
            [change & ~opposite(result) | result for change, result in zip(self._changes, results, strict=True)],
            method_needs,
            method_asks,
            method_keeps,
            methods,
            self._groups,
            self._rivals,
        )

    def _numbered(self, groups: Iterable[Iterable[Fact]]) -> list[Numbers]:
        numbers = {fact: one >> 1 for (fact, _), one in zip(self._grounded.facts, self._literal, strict=True)}
        found = [tuple([numbers[fact] for fact in group if fact in numbers]) for group in groups]
        return [group for group in found if len(group) > 1]

    def _excluded(self) -> list[Mask]:
        """For each literal, what does not hold where it does, its opposite aside."""
        found = [0] * (2 * self._facts)
        for group in self._groups:
            whole = mask_of(2 * fact for fact in group)
            for fact in group:
                found[2 * fact] |= whole & ~(1 << 2 * fact)
        return found

    def _kept(self, several: Iterable[Numbers]) -> list[Mask]:
        """What may hold where literals do, for several sets of these."""
        found = []
        for i, literals in enumerate(several):
            if i % 1000 == 0:
                self._deadline.check("tabling what excludes what", more=200_000)
            found.append(~self._denied(literals))
        return found

    def _denied(self, literals: Iterable[int]) -> Mask:
        """What does not hold where these literals do."""
        found = 0
        for one in literals:
            found |= 1 << (one ^ 1) | self._rivals[one]
        return found

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
