"""A line to a PostgreSQL server: one connection, opened when it is needed and again when it was lost."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import DefinitionError, PolicyError, StoreUnusable
from planweave.engine.store.address import Address

if TYPE_CHECKING:
    from psycopg import Connection

_USUAL = {
    "connect_timeout": "10",
    "application_name": "planweave",
    # a server that vanished is noticed within half a minute, whatever the system's own patience is
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
ABANDONED = 10.0
"""Seconds after which the server ends a transaction that its process has left standing: it would hold up all others."""

_SESSION = """SELECT
    set_config('search_path', %s, false),
    set_config('client_encoding', 'UTF8', false),
    set_config('lock_timeout', %s, false),
    set_config('idle_in_transaction_session_timeout', %s, false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)"""
# synchronous_commit: what is acknowledged is on disk, whatever the server is set to; it may do more, never less


@cache
def driver() -> Any:
    """Psycopg, the driver.

    Raises:
        DefinitionError: it is not installed.
    """
    try:
        return importlib.import_module("psycopg")
    except ImportError as error:
        raise DefinitionError(
            "a store in PostgreSQL needs the package psycopg, which is not installed",
            mend="pip install planweave[postgres]",
        ) from error


class Line:
    """One connection to a server, for one thread at a time.

    Args:
        address: of the database.
        patience: seconds to wait for rows that others have locked.

    Raises:
        DefinitionError: psycopg is not installed.
        PolicyError: the driver cannot read the address.
    """

    def __init__(self, address: Address, patience: float) -> None:
        self._address = address
        self._parameters = _parameters(address)
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None
        self._is_closed = False

    @contextlib.contextmanager
    def held(self) -> Iterator[Connection[Any]]:
        """The connection, for this thread; in it each statement is a transaction unless one is begun.

        Raises:
            psycopg.Error: it cannot be opened.
            StoreUnusable: the line has been closed.
        """
        with self._lock:
            if self._is_closed:
                raise StoreUnusable(f"{self._address.shown} has been closed")
            if self._connection is None or self._connection.closed:
                self._connection = self._connect()
            yield self._connection

    def is_starting(self) -> bool:
        """Whether the server is there, but takes no connections yet, or no more."""
        psycopg = driver()
        info = psycopg.conninfo.make_conninfo(**self._parameters)
        return bool(psycopg.pq.PGconn.ping(info.encode()) == psycopg.pq.Ping.REJECT)

    def close(self) -> None:
        """Close it for good."""
        with self._lock:
            self._is_closed = True
            if self._connection is not None:
                self._connection.close()

    def _connect(self) -> Connection[Any]:
        connection: Connection[Any] = driver().connect(**self._parameters, autocommit=True)
        try:
            schema = '"' + self._address.schema.replace('"', '""') + '"'
            connection.execute(_SESSION, (schema, _milliseconds(self._patience), _milliseconds(ABANDONED)))
        except BaseException:
            connection.close()
            raise
        return connection


def _parameters(address: Address) -> dict[str, Any]:
    psycopg = driver()
    try:
        given: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(address.full)
    except psycopg.Error as error:
        raise PolicyError(
            f"{address.shown.partition('?')[0]} is no address of a database: {address.hides(str(error).strip())}",
            mend="write it like postgresql://user@host:5432/database?schema=planweave",
        ) from None  # the driver's own words may hold the password
    return _USUAL | given


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
