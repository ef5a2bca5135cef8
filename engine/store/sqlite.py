"""The store in an SQLite database: a file, and a folder for large values beside it.

Write-ahead logging with synchronous=FULL: what was committed survives a loss of power. One connection writes, one at a
time, with BEGIN IMMEDIATE; others read meanwhile.

Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from planweave.engine.errors import SchemaTooNew, StoreBusy, StoreError, StoreUnusable
from planweave.engine.store.append import APPEND, appended, taken_over
from planweave.engine.store.clauses import Cursor
from planweave.engine.store.folder import Folder
from planweave.engine.store.presence import Presence
from planweave.engine.store.rows import Write
from planweave.engine.store.schema import MIGRATIONS, statements
from planweave.engine.store.sql import SqlStore
from planweave.engine.store.sqlite_errors import Told

_T = TypeVar("_T")

PATIENCE = 30.0
"""Seconds that a writer waits for others."""


class SqliteStore(SqlStore):
    """Runs in a file.

    Args:
        path: of the database; made if it is not there.
        patience: seconds to wait for other writers.

    Raises:
        StoreUnusable: the file cannot be opened, or is no database.
        SchemaTooNew: a newer planweave has written it.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path.expanduser().absolute()
        self.url = f"sqlite:///{self.path}"
        self.blobs = Folder(self.path.with_name(f"{self.path.name}.values"))
        self._patience = patience
        self._told = Told(self.url, patience)
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._presence: Presence | None = None
        with contextlib.ExitStack() as opened:  # what is left open of a store that is none disturbs the next one
            self._writer = opened.enter_context(contextlib.closing(self._connect()))
            with self._told:
                self._migrate()
            self._reader = opened.enter_context(contextlib.closing(self._connect()))
            real = os.path.realpath(self.path)  # beside which SQLite has its log
            self._presence = self._read(lambda cursor: Presence((real, f"{real}-wal")))
            opened.pop_all()

    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        """Write about several runs in one transaction; see ``Store``."""
        if len(writes) != 1 or not writes[0].is_append:
            return super().commit(writes)
        with self._write_lock, self._told:  # one statement is a transaction by itself, as good as BEGIN IMMEDIATE
            cursor = self._writer.execute(APPEND, appended(writes[0]))
            self._check_files()
        return [None if cursor.rowcount == 1 else taken_over(writes[0].run)]

    def put_blob(self, name: str, data: bytes) -> None:
        """Keep a value that is too large for a row; see ``Store``."""
        with self._told:
            self.blobs.put(name, data)

    def get_blob(self, name: str) -> bytes | None:
        """The value of that name; None: there is none."""
        with self._told:
            return self.blobs.get(name)

    def drop_blobs(self, *, older_than: float) -> int:
        """Delete the blobs that nothing refers to; see ``Store``."""
        used = self._read(self._blobs)
        with self._told:
            return self.blobs.drop(used, older_than=older_than)

    def close(self) -> None:
        """Close the connections."""
        with self._write_lock:
            self._writer.close()
        with self._read_lock:
            self._reader.close()

    def _connect(self) -> sqlite3.Connection:
        end = time.monotonic() + self._patience
        while True:
            try:
                with self._told:
                    return self._open()
            except StoreBusy:  # the change to write-ahead logging does not wait for others who change it, too
                if time.monotonic() > end:
                    raise
            time.sleep(0.01)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        if self._version() > len(MIGRATIONS):
            raise SchemaTooNew(
                f"{self.url} was written by a newer planweave (version {self._version()} of its tables, "
                f"{len(MIGRATIONS)} is known here)",
                mend="upgrade planweave, or use another store",
            )
        if self._version() == len(MIGRATIONS):
            return
        with self._transaction(self._writer, "BEGIN IMMEDIATE") as cursor:
            for migration in statements("sqlite", self._version()):  # asked again: another may have been faster
                for one in migration:
                    cursor.execute(one)
            cursor.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _version(self) -> int:
        return int(self._writer.execute("PRAGMA user_version").fetchone()[0])

    def _write(self, body: Callable[[Cursor], _T]) -> _T:
        with self._write_lock, self._told, self._transaction(self._writer, "BEGIN IMMEDIATE") as cursor:
            return body(cursor)

    def _read(self, body: Callable[[Cursor], _T]) -> _T:
        with self._read_lock, self._told, self._transaction(self._reader, "BEGIN") as cursor:
            return body(cursor)

    @contextlib.contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Cursor]:
        cursor = connection.cursor()
        cursor.execute(begin)
        try:
            yield cursor
            cursor.execute("COMMIT")
            self._check_files()
        except BaseException:
            cursor.close()  # whoever keeps the error would keep it, and by it the file open
            if connection.in_transaction:
                connection.rollback()
            raise

    def _check_files(self) -> None:
        """See that what was committed is where others will find it."""
        if self._presence is not None and not self._presence.holds():
            raise StoreUnusable(
                f"the files of {self.url} were deleted or replaced while it was open: what is written is lost",
                mend="put them back, if they are still there, and start again",
            )

    def _damage(self, cursor: Cursor) -> list[str]:
        cursor.execute("PRAGMA integrity_check")
        return [f"the database is damaged: {line}" for (line,) in cursor.fetchall() if line != "ok"]

    def _now(self, cursor: Cursor) -> float:
        return time.time()  # all who share a file share a machine; SQLite's own clock only counts milliseconds
