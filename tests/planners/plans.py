"""Random damage to solutions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from planweave.planners.htn.model import Problem
from planweave.planners.htn.solution import Solution
from planweave.testing.htn.judge import solution_of
from planweave.testing.htn.texts import text_of

__all__ = ["damaged", "solution_of", "text_of"]


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
