"""A solution as a derivation: each choice and each step in turn, with the agenda that it leaves.

A derivation does the first task of its agenda each time, so tasks that are not ordered are done one after another: of a
solution that needs the steps of two to be mixed there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planweave.planners.htn.agendas import Agendas, Move
from planweave.planners.htn.formula import is_variable
from planweave.planners.htn.improvement.conditions import Conditions
from planweave.planners.htn.lifted.tasks import EMPTY, Way
from planweave.planners.htn.lifted.world import Objects
from planweave.planners.htn.normal import TOP, Normal, Rule, is_hidden
from planweave.planners.htn.solution import Choice, Solution


@dataclass(frozen=True)
class Derivation:
    """Moves from the agenda that holds the tasks of the problem to the empty one.

    Attributes:
        agendas: the agenda before each move, and the empty one at the end.
        moves: one fewer than those.
    """

    agendas: tuple[int, ...]
    moves: tuple[Move, ...]


def derivation_of(moves: Sequence[Move], agendas: Agendas) -> Derivation:
    """The derivation of some moves, the first of which decomposes the tasks of the problem."""
    start = agendas.agenda(agendas.tasks.task(TOP, ()), EMPTY)
    return Derivation((start, *(move.agenda for move in moves)), tuple(moves))


def solution_of(found: Derivation, agendas: Agendas) -> Solution:
    """The solution that a derivation leads to."""
    tasks = agendas.tasks
    names = tasks.world.objects
    steps: list[tuple[int, str, tuple[str, ...]]] = []
    choices: dict[int, Choice] = {}
    left = [[0]]  # the numbers of the tasks in each item of the agenda, the first item last
    count = 1
    for agenda, move in zip(found.agendas, found.moves, strict=False):
        head = agendas.heads[agenda]
        if move.position is not None:
            take(left, agendas, agenda, move.position)
            continue
        (number,) = left.pop()
        name, objects = tasks.known[head]
        arguments = tuple([names[one] for one in objects])
        if move.way is None:
            steps.append((number, name, arguments))
            continue
        rule = move.way.rule
        children = list(range(count, count + len(rule.subtasks)))
        count += len(children)
        bindings = {one.name: names[value] for one, value in zip(rule.parameters, move.way.bound, strict=True)}
        choices[number] = Choice(name, arguments, rule.name, bindings, tuple(children))
        put(left, rule, children)
    return Solution.of(steps, choices)


def put(left: list[list[int]], rule: Rule, children: list[int]) -> None:
    """What a rule puts in front of the agenda: a row of tasks, or a block of them."""
    if rule.is_ordered or len(children) < 2:
        left += [[child] for child in reversed(children)]
    else:
        left.append(children)


def take(left: list[list[int]], agendas: Agendas, agenda: int, position: int) -> None:
    """Begin a task of the block in front of an agenda."""
    block, numbers = agendas.block(agendas.heads[agenda]), left.pop()
    rest = [i for i in range(len(block.tasks)) if not block.done >> i & 1]
    taken = numbers[rest.index(position)]
    others = [one for one in numbers if one != taken]
    left += [others, [taken]] if others else [[taken]]


class Replay:
    """Finds the derivation of a solution, by doing what it says in the world, and taking that back.

    Args:
        normal: the problem.
        agendas: its agendas, whose world is in the initial state.
        conditions: of its rules.
        solution: what is replayed.
    """

    def __init__(self, normal: Normal, agendas: Agendas, conditions: Conditions, solution: Solution) -> None:
        self._normal = normal
        self._agendas = agendas
        self._tasks = agendas.tasks
        self._conditions = conditions
        self._solution = solution
        self._first = _first_steps(solution)
        self._hidden = -1  # the number of the last action that the normal form adds

    def derivation(self) -> Derivation | None:
        """The derivation; None: the steps of its tasks are mixed, or the normal form knows no way to do it."""
        world = self._tasks.world
        undo = []
        moves: list[Move] = []
        agenda = self._agendas.agenda(self._tasks.task(TOP, ()), EMPTY)
        self._left: list[list[int]] = [[len(self._solution.steps) + len(self._solution.choices)]]
        try:
            while agenda != EMPTY:
                move = self._move(agenda)
                if move is None:
                    return None
                if move.effect is not None:
                    undo.append(world.change(move.effect.deletes, move.effect.adds))
                moves.append(move)
                agenda = move.agenda
        finally:
            for change in reversed(undo):
                world.undo(change)
        return derivation_of(moves, self._agendas)

    def _move(self, agenda: int) -> Move | None:
        head, rest = self._agendas.heads[agenda], self._agendas.tails[agenda]
        if head < 0:
            block = self._agendas.block(head)
            places = [i for i in range(len(block.tasks)) if not block.done >> i & 1]
            number = dict(zip(places, self._left[-1], strict=True))
            position = min(block.free, key=lambda i: self._first_step(number[i]))
            take(self._left, self._agendas, agenda, position)
            return Move(self._agendas.begun(block, position, rest), position=position)
        (one,) = self._left.pop()
        if self._tasks.is_action(head):
            effect = next(self._tasks.effects(head), None)
            return None if effect is None else Move(rest, effect)
        return next(self._decompositions(head, rest, one), None)

    def _first_step(self, number: int) -> float:
        """Where the steps of a task begin; what has none is done at once, what the normal form adds at the end."""
        return float("inf") if number < 0 else self._first[number]

    def _decompositions(self, head: int, rest: int, number: int) -> Iterator[Move]:
        """The decompositions of a task that fit the choice that the solution made for it."""
        count = len(self._solution.steps)
        choice = Choice(TOP, (), TOP, self._solution.bindings, self._solution.roots)
        if number < count + len(self._solution.choices):
            choice = self._solution.choices[number - count]
        numbers = self._tasks.world.number
        name, arguments = self._tasks.known[head]
        for rule in self._normal.rules[name]:
            if rule.name != choice.method:
                continue
            own = {one.name for one in rule.parameters}
            known = {term: numbers[value] for term, value in choice.bindings.items() if term in own}
            for bound in self._conditions.bindings(rule, known):
                objects = {one.name: value for one, value in zip(rule.parameters, bound, strict=True)}
                if self._ground(rule.arguments, objects) != arguments:
                    continue
                parts = [self._tasks.task(one.name, self._ground(one.arguments, objects)) for one in rule.subtasks]
                children = self._matched(parts, choice.children)
                if children is not None:
                    put(self._left, rule, children)
                    way = Way(rule, bound, self._row(parts))
                    yield Move(self._agendas.decomposed(way, rest), way=way)

    def _ground(self, terms: Sequence[str], objects: dict[str, int]) -> Objects:
        number = self._tasks.world.number
        return tuple([objects[term] if is_variable(term) else number[term] for term in terms])

    def _row(self, parts: Sequence[int]) -> int:
        agenda = EMPTY
        for part in reversed(parts):
            agenda = self._tasks.agenda(part, agenda)
        return agenda

    def _matched(self, parts: Sequence[int], children: Sequence[int]) -> list[int] | None:
        """The numbers of the subtasks of a rule in its order; equal tasks as they are listed, which fits the rule."""
        left = list(children)
        found = []
        for part in parts:
            if is_hidden(self._tasks.known[part][0]):
                self._hidden -= 1
                found.append(self._hidden)
                continue
            child = next((one for one in left if self._task(one) == part), None)
            if child is None:
                return None
            left.remove(child)
            found.append(child)
        return None if left else found

    def _task(self, number: int) -> int:
        count = len(self._solution.steps)
        if number < count:
            name, arguments = self._solution.steps[number]
        else:
            choice = self._solution.choices[number - count]
            name, arguments = choice.task, choice.arguments
        return self._tasks.task(name, tuple([self._tasks.world.number[one] for one in arguments]))


def _first_steps(solution: Solution) -> dict[int, int]:
    """Where the steps of each task begin, by its number; -1: it has none."""
    count = len(solution.steps)
    first = {i: i for i in range(count)}
    for i in range(len(solution.choices) - 1, -1, -1):  # each comes before those of its subtasks
        some = [first[child] for child in solution.choices[i].children]
        first[count + i] = min((one for one in some if one >= 0), default=-1)
    return first
