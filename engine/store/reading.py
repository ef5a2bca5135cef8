"""What is read from stores in SQL databases, and what such a database has to be able to do."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from planweave.engine.errors import UnknownRun
from planweave.engine.state import RunState
from planweave.engine.store.clauses import ENDED, QUESTION, WHOLE, WITHOUT, Cursor, listed, marks
from planweave.engine.store.columns import made
from planweave.engine.store.entry import Entry
from planweave.engine.store.rows import News, Question, RunRow

CHUNK = 500
"""So many entries are read at a time."""

_BLOB = re.compile(r'"~blob",\s*"([0-9a-f]{64})"')

_T = TypeVar("_T")


class SqlReading(ABC):
    """A store in an SQL database, as far as it is read.

    Attributes:
        url: where it is.
        locking: what is added to a SELECT so that nobody else changes the row until the end of the transaction; nothing
            where only one transaction writes at a time.
    """

    url: str
    locking = ""

    @abstractmethod
    def _read(self, body: Callable[[Cursor], _T]) -> _T:
        """What ``body`` gives, in a transaction that only reads."""

    @abstractmethod
    def _now(self, cursor: Cursor) -> float:
        """Seconds since the epoch by the clock of the database."""

    def row(self, run: str) -> RunRow:
        """What is known of a run; raises UnknownRun."""
        return self._read(lambda cursor: self._known(cursor, run))

    def rows(self, states: Sequence[str] = (), *, is_brief: bool = False) -> list[RunRow]:
        """All runs, those created last first; see ``Store``."""
        where = f" WHERE state IN ({marks(states)})" if states else ""
        names = WITHOUT if is_brief else WHOLE

        def body(cursor: Cursor) -> list[RunRow]:
            cursor.execute(f"SELECT {listed(names)} FROM run{where} ORDER BY created DESC, id DESC", tuple(states))
            return [made(RunRow, one, self.url) for one in cursor.fetchall()]

        return self._read(body)

    def claimable(self, *, is_dead: Callable[[str], bool] = lambda holder: False) -> list[str]:
        """The runs that somebody should take up now; see ``Store``."""

        def body(cursor: Cursor) -> list[str]:
            now = self._now(cursor)
            cursor.execute(
                f"SELECT id, CASE WHEN lease_until > ? THEN holder END FROM run WHERE state NOT IN ({marks(ENDED)}, ?)"
                " AND (state <> ? OR wanted IS NOT NULL OR (due IS NOT NULL AND due <= ?) OR EXISTS"
                " (SELECT 1 FROM question WHERE question.run = run.id AND closed_at IS NULL AND (answer IS NOT NULL OR"
                " EXISTS (SELECT 1 FROM event"
                " WHERE event.run = run.id AND name = question.event AND taken_at IS NULL))))"
                " ORDER BY created, id",
                (now, *ENDED, str(RunState.BLOCKED), str(RunState.WAITING), now),
            )
            return [run for run, holder in cursor.fetchall() if holder is None or is_dead(holder)]

        return self._read(body)

    def entries(self, run: str, start: int = 0) -> Iterator[Entry]:
        """The entries of a run in order, from the number ``start`` on."""
        while True:
            found = self._read(partial(self._chunk, run, start))
            yield from found
            if len(found) < CHUNK:
                return
            start = found[-1].number + 1

    def questions(self, run: str | None = None) -> list[Question]:
        """The questions of a run, or of all."""
        where, values = ("", ()) if run is None else (" WHERE run = ?", (run,))

        def body(cursor: Cursor) -> list[Question]:
            cursor.execute(f"SELECT {listed(QUESTION)} FROM question{where} ORDER BY run, node", values)
            return [made(Question, one, self.url) for one in cursor.fetchall()]

        return self._read(body)

    def news(self, runs: Sequence[str], asking: Sequence[str], events: Sequence[tuple[str, str]]) -> list[News]:
        """What others have written about runs, and these have not taken yet; see ``Store``."""

        def body(cursor: Cursor) -> list[News]:
            found: list[News] = []
            for some in _chunks(runs):
                cursor.execute(
                    f"SELECT id, wanted FROM run WHERE id IN ({marks(some)}) AND wanted IS NOT NULL ORDER BY id", some
                )
                found += [News(run, "wanted", what) for run, what in cursor.fetchall()]
            for some in _chunks(asking):
                cursor.execute(
                    "SELECT run, node, answer, answered_by, answered_at FROM question"
                    f" WHERE run IN ({marks(some)}) AND answer IS NOT NULL AND closed_at IS NULL"
                    " ORDER BY run, answered_at, node",
                    some,
                )
                found += [News(run, "answer", *rest) for run, *rest in cursor.fetchall()]
            for pairs in _chunks(events):
                cursor.execute(
                    "SELECT run, name, value, sent_by, sent_at, number FROM event"
                    f" WHERE taken_at IS NULL AND ({' OR '.join(['(run = ? AND name = ?)'] * len(pairs))})"
                    " ORDER BY run, number",
                    [one for pair in pairs for one in pair],
                )
                found += [News(run, "event", *rest) for run, *rest in cursor.fetchall()]
            return found

        return self._read(body)

    def cached(self, key: str) -> str | None:
        """The value of an equal call, as JSON."""

        def body(cursor: Cursor) -> str | None:
            cursor.execute("SELECT value FROM cached WHERE key = ?", (key,))
            found = cursor.fetchone()
            return None if found is None else found[0]

        return self._read(body)

    def now(self) -> float:
        """Seconds since the epoch by the clock of the store."""
        return self._read(self._now)

    def check(self) -> list[str]:
        """What the database finds damaged, and what belongs to no run; see ``Store``."""

        def body(cursor: Cursor) -> list[str]:
            found = self._damage(cursor)
            for table in ("beginning", "entry", "question", "event"):
                cursor.execute(f"SELECT DISTINCT run FROM {table} WHERE run NOT IN (SELECT id FROM run) ORDER BY run")
                found += [
                    f"there is no run '{run}', and the table '{table}' has rows of it" for (run,) in cursor.fetchall()
                ]
            return found

        return self._read(body)

    def _damage(self, cursor: Cursor) -> list[str]:
        """What the database itself finds damaged."""
        return []

    def _blobs(self, cursor: Cursor) -> set[str]:
        """The names of the blobs that something refers to."""
        found: set[str] = set()
        for table, column in (
            ("entry", "text"),
            ("cached", "value"),
            ("beginning", "inputs"),
            ("question", "answer"),
            ("event", "value"),
        ):
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} LIKE ?", ('%"~blob"%',))
            found.update(name for (text,) in cursor.fetchall() for name in _BLOB.findall(text))
        return found

    def _known(self, cursor: Cursor, run: str) -> RunRow:
        cursor.execute(f"SELECT {listed(WHOLE)} FROM run WHERE id = ?", (run,))
        found = cursor.fetchone()
        if found is None:
            raise UnknownRun(f"there is no run '{run:.80}' in {self.url}", mend="planweave runs lists those there are")
        return made(RunRow, found, self.url)

    def _locked(self, cursor: Cursor, run: str) -> RunRow:
        """A run that nobody else changes, or appends to, until the end of the transaction."""
        if self.locking:  # by a statement of its own: what that waits for is seen by the next, and not by itself
            cursor.execute(f"SELECT 1 FROM run WHERE id = ?{self.locking}", (run,))
        return self._known(cursor, run)

    def _chunk(self, run: str, start: int, cursor: Cursor) -> list[Entry]:
        cursor.execute(
            "SELECT number, text, hash FROM entry WHERE run = ? AND number >= ? ORDER BY number LIMIT ?",
            (run, start, CHUNK),
        )
        return [made(Entry, one, self.url) for one in cursor.fetchall()]


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in parts that one statement takes."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
