"""Clauses: the words of SQL that reading and writing share, which SQLite and PostgreSQL both take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Protocol

from planweave.engine.state import RunState
from planweave.engine.store.rows import Question, RunRow


class Cursor(Protocol):
    """What a statement is executed with."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement concerned."""
        ...

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Execute a statement."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        ...


RUN = tuple(one.name for one in fields(RunRow))
QUESTION = tuple(one.name for one in fields(Question))
ENDED = tuple(str(one) for one in RunState if one.is_end)

BEYOND = "FROM entry WHERE entry.run = run.id AND number >= run.entries"
"""The entries that the row of the run does not tell of: an append leaves that row alone (``append.py``)."""
COUNT = f"coalesce((SELECT max(number) + 1 {BEYOND}), run.entries)"
LAST = f"coalesce((SELECT hash {BEYOND} ORDER BY number DESC LIMIT 1), run.head)"
"""How many entries a run has, and the hash of the last one."""
HELD = "id = ? AND token = ? AND holder IS NOT NULL"
"""The fence: whoever writes holds the run, as the last who has claimed it, and has not let go of it."""
SEAL = f"entries = {COUNT}, head = {LAST}"
"""Has the row of the run tell of all entries."""

BRIEF = {"graph": "NULL", "fingerprints": "'{}'", "inputs": "'{}'", "options": "'{}'"}
"""What stands for what may be large, where it is not wanted or not there any more; it has a table of its own."""
_MADE = {
    "entries": f"CASE WHEN holder IS NULL THEN run.entries ELSE {COUNT} END",  # whoever lets go has told of all
    "head": f"CASE WHEN holder IS NULL THEN run.head ELSE {LAST} END",
    "sealed": "run.entries",
    "seal": "run.head",
}
WITHOUT = tuple(BRIEF.get(name) or _MADE.get(name, name) for name in RUN)
"""A run without what may be large."""
WHOLE = tuple(
    f"coalesce((SELECT {name} FROM beginning WHERE beginning.run = run.id), {BRIEF[name]})"
    if name in BRIEF
    else _MADE.get(name, name)
    for name in RUN
)
OWN = tuple(name for name in RUN if name not in BRIEF and name not in ("sealed", "seal"))
"""The columns of the table of runs."""


def listed(names: Sequence[str]) -> str:
    """Names as SQL lists them.

    >>> listed(["run", "number"])
    'run, number'
    """
    return ", ".join(names)


def marks(values: Sequence[Any]) -> str:
    """A mark for each value, as SQL lists them.

    >>> marks("abc")
    '?, ?, ?'
    """
    return ", ".join("?" * len(values))
