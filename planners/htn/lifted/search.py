"""Depth-first search over lifted tasks: the first task of the agenda is done or decomposed, in the state as it is.

The state is changed in place and taken back. A state in which the same agenda has been tried is not tried again. That
alone does not keep a recursive task from opening itself again and again, on an agenda that grows without end; so a
search may refuse to open a task inside itself (``Refusal``), at the price of solutions that need just that.

After HyperTensioN (M. C. Magnaguagno, F. Meneguzzi, L. de Silva, IPC 2020), which shows how far this goes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.lifted.tasks import EMPTY, Effect, Tasks, Way
from planweave.planners.htn.lifted.world import Undo


class Refusal(IntEnum):
    """When a task is not opened inside itself: the same task with the same objects."""

    NEVER = 0
    """Everything is tried, which may take for ever."""
    SAME_STATE = 1
    """Where the state is what it was when it was opened."""
    ALWAYS = 2
    """Wherever it is still open."""


Opened = tuple[int, int, int, "Opened | None"] | None
"""The tasks that are open: the task, the length of the agenda behind it, the hash of the state then, and the others."""

Decision = Way | Effect


class Frame(NamedTuple):
    """A choice point on the path of the search."""

    choices: Iterator[Decision]
    agenda: int
    opened: Opened


class Found(NamedTuple):
    """How a search ended: the decisions that lead to the end, or None; and whether it has looked everywhere."""

    decisions: list[Decision] | None
    is_complete: bool


class Search:
    """One search, from an agenda to the empty one. It may be interrupted, and goes on where it was.

    Args:
        tasks: the tasks of the problem, and the world in which they are done; nobody else may change that meanwhile.
        agenda: what is to be done.
        deadline: asked again and again whether time or memory is over.
        refusal: when a task is not opened inside itself.
        chance: tries methods and objects in an order of its own; None: in that of the domain.
        longest: how many tasks an agenda may hold; None: as many as it takes.

    Attributes:
        decisions: how many have been tried.
        has_refused: whether a task has not been opened inside itself, or for the length of its agenda.
    """

    def __init__(
        self,
        tasks: Tasks,
        agenda: int,
        deadline: Deadline,
        *,
        refusal: Refusal = Refusal.ALWAYS,
        chance: random.Random | None = None,
        longest: int | None = None,
    ) -> None:
        self._tasks = tasks
        self._longest = longest
        self._deadline = deadline
        self._refusal = refusal
        self._chance = chance
        self._seen: set[tuple[int, int]] = set()
        self._path: list[Decision] = []
        self._undo: list[Undo | None] = []
        self.decisions = 0
        self.has_refused = False
        self._frames = [self._frame(agenda, None)]

    def run(self, most: int) -> Found | None:
        """Try ``most`` decisions more; None: the search is not at its end.

        Raises:
            PlanningTimeout: the deadline is over.
        """
        tasks, world, seen = self._tasks, self._tasks.world, self._seen
        frames, path, undo = self._frames, self._path, self._undo
        until = self.decisions + most
        while frames:
            if not self.decisions & 255:
                self._deadline.check("searching depth first")
            if self.decisions >= until:
                return None
            frame = frames[-1]
            decision = next(frame.choices, None)
            if decision is None:
                frames.pop()
                if path:
                    path.pop()
                    world.undo(undo.pop())
                continue
            self.decisions += 1
            rest = tasks.tails[frame.agenda]
            change: Undo | None = None
            opened = frame.opened
            if isinstance(decision, Effect):
                change = world.change(decision.deletes, decision.adds)
                after = rest
            else:
                after = decision.agenda
                task = tasks.heads[frame.agenda]
                if tasks.is_recursive(task):
                    opened = (task, tasks.lengths[rest], world.hash, opened)
            key = world.hash, after
            if self._longest is not None and tasks.lengths[after] > self._longest:
                self.has_refused = True
                continue  # only a decomposition makes an agenda longer: there is nothing to take back
            if key in seen:
                world.undo(change)
                continue
            seen.add(key)
            path.append(decision)
            undo.append(change)
            if after == EMPTY:
                return Found(path, True)
            frames.append(self._frame(after, opened))
        return Found(None, not self.has_refused)

    def leave(self) -> None:
        """Take back all that it has changed in the world."""
        while self._undo:
            self._tasks.world.undo(self._undo.pop())

    def _frame(self, agenda: int, opened: Opened) -> Frame:
        """The choices for the first task of an agenda."""
        tasks = self._tasks
        task, rest = tasks.heads[agenda], tasks.tails[agenda]
        length = tasks.lengths[rest]
        while opened is not None and opened[1] > length:
            opened = opened[3]  # it has been done
        if tasks.is_action(task):
            return Frame(tasks.effects(task), agenda, opened)
        if self._refusal and self._refuses(task, opened):
            self.has_refused = True
            return Frame(iter(()), agenda, opened)
        return Frame(tasks.ways(task, rest, self._chance), agenda, opened)

    def _refuses(self, task: int, opened: Opened) -> bool:
        state, always = self._tasks.world.hash, self._refusal is Refusal.ALWAYS
        while opened is not None:
            if opened[0] == task and (always or opened[2] == state):
                return True
            opened = opened[3]
        return False
