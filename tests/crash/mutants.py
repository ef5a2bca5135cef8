"""Planted bugs: wrongs that a store or an engine may do, each of which the crash tests must find."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from planweave.engine.errors import StoreError
from planweave.engine.keeping import Keeping
from planweave.engine.scheduler import Scheduler
from planweave.engine.state import RunState
from planweave.engine.store import append, commit, sql, sqlite
from planweave.engine.store.clauses import COUNT, Cursor
from planweave.engine.store.postgres import PostgresStore
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.sql import SqlStore
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store, open_store
from planweave.testing.crash import trial
from planweave.testing.crash.faults import Fault, faulty
from planweave.testing.crash.ledger import Effect, Ledger
from tests.crash import worker
from tests.crash.proxy import Around
from tests.laws.mutants import Mutant, Plant, runs_bodies_before_their_start_is_written

MUTANTS: list[Mutant] = []
"""Those that kills at every write find."""

GAP = 0.05
"""Seconds between two transactions that should be one, where a run ends; long enough that random kills fall there."""

_ENDS = frozenset(str(one) for one in RunState if one.is_end)


def mutant(plant: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    MUTANTS.append(Mutant(plant.__name__, plant))
    return plant


def _inside(patch: pytest.MonkeyPatch, kind: Callable[[Store], Any]) -> None:
    """Let the children use what ``kind`` makes of a store, and have their kills within that."""

    def around(store: Store, fault: Fault) -> Store:
        return cast(Store, kind(faulty(store.store if isinstance(store, Around) else store, fault)))

    patch.setattr(trial, "faulty", around)
    for module in (trial, worker):
        patch.setattr(module, "open_store", lambda url: kind(open_store(url)))


def _commits(patch: pytest.MonkeyPatch, before: Callable[[], None]) -> None:
    """Let something happen before each commit, in all stores."""
    for kind in (SqliteStore, PostgresStore):
        _before_commit(patch, kind, before)


def _before_commit(patch: pytest.MonkeyPatch, kind: type[SqlStore], before: Callable[[], None]) -> None:
    right = kind.commit

    def commit(self: SqlStore, writes: Sequence[Write]) -> list[StoreError | None]:
        before()
        return right(self, writes)

    patch.setattr(kind, "commit", commit)


# ---------------------------------------------------------------------- two transactions instead of one


@mutant
def writes_the_entries_before_the_state_of_the_run(patch: pytest.MonkeyPatch) -> None:
    class Split(Around):
        def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
            first = [Write(one.run, one.token, one.entries) for one in writes if one.entries]
            if first:
                self.store.commit(first)
            return self.store.commit([replace(one, entries=()) for one in writes])

    _inside(patch, Split)


@mutant
def writes_the_state_of_the_run_before_the_entries(patch: pytest.MonkeyPatch) -> None:
    class Split(Around):
        def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
            self.store.commit([replace(one, entries=(), is_release=False) for one in writes])
            if any(one.state in _ENDS for one in writes):
                time.sleep(GAP)
            return self.store.commit(writes)

    _inside(patch, Split)


@mutant
def creates_the_run_before_its_first_entry(patch: pytest.MonkeyPatch) -> None:
    class Split(Around):
        def create(self, row: RunRow, first: Write, holder: str, seconds: float) -> int:
            token = self.store.create(row, replace(first, entries=()), holder, seconds)
            self.store.commit([first])
            return token

    _inside(patch, Split)


# ---------------------------------------------------------------------- the order of things


@mutant
def has_effects_before_the_start_is_written(patch: pytest.MonkeyPatch) -> None:
    _commits(patch, lambda: time.sleep(0.02))  # so that bodies that do not wait for it are faster
    runs_bodies_before_their_start_is_written(patch)


@mutant
def has_effects_after_the_success_is_written(patch: pytest.MonkeyPatch) -> None:
    """What a task does is put off until its success is on disk, and is done before the next write."""
    append = Ledger.append
    held: list[Callable[[], None]] = []
    due: list[Callable[[], None]] = []

    def late_append(self: Ledger, effect: Effect) -> None:
        held.append(lambda: append(self, effect))

    def late() -> None:
        for one in due:
            one()
        due[:] = held
        held.clear()

    patch.setattr(Ledger, "append", late_append)
    _commits(patch, late)


@mutant
def acknowledges_a_run_before_it_is_written(patch: pytest.MonkeyPatch) -> None:
    class Late(Around):
        due: tuple[Any, ...] | None = None

        def create(self, *args: Any) -> int:
            self.due = args
            return 1

        def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
            if self.due is not None:
                self.store.create(*self.due)
                self.due = None
            return self.store.commit(writes)

    _inside(patch, Late)


@mutant
def does_not_count_attempts_that_were_cut_off(patch: pytest.MonkeyPatch) -> None:
    right = Keeping._interrupted

    def interrupted(self: Keeping, position: int) -> None:
        right(self, position)
        self._scheduler.data.attempts[position] -= 1

    patch.setattr(Keeping, "_interrupted", interrupted)


@mutant
def forgets_what_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Keeping, "_waiting", lambda self: {})


@mutant
def makes_attempts_that_were_cut_off_wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Keeping, "_interrupted", lambda self, position: None)


@mutant
def does_again_what_has_succeeded(patch: pytest.MonkeyPatch) -> None:
    right = Scheduler.succeed

    def succeed(self: Scheduler, position: int, value: Any) -> None:
        if self.data.crashes and position == max(self.data.crashes):
            self.fail(position, ConnectionError("it has succeeded, and is taken for failed"))
        else:
            right(self, position, value)

    patch.setattr(Scheduler, "succeed", succeed)


# ---------------------------------------------------------------------- the holder of a run


def takes_whoever_writes_for_the_holder(patch: pytest.MonkeyPatch) -> None:
    """No token is looked at, nor how many entries there are; that is no matter as long as there is one process."""
    right = append.append

    def unchecked(cursor: Cursor, write: Write, now: float) -> StoreError | None:
        return right(_Unchecked(cursor), write, now)

    patch.setattr(sql, "append", unchecked)
    patch.setattr(sqlite, "APPEND", _unchecked(append.APPEND))
    for name in ("_APPEND", "_ANY"):
        patch.setattr(commit, name, _unchecked(getattr(commit, name)))


class _Unchecked:
    """A cursor that writes about a run whatever it says."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.fetchone, self.fetchall = cursor.fetchone, cursor.fetchall

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        is_checked = sql.startswith("UPDATE run SET") or sql == append.APPEND
        return self._cursor.execute(_unchecked(sql) if is_checked else sql, values)


def _unchecked(sql: str) -> str:
    """A statement that is executed whatever its checks come to."""
    without = re.sub(r"token = (\?|%\(token\)s) AND holder IS NOT NULL", r"(token = \1 OR true)", sql)
    assert without != sql, "the bug is planted wrongly"
    return re.sub(rf"{re.escape(COUNT)} = (\?|%\(number\)s|%\(first\)s::bigint)", rf"({COUNT} = \1 OR true)", without)


BUGS: dict[str, Plant] = {
    "no-fencing": takes_whoever_writes_for_the_holder,
    "success-before-effect": has_effects_after_the_success_is_written,
    "two-transactions": writes_the_state_of_the_run_before_the_entries,
}
"""Those that the whole of the crash tests must find, by the word for them on its command line."""
