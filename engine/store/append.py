"""Appending: what the holder of a run writes about it, in the words of SQL that all databases share.

Nearly every write is one entry and nothing else. That is one statement, which puts one row into one table: the row of
the run is not touched, so that a commit costs what a commit must. How many entries a run has, and the hash of the last
one, then follow from the entries that its row does not tell of yet (``clauses.BEYOND``). The row tells of all of them
whenever it is written for another reason: when the state changes, when the run is released, taken up or pruned, when
its lease is renewed.

Why nothing is lost, written twice, or written by one who does not hold the run:

- The fence. The statement inserts only what it selects from the row of the run, and selects that only by the token of
  one who has not let go of it: a run that nobody holds does not change, so its row tells of all entries.
  SQLite has one writer at a time. PostgreSQL locks that row FOR SHARE: a claim, which locks it FOR UPDATE, waits until
  the append is committed; an append that comes while a claim is under way waits for it, looks at the row again as it is
  then (as Read Committed does), and finds another token. FOR KEY SHARE would not do: it lets a claim pass.
- No gaps, nothing twice. The number must be the count of the entries. Whether that is still so when the row is inserted
  the primary key (run, number) decides: of two that append the same number at once, one writes nothing.
- Who claims sees all. What was appended before is committed once the claim holds its lock, and is read by statements
  that begin after that (``SqlReading._locked``): one that has waited for a lock sees the locked row as it is now, and
  all other rows as they were when it began to wait.
- Cut off. A transaction of which nobody knows whether it was committed is made again under the lock of the run, after
  looking for its last entry by number and hash. An attempt that the server still works at holds that lock until then;
  one that it begins with later finds the number taken (``commit.py``).

Source: https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED,
https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS
"""

from __future__ import annotations

from typing import Any

from planweave.engine.errors import LeaseLost, StoreError
from planweave.engine.store.clauses import COUNT, HELD, QUESTION, SEAL, Cursor, listed, marks
from planweave.engine.store.rows import Write

APPEND = f"INSERT INTO entry (run, number, text, hash) SELECT id, ?, ?, ? FROM run WHERE {HELD} AND {COUNT} = ?"
"""An entry and nothing else."""


def append(cursor: Cursor, write: Write, now: float) -> StoreError | None:
    """Do a write, in a transaction; gives None, or why it was refused: then nothing of it is done."""
    if write.is_append:
        cursor.execute(APPEND, appended(write))
        return None if cursor.rowcount == 1 else taken_over(write.run)
    if not _is_held(cursor, write, now):
        return taken_over(write.run)
    for entry in write.entries:
        cursor.execute(
            "INSERT INTO entry (run, number, text, hash) VALUES (?, ?, ?, ?)",
            (write.run, entry.number, entry.text, entry.hash),
        )
    for one in write.questions:
        cursor.execute(_ASK, tuple(getattr(one, name) for name in QUESTION))
    if write.taken:
        cursor.execute(
            f"UPDATE event SET taken_at = ? WHERE run = ? AND number IN ({marks(write.taken)})",
            (now, write.run, *write.taken),
        )
    for key, value in write.kept:
        cursor.execute(KEEP, (key, value, write.run, now))
    for node in write.closed:
        cursor.execute(
            "UPDATE question SET closed_at = ? WHERE run = ? AND node = ? AND closed_at IS NULL",
            (now, write.run, node),
        )
    return None


def appended(write: Write) -> tuple[Any, ...]:
    """The values of ``APPEND``."""
    (entry,) = write.entries
    return entry.number, entry.text, entry.hash, write.run, write.token, entry.number


def taken_over(run: str) -> LeaseLost:
    """What is said to a holder whose token is not the last one."""
    return LeaseLost(
        f"run '{run}' has been taken over by another process; nothing more was written from here",
        mend="look at it there: planweave show",
    )


KEEP = "INSERT INTO cached (key, value, run, created) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
"""The value of a call for equal ones; the first stays."""

_ASK = (
    f"INSERT INTO question ({listed(QUESTION)}) VALUES ({marks(QUESTION)})"
    f" ON CONFLICT (run, node) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in QUESTION)}"
)


def _is_held(cursor: Cursor, write: Write, now: float) -> bool:
    """Have the row of the run say what is true after a write, if it is to be done."""
    sets, values = [SEAL], list[Any]()
    where, wanted = [HELD], [write.run, write.token]
    if write.entries:  # after one that could not be written nothing is: there are no gaps
        sets, values = ["entries = ?", "head = ?"], [write.entries[-1].number + 1, write.entries[-1].hash]
        where, wanted = [*where, f"{COUNT} = ?"], [*wanted, write.entries[0].number]
    if write.is_about_the_run:
        said: dict[str, Any] = {"updated": now, "due": write.due}
        said |= {name: one for name, one in (("state", write.state), ("reason", write.reason)) if one is not None}
        said |= {"holder": None, "lease_until": None} if write.is_release else {}
        sets += [f"{name} = ?" for name in said]
        values += said.values()
    cursor.execute(f"UPDATE run SET {', '.join(sets)} WHERE {' AND '.join(where)}", [*values, *wanted])
    return cursor.rowcount == 1
