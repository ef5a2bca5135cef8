"""What every planner hands over: the steps in the order in which they are taken, and how each task was decomposed.

Steps and decompositions share one numbering, as in the IPC plan format: the steps come first, from 0, the
decompositions after them, each task before its subtasks. Nothing is nested, because decompositions are as deep as plans
are long. ``links.py`` makes a plan of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from planweave.planners.htn.normal import is_hidden


class GroundTask(NamedTuple):
    """A task, primitive or compound, with objects.

    >>> str(GroundTask("drive", ("truck", "depot")))
    '(drive truck depot)'
    """

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({' '.join((self.name, *self.arguments))})"


@dataclass(frozen=True, slots=True)
class Choice:
    """How a compound task was decomposed.

    Attributes:
        task, arguments: the task, with objects.
        method: the name of the method.
        bindings: the object of each parameter of the method; further variables, of quantifiers, do no harm.
        children: the numbers of its subtasks, in any order that fits the method's.
    """

    task: str
    arguments: tuple[str, ...]
    method: str
    bindings: Mapping[str, str]
    children: tuple[int, ...] = ()


@dataclass(frozen=True)
class Solution:
    """A plan as it was found; no action that the normal form adds is in it.

    Attributes:
        steps: the ground operators, in the order in which they are taken; the numbers below ``len(steps)``.
        choices: the decompositions, each before those of its subtasks; the numbers from ``len(steps)``.
        roots: the numbers of the problem's tasks, in any order that fits the problem's.
        bindings: the object of each parameter of the problem.
    """

    steps: tuple[GroundTask, ...]
    choices: tuple[Choice, ...] = ()
    roots: tuple[int, ...] = ()
    bindings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, steps: Iterable[tuple[int, str, tuple[str, ...]]], choices: Mapping[int, Choice], top: int = 0
    ) -> Solution:
        """The solution from what a search remembers, under the numbers that it gave its tasks.

        Args:
            steps: the number, name and arguments of each primitive task, in the order in which they are taken. Hidden
                ones are left out.
            choices: the decomposition of each compound task by its number. Those that ``top`` does not lead to are
                left out.
            top: the number of the task that stands for those of the problem.

        Raises:
            KeyError: a child has a number that stands for nothing.

        >>> found = Solution.of(
        ...     [(2, "pack", ()), (5, "go", ("home",)), (3, "(goal)", ())],
        ...     {4: Choice("leave", (), "by-foot", {}, (5,)), 0: Choice("(top)", (), "(top)", {}, (2, 4, 3))},
        ... )
        >>> found.roots, found.choices[0].children
        ((0, 2), (1,))
        """
        everything = list(steps)
        hidden = {number for number, name, _ in everything if is_hidden(name)}
        taken = [step for step in everything if step[0] not in hidden]
        names = {number: i for i, (number, _, _) in enumerate(taken)}
        order: list[int] = []
        left = list(reversed(choices[top].children))
        while left:
            number = left.pop()
            if number not in names and number not in hidden:
                names[number] = len(taken) + len(order)
                order.append(number)
                left.extend(reversed(choices[number].children))

        def renamed(children: tuple[int, ...]) -> tuple[int, ...]:
            return tuple([names[child] for child in children if child not in hidden])

        return cls(
            tuple(GroundTask(name, tuple(arguments)) for _, name, arguments in taken),
            tuple(
                Choice(one.task, tuple(one.arguments), one.method, dict(one.bindings), renamed(one.children))
                for one in map(choices.__getitem__, order)
            ),
            renamed(choices[top].children),
            dict(choices[top].bindings),
        )
