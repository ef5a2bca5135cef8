"""The tables of a store, by numbered migrations that only go forward.

Each migration is a list of statements that SQLite and PostgreSQL both take, but for the words in ``WORDS``. A store
tells its version; opening an older one brings it up to date in one transaction, a newer one is refused.
"""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE run (
            id TEXT PRIMARY KEY,
            workflow TEXT NOT NULL,
            state TEXT NOT NULL,
            created {real} NOT NULL,
            updated {real} NOT NULL,
            reference TEXT,
            parent TEXT,
            parent_node TEXT,
            token {integer} NOT NULL,
            holder TEXT,
            lease_until {real},
            entries {integer} NOT NULL,
            head {bytes} NOT NULL,
            due {real},
            wanted TEXT,
            reason TEXT,
            pruned {real}
        )""",
        "CREATE INDEX run_by_state ON run (state, due)",
        """CREATE TABLE beginning (
            run TEXT PRIMARY KEY,
            graph TEXT,
            fingerprints TEXT NOT NULL,
            inputs TEXT NOT NULL,
            options TEXT NOT NULL
        )""",
        """CREATE TABLE entry (
            run TEXT NOT NULL,
            number {integer} NOT NULL,
            text TEXT NOT NULL,
            hash {bytes} NOT NULL,
            PRIMARY KEY (run, number)
        ){compact}""",
        """CREATE TABLE question (
            run TEXT NOT NULL,
            node TEXT NOT NULL,
            kind TEXT NOT NULL,
            token TEXT NOT NULL,
            body TEXT NOT NULL,
            until {real},
            answer TEXT,
            answered_by TEXT,
            answered_at {real},
            closed_at {real},
            PRIMARY KEY (run, node)
        )""",
        """CREATE TABLE cached (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            run TEXT NOT NULL,
            created {real} NOT NULL
        )""",
    ),
    (
        "ALTER TABLE question ADD COLUMN event TEXT",
        """CREATE TABLE event (
            run TEXT NOT NULL,
            number {integer} NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            sent_by TEXT NOT NULL,
            sent_at {real} NOT NULL,
            taken_at {real},
            PRIMARY KEY (run, number),
            UNIQUE (run, id)
        )""",
    ),
    (),  # the row of a run that is held need not count all its entries from now on: who relies on that is refused
)
"""What brings a store from each version to the next."""

ONLY: dict[str, dict[int, tuple[str, ...]]] = {
    "sqlite": {},  # large values are files beside the database
    "postgresql": {
        0: (
            """CREATE TABLE blob (
                name TEXT PRIMARY KEY,
                data BYTEA NOT NULL,
                put DOUBLE PRECISION NOT NULL
            )""",
        )
    },
}
"""What is done in one kind of database alone, by the version from which it leads on."""

WORDS = {
    "sqlite": {"real": "REAL", "integer": "INTEGER", "bytes": "BLOB", "compact": " WITHOUT ROWID"},
    "postgresql": {"real": "DOUBLE PRECISION", "integer": "BIGINT", "bytes": "BYTEA", "compact": ""},
}


def statements(dialect: str, version: int) -> list[list[str]]:
    """The statements of each migration that a store of this version lacks.

    >>> len(statements("sqlite", len(MIGRATIONS)))
    0
    """
    words, only = WORDS[dialect], ONLY[dialect]
    return [
        [one.format(**words) for one in migration + only.get(number, ())]
        for number, migration in enumerate(MIGRATIONS)
        if number >= version
    ]
