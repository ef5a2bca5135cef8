"""A derivation that is changed part by part, and the world at any point of it."""

from __future__ import annotations

from collections.abc import Sequence

from planweave.planners.htn.agendas import Agendas, Move
from planweave.planners.htn.improvement.conditions import Conditions
from planweave.planners.htn.improvement.derivation import Derivation, derivation_of
from planweave.planners.htn.improvement.weights import Weights
from planweave.planners.htn.lifted.world import Undo

Carried = tuple[list[Move], int]
"""The moves after a part that are done in another way than before, and the point from which all is as it was."""


class Line:
    """A derivation, point by point.

    Args:
        found: the derivation.
        agendas: of the problem, whose world is in the initial state.
        weights: of its steps.
        conditions: of its rules.

    Attributes:
        moves: between one point and the next.
        agendas: what is left to do at each point.
        weights: of each move.
    """

    def __init__(self, found: Derivation, agendas: Agendas, weights: Weights, conditions: Conditions) -> None:
        self._all = agendas
        self._weighing = weights
        self._conditions = conditions
        self._world = agendas.tasks.world
        self._undo: list[Undo | None] = []
        self.moves: list[Move] = []
        self.agendas = [found.agendas[0]]
        self.weights: list[float] = []
        self._hashes = [self._world.hash]
        self._put(found.moves, 0, 0)

    @property
    def derivation(self) -> Derivation:
        """The derivation as it is now."""
        return derivation_of(self.moves, self._all)

    def seek(self, point: int) -> None:
        """Bring the world to the state at a point."""
        while len(self._undo) > point:
            self._world.undo(self._undo.pop())
        while len(self._undo) < point:
            self._do(self.moves[len(self._undo)])

    def replace(self, start: int, end: int, moves: Sequence[Move], carried: Carried) -> None:
        """Put other moves in the place of a part, and do what follows as it was found that it can be done."""
        changed, same = carried
        assert same >= end, "what follows begins where the part ends"
        self._put([*moves, *changed], start, same)

    def _put(self, moves: Sequence[Move], start: int, end: int) -> None:
        self.seek(start)
        agendas, weights, hashes = [], [], []
        agenda = self.agendas[start]
        for move in moves:
            weights.append(self._weighing.step(self._all.heads[agenda]) if move.effect is not None else 0.0)
            self._do(move)
            agenda = move.agenda
            agendas.append(agenda)
            hashes.append(self._world.hash)
        self.moves[start:end] = moves
        self.weights[start:end] = weights
        self.agendas[start + 1 : end + 1] = agendas
        self._hashes[start + 1 : end + 1] = hashes
        self.seek(start)

    def carried(self, end: int) -> Carried | None:
        """How what follows a part can be done in the state as the world is in; None: it cannot be done.

        Args:
            end: the point at which the part ends.
        """
        undo: list[Undo | None] = []
        moves: list[Move] = []
        try:
            for i in range(end, len(self.moves)):
                if self._world.hash == self._hashes[i]:
                    return moves, i
                move = self._again(self.moves[i], self._all.heads[self.agendas[i]])
                if move is None:
                    return None
                if move.effect is not None:
                    undo.append(self._world.change(move.effect.deletes, move.effect.adds))
                moves.append(move)
            return moves, len(self.moves)
        finally:
            for change in reversed(undo):
                self._world.undo(change)

    def _again(self, move: Move, head: int) -> Move | None:
        """A move in the state as it is."""
        if move.way is not None:
            return move if self._conditions.holds(move.way.rule, move.way.bound) else None
        if move.effect is None:
            return move
        effects = list(self._all.tasks.effects(head))
        if not effects:
            return None
        return move if move.effect in effects else move._replace(effect=effects[0])

    def _do(self, move: Move) -> None:
        effect = move.effect
        self._undo.append(None if effect is None else self._world.change(effect.deletes, effect.adds))
