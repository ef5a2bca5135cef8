"""Choices: the methods that are possible at a position, and what they make of the positions of their subtasks.

Each method is followed through the states that may hold before each of its subtasks. One that needs what cannot hold is
left out. A method has a literal of its own, but for one with a single subtask: its task and that subtask tell it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from planweave.planners.htn.ground.grounded import Grounded, Numbers
from planweave.planners.htn.sat.clauses import Clauses
from planweave.planners.htn.sat.literals import Mask
from planweave.planners.htn.sat.position import Position
from planweave.planners.htn.sat.tables import Tables

MANY = 1000
"""After so many choices the deadline is asked."""


@dataclass(slots=True)
class Part:
    """What is known of the position of a subtask, over all choices.

    Attributes:
        state: what may hold before it.
        blank: whether some choice has no such subtask.
        causes: for each action and task, the literals of the choices that lead to it.
        reasons: for each action and task, the literals of the tasks that may, but need not, lead to it.
    """

    state: Mask = 0
    blank: bool = False
    causes: dict[int, list[int]] = field(default_factory=dict)
    reasons: dict[int, list[int]] = field(default_factory=dict)


class Ways(NamedTuple):
    """How a task may be done that is told apart, in part, by single subtasks.

    Attributes:
        task: the literal of the task.
        methods: the literals of the methods that have one.
        empty: of these, the literals of those without any subtask.
        subtasks: for each other method, its subtask and what must hold for it besides.
    """

    task: int
    methods: list[int]
    empty: list[int]
    subtasks: dict[int, Numbers]


class Choices:
    """Chooses one of the possible methods of each task that may be done at a position.

    Args:
        position: where; ``chosen`` is filled in.
        state: what may hold before it.
        grounded: the problem.
        tables: those of the problem.
        clauses: say which methods decompose a task, and what they need.

    Attributes:
        parts: the parts that take the place of the position.
        after: what may hold after them.
        ways: of the tasks that are told, in part, by what is done in the first part.
    """

    def __init__(self, position: Position, state: Mask, grounded: Grounded, tables: Tables, clauses: Clauses) -> None:
        self.parts: list[Part] = []
        self.after: Mask = 0
        self.ways: list[Ways] = []
        self._position = position
        self._state = state
        self._grounded = grounded
        self._tables = tables
        self._clauses = clauses
        self._choices: list[int] = []
        self._alone: dict[int, list[Mask] | None] = {}
        self._noted: set[int] = set()
        self._left = MANY
        for option, literal in position.options.items():
            if option >= grounded.actions:
                self._decompose(option, literal)
            elif (states := self._followed_alone(option)) is None:
                clauses.add([-literal])
            else:  # an action is its own only part
                self._take(literal, (option,), states)
        clauses.at_most_one(self._choices)
        if position.blank:
            self._take(0, (), [state])

    def _decompose(self, task: int, literal: int) -> None:
        """Choose among the methods of a task."""
        clauses, position = self._clauses, self._position
        possible = self._possible(task)
        chosen = position.chosen[task] = []
        ways = Ways(literal, [], [], {})
        firsts = Counter(subtasks[0] for _, subtasks, _ in possible if subtasks)
        for method, subtasks, states in possible:
            needs = self._tables.method_needs[method]
            is_told = len(subtasks) == 1 and subtasks[0] not in ways.subtasks
            if needs and is_told:  # which must not be needed where another method begins alike
                is_told = firsts[subtasks[0]] == 1
            if is_told and len(possible) > 1:
                chosen.append((method, 0))
                ways.subtasks[subtasks[0]] = needs
                self._lead_to(subtasks[0], literal, states)
                continue
            own = literal if len(possible) == 1 else clauses.variable()
            chosen.append((method, own))
            if needs:
                clauses.hold((own,), position.start, needs)
            self._take(own, subtasks, states)
            if own != literal:
                clauses.add([-own, literal])
                ways.methods.append(own)
                if not subtasks:
                    ways.empty.append(own)
        if len(possible) != 1:
            self.ways.append(ways)

    def _possible(self, task: int) -> list[tuple[int, Sequence[int], list[Mask]]]:
        """The methods of a task that can be done, with their subtasks and what may hold before each and at the end."""
        tables, subtasks = self._tables, self._grounded.subtasks
        found: list[tuple[int, Sequence[int], list[Mask]]] = []
        for method in tables.methods[task]:
            some, asks = subtasks[method], tables.method_asks[method]
            if not asks and len(some) == 1:
                states = self._followed_alone(some[0])
            elif asks & ~self._state:
                continue
            else:
                states = self._followed(self._state & tables.method_keeps[method], some)
            if states is not None:
                found.append((method, some, states))
        return found

    def _followed_alone(self, task: int) -> list[Mask] | None:
        """What may hold before and after a task at the start."""
        if task not in self._alone:
            self._alone[task] = self._followed(self._state, (task,))
        return self._alone[task]

    def _followed(self, state: Mask, subtasks: Sequence[int]) -> list[Mask] | None:
        """What may hold before each subtask and at the end; None: one of them cannot be done."""
        self._left -= 1
        if not self._left:
            self._left = MANY
            self._clauses.deadline.check("choosing methods")
        asks, keeps, makes = self._tables.asks, self._tables.keeps, self._tables.makes
        states = [state]
        for one in subtasks:
            if asks[one] & ~state:
                return None
            state = state & keeps[one] | makes[one]
            states.append(state)
        return states

    def _lead_to(self, subtask: int, literal: int, states: list[Mask]) -> None:
        """A task may lead to a single subtask."""
        if subtask not in self._noted:
            self._note((subtask,), states)
            if states is self._alone.get(subtask):  # with conditions less may hold
                self._noted.add(subtask)
        self.parts[0].reasons.setdefault(subtask, []).append(literal)

    def _take(self, literal: int, subtasks: Sequence[int], states: list[Mask]) -> None:
        """A choice with a literal of its own; 0: nothing is done."""
        self._note(subtasks, states)
        if literal:
            self._choices.append(literal)
        for part, subtask in zip(self.parts, subtasks, strict=False):
            part.causes.setdefault(subtask, []).append(literal)

    def _note(self, subtasks: Sequence[int], states: list[Mask]) -> None:
        """What may hold in each part where this is done."""
        parts = self.parts
        while len(parts) < len(subtasks):
            parts.append(Part(self.after, bool(self.after)))
        for part, before in zip(parts, states, strict=False):
            part.state |= before
        last = states[-1]
        self.after |= last
        for i in range(len(subtasks), len(parts)):
            parts[i].state |= last
            parts[i].blank = True
