"""From a model of the formula to the solution: which method each task was decomposed by, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.ground.split import is_part
from planweave.planners.htn.sat.position import Position
from planweave.planners.htn.solution import Choice, Solution


def solution_of(root: Position, grounded: Grounded, model: Sequence[int]) -> Solution:
    """The solution that a model describes.

    A task that the grounding made up (the part of a rule, the variants of an operator) is no task of its own: it gives
    its variables, and its children, to the method that it is a part of.

    Args:
        root: the position of the top task.
        grounded: the problem.
        model: the variables, from 1, each with its sign.
    """
    steps: list[tuple[int, str, tuple[str, ...]]] = []
    choices: dict[int, Choice] = {}
    owners: dict[int, dict[str, str]] = {}  # the variables of the method that a task comes from
    count = 1
    waiting = [(0, grounded.top, root)]  # the next one last: its number, what it is, and where
    while waiting:
        number, task, position = waiting.pop()
        if task < grounded.actions:
            steps.append((number, *grounded.action(task)))
            continue
        method = _method(position, task, grounded, model)
        subtasks = grounded.subtasks[method]
        origin = grounded.method_origins[method]
        if origin is None or is_part(origin.schema.task):
            if origin is not None:
                owners[number].update(grounded.bindings(method))
            numbers = [number]
        else:
            numbers = list(range(count, count + len(subtasks)))
            count += len(subtasks)
            bindings = grounded.bindings(method)
            name, arguments = grounded.head(method)
            choices[number] = Choice(name, arguments, origin.schema.source.name, bindings, tuple(numbers))
            for child in numbers:
                owners[child] = bindings
        waiting += reversed(list(zip(numbers, subtasks, position.parts, strict=False)))
    return Solution.of(steps, choices)


def _method(position: Position, task: int, grounded: Grounded, model: Sequence[int]) -> int:
    """The method that a task is decomposed by; where none with a literal is, its single subtask tells."""
    chosen = position.chosen[task]
    for method, literal in chosen:
        if literal and model[literal - 1] > 0:
            return method
    options = position.parts[0].options
    return next(
        method
        for method, literal in chosen
        if not literal and (done := options.get(grounded.subtasks[method][0])) and model[done - 1] > 0
    )
