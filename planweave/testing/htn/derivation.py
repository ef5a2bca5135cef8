"""One way to do the tasks of a problem without conditions, drawn by chance: what becomes a witness.

It is told in full, so that conditions can be found afterwards that hold whenever they are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from planweave.planners.htn.formula import And, Formula
from planweave.planners.htn.model import Method, Operator, Problem, Subtask, TaskNetwork
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.testing.choices import Choices, pick
from planweave.testing.htn.enumeration import grounded, is_well_typed
from planweave.testing.htn.limits import HtnLimits
from planweave.testing.htn.semantics import Objects, State, after, bound, choices, ends, holds
from planweave.testing.htn.sketch import arguments

T = TypeVar("T")

Moment: TypeAlias = tuple[Objects, State]
"""The objects of the variables of a condition, and the facts that are true when it is asked for."""

Moments: TypeAlias = "defaultdict[str, list[Moment]]"

REST = "rest"
"""The name of an operator that does nothing, where nothing else will do."""


@dataclass
class Derivation:
    """What was done, and when what would be asked for.

    Attributes:
        problem: what it is for; its domain may have grown a method that was needed.
        states: the facts that are true, one set after another.
        steps: the moments before the steps of each operator.
        begins: those at which each method was chosen.
        ends: those at which each compound task ended.
        solution: what was done.
    """

    problem: Problem
    states: list[State]
    steps: Moments = field(default_factory=lambda: defaultdict(list))
    begins: Moments = field(default_factory=lambda: defaultdict(list))
    ends: Moments = field(default_factory=lambda: defaultdict(list))
    solution: Solution = field(default_factory=lambda: Solution(()))


def derive(problem: Problem, source: Choices, limits: HtnLimits) -> Derivation:
    """Do the tasks of a problem in some way that is drawn by chance.

    Args:
        problem: a problem whose operators have no preconditions, and its methods none that change; methods may be added
            to its domain, if there is no other way.
        source: where the chances come from.
        limits: how many steps there should be.
    """
    return _Deriving(problem, source, limits).done()


@dataclass
class _Open:
    """A task that is not done yet, or the end of one that was decomposed, with what must be over before it."""

    number: int
    task: GroundTask
    is_end: bool
    waits: set[tuple[int, bool]]


class _Deriving:
    def __init__(self, problem: Problem, source: Choices, limits: HtnLimits) -> None:
        self.problem = problem
        self.domain = problem.domain
        self.source = source
        self.limits = limits
        self.derivation = Derivation(problem, [problem.state])
        self.open = [_Open(0, GroundTask(TOP), False, set())]
        self.taken: list[tuple[int, str, tuple[str, ...]]] = []
        self.made: dict[int, Choice] = {}
        self.count = 1

    def done(self) -> Derivation:
        """Do one thing after another until nothing is open."""
        while self.open:
            one = self._one([one for one in self.open if not one.waits])
            if one.is_end:
                self._end(one)
            elif one.task.name in self.domain.operators:
                self._step(one)
            else:
                self._decompose(one)
        self.derivation.solution = Solution.of(self.taken, self.made, 0)
        return self.derivation

    def _one(self, options: Sequence[T]) -> T:
        return options[0] if len(options) == 1 else pick(self.source, options)

    @property
    def state(self) -> State:
        return self.derivation.states[-1]

    def _close(self, one: _Open) -> None:
        self.open.remove(one)
        for other in self.open:
            other.waits.discard((one.number, one.is_end))

    def _step(self, one: _Open) -> None:
        operator = self.domain.operators[one.task.name]
        objects = bound(operator.parameters, one.task.arguments)
        self.derivation.steps[operator.name].append((objects, self.state))
        self.derivation.states.append(after(operator.effect, objects, self.state, self.problem))
        self.taken.append((one.number, *one.task))
        self._close(one)

    def _end(self, one: _Open) -> None:
        task = self.domain.tasks[one.task.name]
        objects = bound(task.parameters, one.task.arguments)
        self.derivation.ends[task.name].append((objects, self.state))
        state = ends(task.name, objects, self.state, self.problem)
        assert state is not None, "what is checked is not there yet"
        self.derivation.states.append(state)
        self._close(one)

    def _decompose(self, one: _Open) -> None:
        method, objects = self._one(self._ways(one.task))
        self.derivation.begins[method.name].append((objects, self.state))
        tasks = grounded(method.network, objects)
        number = {subtask.id: self.count + i for i, subtask in enumerate(method.network.subtasks)}
        new = [_Open(self.count + i, task, False, set()) for i, task in enumerate(tasks)]
        names = {each.number: (each.number, each.task.name in self.domain.tasks) for each in new}
        for first, second in method.network.orderings:
            new[number[second] - self.count].waits.add(names[number[first]])
        self.made[one.number] = Choice(one.task.name, one.task.arguments, method.name, dict(objects), tuple(names))
        self.count += len(tasks)
        self.open.remove(one)  # what waits for it goes on waiting, for its end
        if method.name != TOP:
            new.append(_Open(one.number, one.task, True, set(names.values())))
        self.open += new

    # ---------------------------------------------------------------------- methods

    def _ways(self, task: GroundTask) -> list[tuple[Method, Objects]]:
        """The methods, with objects, that a task may be decomposed by: short ones only, once there are many steps."""
        if task.name == TOP:
            return self._bindings(Method(TOP, self.problem.parameters, TOP, network=self.problem.network), task)
        ways = [way for method in self.domain.methods_for(task.name) for way in self._bindings(method, task)]
        if len(self.taken) + len(self.open) > 2 * self.limits.steps:
            ways = [way for way in ways if not any(one.name in self.domain.tasks for one in way[0].network.subtasks)]
        return ways or self._bindings(self._helper(task.name), task)

    def _bindings(self, method: Method, task: GroundTask) -> list[tuple[Method, Objects]]:
        condition: Formula = And((method.precondition, method.network.constraint))
        return [
            (method, objects)
            for objects in choices(method.parameters, self.problem)
            if tuple([objects[name] for name in method.arguments]) == task.arguments
            and holds(condition, objects, self.state, self.problem)
            and all(is_well_typed(one, self.problem) for one in grounded(method.network, objects))
        ]

    def _helper(self, name: str) -> Method:
        """A method that can always be chosen."""
        task = self.domain.tasks[name]
        network = TaskNetwork()
        if "empty-bodies" not in self.limits.features:
            if REST not in self.domain.operators:
                self.domain.add(Operator(REST))
            network = TaskNetwork((Subtask(REST, REST),))
        method = Method(f"{name}-at-last", task.parameters, name, arguments(task), network=network)
        self.domain.add(method)
        return method
