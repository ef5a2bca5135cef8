"""Planted bugs: wrongs that a store or an engine may do, each of which kills at every write must find."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from planweave.engine.errors import StoreError
from planweave.engine.keeping import Keeping
from planweave.engine.scheduler import Scheduler
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store
from planweave.testing.crash import trial
from planweave.testing.crash.faults import Fault, faulty
from planweave.testing.crash.ledger import Effect, Ledger
from tests.crash.proxy import Around
from tests.laws.mutants import Mutant, runs_bodies_before_their_start_is_written

MUTANTS: list[Mutant] = []


def mutant(plant: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    MUTANTS.append(Mutant(plant.__name__, plant))
    return plant


def _inside(patch: pytest.MonkeyPatch, kind: Callable[[Store], Any]) -> None:
    """Let the children have their kills within what ``kind`` makes of each call."""

    def around(store: Store, fault: Fault) -> Store:
        return cast(Store, kind(faulty(store, fault)))

    patch.setattr(trial, "faulty", around)


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
    commit = SqliteStore.commit

    def slow_commit(self: SqliteStore, writes: Sequence[Write]) -> list[StoreError | None]:
        time.sleep(0.02)  # so that bodies that do not wait for it are faster
        return commit(self, writes)

    patch.setattr(SqliteStore, "commit", slow_commit)
    runs_bodies_before_their_start_is_written(patch)


@mutant
def has_effects_after_the_success_is_written(patch: pytest.MonkeyPatch) -> None:
    """What a task does is put off until its success is on disk, and is done before the next write."""
    append, commit = Ledger.append, SqliteStore.commit
    held: list[Callable[[], None]] = []
    due: list[Callable[[], None]] = []

    def late_append(self: Ledger, effect: Effect) -> None:
        held.append(lambda: append(self, effect))

    def late_commit(self: SqliteStore, writes: Sequence[Write]) -> list[StoreError | None]:
        for one in due:
            one()
        due[:] = held
        held.clear()
        return commit(self, writes)

    patch.setattr(Ledger, "append", late_append)
    patch.setattr(SqliteStore, "commit", late_commit)


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
