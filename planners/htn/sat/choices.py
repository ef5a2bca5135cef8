"""Choices: the methods that are possible at a position, and what they make of the positions of their subtasks.

Each method is followed through the states that may hold before each of its subtasks. One that needs what cannot hold is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.sat.clauses import Clauses
from planweave.planners.htn.sat.literals import Mask
from planweave.planners.htn.sat.position import Position
from planweave.planners.htn.sat.tables import Tables


@dataclass(slots=True)
class Part:
    """What is known of the position of a subtask, over all choices.

    Attributes:
        state: what may hold before it.
        blank: whether some choice has no such subtask.
        causes: for each action and task, the literals of the choices with this subtask.
    """

    state: Mask = 0
    blank: bool = False
    causes: dict[int, list[int]] = field(default_factory=dict)


Choice: TypeAlias = tuple[int, Sequence[int], list[Mask]]
"""The literal of a choice, its subtasks, and what may hold before each of them and at the end."""


def gathered(
    position: Position, state: Mask, grounded: Grounded, tables: Tables, clauses: Clauses
) -> tuple[list[Part], Mask]:
    """Choose one of the possible methods of each task that may be done at a position.

    Args:
        position: where; ``chosen`` is filled in.
        state: what may hold before it.
        grounded: the problem.
        tables: those of the problem.
        clauses: say which methods decompose a task, and what they need.

    Returns:
        The parts that take its place, and what may hold after them.
    """
    choices = list(_choices(position, state, grounded, tables, clauses))
    clauses.at_most_one([literal for literal, _, _ in choices])
    if position.blank:
        choices.append((0, (), [state]))
    parts = [Part() for _ in range(max((len(subtasks) for _, subtasks, _ in choices), default=0))]
    after = 0
    for literal, subtasks, states in choices:
        for part, subtask, before in zip(parts, subtasks, states, strict=False):
            part.state |= before
            part.causes.setdefault(subtask, []).append(literal)
        last = states[-1]
        after |= last
        for part in parts[len(subtasks) :]:
            part.state |= last
            part.blank = True
    return parts, after


def _choices(position: Position, state: Mask, grounded: Grounded, tables: Tables, clauses: Clauses) -> Iterator[Choice]:
    """What may be done at a position: an action, or a task by one of its methods."""
    position.chosen = {}
    for option, literal in position.options.items():
        if option < grounded.actions:  # it is its own only part
            states = _followed(state, (option,), tables)
            if states is None:
                clauses.add([-literal])
            else:
                yield literal, (option,), states
            continue
        possible: list[Choice] = []
        for method in tables.methods[option]:
            if not tables.method_asks[method] & ~state:
                states = _followed(state & tables.method_keeps[method], grounded.subtasks[method], tables)
                if states is not None:
                    possible.append((method, grounded.subtasks[method], states))
        chosen = position.chosen[option] = []
        for method, subtasks, states in possible:
            own = literal if len(possible) == 1 else clauses.variable()
            chosen.append((method, own))
            clauses.hold(own, position.start, tables.method_needs[method])
            yield own, subtasks, states
        if len(possible) != 1:
            for _, own in chosen:
                clauses.add([-own, literal])
            clauses.add([-literal, *(own for _, own in chosen)])


def _followed(state: Mask, subtasks: Sequence[int], tables: Tables) -> list[Mask] | None:
    """What may hold before each subtask and at the end; None: one of them cannot be done."""
    asks, keeps, makes = tables.asks, tables.keeps, tables.makes
    states = [state]
    for one in subtasks:
        if asks[one] & ~state:
            return None
        state = state & keeps[one] | makes[one]
        states.append(state)
    return states
