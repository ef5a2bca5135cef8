"""Agendas: what is left to do, as shared linked lists of tasks, and of blocks of tasks that are not all ordered.

Tasks of a block are done one after another, in any order that fits; the steps of two are not mixed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from planweave.planners.htn.lifted.tasks import EMPTY, Effect, Tasks, Way


class Block(NamedTuple):
    """Tasks that are not all ordered: which must come before which, as bits, and which are done."""

    tasks: tuple[int, ...]
    before: tuple[int, ...]
    done: int

    @property
    def free(self) -> list[int]:
        """The positions of those that can be done next."""
        return [i for i, need in enumerate(self.before) if not self.done >> i & 1 and need & self.done == need]


def block_of(tasks: Sequence[int], orderings: Sequence[tuple[int, int]]) -> Block:
    """Tasks with their orderings, none of them done.

    >>> block_of([7, 8, 9], [(0, 1)]).free
    [0, 2]
    """
    before = [0] * len(tasks)
    for first, second in orderings:
        before[second] |= 1 << first
    return Block(tuple(tasks), tuple(before), 0)


class Move(NamedTuple):
    """One thing that can be done with an agenda, and the agenda that is left.

    Attributes:
        agenda: what is left to do.
        effect: of the step that is taken.
        way: how the first task is decomposed.
        position: which task of the first block is begun.
    """

    agenda: int
    effect: Effect | None = None
    way: Way | None = None
    position: int | None = None


class Agendas:
    """The agendas of a problem by number; equal ones have one number.

    Args:
        tasks: the tasks of the problem.

    Attributes:
        tasks: those.
        heads: the first item of each agenda: a task, or below 0 a block.
        tails: the agenda behind it.
        lengths: how many items each agenda holds.
    """

    def __init__(self, tasks: Tasks) -> None:
        self.tasks = tasks
        self.heads, self.tails, self.lengths = [0], [EMPTY], [0]
        self._blocks: list[Block] = []
        self._numbers: dict[Block, int] = {}
        self._cells: dict[tuple[int, int], int] = {}

    def item(self, block: Block) -> int:
        """What stands for a block in an agenda."""
        number = self._numbers.get(block)
        if number is None:
            number = self._numbers[block] = len(self._blocks)
            self._blocks.append(block)
        return -1 - number

    def block(self, item: int) -> Block:
        """The block that an item below 0 stands for."""
        return self._blocks[-1 - item]

    def agenda(self, item: int, rest: int) -> int:
        """The agenda that begins with an item."""
        key = item, rest
        number = self._cells.get(key)
        if number is None:
            number = self._cells[key] = len(self.heads)
            self.heads.append(item)
            self.tails.append(rest)
            self.lengths.append(self.lengths[rest] + 1)
        return number

    def moves(self, agenda: int, chance: random.Random | None = None) -> Iterator[Move]:
        """All that can be done with an agenda in the state as it is when each is asked for.

        Args:
            agenda: which is not empty.
            chance: tries methods and objects in an order of its own; None: in that of the domain.
        """
        head, rest = self.heads[agenda], self.tails[agenda]
        if head < 0:
            yield from self._orders(self.block(head), rest)
        elif self.tasks.is_action(head):
            for effect in self.tasks.effects(head):
                yield Move(rest, effect)
        else:
            for way in self.tasks.ways(head, EMPTY, chance):
                yield Move(self.decomposed(way, rest), way=way)

    def decomposed(self, way: Way, rest: int) -> int:
        """The agenda after a decomposition: the subtasks, then the rest."""
        parts = self.subtasks(way)
        if not way.rule.is_ordered and len(parts) > 1:
            return self.agenda(self.item(block_of(parts, way.rule.orderings)), rest)
        for part in reversed(parts):
            rest = self.agenda(part, rest)
        return rest

    def subtasks(self, way: Way) -> list[int]:
        """The tasks that a decomposition leads to, in the order of the rule."""
        parts = []
        agenda = way.agenda
        while agenda != EMPTY:
            parts.append(self.tasks.heads[agenda])
            agenda = self.tasks.tails[agenda]
        return parts

    def begun(self, block: Block, position: int, rest: int) -> int:
        """The agenda after a task of the first block is begun: that task, the others, then the rest."""
        after = block._replace(done=block.done | 1 << position)
        if after.done.bit_count() < len(after.tasks):
            rest = self.agenda(self.item(after), rest)
        return self.agenda(block.tasks[position], rest)

    def _orders(self, block: Block, rest: int) -> Iterator[Move]:
        for i in block.free:
            yield Move(self.begun(block, i, rest), position=i)
