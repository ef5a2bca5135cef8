"""Durable runs: what a node costs that is on disk before the next begins, against the commits that it must have.

Chains are timed by the clock on the wall, which waits for the disk with them: short pieces of ours and of bare commits
take turns on one disk, or on one server. A wide graph is judged by its processor time, a resume by the time until the
run is at its end.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import planweave as pw
from benchmarks.bare import BARE, REFERENCE, reference_loop
from benchmarks.commits import COMMIT, postgres_commits, sqlite_commits
from benchmarks.installed import SKIPPED, is_installed
from benchmarks.measure import Match, Piece, Spread, Turn
from benchmarks.postgres import NEEDED, server
from benchmarks.row import OURS, Row, Unit, judged, ratio
from benchmarks.setting import Setting
from benchmarks.shapes import chain, fan
from benchmarks.tasks import graph_of, inline
from planweave.engine.store.postgres import PostgresStore
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store

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


def rows(setting: Setting) -> Iterator[Row]:
    """Chains in a file and in a server, a run of one node, a wide graph, the room that it takes, and resuming."""
    with tempfile.TemporaryDirectory(prefix="planweave-") as folder:
        yield from _in_file(setting, Path(folder))
        yield _in_server(setting, Path(folder))
        yield from _wide(setting, Path(folder))
        if hasattr(os, "fork"):
            yield _resume(Path(folder))


def _in_file(setting: Setting, folder: Path) -> Iterator[Row]:
    nodes = _length(setting)
    case, store = f"chain {nodes}, SQLite", SqliteStore(folder / "chain.db")
    with sqlite_commits(folder / "bare.db", nodes) as commits:
        yield _against_commits(setting, case, nodes, store, commits, bound=CHAIN_BOUND)
    made = (store.row(f"{case} 0").entries - HANDFUL) / nodes
    yield Row(f"{case}: commits a node", figure=Spread.of([made]), bound=COMMITS_BOUND)
    with sqlite_commits(folder / "bare-handful.db", HANDFUL) as commits:
        yield _against_commits(setting, "a run of one node, SQLite", 1, store, commits)
    store.close()


def _in_server(setting: Setting, folder: Path) -> Row:
    nodes = _length(setting)
    case = f"chain {nodes}, PostgreSQL"
    if not is_installed(*NEEDED):
        return Row(case, note=SKIPPED)
    with server(folder) as url, postgres_commits(url, nodes) as commits, closing(PostgresStore(url)) as store:
        return _against_commits(setting, case, nodes, store, commits, bound=CHAIN_BOUND)


def _length(setting: Setting) -> int:
    """The nodes of a chain: so many that what a run costs is little beside them."""
    return CHAIN // 4 if setting.quick else CHAIN


def _against_commits(
    setting: Setting, case: str, nodes: int, store: Store, commits: Piece, bound: float | None = None
) -> Row:
    """How many times a bare commit a node of a chain takes."""
    graph, ids = graph_of(chain(nodes), inline), (f"{case} {i}" for i in count())
    ours = Piece(lambda: pw.run(graph, store=store, run_id=next(ids)), nodes)
    match = Match({OURS: ours, COMMIT: commits}, time.perf_counter)
    return judged(case, match, setting, ratio(COMMIT), beside=COMMIT, bound=bound, note="time on the wall")


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
