"""A plan in the text format of the International Planning Competition; ``planners/htn/plantext.py`` reads it.

The format: "Plan Verification" of pandaPIparser, and https://ipc2020.hierarchical-task.net/benchmarks/output-format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planweave.engine.errors import DefinitionError, UnknownNameError
from planweave.engine.location import Location

if TYPE_CHECKING:
    from planweave.engine.plan import Decomposition, Plan

_WORD = re.compile(r"(?!.*->)[^\s();]+")


def plan_text(plan: Plan) -> str:
    """The steps, numbered in their order, then how each task was decomposed; see ``Plan.text``."""
    number = {step.id: i for i, step in enumerate(plan.steps)}
    lines = [f"{i} {_words(step.name, *step.arguments)}" for i, step in enumerate(plan.steps)]
    left: list[tuple[int, Decomposition]] = []
    count = len(plan.steps)

    def numbers(parts: tuple[Decomposition, ...]) -> str:
        nonlocal count
        found = []
        for part in parts:
            if part.step is not None:
                if part.step not in number:
                    raise UnknownNameError(
                        f"the decomposition names the step {part.step!r}, which the plan '{plan.name}' does not have",
                        where=Location.of_user(),
                        mend="add the step",
                    )
                found.append(number[part.step])
            else:
                found.append(count)
                left.append((count, part))
                count += 1
        return "".join(f" {one}" for one in found)

    lines.append("root" + numbers(plan.decomposition))
    for one, part in left:  # which grows as it is walked: decompositions are too deep for recursion
        if part.method is None:
            raise DefinitionError(
                f"the task '{part.name}' was not decomposed",
                where=Location.of_user(),
                mend="say by which method, or which step it is",
            )
        lines.append(f"{one} {_words(part.name, *part.arguments)} -> {_words(part.method)}{numbers(part.children)}")
    return "\n".join(["==>", *lines, "<==", ""])


def _words(*words: str) -> str:
    for word in words:
        if not _WORD.fullmatch(word):
            raise DefinitionError(
                f"the plan format cannot hold the name {word!r}",
                where=Location.of_user(),
                mend="use names without white space, parentheses, semicolons and arrows",
            )
    return " ".join(words)
