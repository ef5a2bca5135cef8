"""Brute force: all solutions of a tiny problem, by trying everything in every order.

This is progression through task networks: what is done next is any task that nothing unfinished comes before. A task is
replaced by a check of its method's precondition, its subtasks and its end; a step changes the state.

Source: R. Alford et al., "HTN problem spaces: structure, algorithms, termination", SoCS 2012.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planweave.planners.htn.formula import TRUE, And, Formula
from planweave.planners.htn.model import Problem, TaskNetwork
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import Choice, GroundTask, Solution
from planweave.testing.htn.semantics import Objects, State, after, bound, choices, ends, fits, holds


@dataclass(frozen=True)
class _Node:
    """What is still to be done: a task, the check of a method's condition (-1), the end of a task (1)."""

    number: int
    place: int
    task: GroundTask
    condition: Formula = TRUE
    objects: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[int, int]:
        return self.number, self.place


@dataclass(frozen=True)
class _Point:
    """What was done, and what is still to be done."""

    state: State
    nodes: frozenset[_Node]
    before: frozenset[tuple[tuple[int, int], tuple[int, int]]]
    steps: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    choices: tuple[tuple[int, GroundTask, str, tuple[tuple[str, str], ...], tuple[int, ...]], ...] = ()
    count: int = 1

    def without(self, node: _Node, **changed: object) -> _Point:
        """With a node done."""
        values: dict[str, object] = {"state": self.state, "steps": self.steps, "choices": self.choices}
        rest = frozenset(one for one in self.nodes if one != node)
        before = frozenset(pair for pair in self.before if pair[0] != node.key)
        return _Point(nodes=rest, before=before, **{**values, "count": self.count, **changed})  # type: ignore[arg-type]

    def solution(self) -> Solution:
        """What was done."""
        made = {
            number: Choice(task.name, task.arguments, method, dict(objects), children)
            for number, task, method, objects, children in self.choices
        }
        return Solution.of(self.steps, made, 0)


class Enumeration:
    """The solutions of a problem, each once, as long as none is longer than allowed.

    Args:
        problem: what to solve.
        max_steps: the steps of a solution.
        max_choices: its decompositions.
        tries: how many points of the search space are looked at.

    Attributes:
        is_complete: whether all was tried and nothing was left out for its length, so that there are no others. It is
            known at the end.

    >>> from planweave.planners.htn.domain import Domain
    >>> domain = Domain("report")
    >>> domain.operator("gather", effects=["data"])
    >>> domain.operator("write", preconditions=["data"])
    >>> some = Enumeration(domain.problem(tasks=["gather", "write"], ordered=False))
    >>> [[str(step) for step in one.steps] for one in some], some.is_complete
    ([['(gather)', '(write)']], True)
    """

    def __init__(self, problem: Problem, *, max_steps: int = 8, max_choices: int = 8, tries: int = 20_000) -> None:
        self.problem = problem
        self.is_complete = False
        self._max_steps = max_steps
        self._max_choices = max_choices
        self._tries = tries

    def __iter__(self) -> Iterator[Solution]:
        problem = self.problem
        left = list(self._started())
        seen: set[_Point] = set()
        found: set[str] = set()
        is_cut = False
        for _ in range(self._tries):
            if not left:
                self.is_complete = not is_cut
                return
            one = left.pop()
            if one in seen:
                continue
            if len(one.steps) > self._max_steps or len(one.choices) > self._max_choices + 1:
                is_cut = True
                continue
            seen.add(one)
            if not one.nodes and holds(problem.goal, {}, one.state, problem):
                solution = one.solution()
                if repr(solution) not in found:
                    found.add(repr(solution))
                    yield solution
            waiting = {two for _, two in one.before}
            for node in sorted(one.nodes, key=lambda node: node.key, reverse=True):
                if node.key not in waiting:
                    left += self._progressed(one, node)

    def _started(self) -> Iterator[_Point]:
        problem = self.problem
        top = _Node(0, 0, GroundTask(TOP))
        start = _Point(problem.state, frozenset({top}), frozenset())
        for objects in choices(problem.parameters, problem):
            yield from self._decomposed(start, top, TOP, objects, problem.network, problem.network.constraint)

    def _progressed(self, one: _Point, node: _Node) -> Iterator[_Point]:
        problem, domain = self.problem, self.problem.domain
        objects = dict(node.objects)
        if node.place < 0:
            if holds(node.condition, objects, one.state, problem):
                yield one.without(node)
        elif node.place > 0:
            state = ends(node.task.name, objects, one.state, problem)
            if state is not None:
                yield one.without(node, state=state)
        elif node.task.name in domain.operators:
            operator = domain.operators[node.task.name]
            objects = bound(operator.parameters, node.task.arguments)
            if holds(operator.precondition, objects, one.state, problem):
                state = after(operator.effect, objects, one.state, problem)
                yield one.without(node, state=state, steps=(*one.steps, (node.number, *node.task)))
        else:
            for method in domain.methods_for(node.task.name):
                for objects in choices(method.parameters, problem):
                    if tuple(objects.get(term, term) for term in method.arguments) == node.task.arguments:
                        condition = And((method.network.constraint, method.precondition))
                        yield from self._decomposed(one, node, method.name, objects, method.network, condition)

    def _decomposed(
        self, one: _Point, node: _Node, method: str, objects: Objects, network: TaskNetwork, condition: Formula
    ) -> Iterator[_Point]:
        """With a check, the subtasks and an end in a task's place, if objects have the types that the subtasks want."""
        problem = self.problem
        tasks = grounded(network, objects)
        if not all(is_well_typed(task, problem) for task in tasks):
            return
        own = tuple(objects.items())
        check = _Node(one.count, -1, node.task, condition, own)
        subtasks = [_Node(one.count + 1 + i, 0, task) for i, task in enumerate(tasks)]
        new = [check, *subtasks]
        key = {subtask.id: node.key for subtask, node in zip(network.subtasks, subtasks, strict=True)}
        pairs = {(check.key, subtask.key) for subtask in subtasks}
        pairs |= {(key[first], key[second]) for first, second in network.orderings}
        known = problem.domain.tasks.get(node.task.name)
        if known is not None:
            of_task = tuple(bound(known.parameters, node.task.arguments).items())
            end = _Node(one.count, 1, node.task, TRUE, of_task)
            pairs |= {(other.key, end.key) for other in new}
            new.append(end)
        for two in {two for first, two in one.before if first == node.key}:
            pairs |= {(other.key, two) for other in new}
        choice = (node.number, node.task, method, own, tuple(subtask.number for subtask in subtasks))
        rest = one.without(node, choices=(*one.choices, choice), count=one.count + 1 + len(subtasks))
        yield _Point(rest.state, rest.nodes | set(new), rest.before | pairs, rest.steps, rest.choices, rest.count)


def grounded(network: TaskNetwork, objects: Objects) -> list[GroundTask]:
    """The subtasks of a network, given the object of each variable."""
    return [GroundTask(one.name, tuple(objects.get(term, term) for term in one.arguments)) for one in network.subtasks]


def is_well_typed(task: GroundTask, problem: Problem) -> bool:
    """Whether each object has the type that its task or operator wants."""
    known = problem.domain.operators.get(task.name) or problem.domain.tasks[task.name]
    return all(fits(name, wanted, problem) for name, wanted in zip(task.arguments, known.parameters, strict=True))
