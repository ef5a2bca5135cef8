"""Planted bugs: ways to save a sync, or to do things in another order, each of which a loss of power must find."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from planweave.engine.errors import StoreError
from planweave.engine.store import folder as folder_module
from planweave.engine.store.folder import Folder
from planweave.engine.store.rows import Write
from planweave.engine.store.sqlite import SqliteStore
from tests.laws.mutants import Mutant

MUTANTS: list[Mutant] = []


def mutant(plant: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    MUTANTS.append(Mutant(plant.__name__, plant))
    return plant


# ---------------------------------------------------------------------- the database


def _synchronous(patch: pytest.MonkeyPatch, word: str) -> None:
    right = SqliteStore._open

    def opened(self: SqliteStore) -> sqlite3.Connection:
        connection = right(self)
        connection.execute(f"PRAGMA synchronous = {word}")
        return connection

    patch.setattr(SqliteStore, "_open", opened)


@mutant
def never_waits_for_the_disk(patch: pytest.MonkeyPatch) -> None:
    _synchronous(patch, "OFF")


@mutant
def waits_for_the_disk_at_checkpoints_alone(patch: pytest.MonkeyPatch) -> None:
    _synchronous(patch, "NORMAL")


@mutant
def acknowledges_before_it_commits(patch: pytest.MonkeyPatch) -> None:
    commit = SqliteStore.commit
    due: list[Sequence[Write]] = []

    def late(self: SqliteStore, writes: Sequence[Write]) -> list[StoreError | None]:
        for one in due:
            commit(self, one)
        due[:] = [writes]
        return [None] * len(writes)

    patch.setattr(SqliteStore, "commit", late)


# ---------------------------------------------------------------------- the folder of large values


@mutant
def does_not_sync_the_names_of_values(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(folder_module, "_sync", lambda folder: None)


@mutant
def does_not_sync_the_name_of_their_folder(patch: pytest.MonkeyPatch) -> None:
    right = folder_module._sync
    patch.setattr(folder_module, "_sync", lambda folder: right(folder) if folder.suffix == ".values" else None)


@mutant
def does_not_sync_what_the_values_are(patch: pytest.MonkeyPatch) -> None:
    class Hasty:
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def fsync(self, opened: int) -> None:
            if stat.S_ISDIR(os.fstat(opened).st_mode):
                os.fsync(opened)

    patch.setattr(folder_module, "os", Hasty())


@mutant
def writes_values_under_their_name_at_once(patch: pytest.MonkeyPatch) -> None:

    def put(self: Folder, name: str, data: bytes) -> None:
        self.path.mkdir(mode=0o700, exist_ok=True)
        folder_module._sync(self.path.parent)
        if not self._is_put(self.path / name, len(data)):
            opened = os.open(self.path / name, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(opened, data)
            os.fsync(opened)
            os.close(opened)
        folder_module._sync(self.path)

    patch.setattr(Folder, "put", put)


@mutant
def keeps_a_value_after_the_record_that_names_it(patch: pytest.MonkeyPatch) -> None:
    commit, put = SqliteStore.commit, SqliteStore.put_blob
    due: list[tuple[str, bytes]] = []

    def late(self: SqliteStore, writes: Sequence[Write]) -> list[StoreError | None]:
        found = commit(self, writes)
        for one in due:
            put(self, *one)
        due.clear()
        return found

    patch.setattr(SqliteStore, "put_blob", lambda self, name, data: due.append((name, data)))
    patch.setattr(SqliteStore, "commit", late)
