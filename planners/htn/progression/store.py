"""Store: what the search remembers, in rows of integers that grow.

A node is a state and an agenda; an agenda is a list of cells, each a task and the cell after it, one for equal ones, so
that agendas with the same end share it and are equal where their cells are.

Written for lists and arrays alike, without any object, because it is compiled where numba is there.
"""

from __future__ import annotations

from typing import NamedTuple

from planweave.planners.htn.progression.room import Room, precede
from planweave.planners.htn.progression.tables import Array, Tables

NODES, CELLS, OPEN, SHORT, NODE, METHOD, CHOOSES, EXPANDED, ESTIMATED = range(9)
"""The places in ``count``: nodes, cells, items of each heap; the node being expanded (-1: none), its method that comes
next, whether it has more than one; how many nodes have been expanded, and how many estimated."""


class Store(NamedTuple):
    """What the search remembers."""

    count: Array
    state: Array  # the words of each node
    cell: Array  # of each node: its agenda
    parent: Array  # of each node
    choice: Array  # of each node: the method that it was reached by; -1: there was no other
    node_table: Array  # nodes by state and agenda
    is_open: Array  # of each node: whether it waits
    heap: Array  # the nodes that wait, by their estimates
    short: Array  # the same, by the length of their agendas, then by their estimates
    cell_task: Array
    cell_next: Array
    cell_size: Array  # how many tasks there are from the cell on
    cell_need: Array  # the words of what must hold for the agenda from the cell on, as far as foresight tells
    cell_table: Array  # cells by task and next


def slot_of_cell(table: Array, task: int, following: int) -> int:
    """Where the search for a cell begins in a table."""
    return (((task * 0x9E3779B1 + (following + 1) * 0x85EBCA77) & 0xFFFFFFFFFFFF) >> 9) & (len(table) - 1)


def slot_of_node(table: Array, state: Array, base: int, words: int, cell: int) -> int:
    """Where the search for a node begins in a table."""
    code = cell + 1
    for i in range(base, base + words):
        code = ((code ^ state[i]) * 0x9E3779B1 + (code >> 29)) & 0xFFFFFFFFFFFFFFF
    return (code >> 9) & (len(table) - 1)


def cell_of(tables: Tables, store: Store, room: Room, task: int, following: int) -> int:
    """The cell of a task before another cell; the need of the room becomes what it needs. DEAD is not looked for."""
    slot = slot_of_cell(store.cell_table, task, following)
    words = tables.words
    while True:
        cell: int = store.cell_table[slot]
        if cell < 0:
            break
        if store.cell_task[cell] == task and store.cell_next[cell] == following:
            return cell
        slot = (slot + 1) & (len(store.cell_table) - 1)
    cell = store.count[CELLS]
    store.count[CELLS] = cell + 1
    store.cell_task[cell] = task
    store.cell_next[cell] = following
    store.cell_size[cell] = store.cell_size[following] + 1 if following >= 0 else 1
    store.cell_table[slot] = cell
    need = room.need
    for i in range(words):
        need[i] = store.cell_need[following * words + i] if following >= 0 else 0
    precede(tables, need, task)
    for i in range(words):
        store.cell_need[cell * words + i] = need[i]
    return cell


def is_hopeful(tables: Tables, store: Store, room: Room, depth: int, cell: int) -> bool:
    """Whether every task of the agenda may find what it needs, as far as foresight tells."""
    need, state, words = room.need, room.state, tables.words
    for i in range(words):
        need[i] = store.cell_need[cell * words + i] if cell >= 0 else 0
    for i in range(depth):
        if not precede(tables, need, room.tasks[i]):
            return False
    for i in range(words):  # noqa: SIM110  # numba compiles no generators
        if need[i] & ~state[i]:
            return False
    return True


def node_of(tables: Tables, store: Store, state: Array, cell: int) -> int:
    """Remember a node; -1: it is known."""
    words = tables.words
    table = store.node_table
    slot = slot_of_node(table, state, 0, words, cell)
    while True:
        node: int = table[slot]
        if node < 0:
            break
        if store.cell[node] == cell:
            same = True
            base = node * words
            for i in range(words):
                if store.state[base + i] != state[i]:
                    same = False
                    break
            if same:
                return -1
        slot = (slot + 1) & (len(table) - 1)
    node = store.count[NODES]
    store.count[NODES] = node + 1
    table[slot] = node
    for i in range(words):
        store.state[node * words + i] = state[i]
    store.cell[node] = cell
    return node


def enter_all(tables: Tables, store: Store) -> None:
    """Enter all nodes and cells into tables that are empty."""
    mask = len(store.node_table) - 1
    for node in range(store.count[NODES]):
        slot = slot_of_node(store.node_table, store.state, node * tables.words, tables.words, store.cell[node])
        while store.node_table[slot] >= 0:
            slot = (slot + 1) & mask
        store.node_table[slot] = node
    mask = len(store.cell_table) - 1
    for cell in range(store.count[CELLS]):
        slot = slot_of_cell(store.cell_table, store.cell_task[cell], store.cell_next[cell])
        while store.cell_table[slot] >= 0:
            slot = (slot + 1) & mask
        store.cell_table[slot] = cell
