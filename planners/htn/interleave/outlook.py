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
ALTOGETHER = 200_000
"""So many of them are looked at for all tasks together."""
KEPT = 64
"""Of so many states it is remembered how far they have been looked into; of all others only the answers."""


class Outlook:
    """What it costs to do the tasks of a problem."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._scopes: dict[int, Scope | None] = {}
        self._known: dict[frozenset[int], Scope] = {}
        self._left = ALTOGETHER

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
            self._left -= rules
            if self._left < 0:
                return None
            self._known[key] = Scope(masks, sorted(seen))
        return self._known[key]


class Scope:
    """Some tasks and all that they lead to, as rules: facts and tasks that make others true.

    Attributes:
        users: of each fact, and of each task as its complement, the rules that wait for it.
        missing: of each rule, how much it waits for.
        free: the rules that wait for nothing.
        base: of each rule, what it costs itself.
        results: of each rule, what it makes true: facts, and tasks as their complements.
    """

    def __init__(self, masks: Masks, tasks: list[int]) -> None:
        self.users: dict[int, list[int]] = {}
        self.missing: list[int] = []
        self.base: list[int] = []
        self.results: list[tuple[int, ...]] = []
        self._facts = 0
        self._costs: dict[tuple[int, Facts], int | None] = {}
        self._explorations: dict[Facts, Exploration] = {}
        for task in tasks:
            if task < len(masks.acts):
                act = masks.acts[task]
                self._rule(act.condition, (), (~task, *bits(act.sets)))
                for change in act.changes:
                    self._rule(change.condition, (task,), tuple(bits(change.sets)))
            for method in masks.methods[task]:
                self._rule(masks.requirements[method], masks.grounded.subtasks[method], (~task,))

        self.free = [rule for rule, left in enumerate(self.missing) if left == 0]

    def _rule(self, facts: Facts, tasks: tuple[int, ...], results: tuple[int, ...]) -> None:
        self._facts |= facts
        for one in (*bits(facts), *(~task for task in tasks)):
            self.users.setdefault(one, []).append(len(self.base))
        self.missing.append(facts.bit_count() + len(tasks))
        self.base.append(1)
        self.results.append(results)

    def cost(self, task: int, state: Facts) -> int | None:
        """How many actions and methods one of the tasks costs; None: it cannot be done alone."""
        seen = state & self._facts
        key = task, seen
        if key not in self._costs:
            if seen not in self._explorations:
                if len(self._explorations) == KEPT:
                    del self._explorations[next(iter(self._explorations))]
                self._explorations[seen] = Exploration(self, seen)
            self._costs[key] = self._explorations[seen].cost(~task)
        return self._costs[key]


class Exploration:
    """What can be made true from a state, the cheapest first, as far as somebody asks (E. Dijkstra, 1959)."""

    def __init__(self, scope: Scope, state: Facts) -> None:
        self._scope = scope
        self._missing, self._total = scope.missing[:], scope.base[:]
        self._most = [0] * len(scope.base)
        self._costs = dict.fromkeys(bits(state), 0)
        self._settled: set[int] = set(self._costs)
        self._heap: list[tuple[int, int]] = []
        for rule in scope.free:
            self._fire(rule)
        for one in self._costs.copy():
            self._use(one, 0)

    def cost(self, wanted: int) -> int | None:
        """The cost of a fact, or of a task as its complement; None: it cannot be made true."""
        heap, settled = self._heap, self._settled
        while heap and wanted not in settled:
            cost, one = heappop(heap)
            if one not in settled:
                settled.add(one)
                self._use(one, cost)
        return self._costs[wanted] if wanted in settled else None

    def _use(self, one: int, cost: int) -> None:
        missing, total, most = self._missing, self._total, self._most
        for rule in self._scope.users.get(one, ()):
            missing[rule] -= 1
            if one < 0:
                total[rule] += cost
            elif cost > most[rule]:
                most[rule] = cost
            if missing[rule] == 0:
                self._fire(rule)

    def _fire(self, rule: int) -> None:
        cost = self._total[rule] + self._most[rule]
        costs = self._costs
        for one in self._scope.results[rule]:
            if one not in costs or cost < costs[one]:
                costs[one] = cost
                heappush(self._heap, (cost, one))
