"""The commit of a write in PostgreSQL: one statement, and so one round trip.

The check of the token, the entries, the questions and the new state of the run are done together or not at all. If
another process takes the run over meanwhile, the statement waits for it, and then does nothing.

Source: https://www.postgresql.org/docs/current/queries-with.html (data-modifying statements in WITH)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import StoreError
from planweave.engine.store.append import taken_over
from planweave.engine.store.clauses import COUNT, HELD, LAST
from planweave.engine.store.rows import Write

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

NOW = "extract(epoch FROM clock_timestamp())::float8"
"""Seconds since the epoch by the clock of the database."""

_HELD = HELD.replace("?", "%(run)s", 1).replace("?", "%(token)s", 1)

_APPEND = f"""
INSERT INTO entry (run, number, text, hash)
SELECT id, %(number)s, %(text)s, %(hash)s FROM run
WHERE {_HELD} AND {COUNT} = %(number)s
FOR SHARE
ON CONFLICT (run, number) DO NOTHING"""

_ANY = f"""
WITH held AS (
    UPDATE run SET
        entries = coalesce(%(count)s::bigint, {COUNT}),
        head = coalesce(%(head)s::bytea, {LAST}),
        updated = CASE WHEN %(told)s THEN {NOW} ELSE updated END,
        due = CASE WHEN %(told)s THEN %(due)s ELSE due END,
        state = coalesce(%(state)s::text, state),
        reason = coalesce(%(reason)s::text, reason),
        holder = CASE WHEN %(release)s THEN NULL ELSE holder END,
        lease_until = CASE WHEN %(release)s THEN NULL ELSE lease_until END
    WHERE {_HELD} AND (%(first)s::bigint IS NULL OR {COUNT} = %(first)s::bigint)
    RETURNING id
), appended AS (
    INSERT INTO entry (run, number, text, hash)
    SELECT held.id, new.* FROM held, unnest(%(numbers)s::bigint[], %(texts)s::text[], %(hashes)s::bytea[]) AS new
), asked AS (
    INSERT INTO question (run, node, kind, token, body, until, event, closed_at)
    SELECT held.id, new.*, CASE WHEN new.node = ANY (%(over)s::text[]) THEN {NOW} END
    FROM held, unnest(
        %(nodes)s::text[], %(kinds)s::text[], %(tokens)s::text[], %(bodies)s::text[], %(untils)s::float8[],
        %(events)s::text[]
    ) AS new (node, kind, token, body, until, event)
    ON CONFLICT (run, node) DO UPDATE SET kind = excluded.kind, token = excluded.token, body = excluded.body,
        until = excluded.until, event = excluded.event, answer = NULL, answered_by = NULL, answered_at = NULL,
        closed_at = excluded.closed_at
), kept AS (
    INSERT INTO cached (key, value, run, created)
    SELECT new.*, held.id, {NOW} FROM held, unnest(%(keys)s::text[], %(kept)s::text[]) AS new (key, value)
    ON CONFLICT (key) DO NOTHING
), taken AS (
    UPDATE event SET taken_at = {NOW} FROM held WHERE run = held.id AND number = ANY (%(taken)s::bigint[])
), closed AS (
    UPDATE question SET closed_at = {NOW} FROM held
    WHERE run = held.id AND node = ANY (%(closed)s::text[]) AND closed_at IS NULL
)
SELECT count(*) FROM held"""


def send(connection: Connection[Any], write: Write) -> Cursor[Any]:
    """Hand a write to the server; what became of it ``judged`` says."""
    if write.is_append:
        (entry,) = write.entries
        appended = {"number": entry.number, "text": entry.text, "hash": entry.hash}
        return connection.execute(_APPEND.encode(), appended | {"run": write.run, "token": write.token}, prepare=True)
    last = write.entries[-1] if write.entries else None
    nodes = [one.node for one in write.questions]
    values = {
        "run": write.run,
        "token": write.token,
        "told": write.is_about_the_run,
        "due": write.due,
        "first": None if last is None else write.entries[0].number,  # after a gap nothing is written
        "count": None if last is None else last.number + 1,
        "head": None if last is None else last.hash,
        "state": write.state,
        "reason": write.reason,
        "release": write.is_release,
        "numbers": [one.number for one in write.entries],
        "texts": [one.text for one in write.entries],
        "hashes": [one.hash for one in write.entries],
        "nodes": nodes,
        "kinds": [one.kind for one in write.questions],
        "tokens": [one.token for one in write.questions],
        "bodies": [one.body for one in write.questions],
        "untils": [one.until for one in write.questions],
        "events": [one.event for one in write.questions],
        "taken": list(write.taken),
        "keys": [key for key, _ in write.kept],
        "kept": [value for _, value in write.kept],
        "over": [one for one in write.closed if one in nodes],  # a statement changes a row once
        "closed": [one for one in write.closed if one not in nodes],
    }
    return connection.execute(_ANY.encode(), values, prepare=True)


def judged(write: Write, sent: Cursor[Any]) -> StoreError | None:
    """What became of a write: None, or why it was refused."""
    is_done = sent.rowcount == 1 if write.is_append else sent.fetchone() == (1,)
    return None if is_done else taken_over(write.run)


def arrived(connection: Connection[Any], writes: Sequence[Write]) -> set[int]:
    """The writes, by their place, that an attempt which was cut off has done: their entries are there."""
    runs = sorted({one.run for one in writes})
    # an attempt that the server may still be busy with holds these locks
    connection.execute("SELECT 1 FROM run WHERE id = ANY (%s) ORDER BY id FOR UPDATE", (runs,))
    found = set()
    for i, write in enumerate(writes):
        if write.entries:
            last = write.entries[-1]
            there = connection.execute(
                "SELECT 1 FROM entry WHERE run = %s AND number = %s AND hash = %s", (write.run, last.number, last.hash)
            )
        elif write.is_release:  # with which a run is let go of once
            there = connection.execute(
                "SELECT 1 FROM run WHERE id = %s AND token = %s AND holder IS NULL", (write.run, write.token)
            )
        else:
            continue
        if there.fetchone() is not None:
            found.add(i)
    return found
