"""Explorer: runs the search in turns within limits, gives it room to grow, and has it compiled once that pays."""

from __future__ import annotations

import importlib
from array import array
from collections.abc import Callable
from typing import Any

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.ground.grounded import Grounded
from planweave.planners.htn.progression.compiled import can_compile, compiled
from planweave.planners.htn.progression.relaxed import Scratch
from planweave.planners.htn.progression.room import Room
from planweave.planners.htn.progression.search import CROWDED, FOUND, PAUSED, search, wait
from planweave.planners.htn.progression.store import (
    CELLS,
    ESTIMATED,
    EXPANDED,
    METHOD,
    NODE,
    NODES,
    Store,
    cell_of,
    enter_all,
    node_of,
)
from planweave.planners.htn.progression.tables import Tables, to_words

FIRST = 1 << 10
"""Nodes and cells that there is room for at the start."""
TASKS = 1 << 10
"""Tasks that may stand in front of an agenda while it is advanced, and the longest method besides."""
TURN, FAST_TURN = 20_000, 1_000_000
"""How much work is done between two questions whether limits are reached: in plain Python, and compiled. A fixed
amount, not a time: planners that share the time take turns by how often they ask, and find the same each time."""
PATIENCE = 400_000
"""After so much work the search is compiled, or at once where a single estimate may be as much: it takes some seconds
to do in plain Python."""
COMPILING = 20.0
"""Seconds of processor time that must be left for it: compiling cannot be stopped."""


class Explorer:
    """A search of a ground problem.

    Attributes:
        tables: the problem.
        store: what the search remembers.
        is_compiled: whether its loops are.
    """

    def __init__(self, grounded: Grounded, tables: Tables, deadline: Deadline) -> None:
        self.tables = tables
        self.is_compiled = False
        self._deadline = deadline
        self._scratch = scratch_of(tables)
        longest = max(map(len, grounded.subtasks), default=0)
        words = tables.words
        self._room = Room(_row(words, "I"), _row(words, "I"), _row(words, "I"), _row(TASKS + longest))
        self.store = _store(FIRST, FIRST + TASKS + longest, words)
        self._search: Callable[..., int] = search
        self._work = len(tables.rule_task) + len(tables.user)  # the most that the first estimate looks at
        self._begin(grounded)

    def _begin(self, grounded: Grounded) -> None:
        state = 0
        for fact in grounded.initial:
            state |= 1 << fact
        for i, word in enumerate(to_words(state, self.tables.words)):
            self._room.state[i] = word
        root = cell_of(self.tables, self.store, self._room, grounded.top, -1)
        node_of(self.tables, self.store, self._room.state, root)
        self.store.parent[0] = -1
        self.store.count[NODE] = -1
        self.store.count[METHOD] = -1
        wait(self.store, 0, 0)

    def run(self) -> bool:
        """Search to the end; whether there is a plan.

        Raises:
            PlanningTimeout: a limit is reached.
        """
        while True:
            self._deadline.check("searching")
            if self._work >= PATIENCE and not self.is_compiled and self._pays():
                self._compile()
            self._scratch.spent[0] = 0
            work = FAST_TURN if self.is_compiled else TURN
            end = self._search(self.tables, self._scratch, self.store, self._room, work)
            self._work += int(self._scratch.spent[0])
            if end == CROWDED:
                self._grow()
            elif end != PAUSED:
                return end == FOUND

    def choices(self) -> list[int]:
        """The methods that were chosen on the way to the node where the search ended."""
        found = []
        node = self.store.count[NODE]
        while node >= 0:
            found.append(int(self.store.choice[node]))
            node = self.store.parent[node]
        return [one for one in reversed(found[:-1]) if one >= 0]

    @property
    def statistics(self) -> dict[str, int]:
        """What has been done."""
        count = self.store.count
        return {"nodes": int(count[NODES]), "expanded": int(count[EXPANDED]), "estimated": int(count[ESTIMATED])}

    # ------------------------------------------------------------------ room

    def _grow(self) -> None:
        """Twice as much room for nodes, or for cells."""
        store, words = self.store, self.tables.words
        room = len(self._room.tasks)
        nodes, cells = len(store.cell), len(store.cell_task)
        if store.count[NODES] >= nodes:
            nodes *= 2
        if store.count[CELLS] + room > cells:
            cells *= 2
        more = (nodes - len(store.cell)) * (4 * words + 48) + (cells - len(store.cell_task)) * (4 * words + 32)
        self._deadline.check("searching", more=more)
        self.store = Store(
            store.count,
            _resized(store.state, nodes * words),
            _resized(store.cell, nodes),
            _resized(store.parent, nodes),
            _resized(store.choice, nodes),
            self._row(_empty_table(2 * nodes)),
            _resized(store.is_open, nodes),
            _resized(store.heap, nodes),
            _resized(store.short, nodes),
            _resized(store.cell_task, cells),
            _resized(store.cell_next, cells),
            _resized(store.cell_size, cells),
            _resized(store.cell_need, cells * words),
            self._row(_empty_table(2 * cells)),
        )
        enter = compiled(enter_all) if self.is_compiled else enter_all
        enter(self.tables, self.store)

    # ------------------------------------------------------------------ compiling

    def _pays(self) -> bool:
        return can_compile() and self._deadline.left > COMPILING

    def _compile(self) -> None:
        self.tables = Tables(*(self._as_array(one) for one in self.tables))
        self._scratch = Scratch(*map(self._as_array, self._scratch))
        self._room = Room(*map(self._as_array, self._room))
        self.store = Store(*map(self._as_array, self.store))
        self._search = compiled(search)
        self.is_compiled = True

    def _row(self, one: Any) -> Any:
        return self._as_array(one) if self.is_compiled else one

    def _as_array(self, one: Any) -> Any:
        numpy = importlib.import_module("numpy")
        if isinstance(one, list):
            return numpy.array(one, numpy.int64 if one and max(one) >= 1 << 31 else numpy.int32)
        return numpy.array(one) if isinstance(one, array) else one


def _row(size: int, code: str = "i") -> array[int]:
    return array(code, bytes(array(code).itemsize * size))


def _store(nodes: int, cells: int, words: int) -> Store:
    """An empty store for so many nodes and cells."""
    return Store(
        count=_row(9),
        state=_row(nodes * words, "I"),
        cell=_row(nodes),
        parent=_row(nodes),
        choice=_row(nodes),
        node_table=_empty_table(2 * nodes),
        is_open=_row(nodes, "b"),
        heap=_row(nodes, "q"),
        short=_row(nodes, "q"),
        cell_task=_row(cells),
        cell_next=_row(cells),
        cell_size=_row(cells),
        cell_need=_row(cells * words, "I"),
        cell_table=_empty_table(2 * cells),
    )


def _empty_table(least: int) -> array[int]:
    size = 1
    while size < least:
        size *= 2
    return array("i", b"\xff" * (4 * size))


def scratch_of(tables: Tables) -> Scratch:
    """Room for estimates."""
    tasks = tables.tasks
    atoms, rules = tables.facts + 2 * tasks, len(tables.rule_task)
    return Scratch(
        stamp=_row(1),
        mark=_row(atoms),
        support=_row(atoms),
        place=_row(tasks),
        opened=_row(rules),
        missing=_row(rules),
        done=_row(rules),
        now=_row(atoms),
        later=_row(atoms),
        ready=_row(rules),
        spent=_row(1, "q"),
    )


def _resized(part: Any, size: int) -> Any:
    if isinstance(part, array):
        part.frombytes(bytes((size - len(part)) * part.itemsize))
    else:
        part.resize(size, refcheck=False)
    return part
