"""The store in a PostgreSQL database, which several machines may share.

Two connections: one writes, one reads. A connection that is lost is opened again, and what was cut off is done again;
what had arrived all the same is recognised, so that nothing is recorded twice.

Source: https://www.postgresql.org/docs/current/transaction-iso.html (Read Committed)
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from planweave.engine.errors import SchemaTooNew, StoreBusy, StoreError, StoreUnusable
from planweave.engine.store.address import Address
from planweave.engine.store.clauses import Cursor
from planweave.engine.store.commit import NOW, arrived, judged, send
from planweave.engine.store.line import Line, driver
from planweave.engine.store.rows import Write
from planweave.engine.store.schema import MIGRATIONS, statements
from planweave.engine.store.sql import SqlStore
from planweave.engine.store.sqlstate import BUSY, MENDS, PASSING

if TYPE_CHECKING:
    from psycopg import Connection

PATIENCE = 30.0
"""Seconds that a call waits for locked rows, and for a server that is away."""

PAUSE, LONGEST_PAUSE = 0.02, 1.0
"""Seconds between attempts, at first and at most."""

_T = TypeVar("_T")


class PostgresStore(SqlStore):
    """Runs in a PostgreSQL database.

    Args:
        url: ``postgresql://user:password@host:port/database?schema=name``; the schema is made if it is not there.
        patience: seconds to wait for locked rows, and for a server that is away.

    Raises:
        DefinitionError: psycopg is not installed.
        PolicyError: the URL cannot be read.
        StoreUnusable: the database cannot be reached or used.
        SchemaTooNew: a newer planweave has written it.
    """

    locking = " FOR UPDATE"

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._address = Address.read(url)
        self.url = self._address.shown
        self._patience = patience
        self._writer, self._reader = Line(self._address, patience), Line(self._address, patience)
        self._was_reached = False
        try:
            self._sure(self._writer, self._migrate)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        self._writer.close()
        self._reader.close()

    # ------------------------------------------------------------------ the holder of a run

    def commit(self, writes: Sequence[Write]) -> list[StoreError | None]:
        """Write about several runs in one transaction; see ``Store``."""
        is_again = False

        def work(connection: Connection[Any]) -> list[StoreError | None]:
            nonlocal is_again
            if len(writes) == 1 and not is_again:
                is_again = True
                return [judged(writes[0], send(connection, writes[0]))]
            with connection.pipeline(), connection.transaction():
                there = arrived(connection, writes) if is_again else set()
                is_again = True
                # in the order of ids, as everybody who locks several runs: nobody waits in a circle
                order = sorted(set(range(len(writes))) - there, key=lambda i: (writes[i].run, i))
                sent = {i: send(connection, writes[i]) for i in order}
            return [judged(one, sent[i]) if i in sent else None for i, one in enumerate(writes)]

        return self._sure(self._writer, work)

    # ------------------------------------------------------------------ anybody

    def put_blob(self, name: str, data: bytes) -> None:
        """Keep a value that is too large for a row; see ``Store``."""
        insert = f"INSERT INTO blob (name, data, put) VALUES (?, ?, {NOW})"
        again = " ON CONFLICT (name) DO UPDATE SET put = excluded.put"
        self._write(lambda cursor: cursor.execute(insert + again, (name, data)))

    def get_blob(self, name: str) -> bytes | None:
        """The value of that name; None: there is none."""

        def body(cursor: Cursor) -> bytes | None:
            cursor.execute("SELECT data FROM blob WHERE name = ?", (name,))
            found = cursor.fetchone()
            return None if found is None else bytes(found[0])

        return self._read(body)

    def drop_blobs(self, *, older_than: float) -> int:
        """Delete the blobs that nothing refers to; see ``Store``."""
        used = list(self._read(self._blobs))

        def body(cursor: Cursor) -> int:
            cursor.execute(f"DELETE FROM blob WHERE put < {NOW} - ? AND name <> ALL (?)", (older_than, used))
            return cursor.rowcount

        return self._write(body)

    # ------------------------------------------------------------------ transactions

    def _write(self, body: Callable[[Cursor], _T]) -> _T:
        def work(connection: Connection[Any]) -> _T:
            with connection.transaction():
                return body(_Cursor(connection))

        return self._sure(self._writer, work)

    def _read(self, body: Callable[[Cursor], _T]) -> _T:
        return self._sure(self._reader, lambda connection: body(_Cursor(connection)))

    def _now(self, cursor: Cursor) -> float:
        cursor.execute(f"SELECT {NOW}")
        return float(cursor.fetchone()[0])

    def _sure(self, line: Line, work: Callable[[Connection[Any]], _T]) -> _T:
        """Do something on a connection; again, if it was cut off by what passes."""
        error_class = driver().Error
        end, pause = time.monotonic() + self._patience, PAUSE
        while True:
            try:
                with line.held() as connection:
                    self._was_reached = True
                    return work(connection)
            except error_class as error:
                if time.monotonic() + pause > end or not self._passes(line, error):
                    raise self._error(error) from error
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _passes(self, line: Line, error: Exception) -> bool:
        """Whether the same may go well if it is done again."""
        code = getattr(error, "sqlstate", None)
        if code is None:  # it comes from the driver: there is no connection, or none any more
            is_gone = isinstance(error, (driver().OperationalError, driver().InterfaceError))
            return is_gone and (self._was_reached or line.is_starting())
        return code in PASSING or code.startswith("08")

    def _error(self, error: Exception) -> StoreError:
        code = getattr(error, "sqlstate", None) or ""
        text = self._address.hides(str(error).strip())
        if code in BUSY:
            return StoreBusy(f"{self.url} has been locked by others for {self._patience:g} s: {text}", mend=BUSY[code])
        mend = MENDS.get(code, MENDS.get(code[:2]))
        return StoreUnusable(f"{self.url} cannot be used: {text}", mend=mend)

    # ------------------------------------------------------------------ the tables

    def _migrate(self, connection: Connection[Any]) -> None:
        if self._version(connection) == len(MIGRATIONS):
            return
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('planweave ' || %s, 0))", (self._schema,))
            version = self._version(connection)  # asked again: another may have been faster
            if version > len(MIGRATIONS):
                raise SchemaTooNew(
                    f"{self.url} was written by a newer planweave (version {version} of its tables, "
                    f"{len(MIGRATIONS)} is known here)",
                    mend="upgrade planweave, or use another schema: ?schema=...",
                )
            if not version:
                self._found(connection)
            for migration in statements("postgresql", version):
                for one in migration:
                    connection.execute(one.encode())
            connection.execute("UPDATE schema_version SET version = %s", (len(MIGRATIONS),))

    def _found(self, connection: Connection[Any]) -> None:
        """Make the schema, unless somebody has made it who may, and the table of its version."""
        known = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self._schema,)).fetchone()
        if known is None:
            connection.execute(driver().sql.SQL("CREATE SCHEMA {}").format(driver().sql.Identifier(self._schema)))
        connection.execute("CREATE TABLE schema_version (version bigint NOT NULL)")
        connection.execute("INSERT INTO schema_version VALUES (0)")

    def _version(self, connection: Connection[Any]) -> int:
        there = "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'schema_version'"
        if connection.execute(there, (self._schema,)).fetchone() is None:
            return 0
        found = connection.execute("SELECT version FROM schema_version").fetchone()
        return 0 if found is None else int(found[0])

    @property
    def _schema(self) -> str:
        return self._address.schema


class _Cursor:
    """A cursor that takes the marks of our statements."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._cursor = connection.cursor()
        self.fetchone, self.fetchall = self._cursor.fetchone, self._cursor.fetchall

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._cursor.execute(_marked(sql), values)


@lru_cache(maxsize=256)
def _marked(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()
