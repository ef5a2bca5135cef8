"""Pruning: what no plan contains goes, to a fixpoint.

Upwards, an action goes whose condition cannot become true, a method one of whose subtasks is gone, a task without
methods; downwards, what the top task does not lead to. Fewer actions make fewer facts true, so both are repeated. Then
facts that always hold or that nobody asks for go, and methods that are equal but for variables that mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Effect, Grounded, Numbers

MANY = 20_000
"""After so many actions, methods or facts the deadline is asked."""


def pruned(grounded: Grounded, deadline: Deadline, gone: Iterable[int] = ()) -> Grounded | None:
    """The problem without what no plan contains; None: it has no plan.

    Args:
        grounded: the problem.
        deadline: limits of processor time and memory.
        gone: methods that no plan contains, as is known from elsewhere.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    actions = [True] * grounded.actions
    methods = [True] * len(grounded.heads)
    for method in gone:
        methods[method] = False
    while True:
        deadline.check("pruning", more=150 * (len(actions) + len(methods)))
        if not _upwards(grounded, actions, methods, deadline):
            return None
        deadline.check("pruning")
        before = sum(actions)
        _downwards(grounded, actions, methods)
        if sum(actions) == before:  # then the same facts become true as before
            break
    return _renumbered(grounded, actions, methods, deadline)


class _Rules:
    """What makes facts true and lets tasks be done: the actions, their conditional effects, the methods.

    Attributes:
        waiting: for each fact, then for each task, the rules that wait for it.
        missing: how much each rule waits for.
        results: what follows from each rule.
        owners: whose rule it is: an action, or a method, which come after those; -1: an effect of an action.
    """

    def __init__(self, grounded: Grounded, actions: list[bool], methods: list[bool], deadline: Deadline) -> None:
        self._facts = facts = len(grounded.facts)
        self.waiting: list[list[int]] = [[] for _ in range(facts + grounded.tasks)]
        self.missing: list[int] = []
        self.results: list[Numbers] = []
        self.owners: list[int] = []
        for action, condition in enumerate(grounded.conditions):
            if action % MANY == 0:
                deadline.check("pruning")
            if actions[action]:
                always = tuple(fact for one in grounded.effects[action] if not one.condition for fact in one.sets)
                self._add(action, condition, (), (facts + action, *always))
                for effect in grounded.effects[action]:
                    if effect.condition:
                        self._add(-1, effect.condition, (action,), effect.sets)
        first = grounded.actions
        for method, head in enumerate(grounded.heads):
            if method % MANY == 0:
                deadline.check("pruning")
            if methods[method]:
                self._add(first + method, grounded.requirements[method], grounded.subtasks[method], (facts + head,))

    def _add(self, owner: int, facts: Numbers, tasks: Numbers, results: Numbers) -> None:
        number = len(self.missing)
        for fact in facts:
            self.waiting[fact].append(number)
        for task in tasks:
            self.waiting[self._facts + task].append(number)
        self.missing.append(len(facts) + len(tasks))
        self.results.append(results)
        self.owners.append(owner)


def _upwards(grounded: Grounded, actions: list[bool], methods: list[bool], deadline: Deadline) -> bool:
    """Strike what cannot be done even if nothing is ever deleted; whether the top task can be done."""
    facts, first = len(grounded.facts), grounded.actions
    rules = _Rules(grounded, actions, methods, deadline)
    waiting, missing, results = rules.waiting, rules.missing, rules.results
    reached = [False] * (facts + grounded.tasks)
    agenda = list(grounded.initial)
    for fact in agenda:
        reached[fact] = True
    fired = [False] * len(missing)

    def fire(number: int) -> None:
        fired[number] = True
        for result in results[number]:
            if not reached[result]:
                reached[result] = True
                agenda.append(result)

    for number, left in enumerate(missing):
        if not left:
            fire(number)
    passes = 0
    while agenda:
        passes += 1
        if passes % MANY == 0:
            deadline.check("pruning")
        for number in waiting[agenda.pop()]:
            missing[number] -= 1
            if not missing[number]:
                fire(number)
    for number, owner in enumerate(rules.owners):
        if not fired[number] and owner >= 0:
            if owner < first:
                actions[owner] = False
            else:
                methods[owner - first] = False
    return grounded.top >= 0 and reached[facts + grounded.top]


def _downwards(grounded: Grounded, actions: list[bool], methods: list[bool]) -> None:
    """Strike what the top task does not lead to."""
    of_task: list[list[int]] = [[] for _ in range(grounded.tasks)]
    for method, head in enumerate(grounded.heads):
        if methods[method]:
            of_task[head].append(method)
    reached = [False] * grounded.tasks
    reached[grounded.top] = True
    agenda = [grounded.top]
    while agenda:
        for method in of_task[agenda.pop()]:
            for task in grounded.subtasks[method]:
                if not reached[task]:
                    reached[task] = True
                    agenda.append(task)
    for action in range(grounded.actions):
        actions[action] = actions[action] and reached[action]
    for method, head in enumerate(grounded.heads):
        methods[method] = methods[method] and reached[head]


def _renumbered(grounded: Grounded, actions: list[bool], methods: list[bool], deadline: Deadline) -> Grounded:
    """The problem with what is left of it, numbered anew."""
    kept_actions = [action for action, alive in enumerate(actions) if alive]
    facts = _kept_facts(grounded, kept_actions, [method for method, alive in enumerate(methods) if alive])
    compound = dict.fromkeys(head for method, head in enumerate(grounded.heads) if methods[method])
    task = {old: new for new, old in enumerate((*kept_actions, *sorted(compound)))}

    def numbers(some: Numbers) -> Numbers:
        return tuple([facts[one] for one in some if one in facts])

    seen: dict[tuple[int, Numbers, Numbers], int] = {}
    for method, head in enumerate(grounded.heads):
        if method % MANY == 0:
            deadline.check("renumbering")
        if methods[method]:
            subtasks = tuple([task[one] for one in grounded.subtasks[method]])
            needed = tuple(sorted(set(numbers(grounded.requirements[method]))))
            if grounded.top == head or not _is_idle(task[head], needed, subtasks):
                seen.setdefault((task[head], needed, subtasks), method)
    order = sorted(seen.items(), key=lambda item: (item[0][0], item[1]))
    return replace(
        grounded,
        facts=[grounded.facts[old] for old in facts],
        initial=numbers(grounded.initial),
        conditions=[tuple(sorted(set(numbers(grounded.conditions[old])))) for old in kept_actions],
        effects=[_effects(grounded.effects[old], facts) for old in kept_actions],
        action_origins=[grounded.action_origins[old] for old in kept_actions],
        tasks=len(task),
        top=task[grounded.top],
        heads=[head for (head, _, _), _ in order],
        requirements=[needed for (_, needed, _), _ in order],
        subtasks=[some for (_, _, some), _ in order],
        method_origins=[grounded.method_origins[method] for _, method in order],
    )


def _is_idle(head: int, needed: Numbers, subtasks: Numbers) -> bool:
    """Whether a method replaces a task by itself alone: no plan gets shorter by it, and every search would loop."""
    return subtasks == (head,)


def _effects(effects: Sequence[Effect], facts: dict[int, int]) -> tuple[Effect, ...]:
    """The effects over the facts that are kept."""
    found = []
    for condition, clears, sets in effects:
        kept = Effect(
            tuple(sorted({facts[one] for one in condition if one in facts})),
            tuple(sorted({facts[one] for one in clears if one in facts})),
            tuple(sorted({facts[one] for one in sets if one in facts})),
        )
        if kept.clears or kept.sets:
            found.append(kept)
    return tuple(found)


def _kept_facts(grounded: Grounded, actions: Sequence[int], methods: Sequence[int]) -> dict[int, int]:
    """The new numbers of the facts that somebody asks for and that do not always hold."""
    asked: set[int] = set()
    cleared: set[int] = set()
    for action in actions:
        asked.update(grounded.conditions[action])
        for effect in grounded.effects[action]:
            asked.update(effect.condition)
            cleared.update(effect.clears)
    for method in methods:
        asked.update(grounded.requirements[method])
    always = set(grounded.initial) - cleared
    return {old: new for new, old in enumerate(sorted(asked - always))}
