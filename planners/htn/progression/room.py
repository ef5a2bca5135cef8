"""Room: the node that is being made, and what of its agenda leaves no choice.

Written for lists and arrays alike, without any object, because it is compiled where numba is there.
"""

from __future__ import annotations

from typing import NamedTuple

from planweave.planners.htn.progression.tables import Array, Tables

FORCED = 5000
"""So many tasks in a row are done without a choice; then a node is made, so that limits are kept."""
DEAD = -2
"""Instead of an agenda: none of its ways leads anywhere."""


class Room(NamedTuple):
    """The node that is being made."""

    state: Array
    before: Array  # the state before an action with conditional effects
    need: Array  # what must hold for the agenda, as far as foresight tells
    tasks: Array  # what stands in the agenda before the cell, last first


def all_hold(state: Array, facts: Array, start: int, end: int) -> bool:
    """Whether some facts of a row hold in a state."""
    for i in range(start, end):
        fact = facts[i]
        if not (state[fact >> 5] >> (fact & 31)) & 1:
            return False
    return True


def apply(tables: Tables, state: Array, before: Array, action: int) -> None:
    """Change a state as an action does."""
    first, last = tables.effect_start[action], tables.effect_start[action + 1]
    if last - first > 1:
        for i in range(tables.words):
            before[i] = state[i]
    for effect in range(first, last):
        known = before if last - first > 1 else state
        if all_hold(known, tables.when, tables.when_start[effect], tables.when_start[effect + 1]):
            for i in range(tables.clear_start[effect], tables.clear_start[effect + 1]):
                fact = tables.clear[i]
                state[fact >> 5] &= ~(1 << (fact & 31))
            for i in range(tables.set_start[effect], tables.set_start[effect + 1]):
                fact = tables.set[i]
                state[fact >> 5] |= 1 << (fact & 31)


def only_method(tables: Tables, state: Array, task: int) -> int:
    """The one method of a task that may be begun now; -1: there is none; -2: there are several."""
    only = -1
    for method in range(tables.method_start[task], tables.method_start[task + 1]):
        if all_hold(state, tables.need, tables.need_start[method], tables.need_start[method + 1]):
            if only >= 0:
                return -2
            only = method
    return only


def advance(tables: Tables, room: Room, cell_task: Array, cell_next: Array, depth: int, cell: int) -> tuple[int, int]:
    """Do what leaves no choice: the first tasks of the room, then those of the cell.

    Returns:
        How many tasks are left in the room, and the cell after them; DEAD twice: the agenda cannot be done.
    """
    state, tasks = room.state, room.tasks
    for _ in range(FORCED):
        if depth > 0:
            depth -= 1
            task = tasks[depth]
        elif cell >= 0:
            task = cell_task[cell]
            cell = cell_next[cell]
        else:
            break
        if task < tables.actions:
            if not all_hold(state, tables.condition, tables.condition_start[task], tables.condition_start[task + 1]):
                return DEAD, DEAD
            apply(tables, state, room.before, task)
            continue
        only = only_method(tables, state, task)
        if only == -1:
            return DEAD, DEAD
        start, end = tables.part_start[only], tables.part_start[only + 1]
        if only == -2 or depth + end - start >= len(tasks):
            tasks[depth] = task
            return depth + 1, cell
        for i in range(end - 1, start - 1, -1):
            tasks[depth] = tables.part[i]
            depth += 1
    return depth, cell


def precede(tables: Tables, need: Array, task: int) -> bool:
    """Make what an agenda needs what it needs with one more task in front; whether that can be.

    What the task may make true need not hold before it; what it makes false, the agenda cannot need.
    """
    for i in range(tables.task_clear_start[task], tables.task_clear_start[task + 1]):
        fact = tables.task_clear[i]
        if (need[fact >> 5] >> (fact & 31)) & 1:
            return False
    base = tables.task_may[task] * tables.words
    for i in range(tables.words):
        need[i] &= ~tables.may[base + i]
    for i in range(tables.task_need_start[task], tables.task_need_start[task + 1]):
        fact = tables.task_need[i]
        need[fact >> 5] |= 1 << (fact & 31)
    return True
