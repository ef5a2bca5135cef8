"""Old stores out of their dumps: as a file, or with the same rows in a schema of PostgreSQL."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

from planweave.engine.store.address import Address
from planweave.engine.store.folder import Folder
from planweave.engine.store.line import Line, driver
from planweave.engine.store.schema import MIGRATIONS, statements

HERE = Path(__file__).parent
DUMPS = sorted(one.stem for one in HERE.glob("*.sql"))
"""The names of all dumps."""

LONG = json.dumps("long " * 60_000).encode()
"""The value that is kept beside the rows; its hash, which is its name, is in the dumps."""


def put_file(dump: str, path: Path) -> None:
    """Put an old store where a file is to be."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")  # which is no part of a dump
    database.executescript((HERE / f"{dump}.sql").read_text())
    database.close()
    Folder(path.with_name(f"{path.name}.values")).put(sha256(LONG).hexdigest(), LONG)


def put_schema(dump: str, url: str, scratch: Path) -> None:
    """Put the rows of an old store into a schema, with the tables of that version; ``scratch`` is for a file."""
    put_file(dump, scratch)
    source, address = sqlite3.connect(scratch), Address.read(url)
    version, line = version_of(scratch), Line(address, 30.0)
    with line.held() as target, target.transaction():
        target.execute(driver().sql.SQL("CREATE SCHEMA {}").format(driver().sql.Identifier(address.schema)))
        target.execute("CREATE TABLE schema_version (version bigint NOT NULL)")
        target.execute("INSERT INTO schema_version VALUES (%s)", (version,))
        for migration in statements("postgresql", 0)[:version]:
            for one in migration:
                target.execute(one.encode())
        for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = source.execute(f"SELECT * FROM {table}")
            names = [one[0] for one in rows.description]
            insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
            for row in rows:
                target.execute(insert.encode(), row)
        target.execute("INSERT INTO blob VALUES (%s, %s, 0)", (sha256(LONG).hexdigest(), LONG))
    line.close()
    source.close()


def version_of(path: Path) -> int:
    """The version of the tables in a file."""
    database = sqlite3.connect(path)
    (found,) = database.execute("PRAGMA user_version").fetchone()
    database.close()
    return int(found)


def versions() -> list[int]:
    """All versions that there have been."""
    return list(range(1, len(MIGRATIONS) + 1))
