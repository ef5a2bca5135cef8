"""Solutions as texts and plans as solutions, and the damage that can be done to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

import planweave as pw
from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Choice, GroundTask, Solution


def text_of(solution: Solution) -> str:
    """A solution in the IPC format."""
    count = len(solution.steps)
    lines = [f"{i} {' '.join((step.name, *step.arguments))}" for i, step in enumerate(solution.steps)]
    lines.append(" ".join(["root", *map(str, solution.roots)]))
    for i, one in enumerate(solution.choices):
        words = [count + i, one.task, *one.arguments, "->", one.method, *one.children]
        lines.append(" ".join(map(str, words)))
    return "\n".join(["==>", *lines, "<=="])


def solution_of(plan: pw.Plan, order: tuple[int, ...] | None = None) -> Solution:
    """What a plan says, its steps taken in another order."""
    order = order if order is not None else tuple(range(len(plan.steps)))
    place = {plan.steps[number].id: i for i, number in enumerate(order)}
    steps = tuple(GroundTask(plan.steps[number].name, plan.steps[number].arguments) for number in order)
    left: list[pw.Decomposition] = []

    def numbers(parts: tuple[pw.Decomposition, ...]) -> tuple[int, ...]:
        found = []
        for part in parts:
            if part.step is not None:
                found.append(place[part.step])
            else:
                found.append(len(steps) + len(left))
                left.append(part)
        return tuple(found)

    roots = numbers(plan.decomposition)
    made = [Choice(one.name, one.arguments, one.method or "", {}, numbers(one.children)) for one in left]
    return Solution(steps, tuple(made), roots)


@st.composite
def damaged(draw: st.DrawFn, solution: Solution, problem: Problem) -> Solution:
    """A solution with one thing changed, which may leave it one."""
    count = len(solution.steps)
    domain = problem.domain
    names = sorted(problem.types)
    kinds = ["roots"]
    kinds += ["swap", "swap", "step", "object", "drop", "twice"] if count else []
    kinds += ["method", "children", "task-object", "cut"] if solution.choices else []
    kind = draw(st.sampled_from(kinds))
    i = draw(st.integers(0, max(count - 1, 0)))
    j = draw(st.integers(0, max(len(solution.choices) - 1, 0)))
    steps, choices = list(solution.steps), list(solution.choices)

    def renumbered(change: Any) -> Solution:
        """With the number of each entry changed; None leaves it out."""

        def some(children: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(new for child in children if (new := change(child)) is not None)

        return replace(
            solution,
            steps=tuple(steps),
            choices=tuple(replace(one, children=some(one.children)) for one in choices),
            roots=some(solution.roots),
        )

    match kind:
        case "swap":  # two steps change places, and the decompositions know it
            k = draw(st.integers(0, count - 1))
            steps[i], steps[k] = steps[k], steps[i]
            return renumbered(lambda n: {i: k, k: i}.get(n, n))
        case "step":
            steps[i] = steps[i]._replace(name=draw(st.sampled_from([*domain.operators, *domain.tasks, "none"])))
        case "object" if steps[i].arguments:
            steps[i] = steps[i]._replace(arguments=(draw(st.sampled_from([*names, "none"])),))
        case "drop":  # a step is left out, and the decompositions know it
            del steps[i]
            return renumbered(lambda n: None if n == i else n - (n > i))
        case "twice":
            return replace(solution, roots=(*solution.roots, i))
        case "method":
            choices[j] = replace(choices[j], method=draw(st.sampled_from([*domain.methods, "none"])))
        case "children":
            choices[j] = replace(choices[j], children=tuple(draw(st.permutations(choices[j].children))))
        case "task-object" if choices[j].arguments:
            choices[j] = replace(choices[j], arguments=(draw(st.sampled_from(names)),))
        case "cut":
            choices[j] = replace(choices[j], children=choices[j].children[:-1])
        case "roots":
            return replace(solution, roots=tuple(draw(st.permutations(solution.roots))))
    return replace(solution, steps=tuple(steps), choices=tuple(choices))
