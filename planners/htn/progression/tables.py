"""Tables: a ground problem as flat rows of integers, as the innermost loops of the search read it.

A list of lists is two rows: where each inner list starts, and all their items one after the other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.progression.foresight import Foresight

Array: TypeAlias = Any
"""A list of integers, or an array of them once loops are compiled."""

WORD = 32
"""How many facts a word of a state holds."""


class Tables(NamedTuple):
    """A ground problem, totally ordered.

    Tasks below ``actions`` are actions. Rules are what relaxed tasks are done by: first one for each action, and one
    for each of its conditional effects, then the methods, from ``first_method`` on; those of one task stand together.
    """

    actions: int
    tasks: int
    facts: int
    words: int
    first_method: int
    condition_start: Array
    condition: Array
    effect_start: Array
    when_start: Array
    when: Array
    clear_start: Array
    clear: Array
    set_start: Array
    set: Array
    method_start: Array  # of each task, from 0
    need_start: Array  # of each method: what must hold, as far as foresight tells
    need: Array
    part_start: Array
    part: Array
    task_need_start: Array
    task_need: Array
    task_clear_start: Array
    task_clear: Array
    task_may: Array  # of each task, which of the sets it may make true
    may: Array  # words of these sets
    rule_start: Array  # of each task
    rule_fact_start: Array
    rule_fact: Array
    rule_part_start: Array
    rule_part: Array
    rule_task: Array  # which task it does; -1: it is a conditional effect
    rule_result_start: Array
    rule_result: Array
    user_start: Array  # of each fact, then of each task: the rules that wait for it
    user: Array


def tables_of(grounded: Grounded, foresight: Foresight, deadline: Deadline) -> Tables:
    """The tables of a problem; methods that lead nowhere must be gone.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    size = len(set(foresight.may_set)) * len(grounded.facts) // 8
    deadline.check("making tables", more=size + 400 * (grounded.tasks + len(grounded.heads)))
    count, facts = grounded.actions, len(grounded.facts)
    effects = [effect for some in grounded.effects for effect in some]
    rules = _Rules(grounded)
    sets: dict[int, int] = {}
    which = [sets.setdefault(one, len(sets)) for one in foresight.may_set]
    words = max(1, -(-facts // WORD))

    def flat(lists: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
        deadline.check("making tables")
        return _flat(lists)

    return Tables(
        count,
        grounded.tasks,
        facts,
        words,
        rules.first_method,
        *flat(grounded.conditions),
        _starts(map(len, grounded.effects)),
        *flat([effect.condition for effect in effects]),
        *flat([effect.clears for effect in effects]),
        *flat([effect.sets for effect in effects]),
        _method_starts(grounded),
        *flat([needs or () for needs in foresight.method_needs]),
        *flat(grounded.subtasks),
        *flat([sorted(needs or ()) for needs in foresight.needs]),
        *flat([sorted(clears or ()) for clears in foresight.clears]),
        which,
        array("I", (word for one in sets for word in to_words(one, words))),
        rules.starts,
        *flat(rules.facts),
        *flat(rules.parts),
        rules.tasks,
        *flat(rules.results),
        *flat(_users(rules, facts, grounded.tasks)),
    )


def to_words(facts: int, words: int) -> list[int]:
    """A set of facts as words.

    >>> to_words(1 << 33 | 1, 2)
    [1, 2]
    """
    mask = (1 << WORD) - 1
    return [facts >> WORD * i & mask for i in range(words)]


class _Rules:
    """The rules, and where those of each task start."""

    def __init__(self, grounded: Grounded) -> None:
        self.facts: list[Sequence[int]] = []
        self.parts: list[Sequence[int]] = []
        self.tasks: list[int] = []
        self.results: list[Sequence[int]] = []
        self.starts = [0]
        for action, condition in enumerate(grounded.conditions):
            effects = grounded.effects[action]
            always = [fact for effect in effects if not effect.condition for fact in effect.sets]
            self._add(condition, (), action, always)
            for effect in effects:
                if effect.condition and effect.sets:
                    self._add(effect.condition, (action,), -1, effect.sets)
            self.starts.append(len(self.tasks))
        self.first_method = len(self.tasks)
        for method, head in enumerate(grounded.heads):
            self._add(grounded.requirements[method], grounded.subtasks[method], head, ())
        self.starts += [self.first_method + start for start in _method_starts(grounded)[grounded.actions + 1 :]]

    def _add(self, facts: Sequence[int], parts: Sequence[int], task: int, results: Sequence[int]) -> None:
        self.facts.append(facts)
        self.parts.append(parts)
        self.tasks.append(task)
        self.results.append(results)


def _method_starts(grounded: Grounded) -> list[int]:
    counts = [0] * grounded.tasks
    for head in grounded.heads:
        counts[head] += 1
    return _starts(counts)


def _users(rules: _Rules, facts: int, tasks: int) -> list[list[int]]:
    users: list[list[int]] = [[] for _ in range(facts + tasks)]
    for rule, (needed, parts) in enumerate(zip(rules.facts, rules.parts, strict=True)):
        for fact in needed:
            users[fact].append(rule)
        for task in dict.fromkeys(parts):  # once, however often a method has it
            users[facts + task].append(rule)
    return users


def _starts(counts: Iterable[int]) -> list[int]:
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    return starts


def _flat(lists: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    return _starts(map(len, lists)), [item for one in lists for item in one]
