"""Better plans from a plan, as long as there is time: its parts are derived anew, ever larger ones and ever harder.

A part goes from one point of the derivation to a later one at which no more is left to do. It is replaced by the
lightest way that is found from the one to the other, if what follows can be done after it as before. When the parts are
as large as the plan, the search is for any lighter plan. Plans weigh what they cost, where the problem has a metric,
and then as many steps as they have.

What is tried, and in which order, depends on the problem, the plan and the seed alone; time decides only where it ends.

Sources: windows: F. Siddiqui, P. Haslum, "Continuing plan quality optimisation", JAIR 54, 2015; parts that can go:
H. Nakhost, M. Müller, "Action elimination and plan neighborhood graph search", ICAPS 2010.
"""

from __future__ import annotations

import random
from itertools import count

from planweave.planners.htn.agendas import Agendas, Move
from planweave.planners.htn.deadline import Deadline, held
from planweave.planners.htn.improvement.conditions import Conditions
from planweave.planners.htn.improvement.derivation import Derivation, Replay, derivation_of, solution_of
from planweave.planners.htn.improvement.shorten import EXACT, SLACK, Shorten
from planweave.planners.htn.improvement.weights import Weights
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.tasks import EMPTY, Tasks
from planweave.planners.htn.lifted.world import Undo, World
from planweave.planners.htn.model import Problem
from planweave.planners.htn.normal import TOP, normalise
from planweave.planners.htn.solution import Solution

SMALLEST = 4
"""Steps of the smallest parts; the next are twice as large, and so on up to the whole plan."""
FEWEST = 500
"""Moves that are tried for each part at first; each time that all parts have been tried, four times as many."""
HARDER = 4


def improved(
    problem: Problem, solution: Solution, *, deadline: Deadline, seed: int = 0, most: int | None = None
) -> Solution:
    """A solution that is no worse, and better where one is found in time.

    Args:
        problem: what the solution is for.
        solution: where to begin.
        deadline: when to end.
        seed: of what is random.
        most: moves that may be tried, after which it ends whatever the time; the same number gives the same solution.
    """
    return _Improvement(problem, solution, deadline, seed, most).best()


class _Improvement:
    def __init__(self, problem: Problem, solution: Solution, deadline: Deadline, seed: int, most: int | None) -> None:
        normal = strengthened(normalise(problem))
        self._tasks = Tasks(normal, World(problem))
        self._world = self._tasks.world
        self._agendas = Agendas(self._tasks)
        self._weights = Weights(normal, self._tasks)
        self._search = Shorten(self._agendas, self._weights, deadline)
        self._conditions = Conditions(self._world)
        self._deadline = deadline
        self._seed = seed
        self._most = most
        self._solution = solution
        self._found = Replay(normal, self._agendas, self._conditions, solution).derivation()
        self._settled: set[tuple[int, ...]] = set()
        self._here = 0
        self._undo: list[Undo | None] = []

    def best(self) -> Solution:
        """Search until the time is over, or nothing lighter is possible."""
        if self._found is None:
            return self._from_scratch()
        self._note(self._found)
        for level in count():
            most = FEWEST * HARDER**level
            size = SMALLEST
            while True:
                chance = random.Random(f"{self._seed} {level} {size}") if level % 2 else None
                whole = self._pass(size, most, chance)
                if self._is_over() or whole:
                    found = solution_of(self._found, self._agendas)
                    return found if self._weight(found) < self._weight(self._solution) - EXACT else self._solution
                if size >= len(self._found.moves):
                    break
                size *= 2
        raise AssertionError("counting never ends")

    def _weight(self, solution: Solution) -> float:
        return self._weights.total(solution)

    def _is_over(self) -> bool:
        if not self._deadline.left or held() > self._deadline.memory:
            return True
        return self._most is not None and self._search.tried >= self._most

    def _limit(self, most: int) -> int:
        return most if self._most is None else max(0, min(most, self._most - self._search.tried))

    def _from_scratch(self) -> Solution:
        """Lighter solutions than one whose steps are mixed: any whose are not."""
        start = self._agendas.agenda(self._tasks.task(TOP, ()), EMPTY)
        weight, best = self._weight(self._solution), self._solution
        for level in count():
            chance = random.Random(f"{self._seed} {level}") if level % 2 else None
            moves = self._search.lighter(
                start,
                EMPTY,
                weight,
                most=self._limit(FEWEST * HARDER**level),
                longest=SLACK + len(best.steps) + len(best.choices),
                accepts=lambda: True,
                chance=chance,
            )
            if moves is not None:
                best = solution_of(derivation_of(moves, self._agendas), self._agendas)
                weight = self._weight(best)
            if self._is_over() or self._search.is_exhausted:
                return best
        raise AssertionError("counting never ends")

    # ------------------------------------------------------------------ parts

    def _pass(self, size: int, most: int, chance: random.Random | None) -> bool:
        """Try all parts of some size, one after another; tells whether the whole plan was one, and is the lightest."""
        assert self._found is not None, "only derivations have parts"
        start, stride = 0, max(1, size // 4)
        while start < len(self._found.moves) and not self._is_over():
            end = None if self._steps[start] % stride else self._end(start, size)
            if end is not None and self._try(start, end, most, chance) and (start, end) == (0, len(self._found.moves)):
                return True
            start += 1
        self._seek(0)
        return False

    def _end(self, start: int, size: int) -> int | None:
        """The last point after at most so many steps at which no more is left to do than at the start."""
        found = self._found
        assert found is not None, "only derivations have parts"
        head = found.agendas[start]
        if self._agendas.heads[head] >= 0 and self._tasks.is_action(self._agendas.heads[head]):
            return None
        length = self._agendas.lengths[head]
        until = self._steps[start] + size
        last = None
        for end in range(start + 1, len(found.agendas)):
            if self._steps[end] > until:
                break
            if self._agendas.lengths[found.agendas[end]] <= length:
                last = end
        return last

    def _try(self, start: int, end: int, most: int, chance: random.Random | None) -> bool:
        """Look for a lighter way from one point to another; tells whether the lightest is known now."""
        found = self._found
        assert found is not None, "only derivations have parts"
        before, after = found.agendas[start], found.agendas[end]
        weight = self._sums[end] - self._sums[start]
        least = self._search.bound(before) - self._search.bound(after)
        if weight <= max(least, 0.0):
            return True
        self._seek(start)
        key = self._world.hash, before, after, int(weight), end - start
        if key in self._settled:
            return True
        held = max(self._agendas.lengths[one] for one in found.agendas[start : end + 1])
        carried: dict[int, list[Move] | None] = {}
        rest: list[Move] = []

        def accepts() -> bool:
            nonlocal rest
            if self._world.hash not in carried:
                carried[self._world.hash] = self._carried(end)
            rest = carried[self._world.hash] or rest
            return carried[self._world.hash] is not None

        moves = self._search.lighter(
            before, after, weight, most=self._limit(most), longest=held + SLACK, accepts=accepts, chance=chance
        )
        if self._search.is_exhausted:
            self._settled.add(key)
        if moves is not None:
            self._note(derivation_of([*found.moves[:start], *moves, *rest], self._agendas))
        return self._search.is_exhausted

    def _carried(self, end: int) -> list[Move] | None:
        """What follows a part, done in the state as it is; None: it cannot be."""
        found = self._found
        assert found is not None, "only derivations have parts"
        undo: list[Undo | None] = []
        moves: list[Move] = []
        try:
            for i in range(end, len(found.moves)):
                if self._world.hash == self._hashes[i]:
                    return [*moves, *found.moves[i:]]
                move = found.moves[i]
                if move.way is not None and not self._conditions.holds(move.way.rule, move.way.bound):
                    return None
                if move.effect is not None:
                    effects = list(self._tasks.effects(self._agendas.heads[found.agendas[i]]))
                    if not effects:
                        return None
                    move = move._replace(effect=move.effect if move.effect in effects else effects[0])
                    assert move.effect is not None, "it is one of these"
                    undo.append(self._world.change(move.effect.deletes, move.effect.adds))
                moves.append(move)
            return moves
        finally:
            for change in reversed(undo):
                self._world.undo(change)

    # ------------------------------------------------------------------ the derivation

    def _note(self, found: Derivation) -> None:
        """Take a derivation as the best one: its steps, weights and states up to each point."""
        self._seek(0)
        self._found = found
        self._steps, self._sums, self._hashes = [0], [0.0], [self._world.hash]
        for agenda, move in zip(found.agendas, found.moves, strict=False):
            weight = self._weights.step(self._agendas.heads[agenda]) if move.effect is not None else 0.0
            self._steps.append(self._steps[-1] + (move.effect is not None and weight > 0))
            self._sums.append(self._sums[-1] + weight)
            self._do(move)
            self._hashes.append(self._world.hash)
        self._here = len(found.moves)
        self._seek(0)

    def _seek(self, point: int) -> None:
        """Bring the world to the state at a point of the derivation."""
        while self._here > point:
            self._back()
            self._here -= 1
        while self._here < point:
            assert self._found is not None, "only derivations have points"
            self._do(self._found.moves[self._here])
            self._here += 1

    def _do(self, move: Move) -> None:
        effect = move.effect
        self._undo.append(None if effect is None else self._world.change(effect.deletes, effect.adds))

    def _back(self) -> None:
        self._world.undo(self._undo.pop())
