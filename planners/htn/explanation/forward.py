"""How far some tasks can be done from a state: depth-first search that remembers the furthest it got.

Tasks that are left unordered are done one after another, in every order; the steps of two are not mixed. Like
``lifted/search.py`` it changes the state in place, tries no agenda twice in the same state, and opens no task inside
itself where nothing has changed. Its work is bounded by a number of decisions, so that it finds the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from planweave.planners.htn.agendas import Agendas, Block, Move
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.lifted.tasks import EMPTY, Effect, Tasks
from planweave.planners.htn.lifted.world import Undo, World

LONGEST = 2_000
"""Tasks that an agenda may hold."""


class Taken(NamedTuple):
    """A step that was taken: the number of its task, and what it changed."""

    task: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a search got.

    Attributes:
        done: the positions of the tasks that were done, in that order.
        steps: that it took.
        is_all: whether that is all of them.
        is_exhausted: whether everything has been tried.
    """

    done: tuple[int, ...]
    steps: tuple[Taken, ...]
    is_all: bool
    is_exhausted: bool


_Opened = tuple[int, int, int, "_Opened | None"] | None
"""The tasks that are open: the task, the length of the agenda behind it, the hash of the state then, and the others."""


class _Frame(NamedTuple):
    moves: Iterator[Move]
    agenda: int
    opened: _Opened


class Forward:
    """Searches from whatever state the world is in, and leaves it so.

    Args:
        tasks: the tasks of the problem, and its world; rules may be partially ordered.
        deadline: when it ends, searches end too, as if nothing were left to try.
        pinned: facts that stay true, or false, whatever is done.
    """

    def __init__(self, tasks: Tasks, deadline: Deadline, pinned: Mapping[int, bool] | None = None) -> None:
        self._tasks = tasks
        self._world: World = tasks.world
        self._deadline = deadline
        self._pinned = dict(pinned or {})
        self._root = Block((), (), 0)
        self._agendas = Agendas(tasks)
        self.tried = 0

    def furthest(self, block: Block, most: int) -> Reach:
        """Do as many of these tasks as can be done.

        Args:
            block: the tasks.
            most: decisions that may be tried.
        """
        if not block.tasks:
            return Reach((), (), is_all=True, is_exhausted=True)
        until = self.tried + most
        self._root = block
        frames = [self._frame(self._agendas.agenda(self._agendas.item(block), EMPTY), None)]
        path: list[Move] = []
        undo: list[Undo | None] = []
        seen: set[tuple[int, int]] = set()
        best: tuple[int, list[Move]] = (0, [])
        while frames and self.tried < until:
            frame = frames[-1]
            move = next(frame.moves, None)
            if move is None:
                frames.pop()
                if path:
                    path.pop()
                    self._world.undo(undo.pop())
                continue
            self.tried += 1
            if not self.tried & 255 and not self._deadline.left:
                break
            change = None if move.effect is None else self._world.change(*self._kept(move.effect))
            key = self._world.hash, move.agenda
            if key in seen or self._agendas.lengths[move.agenda] > LONGEST:
                self._world.undo(change)
                continue
            seen.add(key)
            path.append(move)
            undo.append(change)
            done = self._done(move.agenda)
            if done > best[0]:
                best = done, path[:]
            if move.agenda == EMPTY:
                break
            frames.append(self._frame(move.agenda, self._opened(frame, move)))
        while undo:
            self._world.undo(undo.pop())
        return self._reach(best, is_exhausted=not frames)

    def _reach(self, best: tuple[int, list[Move]], *, is_exhausted: bool) -> Reach:
        count, path = best
        agenda = self._agendas.agenda(self._agendas.item(self._root), EMPTY)
        begun: list[int] = []
        steps: list[Taken] = []
        for move in path:
            if move.position is not None and self._is_root(agenda):
                begun.append(move.position)
            elif move.effect is not None:
                steps.append(Taken(self._agendas.heads[agenda], move.effect))
            agenda = move.agenda
        return Reach(tuple(begun[:count]), tuple(steps), count == len(self._root.tasks), is_exhausted)

    def _kept(self, effect: Effect) -> tuple[list[int], list[int]]:
        if not self._pinned:
            return list(effect.deletes), list(effect.adds)
        return (
            [fact for fact in effect.deletes if not self._pinned.get(fact, False)],
            [fact for fact in effect.adds if self._pinned.get(fact, True)],
        )

    def _is_root(self, agenda: int) -> bool:
        """Whether an agenda begins with the outermost block, or what is left of it."""
        if self._agendas.tails[agenda] != EMPTY or self._agendas.heads[agenda] >= 0:
            return False
        return self._agendas.block(self._agendas.heads[agenda])._replace(done=0) == self._root

    def _done(self, agenda: int) -> int:
        """How many of the outermost tasks are done, where none of the others is begun; else 0."""
        if agenda == EMPTY:
            return len(self._root.tasks)
        return self._agendas.block(self._agendas.heads[agenda]).done.bit_count() if self._is_root(agenda) else 0

    def _frame(self, agenda: int, opened: _Opened) -> _Frame:
        head, rest = self._agendas.heads[agenda], self._agendas.tails[agenda]
        while opened is not None and opened[1] > self._agendas.lengths[rest]:
            opened = opened[3]
        if head >= 0 and not self._tasks.is_action(head) and self._is_open(head, opened):
            return _Frame(iter(()), agenda, opened)
        return _Frame(self._agendas.moves(agenda), agenda, opened)

    def _opened(self, frame: _Frame, move: Move) -> _Opened:
        head = self._agendas.heads[frame.agenda]
        if head >= 0 and move.effect is None and self._tasks.is_recursive(head):
            return head, self._agendas.lengths[self._agendas.tails[frame.agenda]], self._world.hash, frame.opened
        return frame.opened

    def _is_open(self, task: int, opened: _Opened) -> bool:
        while opened is not None:
            if opened[0] == task and opened[2] == self._world.hash:
                return True
            opened = opened[3]
        return False
