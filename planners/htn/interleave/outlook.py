"""Outlook: how far a task is from being done in a state, if nothing were ever deleted and it were alone.

Only what the task may lead to is looked at, and only where that is little; what is found depends on few facts and is
kept. Tasks are facts that actions and methods make true, from their parts upwards (D. Höller, P. Bercher, G. Behnke,
S. Biundo, "A generic method to guide HTN progression search with classical heuristics", ICAPS 2018). A method costs the
sum of its subtasks, since all of them have to be done; an action the most of its conditions, since a subtask before it
may have cost that already.
"""

from __future__ import annotations

from heapq import heappop, heappush

from planweave.planners.htn.interleave.masks import Facts, Masks, bits

LARGEST = 3000
"""Actions and methods that a task may lead to, so that it is looked at."""


class Outlook:
    """What it costs to do the tasks of a problem."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._scopes: dict[int, Scope | None] = {}
        self._known: dict[frozenset[int], Scope] = {}

    def scope(self, task: int) -> Scope | None:
        """What a task leads to; None: that is too much to look at."""
        if task not in self._scopes:
            self._scopes[task] = self._scope(task)
        return self._scopes[task]

    def _scope(self, task: int) -> Scope | None:
        masks = self._masks
        seen = {task}
        left = [task]
        rules = 0
        while left:
            one = left.pop()
            rules += 1
            for method in masks.methods[one]:
                rules += 1
                more = set(masks.grounded.subtasks[method]) - seen
                seen |= more
                left += more
            if rules > LARGEST:
                return None
        key = frozenset(seen)
        if key not in self._known:
            self._known[key] = Scope(masks, sorted(seen))
        return self._known[key]


class Scope:
    """Some tasks and all that they lead to, as rules: facts and tasks that make others true."""

    def __init__(self, masks: Masks, tasks: list[int]) -> None:
        self._users: dict[int, list[int]] = {}  # of each fact, and of each task, as its complement: rules
        self._missing: list[int] = []
        self._base: list[int] = []
        self._results: list[tuple[int, ...]] = []
        self._costs: dict[Facts, dict[int, int]] = {}
        self._facts = 0
        for task in tasks:
            if task < len(masks.acts):
                act = masks.acts[task]
                self._rule(act.condition, (), (~task, *bits(act.sets)))
                for change in act.changes:
                    self._rule(change.condition, (task,), tuple(bits(change.sets)))
            for method in masks.methods[task]:
                self._rule(masks.ways[method].requirement, masks.grounded.subtasks[method], (~task,))

    def _rule(self, facts: Facts, tasks: tuple[int, ...], results: tuple[int, ...]) -> None:
        self._facts |= facts
        for one in (*bits(facts), *(~task for task in tasks)):
            self._users.setdefault(one, []).append(len(self._base))
        self._missing.append(facts.bit_count() + len(tasks))
        self._base.append(1)
        self._results.append(results)

    def costs(self, state: Facts) -> dict[int, int]:
        """The cost of each task that can be done."""
        seen = state & self._facts
        if seen not in self._costs:
            self._costs[seen] = self._explored(seen)
        return self._costs[seen]

    def _explored(self, state: Facts) -> dict[int, int]:
        """What everything costs, the cheapest first (E. Dijkstra, 1959)."""
        missing, total, most = self._missing[:], self._base[:], [0] * len(self._base)
        costs = dict.fromkeys(bits(state), 0)
        heap = [(0, one) for one in costs]

        def fire(rule: int) -> None:
            cost = total[rule] + most[rule]
            for one in self._results[rule]:
                if one not in costs or cost < costs[one]:
                    costs[one] = cost
                    heappush(heap, (cost, one))

        for rule, left in enumerate(missing):
            if left == 0:
                fire(rule)
        settled = set()
        while heap:
            cost, one = heappop(heap)
            if one in settled:
                continue
            settled.add(one)
            for rule in self._users.get(one, ()):
                missing[rule] -= 1
                if one < 0:
                    total[rule] += cost
                else:
                    most[rule] = max(most[rule], cost)
                if missing[rule] == 0:
                    fire(rule)
        return {~one: cost for one, cost in costs.items() if one < 0}
