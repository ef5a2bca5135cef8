"""How far some tasks can be done from a state: depth-first search that remembers the furthest it got.

Tasks that are left unordered are done one after another, in every order; the steps of two are not mixed. Like
``lifted/search.py`` it changes the state in place, tries no agenda twice in the same state, and opens no task inside
itself where nothing has changed. Its work is bounded by a number of decisions, so that it finds the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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


class Block(NamedTuple):
    """Tasks that are not all ordered: which must come before which, as bits, and which are done."""

    tasks: tuple[int, ...]
    before: tuple[int, ...]
    done: int

    @property
    def free(self) -> list[int]:
        """The positions of those that can be done next."""
        return [i for i, need in enumerate(self.before) if not self.done >> i & 1 and need & self.done == need]


_Opened = tuple[int, int, int, "_Opened | None"] | None
"""The tasks that are open: the task, the length of the agenda behind it, the hash of the state then, and the others."""


class _Move(NamedTuple):
    agenda: int
    effect: Effect | None = None
    position: int | None = None
    """Of the task of the outermost block that is begun."""


class _Frame(NamedTuple):
    moves: Iterator[_Move]
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
        self._blocks: list[Block] = []
        self._numbers: dict[Block, int] = {}
        self._cells: dict[tuple[int, int], int] = {}
        self._heads, self._tails, self._lengths = [0], [0], [0]
        self.tried = 0

    def block(self, tasks: Sequence[int], orderings: Sequence[tuple[int, int]]) -> Block:
        """Tasks with their orderings, none of them done."""
        before = [0] * len(tasks)
        for first, second in orderings:
            before[second] |= 1 << first
        return Block(tuple(tasks), tuple(before), 0)

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
        frames = [self._frame(self._agenda(-1 - self._number(block), EMPTY), None)]
        path: list[_Move] = []
        undo: list[Undo | None] = []
        seen: set[tuple[int, int]] = set()
        best: tuple[int, list[_Move]] = (0, [])
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
            if key in seen or self._lengths[move.agenda] > LONGEST:
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

    def _reach(self, best: tuple[int, list[_Move]], *, is_exhausted: bool) -> Reach:
        count, path = best
        begun = [move.position for move in path if move.position is not None]
        steps = [(before, move) for before, move in zip([None, *path], path, strict=False) if move.effect is not None]
        taken = tuple(Taken(self._first(before), move.effect) for before, move in steps if move.effect is not None)
        return Reach(tuple(begun[:count]), taken, count == len(self._root.tasks), is_exhausted)

    def _first(self, before: _Move | None) -> int:
        assert before is not None, "no block begins with a step"
        return self._heads[before.agenda]

    def _kept(self, effect: Effect) -> tuple[list[int], list[int]]:
        if not self._pinned:
            return list(effect.deletes), list(effect.adds)
        return (
            [fact for fact in effect.deletes if not self._pinned.get(fact, False)],
            [fact for fact in effect.adds if self._pinned.get(fact, True)],
        )

    # ------------------------------------------------------------------ agendas

    def _number(self, block: Block) -> int:
        number = self._numbers.get(block)
        if number is None:
            number = self._numbers[block] = len(self._blocks)
            self._blocks.append(block)
        return number

    def _agenda(self, item: int, rest: int) -> int:
        """The agenda that begins with a task, or below 0 with a block."""
        key = item, rest
        number = self._cells.get(key)
        if number is None:
            number = self._cells[key] = len(self._heads)
            self._heads.append(item)
            self._tails.append(rest)
            self._lengths.append(self._lengths[rest] + 1)
        return number

    def _done(self, agenda: int) -> int:
        """How many of the outermost tasks are done, where none of the others is begun; else 0."""
        if agenda == EMPTY:
            return len(self._root.tasks)
        if self._tails[agenda] == EMPTY and self._heads[agenda] < 0:
            block = self._blocks[-1 - self._heads[agenda]]
            if block.tasks == self._root.tasks and block.before == self._root.before:
                return block.done.bit_count()
        return 0

    def _frame(self, agenda: int, opened: _Opened) -> _Frame:
        head, rest = self._heads[agenda], self._tails[agenda]
        while opened is not None and opened[1] > self._lengths[rest]:
            opened = opened[3]
        if head < 0:
            return _Frame(self._orders(self._blocks[-1 - head], rest), agenda, opened)
        if self._tasks.is_action(head):
            return _Frame((_Move(rest, effect) for effect in self._tasks.effects(head)), agenda, opened)
        if self._is_open(head, opened):
            return _Frame(iter(()), agenda, opened)
        return _Frame(self._ways(head, rest), agenda, opened)

    def _opened(self, frame: _Frame, move: _Move) -> _Opened:
        head = self._heads[frame.agenda]
        if head >= 0 and move.effect is None and self._tasks.is_recursive(head):
            return head, self._lengths[self._tails[frame.agenda]], self._world.hash, frame.opened
        return frame.opened

    def _is_open(self, task: int, opened: _Opened) -> bool:
        while opened is not None:
            if opened[0] == task and opened[2] == self._world.hash:
                return True
            opened = opened[3]
        return False

    def _orders(self, block: Block, rest: int) -> Iterator[_Move]:
        is_root = rest == EMPTY and block.tasks == self._root.tasks and block.before == self._root.before
        for i in block.free:
            after = block._replace(done=block.done | 1 << i)
            behind = rest
            if after.done.bit_count() < len(after.tasks):
                behind = self._agenda(-1 - self._number(after), rest)
            yield _Move(self._agenda(block.tasks[i], behind), None, i if is_root else None)

    def _ways(self, task: int, rest: int) -> Iterator[_Move]:
        tasks = self._tasks
        for way in tasks.ways(task, EMPTY, None):
            parts = []
            agenda = way.agenda
            while agenda != EMPTY:
                parts.append(tasks.heads[agenda])
                agenda = tasks.tails[agenda]
            if way.rule.is_ordered or len(parts) < 2:
                behind = rest
                for part in reversed(parts):
                    behind = self._agenda(part, behind)
                yield _Move(behind)
            else:
                yield _Move(self._agenda(-1 - self._number(self.block(parts, way.rule.orderings)), rest))
