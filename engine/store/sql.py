"""What is written to stores in SQL databases: the statements, and what their answers mean.

A store of a certain database says how a transaction is begun and ended, what time it is, and which errors of its driver
are which of ours. It may make a transaction again that was cut off before anybody knew how it ended: what a transaction
does is a function, which knows its own traces by the times at which it has tried before.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from planweave.engine.errors import (
    AnsweredLate,
    RunExists,
    RunHeld,
    StoreError,
    UnknownQuestion,
)
from planweave.engine.store.admission import admit
from planweave.engine.store.append import KEEP, append, taken_over
from planweave.engine.store.clauses import BRIEF, ENDED, OWN, QUESTION, SEAL, Cursor, listed, marks
from planweave.engine.store.columns import made
from planweave.engine.store.holder import Holder
from planweave.engine.store.reading import SqlReading
from planweave.engine.store.rows import Question, RunRow, Write

_T = TypeVar("_T")


class SqlStore(SqlReading):
    """A store in an SQL database."""

    @abstractmethod
    def _write(self, body: Callable[[Cursor], _T]) -> _T:
        """What ``body`` gives, in a transaction that writes: all of it is on disk at the end, or nothing is done."""

    # ------------------------------------------------------------------ the holder of a run

    def create(self, row: RunRow, first: Write, holder: str, seconds: float) -> int:
        """Record a new run with its first entries, held by ``holder``; see ``Store``."""
        given = {name: getattr(row, name) for name in OWN} | {"token": 1, "holder": holder}
        rest = ("run", *BRIEF)
        tried: set[float] = set()

        def body(cursor: Cursor) -> int:
            now = self._now(cursor)
            values = given | {"created": now, "updated": now, "lease_until": now + seconds}
            cursor.execute(
                f"INSERT INTO run ({listed(OWN)}) VALUES ({marks(OWN)}) ON CONFLICT (id) DO NOTHING",
                tuple(values.values()),
            )
            if cursor.rowcount != 1:
                known = self._known(cursor, row.id)
                if known.holder == holder and known.created in tried:
                    return known.token
                raise RunExists(
                    f"there is a run '{row.id}' in {self.url} already",
                    mend="leave run_id= out, or resume that one: pw.resume(...)",
                )
            tried.add(now)
            cursor.execute(
                f"INSERT INTO beginning ({listed(rest)}) VALUES ({marks(rest)})",
                (row.id, *(getattr(row, name) for name in BRIEF)),
            )
            error = append(cursor, first, now)
            assert error is None, "a new run is held by its maker"
            return 1

        return self._write(body)

    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        """Write about several runs in one transaction; see ``Store``."""

        def body(cursor: Cursor) -> list[StoreError | None]:
            now = self._now(cursor)
            return [append(cursor, one, now) for one in writes]

        return self._write(body)

    def claim(self, run: str, holder: str, seconds: float, *, is_dead: Callable[[str], bool]) -> RunRow:
        """Hold a run from now on; see ``Store``."""
        tried: set[float] = set()

        def body(cursor: Cursor) -> RunRow:
            now = self._now(cursor)
            row = self._locked(cursor, run)
            if row.holder == holder:
                if row.updated in tried:
                    return row
                raise RunHeld(f"run '{run}' goes on in this process", until=row.lease_until or 0.0, seconds=0.0)
            left = (row.lease_until or 0.0) - now
            if row.holder is not None and left > 0 and not is_dead(row.holder):
                raise RunHeld(
                    f"run '{run}' is held by {_words(row.holder)} for another {left:.0f} s",
                    until=now + left,
                    seconds=left,
                    mend="wait for it, or end that process",
                )
            tried.add(now)
            cursor.execute(
                f"UPDATE run SET token = token + 1, holder = ?, lease_until = ?, updated = ?, {SEAL} WHERE id = ?",
                (holder, now + seconds, now, run),
            )
            return self._known(cursor, run)

        return self._write(body)

    def renew(self, holder: str, seconds: float) -> set[str]:
        """Hold all that ``holder`` holds for so many seconds more; see ``Store``."""

        def body(cursor: Cursor) -> set[str]:
            # in the order of ids, as everybody who locks several runs: nobody waits in a circle
            cursor.execute(f"SELECT id FROM run WHERE holder = ? ORDER BY id{self.locking}", (holder,))
            held = {one for (one,) in cursor.fetchall()}
            cursor.execute(
                f"UPDATE run SET lease_until = ?, {SEAL} WHERE holder = ?", (self._now(cursor) + seconds, holder)
            )
            return held

        return self._write(body)

    # ------------------------------------------------------------------ anybody

    def answer(self, run: str, node: str, answer: str, by: str, token: str | None) -> Question:
        """Answer a question, once and for all; see ``Store``."""
        tried: set[float] = set()

        def body(cursor: Cursor) -> Question:
            now = self._now(cursor)
            self._known(cursor, run)
            question = self._question(cursor, run, node, self.locking)
            if question.answered_by == by and question.answered_at in tried:
                return question
            admit(question, by, token, now)
            tried.add(now)
            cursor.execute(
                "UPDATE question SET answer = ?, answered_by = ?, answered_at = ? WHERE run = ? AND node = ?",
                (answer, by, now, run, node),
            )
            return self._question(cursor, run, node)

        return self._write(body)

    def send(self, run: str, event: str, value: str, by: str, id: str) -> None:
        """Send an event to a run; see ``Store``."""

        def body(cursor: Cursor) -> None:
            row = self._locked(cursor, run)
            cursor.execute("SELECT 1 FROM event WHERE run = ? AND id = ?", (run, id))
            if cursor.fetchone() is not None:
                return
            if row.state in ENDED:
                raise AnsweredLate(f"run '{run}' has ended, and waits for nothing any more: it is {row.state}")
            cursor.execute("SELECT count(*) FROM event WHERE run = ?", (run,))
            (number,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO event (run, number, id, name, value, sent_by, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run, number, id, event, value, by, self._now(cursor)),
            )

        self._write(body)

    def stop_asking(self, run: str, node: str, token: int) -> Question:
        """Take no answer to a question from now on; see ``Store``."""

        def body(cursor: Cursor) -> Question:
            if self._locked(cursor, run).token != token:
                raise taken_over(run)
            self._question(cursor, run, node, self.locking)
            cursor.execute(
                "UPDATE question SET closed_at = ? WHERE run = ? AND node = ? AND answer IS NULL AND closed_at IS NULL",
                (self._now(cursor), run, node),
            )
            return self._question(cursor, run, node)

        return self._write(body)

    def want(self, run: str, what: str) -> RunRow:
        """Ask the holder of a run for something; see ``Store``."""

        def body(cursor: Cursor) -> RunRow:
            row = self._locked(cursor, run)
            if row.state not in ENDED and row.wanted is None:
                cursor.execute("UPDATE run SET wanted = ? WHERE id = ?", (what, run))
            return self._known(cursor, run)

        return self._write(body)

    def keep(self, key: str, value: str, run: str) -> None:
        """Keep the value of a call for equal ones."""

        def body(cursor: Cursor) -> None:
            cursor.execute(KEEP, (key, value, run, self._now(cursor)))

        self._write(body)

    def prune(self, run: str) -> int:
        """Delete the records of a run that has ended; see ``Store``."""

        def body(cursor: Cursor) -> int:
            row = self._locked(cursor, run)
            if row.state not in ENDED:
                return 0
            cursor.execute(f"UPDATE run SET pruned = ?, {SEAL} WHERE id = ?", (self._now(cursor), run))
            cursor.execute("DELETE FROM entry WHERE run = ?", (run,))
            count = cursor.rowcount
            cursor.execute("DELETE FROM question WHERE run = ?", (run,))
            cursor.execute("DELETE FROM event WHERE run = ?", (run,))
            cursor.execute("DELETE FROM cached WHERE run = ?", (run,))
            cursor.execute("DELETE FROM beginning WHERE run = ?", (run,))
            return count

        return self._write(body)

    def _question(self, cursor: Cursor, run: str, node: str, locking: str = "") -> Question:
        cursor.execute(f"SELECT {listed(QUESTION)} FROM question WHERE run = ? AND node = ?{locking}", (run, node))
        found = cursor.fetchone()
        if found is None:
            raise UnknownQuestion(f"nothing is asked at '{node}' of run '{run}'", node=node)
        return made(Question, found, self.url)


def _words(holder: str) -> str:
    read = Holder.read(holder)
    return f"process {read.process} on {read.host}"
