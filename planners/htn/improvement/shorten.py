"""A lighter way from one point of a derivation to a later one: depth-first branch and bound.

What weighs too much with the least that is still to come is cut off, and so is an agenda that was met in the same state
with less. So it ends with the lightest way there is, unless it is stopped before.

Source: A. H. Land, A. G. Doig, "An automatic method of solving discrete programming problems", Econometrica 28, 1960.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from planweave.planners.htn.agendas import Agendas, Move
from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.improvement.weights import Weights
from planweave.planners.htn.lifted.tasks import EMPTY
from planweave.planners.htn.lifted.world import Undo

SLACK = 20
"""Items that an agenda may hold beyond those that it held along the old way: what only grows is cut off."""
EXACT = 1e-6
"""Weights that differ by less are the same."""


@dataclass
class _Trail:
    """Where the search is: the moves so far, what they changed, and what they weigh."""

    moves: list[Move] = field(default_factory=list)
    undo: list[Undo | None] = field(default_factory=list)
    weights: list[float] = field(default_factory=lambda: [0.0])


class Shorten:
    """Searches from whatever state the world is in, and leaves it so.

    Args:
        agendas: of the problem.
        weights: of its steps.
        deadline: when it ends, searches end with what they have.

    Attributes:
        tried: how many moves have been looked at.
        is_exhausted: whether the last search has looked everywhere.
    """

    def __init__(self, agendas: Agendas, weights: Weights, deadline: Deadline) -> None:
        self._agendas = agendas
        self._weights = weights
        self._deadline = deadline
        self._bounds: dict[int, float] = {EMPTY: 0.0}
        self.tried = 0
        self.is_exhausted = False

    def bound(self, agenda: int) -> float:
        """What is left to do weighs no less than this."""
        left = []
        while agenda not in self._bounds:
            left.append(agenda)
            agenda = self._agendas.tails[agenda]
        for one in reversed(left):
            self._bounds[one] = self._bounds[self._agendas.tails[one]] + self._item(self._agendas.heads[one])
        return self._bounds[left[0] if left else agenda]

    def _item(self, item: int) -> float:
        if item >= 0:
            return self._weights.least(item)
        block = self._agendas.block(item)
        return sum(self._weights.least(task) for i, task in enumerate(block.tasks) if not block.done >> i & 1)

    def lighter(
        self,
        start: int,
        end: int,
        limit: float,
        *,
        most: int,
        longest: int,
        accepts: Callable[[], bool],
        chance: random.Random | None = None,
    ) -> list[Move] | None:
        """The lightest way that is found from one agenda to another, lighter than ``limit``; None: none is found.

        Args:
            start: the agenda in the state as it is.
            end: the agenda to arrive at.
            limit: what the way must weigh less than.
            most: moves that may be tried.
            longest: items that an agenda may hold.
            accepts: whether the state will do, when the search has arrived.
            chance: tries methods and objects in an order of its own.
        """
        world = self._agendas.tasks.world
        until = self.tried + most
        goal = self.bound(end)
        trail = _Trail()
        frames: list[tuple[int, Iterator[Move]]] = [(start, self._agendas.moves(start, chance))]
        lightest: dict[tuple[int, int], float] = {(world.hash, start): 0.0}
        best: list[Move] | None = None
        while frames and self.tried < until and (self.tried & 255 or self._deadline.left):
            agenda, moves = frames[-1]
            move = next(moves, None)
            if move is None:
                frames.pop()
                self._back(trail)
                continue
            self.tried += 1
            weight = trail.weights[-1] + (
                self._weights.step(self._agendas.heads[agenda]) if move.effect is not None else 0.0
            )
            if weight + self.bound(move.agenda) - goal >= limit - EXACT:
                continue
            if self._agendas.lengths[move.agenda] > longest:
                continue
            change = None if move.effect is None else world.change(move.effect.deletes, move.effect.adds)
            key = world.hash, move.agenda
            if lightest.get(key, limit) <= weight + EXACT:
                world.undo(change)
                continue
            lightest[key] = weight
            trail.moves.append(move)
            trail.undo.append(change)
            trail.weights.append(weight)
            if move.agenda == end and accepts():
                best, limit = trail.moves[:], weight
                self._back(trail)
                continue
            frames.append((move.agenda, iter(()) if move.agenda == EMPTY else self._agendas.moves(move.agenda, chance)))
        while trail.moves:
            self._back(trail)
        self.is_exhausted = not frames
        return best

    def _back(self, trail: _Trail) -> None:
        if trail.moves:
            trail.moves.pop()
            trail.weights.pop()
            self._agendas.tasks.world.undo(trail.undo.pop())
