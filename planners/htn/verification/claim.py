"""What a plan claims: its steps in their order, and how each task was decomposed, in one numbering.

A plan, a text and a solution all become a claim, and the claim is what is checked. The problem itself stands at the end
of it, as a task ``TOP`` that was decomposed into the problem's tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from planweave.engine.plan import Decomposition, Plan, Step
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.plantext import PlanText
from planweave.planners.htn.solution import GroundTask, Solution
from planweave.planners.htn.verification.rules import refuse


@dataclass(frozen=True, slots=True)
class Entry:
    """A step, or a decomposed task.

    Attributes:
        id: what the plan calls it, for errors; decomposed tasks have one in texts only.
        task: it, with objects.
        method: by which it was decomposed; None: it is a step.
        children: the numbers of its subtasks.
    """

    id: str | None
    task: GroundTask
    method: str | None = None
    children: tuple[int, ...] = ()

    def __str__(self) -> str:
        return str(self.task)


@dataclass(frozen=True)
class Claim:
    """The steps, from 0 in their order, then the decomposed tasks, the problem itself last."""

    entries: tuple[Entry, ...]
    count: int

    @property
    def top(self) -> int:
        """The number of the problem itself."""
        return len(self.entries) - 1

    @cached_property
    def postorder(self) -> tuple[int, ...]:
        """The decomposed tasks, each after those below it."""
        order: list[int] = []
        left = [self.top]
        while left:
            number = left.pop()
            order.append(number)
            left.extend(child for child in self.entries[number].children if child >= self.count)
        return tuple(reversed(order))

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The first and last step of each entry; ``(count, -1)`` where it has no steps."""
        spans = [(i, i) for i in range(self.count)] + [(self.count, -1)] * (len(self.entries) - self.count)
        for number in self.postorder:
            below = [spans[child] for child in self.entries[number].children]
            if below:
                spans[number] = min(first for first, _ in below), max(last for _, last in below)
        return tuple(spans)

    @cached_property
    def parents(self) -> Mapping[int, int]:
        """The entry that each entry is a subtask of."""
        return {child: i for i, entry in enumerate(self.entries) for child in entry.children}

    def named(self, problem: Problem) -> Claim:
        """The claim with the names as the problem has them, where they differ in case only."""
        domain = problem.domain
        operators, tasks, methods = (_spellings(some) for some in (domain.operators, domain.tasks, domain.methods))
        objects = _spellings(problem.types)

        def task(one: GroundTask, names: Mapping[str, str]) -> GroundTask:
            return GroundTask(_spelled(one.name, names), tuple(_spelled(name, objects) for name in one.arguments))

        def named(entry: Entry) -> Entry:
            if entry.method is None:
                return replace(entry, task=task(entry.task, operators))
            return replace(entry, task=task(entry.task, tasks), method=_spelled(entry.method, methods))

        return replace(self, entries=tuple(map(named, self.entries)))


def _spellings(names: Iterable[str]) -> dict[str, str]:
    return {name.lower(): name for name in names} | {name: name for name in names}


def _spelled(name: str, spellings: Mapping[str, str]) -> str:
    return spellings.get(name) or spellings.get(name.lower(), name)


def _top(children: tuple[int, ...]) -> Entry:
    return Entry(None, GroundTask(TOP), TOP, children)


def claim_of_solution(solution: Solution) -> Claim:
    """What a solution claims."""
    steps = [Entry(str(i), step) for i, step in enumerate(solution.steps)]
    choices = [Entry(None, GroundTask(one.task, one.arguments), one.method, one.children) for one in solution.choices]
    return Claim((*steps, *choices, _top(solution.roots)), len(steps))


def claim_of_text(text: PlanText) -> Claim:
    """What a text claims.

    Raises:
        InvalidPlan: a decomposition has a number that stands for nothing.
    """
    roots = text.roots
    decompositions = dict(text.decompositions)
    if len(roots) == 1 and roots[0] in decompositions and decompositions[roots[0]].task.name.lower() == "__top":
        roots = decompositions.pop(roots[0]).children  # some planners put a task of their own over those of the problem
    number = {given: i for i, given in enumerate((*text.steps, *decompositions))}

    def numbers(children: tuple[int, ...], who: str, step: str | None) -> tuple[int, ...]:
        for child in children:
            if child not in number:
                raise refuse("tree", f"{who} number {child}, which stands for nothing", step)
        return tuple([number[child] for child in children])

    steps = [Entry(str(given), task) for given, task in text.steps.items()]
    choices = []
    for given, one in decompositions.items():
        children = numbers(one.children, f"{one.task} has the subtask", str(given))
        choices.append(Entry(str(given), one.task, one.method, children))
    return Claim((*steps, *choices, _top(numbers(roots, "the roots name the", None))), len(steps))


def claim_of_plan(plan: Plan) -> Claim:
    """What a plan claims.

    Raises:
        InvalidPlan: two steps have one id, or the decomposition does not fit the steps.
    """
    number: dict[str, int] = {}
    for i, step in enumerate(plan.steps):
        if number.setdefault(step.id, i) != i:
            raise refuse("tree", f"two steps are called '{step.id}'", step.id)
    entries = [Entry(step.id, GroundTask(step.name, step.arguments)) for step in plan.steps]
    left: list[Decomposition] = []
    count = len(entries)

    def numbers(parts: tuple[Decomposition, ...]) -> tuple[int, ...]:
        found = []
        for part in parts:
            if part.step is not None:
                found.append(_number_of_leaf(part, part.step, number, plan.steps))
            else:
                found.append(count + len(left))
                left.append(part)
        return tuple(found)

    roots = numbers(plan.decomposition)
    for part in left:  # which grows as it is walked: decompositions are too deep for recursion
        task = GroundTask(part.name, part.arguments)
        if part.method is None:
            raise refuse("tree", f"the task {task} is neither a step nor decomposed")
        entries.append(Entry(None, task, part.method, numbers(part.children)))
    return Claim((*entries, _top(roots)), count)


def _number_of_leaf(part: Decomposition, id: str, number: Mapping[str, int], steps: tuple[Step, ...]) -> int:
    task = GroundTask(part.name, part.arguments)
    if id not in number:
        raise refuse("tree", f"{task} in the decomposition names a step that the plan does not have", id)
    step = steps[number[id]]
    taken = GroundTask(step.name, step.arguments)
    if taken != task or part.children or part.method is not None:
        raise refuse("tree", f"{task} in the decomposition is said to be the step {taken}", id)
    return number[id]
