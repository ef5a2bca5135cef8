"""The search: greedy, best first, through states and agendas; the outer loop that is compiled where numba is there.

A node's children are the ways to decompose the first task of its agenda. (For total order the first task is the only
one to branch over; what leaves no choice is done at once.) After D. Höller, P. Bercher, G. Behnke, S. Biundo, "HTN
planning as heuristic progression search", JAIR 67, 2020.
"""

from __future__ import annotations

from planweave.planners.htn.progression.heap import pop, push
from planweave.planners.htn.progression.relaxed import NEVER, Scratch, estimate
from planweave.planners.htn.progression.room import DEAD, Room, advance, all_hold, only_method
from planweave.planners.htn.progression.store import (
    CELLS,
    CHOOSES,
    ESTIMATED,
    EXPANDED,
    METHOD,
    NODE,
    NODES,
    OPEN,
    SHORT,
    Store,
    cell_of,
    is_hopeful,
    node_of,
)
from planweave.planners.htn.progression.tables import Tables

FOUND, EXHAUSTED, PAUSED, CROWDED = range(4)
"""Why the loop ends: a plan, nothing is left, the turn is over, a store is nearly full."""

CHILD = 20
"""The work that a child is besides its estimate, which counts the rules that it looks at."""

LONGEST, WORST = 0x7FFF, 0xFFFF
LOW = 0xFFFFFFFF
"""The part of an item of the heap that tells the node: the latest first."""


def search(tables: Tables, scratch: Scratch, store: Store, room: Room, work: int) -> int:
    """Expand nodes until so much work is done; the node that ends a plan stands in ``count[NODE]``."""
    count = store.count
    while True:
        if count[NODE] < 0:
            node = next_node(store)
            if node < 0:
                return EXHAUSTED
            open_node(tables, store, room, node)
        while count[METHOD] >= 0:
            if scratch.spent[0] >= work:
                return PAUSED
            if count[NODES] >= len(store.cell) or count[CELLS] + len(room.tasks) > len(store.cell_task):
                return CROWDED
            scratch.spent[0] += CHILD
            child = next_child(tables, store, room)
            if child < 0:
                continue
            if store.cell[child] < 0:
                count[NODE] = child
                return FOUND
            value = estimate(tables, scratch, room.state, store.cell[child], store.cell_task, store.cell_next)
            count[ESTIMATED] += 1
            if value < NEVER:
                wait(store, child, value)
        count[NODE] = -1


def wait(store: Store, node: int, value: int) -> None:
    """Let a node wait to be expanded."""
    count = store.count
    length = min(store.cell_size[store.cell[node]], LONGEST)
    store.is_open[node] = 1
    count[OPEN] = push(store.heap, count[OPEN], (value << 32) | (LOW - node))
    count[SHORT] = push(store.short, count[SHORT], (length << 48) | (min(value, WORST) << 32) | (LOW - node))


def next_node(store: Store) -> int:
    """The node to expand, from both heaps in turn; -1: none waits."""
    count = store.count
    while count[OPEN] > 0 and count[SHORT] > 0:
        if count[EXPANDED] & 1:
            node: int = LOW - (store.heap[0] & LOW)
            count[OPEN] = pop(store.heap, count[OPEN])
        else:
            node = LOW - (store.short[0] & LOW)
            count[SHORT] = pop(store.short, count[SHORT])
        if store.is_open[node]:
            store.is_open[node] = 0
            return node
    return -1


def open_node(tables: Tables, store: Store, room: Room, node: int) -> None:
    """Begin to expand a node."""
    count = store.count
    count[NODE] = node
    count[EXPANDED] += 1
    task = store.cell_task[store.cell[node]]
    for i in range(tables.words):
        room.state[i] = store.state[node * tables.words + i]
    if task < tables.actions:
        count[CHOOSES] = 0
        count[METHOD] = 0
    else:
        count[CHOOSES] = only_method(tables, room.state, task) == -2
        count[METHOD] = tables.method_start[task]


def next_child(tables: Tables, store: Store, room: Room) -> int:
    """Make the next child of the node that is being expanded; -1: it is known, or leads nowhere."""
    count, words = store.count, tables.words
    node, method = count[NODE], count[METHOD]
    cell = store.cell[node]
    task = store.cell_task[cell]
    for i in range(words):
        room.state[i] = store.state[node * words + i]
    if task < tables.actions:
        count[METHOD] = -1
        room.tasks[0] = task
        depth = 1
    else:
        count[METHOD] = method + 1 if method + 1 < tables.method_start[task + 1] else -1
        if not all_hold(room.state, tables.need, tables.need_start[method], tables.need_start[method + 1]):
            return -1
        depth = 0
        for i in range(tables.part_start[method + 1] - 1, tables.part_start[method] - 1, -1):
            room.tasks[depth] = tables.part[i]
            depth += 1
    depth, rest = advance(tables, room, store.cell_task, store.cell_next, depth, store.cell_next[cell])
    if depth == DEAD or not is_hopeful(tables, store, room, depth, rest):
        return -1
    for i in range(depth):
        rest = cell_of(tables, store, room, room.tasks[i], rest)
    child = node_of(tables, store, room.state, rest)
    if child >= 0:
        store.parent[child] = node
        store.choice[child] = method if count[CHOOSES] else -1
    return child
