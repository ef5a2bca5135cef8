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

from planweave.planners.htn.agendas import Agendas
from planweave.planners.htn.deadline import Deadline, held
from planweave.planners.htn.improvement.conditions import Conditions
from planweave.planners.htn.improvement.derivation import Replay, derivation_of, solution_of
from planweave.planners.htn.improvement.line import Carried, Line
from planweave.planners.htn.improvement.shorten import EXACT, SLACK, Shorten
from planweave.planners.htn.improvement.weights import Weights
from planweave.planners.htn.inference import strengthened
from planweave.planners.htn.lifted.tasks import EMPTY, Tasks
from planweave.planners.htn.lifted.world import World
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
        self._agendas = Agendas(self._tasks)
        self._weights = Weights(normal, self._tasks)
        self._search = Shorten(self._agendas, self._weights, deadline)
        self._deadline = deadline
        self._seed = seed
        self._most = most
        self._solution = solution
        conditions = Conditions(self._tasks.world)
        found = Replay(normal, self._agendas, conditions, solution).derivation()
        self._line = None if found is None else Line(found, self._agendas, self._weights, conditions)
        self._settled: set[tuple[int, int, int, float]] = set()

    def best(self) -> Solution:
        """Search until the time is over, or nothing lighter is possible."""
        if self._line is None:
            return self._from_scratch()
        for level in count():
            size = SMALLEST
            while True:
                chance = random.Random(f"{self._seed} {level} {size}") if level % 2 else None
                is_lightest = self._pass(self._line, size, FEWEST * HARDER**level, chance)
                if self._is_over() or is_lightest:
                    found = solution_of(self._line.derivation, self._agendas)
                    return found if self._weight(found) < self._weight(self._solution) - EXACT else self._solution
                if size >= len(self._line.moves):
                    break
                size *= 2
        raise AssertionError("counting never ends")

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

    def _weight(self, solution: Solution) -> float:
        return self._weights.total(solution)

    def _is_over(self) -> bool:
        if not self._deadline.left or held() > self._deadline.memory:
            return True
        return self._most is not None and self._search.tried >= self._most

    def _limit(self, most: int) -> int:
        return most if self._most is None else max(0, min(most, self._most - self._search.tried))

    # ------------------------------------------------------------------ parts

    def _pass(self, line: Line, size: int, most: int, chance: random.Random | None) -> bool:
        """Try all parts of some size, one after another; tells whether the whole plan was one, and is the lightest."""
        start, step, stride = 0, 0, max(1, size // 4)
        while start < len(line.moves) and not self._is_over():
            end = None if step % stride else self._end(line, start, size)
            if end is not None:
                is_whole = start == 0 and end == len(line.moves)
                if self._try(line, start, end, most, chance) and is_whole:
                    return True
            step += line.weights[start] > 0
            start += 1
        line.seek(0)
        return False

    def _end(self, line: Line, start: int, size: int) -> int | None:
        """The last point after at most so many steps at which no more is left to do than at the start."""
        head, length = self._agendas.heads[line.agendas[start]], self._agendas.lengths[line.agendas[start]]
        if head >= 0 and self._tasks.is_action(head):
            return None
        last, steps = None, 0
        for end in range(start + 1, len(line.agendas)):
            steps += line.weights[end - 1] > 0
            if steps > size:
                break
            if self._agendas.lengths[line.agendas[end]] <= length:
                last = end
        return last

    def _try(self, line: Line, start: int, end: int, most: int, chance: random.Random | None) -> bool:
        """Look for a lighter way from one point to another; tells whether the lightest is known now."""
        before, after = line.agendas[start], line.agendas[end]
        weight = sum(line.weights[start:end])
        if weight <= max(self._search.bound(before) - self._search.bound(after), 0.0):
            return True
        line.seek(start)
        world = self._tasks.world
        key = world.hash, before, after, weight
        if key in self._settled:
            return True
        carried: dict[int, Carried | None] = {}
        rest: Carried = [], end

        def accepts() -> bool:
            nonlocal rest
            if world.hash not in carried:
                carried[world.hash] = line.carried(end)
            found = carried[world.hash]
            rest = rest if found is None else found
            return found is not None

        moves = self._search.lighter(
            before,
            after,
            weight,
            most=self._limit(most),
            longest=SLACK + max(self._agendas.lengths[one] for one in line.agendas[start : end + 1]),
            accepts=accepts,
            chance=chance,
        )
        if self._search.is_exhausted:
            self._settled.add(key)
        if moves is not None:
            line.replace(start, end, moves, rest)
        return self._search.is_exhausted
