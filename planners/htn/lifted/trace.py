"""From the decisions of a search to the solution: which task each of them was for, and what it became."""

from __future__ import annotations

from collections.abc import Sequence

from planweave.planners.htn.lifted.search import Decision
from planweave.planners.htn.lifted.tasks import Effect, Tasks
from planweave.planners.htn.normal import TOP
from planweave.planners.htn.solution import Choice, Solution


def solution_of(decisions: Sequence[Decision], tasks: Tasks) -> Solution:
    """Replay the decisions, which are those of a leftmost derivation, and number the tasks as they come up."""
    names = tasks.world.objects
    steps: list[tuple[int, str, tuple[str, ...]]] = []
    choices: dict[int, Choice] = {}
    open_tasks: list[tuple[int, int]] = [(0, tasks.task(TOP, ()))]  # the next one last: its number, and what it is
    count = 1
    for decision in decisions:
        number, task = open_tasks.pop()
        name, objects = tasks.known[task]
        arguments = tuple([names[one] for one in objects])
        if isinstance(decision, Effect):
            steps.append((number, name, arguments))
            continue
        rule, agenda, children = decision.rule, decision.agenda, []
        for _ in rule.subtasks:
            children.append((count, tasks.heads[agenda]))
            agenda = tasks.tails[agenda]
            count += 1
        bindings = {one.name: names[value] for one, value in zip(rule.parameters, decision.bound, strict=True)}
        choices[number] = Choice(name, arguments, rule.name, bindings, tuple([child for child, _ in children]))
        open_tasks.extend(reversed(children))
    return Solution.of(steps, choices)
