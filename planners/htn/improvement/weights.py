"""What plans are measured by: their cost where the problem has a metric, then their length."""

from __future__ import annotations

import math

from planweave.planners.htn.amounts import amount
from planweave.planners.htn.formula import Fluent
from planweave.planners.htn.lifted.tasks import Tasks
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import Action, Normal, is_hidden
from planweave.planners.htn.solution import GroundTask, Solution

COST = 1_000_000.0
"""How many steps one unit of cost weighs: cost comes first, and steps decide between plans that cost the same."""


class Weights:
    """The weight of each step, and the least that each task can weigh.

    Args:
        normal: the problem.
        tasks: its tasks by number.
    """

    def __init__(self, normal: Normal, tasks: Tasks) -> None:
        self._normal = normal
        self._problem = normal.problem
        self._tasks = tasks
        self._known: dict[int, float] = {}
        self._least = self._fixpoint()

    def step(self, task: int) -> float:
        """The weight of a step, by the number of its task; nothing for what the normal form adds."""
        if task not in self._known:
            name, arguments = self._tasks.known[task]
            objects = tuple([self._tasks.world.objects[one] for one in arguments])
            self._known[task] = self._of(GroundTask(name, objects))
        return self._known[task]

    def least(self, task: int) -> float:
        """No decomposition of a task weighs less than this."""
        if self._tasks.is_action(task):
            return self.step(task)
        return self._least.get(self._tasks.known[task][0], 0.0)

    def total(self, solution: Solution) -> float:
        """The weight of a solution."""
        return sum(map(self._of, solution.steps))

    def _of(self, step: GroundTask) -> float:
        if is_hidden(step.name):
            return 0.0
        variants = self._normal.actions[step.name]
        return 1.0 + COST * (_cost(variants[0], step.arguments, self._problem) if variants else 0.0)

    def _fixpoint(self) -> dict[str, float]:
        """The least weight of each task by name; infinite for what can never be done."""
        least = dict.fromkeys(self._normal.rules, math.inf)
        for name, variants in self._normal.actions.items():
            costs = [sum(_least(cost, self._problem) for cost in one.costs) for one in variants[:1]]
            least[name] = 0.0 if is_hidden(name) else 1.0 + COST * sum(costs)
        changed = True
        while changed:
            changed = False
            for name, rules in self._normal.rules.items():
                found = min((sum(least[one.name] for one in rule.subtasks) for rule in rules), default=math.inf)
                if found < least[name]:
                    least[name] = found
                    changed = True
        return {name: value for name, value in least.items() if value < math.inf}


def _cost(action: Action, arguments: tuple[str, ...], problem: Problem) -> float:
    names = [one.name for one in action.parameters[: action.arity]]
    objects = dict(zip(names, arguments, strict=True))
    return sum(amount(cost, objects, problem) or 0.0 for cost in action.costs) if _is_costly(problem) else 0.0


def _least(cost: float | Fluent, problem: Problem) -> float:
    if not _is_costly(problem):
        return 0.0
    if not isinstance(cost, Fluent):
        return float(cost)
    return min((value for one, value in problem.values.items() if one.function == cost.function), default=0.0)


def _is_costly(problem: Problem) -> bool:
    """Whether the problem says what is to be minimised; else it is the number of steps, whatever they cost."""
    return problem.metric is not None
