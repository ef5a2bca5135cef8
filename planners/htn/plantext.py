"""Plans as the International Planning Competition writes them; ``engine/plantext.py`` is the writer.

    ==>
    0 pick-up truck box             the steps in the order in which they are taken: a number, an operator, objects
    1 drive truck shop
    root 2                          the numbers of the problem's tasks
    2 deliver box shop -> by-truck 0 1      a task, a method, and the numbers of its subtasks
    <==

What a planner prints before the last ``==>`` is passed over. Source: "Plan Verification" of pandaPIparser, and
https://ipc2020.hierarchical-task.net/benchmarks/output-format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from planweave.engine.errors import DefinitionError
from planweave.engine.location import Location
from planweave.planners.htn.solution import GroundTask

_NUMBER = re.compile(r"[0-9]{1,18}")
_SHORT = 40


class PlanTextError(DefinitionError, ValueError):
    """A text that is not a plan in the IPC format: ``where`` is the file and line."""


@dataclass(frozen=True, slots=True)
class Decomposed:
    """A line that says how a task was decomposed: by which method, and the numbers of its subtasks."""

    task: GroundTask
    method: str
    children: tuple[int, ...]


@dataclass(frozen=True)
class PlanText:
    """What a text in the IPC format says; nothing is known yet of the domain.

    Attributes:
        steps: the primitive tasks by number, in the order in which they are taken.
        roots: the numbers of the problem's tasks.
        decompositions: the decomposed tasks by number.
    """

    steps: Mapping[int, GroundTask]
    roots: tuple[int, ...] = ()
    decompositions: Mapping[int, Decomposed] = field(default_factory=dict)


def read_plan_text(text: str, *, file: str = "<plan>") -> PlanText:
    r"""Read a plan in the IPC format.

    White space, blank lines, comments (``;``), parentheses around tasks and the case of ``root`` do not matter.

    Args:
        text: the plan, or all that a planner printed, with the plan last.
        file: the name of the file, for errors.

    Raises:
        PlanTextError: the text is no plan; says the line and what was expected there.

    >>> read_plan_text("==>\n0 pack box\nroot 0\n<==").steps
    {0: GroundTask(name='pack', arguments=('box',))}
    """
    return _Reader(text, file).plan()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.line = 0
        self.found_in: dict[int, int] = {}

    def plan(self) -> PlanText:
        starts = [i for i, line in enumerate(self.lines) if line.strip() == "==>"]
        if not starts:
            self.line = 1
            self.fail("expected '==>', the beginning of the plan, on a line of its own", "begin the plan with '==>'")
        steps: dict[int, GroundTask] = {}
        roots: tuple[int, ...] | None = None
        decompositions: dict[int, Decomposed] = {}
        for line in self.inside(starts[-1] + 1):
            words = line.split()
            if words[0].lower() == "root":
                if roots is not None:
                    self.fail("expected a decomposition or '<==', not a second 'root'", "keep one of them")
                roots = self.numbers(words[1:])
            elif roots is None:
                number = self.new_number(words[0])
                if "->" in line:
                    self.fail(
                        "expected 'root' before the first decomposition", "put 'root' and the numbers of tasks here"
                    )
                steps[number] = self.task(words[1:], "an operator")
            else:
                number = self.new_number(words[0])
                decompositions[number] = self.decomposed(line.split(None, 1)[1:])
        if roots is None:
            self.fail("expected 'root' and the numbers of the problem's tasks before '<=='", "add them")
        return PlanText(steps, roots, decompositions)

    def inside(self, start: int) -> Iterator[str]:
        """The lines of the plan that say something, without parentheses."""
        for i in range(start, len(self.lines)):
            self.line = i + 1
            line = self.lines[i].partition(";")[0].replace("(", " ").replace(")", " ").strip()
            if line == "<==":
                return
            if line:
                yield line
        self.line = len(self.lines)
        self.fail("expected '<==', the end of the plan, but the text ends", "end the plan with '<=='")

    def new_number(self, word: str) -> int:
        number = self.number(word)
        first = self.found_in.setdefault(number, self.line)
        if first != self.line:
            self.fail(f"expected another number than {number}, which line {first} has", "give each task its own number")
        return number

    def number(self, word: str) -> int:
        if not _NUMBER.fullmatch(word):
            self.fail(f"expected the number of a task, not {_short(word)}", "write a whole number below 10^18")
        return int(word)

    def numbers(self, words: list[str]) -> tuple[int, ...]:
        return tuple([self.number(word) for word in words])

    def task(self, words: list[str], what: str) -> GroundTask:
        if not words:
            self.fail(f"expected the name of {what} after the number", "write its name, then its objects")
        return GroundTask(words[0], tuple(words[1:]))

    def decomposed(self, rest: list[str]) -> Decomposed:
        head, arrow, tail = "".join(rest).partition("->")
        task = self.task(head.split(), "a task")
        words = tail.split()
        if not arrow:
            self.fail(f"expected '->' and a method after {_short(str(task))}", "operators stand before 'root'")
        if not words:
            self.fail("expected the name of a method after '->'", "write it, then the numbers of the subtasks")
        return Decomposed(task, words[0], self.numbers(words[1:]))

    def fail(self, what: str, mend: str) -> NoReturn:
        raise PlanTextError(what, where=Location(self.file, self.line), mend=mend)


def _short(word: str) -> str:
    return repr(word if len(word) <= _SHORT else f"{word[:_SHORT]}...")
