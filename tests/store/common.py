"""What tests of stores share: a run of which entries are written, and how to do something in many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from planweave.engine.errors import StoreError
from planweave.engine.store.clauses import Cursor
from planweave.engine.store.entry import START, Entry
from planweave.engine.store.rows import Question, RunRow, Write
from planweave.engine.store.sql import SqlStore
from planweave.engine.store.stamp import stamp_in, stamp_of
from planweave.engine.store.store import Store

HERE, THERE = "one|boot|11|1|here", "two|boot|22|2|there"
"""Two holders."""

_T = TypeVar("_T")


class Chain:
    """The entries of a run as its holder writes them.

    Attributes:
        run: its id.
        token: of the holder.
        entries: those that were made so far.
    """

    def __init__(self, run: str = "r", token: int = 1) -> None:
        self.run = run
        self.token = token
        self.entries: list[Entry] = []

    def write(self, text: str = "[]", **rest: Any) -> Write:
        """A write of one more entry."""
        head = self.entries[-1].hash if self.entries else START
        self.entries.append(Entry.after(head, len(self.entries), text))
        return Write(self.run, self.token, (self.entries[-1],), **rest)


def created(store: Store, run: str = "r", holder: str = HERE, seconds: float = 60.0, **first: Any) -> Chain:
    """A run that has just been created."""
    chain = Chain(run)
    store.create(RunRow(run, "work", "queued"), chain.write(**{"state": "running"} | first), holder, seconds)
    return chain


def question(node: str = "n", run: str = "r", **rest: Any) -> Question:
    """A question with the token ``t``."""
    return Question(run, node, "approval", "t", '{"title":"May we?"}', **rest)


def begun_with_other_code(store: SqlStore, run: str, node: str) -> None:
    """Have a run as if it had begun with other code of a node: with that in its records, and these chained anew."""
    edit = "UPDATE beginning SET fingerprints = replace(fingerprints, ?, ?) WHERE run = ?"
    store._write(lambda cursor: cursor.execute(edit, (f'"{node}": "', f'"{node}": "0', run)))
    chain, stamp = Chain(run), stamp_of(store.row(run))
    for entry in list(store.entries(run)):
        chain.write(entry.text.replace(stamp_in(entry) or stamp, stamp))

    def write(cursor: Cursor) -> None:
        for entry in chain.entries:
            values = (entry.text, entry.hash, run, entry.number)
            cursor.execute("UPDATE entry SET text = ?, hash = ? WHERE run = ? AND number = ?", values)
        seal = (len(chain.entries), chain.entries[-1].hash, run)
        cursor.execute("UPDATE run SET entries = ?, head = ? WHERE id = ?", seal)

    store._write(write)


def accepted(store: Store, *writes: Write) -> list[bool]:
    """Commit, and say of each write whether it was taken."""
    return [one is None for one in store.commit(writes)]


def never(holder: str) -> bool:
    """Nobody is known to be dead."""
    return False


def at_once(calls: Sequence[Callable[[], _T]]) -> list[_T | StoreError]:
    """What calls give that begin in threads at the same moment, or the errors of the store."""
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], _T]) -> _T | StoreError:
        barrier.wait()
        try:
            return call()
        except StoreError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(begin, calls))
