"""Bare commits: the least that recording a node can take, one INSERT a transaction that waits until it is on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.measure import Piece

COMMIT = "bare commit"
"""The name of the piece."""

BYTES = 120
"""As many as an entry of a chain has: its text and its hash."""

_TEXT = "x" * BYTES


@contextmanager
def sqlite_commits(path: Path, commits: int) -> Iterator[Piece]:
    """So many commits in a new database, as safe from a loss of power as ours are."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")

        def run() -> None:
            for _ in range(commits):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO bare (text) VALUES (?)", (_TEXT,))
                connection.execute("COMMIT")

        yield Piece(run, commits)


@contextmanager
def postgres_commits(url: str, commits: int) -> Iterator[Piece]:
    """So many commits in a new table of a PostgreSQL server, each a prepared statement and one round trip."""
    import psycopg

    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("SET synchronous_commit = on")
        connection.execute("CREATE TABLE bare (number bigserial PRIMARY KEY, text text NOT NULL)")

        def run() -> None:
            for _ in range(commits):
                connection.execute("INSERT INTO bare (text) VALUES (%s)", (_TEXT,), prepare=True)

        yield Piece(run, commits)
