"""Solutions as texts in the IPC format, and texts as solutions."""

from __future__ import annotations

from planweave.engine.plan import Plan
from planweave.planners.htn.model import Problem
from planweave.planners.htn.plantext import PlanText, read_plan_text
from planweave.planners.htn.solution import Choice, Solution
from planweave.planners.htn.verification.claim import claim_of_text


def text_of(solution: Solution) -> str:
    """A solution in the IPC format, right or wrong.

    >>> from planweave.planners.htn.solution import GroundTask
    >>> print(text_of(Solution((GroundTask("pack", ("box",)),), (), (0,))))
    ==>
    0 pack box
    root 0
    <==
    """
    count = len(solution.steps)
    lines = [f"{i} {' '.join((step.name, *step.arguments))}" for i, step in enumerate(solution.steps)]
    lines.append(" ".join(["root", *map(str, solution.roots)]))
    for i, one in enumerate(solution.choices):
        words = [count + i, one.task, *one.arguments, "->", one.method, *one.children]
        lines.append(" ".join(map(str, words)))
    return "\n".join(["==>", *lines, "<=="])


def solution_of_text(text: str | PlanText, problem: Problem) -> Solution:
    """The solution that a text is, whatever numbers it gives its tasks.

    Args:
        text: a plan in the IPC format.
        problem: what it is for; names are spelled as there.

    Raises:
        PlanTextError: the text is no plan.
        InvalidPlan: a decomposition has a number that stands for nothing.
    """
    claim = claim_of_text(read_plan_text(text) if isinstance(text, str) else text).named(problem)
    steps, others = claim.entries[: claim.count], claim.entries[claim.count : claim.top]
    made = [Choice(*one.task, one.method or "", {}, one.children) for one in others]
    return Solution(tuple(one.task for one in steps), tuple(made), claim.entries[claim.top].children)


def shown(found: Solution | Plan | str) -> str:
    """A plan, as it is shown to a person: of a partial order, with its orderings."""
    if isinstance(found, str):
        return found.strip()
    if isinstance(found, Solution):
        return text_of(found)
    pairs = [(one, two) for one, two in found.orderings]
    pairs += [(link.producer, link.consumer) for link in found.links if link.producer is not None]
    orderings = [f"{one} < {two}" for one, two in dict.fromkeys(pairs) if one != two]
    return f"{found.text()}\norderings: {', '.join(orderings) or 'none'}"
