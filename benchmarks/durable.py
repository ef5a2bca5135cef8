"""Durable runs: what a node costs that is on disk before the next begins, against the commits that it must have.

Chains are timed by the clock on the wall, which waits for the disk with them: short pieces of ours and of bare commits
take turns on one disk. A wide graph is judged by its processor time, a resume by the time until the run is at its end.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import planweave as pw
from benchmarks.bare import BARE, REFERENCE, reference_loop
from benchmarks.measure import Match, Piece, Spread, Turn
from benchmarks.row import OURS, Row, Unit, judged, ratio
from benchmarks.setting import Setting
from benchmarks.shapes import chain, fan
from benchmarks.tasks import graph_of, inline
from planweave.engine.store.sqlite import SqliteStore

CHAIN, WIDE = 400, 10_000
CHAIN_BOUND = 1.5
"""Times a bare commit."""
COMMITS_BOUND = 1.05
"""Commits a node of a chain, beyond a handful a run."""
HANDFUL = 5
WIDE_BOUND = 15e-6
"""Seconds of processor time a node."""
ROOM_BOUND = 500.0
"""Bytes of database a node."""
RESUME_BOUND = 2.0
"""Seconds."""

COMMIT = "bare commit"


def rows(setting: Setting) -> Iterator[Row]:
    """A chain, a wide graph, the room that they take, and resuming."""
    with tempfile.TemporaryDirectory(prefix="planweave-") as folder:
        yield from _chain(setting, Path(folder))
        yield from _wide(setting, Path(folder))
        if hasattr(os, "fork"):
            yield _resume(Path(folder))


def _chain(setting: Setting, folder: Path) -> Iterator[Row]:
    graph, store = graph_of(chain(CHAIN), inline), SqliteStore(folder / "chain.db")
    ids = map(str, count())
    pieces = {
        OURS: Piece(lambda: pw.run(graph, store=store, run_id=next(ids)), CHAIN),
        COMMIT: Piece(partial(_commit, _bare(folder)), CHAIN),
    }
    match = Match(pieces, time.perf_counter)
    case = f"chain {CHAIN}, SQLite"
    yield judged(case, match, setting, ratio(COMMIT), beside=COMMIT, bound=CHAIN_BOUND, note="time on the wall")
    commits = (store.row("0").entries - HANDFUL) / CHAIN
    yield Row(f"{case}: commits a node", figure=Spread.of([commits]), bound=COMMITS_BOUND)
    store.close()


def _wide(setting: Setting, folder: Path) -> Iterator[Row]:
    graph, store = graph_of(fan(WIDE), inline), SqliteStore(folder / "wide.db")
    ids = map(str, count())
    pieces = {OURS: Piece(lambda: pw.run(graph, store=store, run_id=next(ids)), WIDE), BARE: reference_loop()}
    match = Match(pieces)

    def as_there(turn: Turn) -> float:
        return turn[OURS] / turn[BARE] * REFERENCE

    yield judged(
        f"wide {WIDE:,}, SQLite", match, setting, as_there, beside=BARE, unit=Unit.REFERENCE_SECONDS, bound=WIDE_BOUND
    )
    runs = len(store.rows(is_brief=True))
    store.close()  # which brings all of it into one file
    size = (folder / "wide.db").stat().st_size / (runs * WIDE)
    yield Row("a node in the database", figure=Spread.of([size]), unit=Unit.BYTES, bound=ROOM_BOUND)


def _resume(folder: Path) -> Row:
    """A run of all nodes but the last few, killed, and what it takes to go on to its end."""
    graph, path = graph_of(fan(WIDE), inline), folder / "resume.db"
    child = os.fork()
    if not child:
        _die_late(path, WIDE)
        os._exit(1)  # it should be dead
    os.waitpid(child, 0)
    start = time.perf_counter()
    run = pw.resume("r", store=path, graph=graph)
    seconds = time.perf_counter() - start
    assert run.state is pw.RunState.SUCCEEDED
    figure = Spread.of([seconds])
    return Row(f"resume, {WIDE:,} nodes", figure=figure, unit=Unit.SECONDS, bound=RESUME_BOUND, note="time on the wall")


def _die_late(path: Path, nodes: int) -> None:
    """Run until nearly all is recorded, and be killed then."""
    store = SqliteStore(path)

    def told(event: pw.Event) -> None:
        if event.number > 3 * (nodes - 300):
            os.kill(os.getpid(), signal.SIGKILL)

    pw.run(graph_of(fan(nodes), inline), store=store, run_id="r", on_event=told)


def _bare(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    return connection


def _commit(connection: sqlite3.Connection) -> None:
    """One commit for each node of the chain, of as many bytes as its entry has."""
    for _ in range(CHAIN):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry (text) VALUES (?)", ("x" * 100,))
        connection.execute("COMMIT")
