"""The benchmarks of durable runs hold them against what they say."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import LiteralString

import pytest

import planweave as pw
from benchmarks import beside_durable_peers, durable
from benchmarks.beside_peers import Peer
from benchmarks.commits import BYTES, postgres_commits, sqlite_commits
from benchmarks.installed import SKIPPED, is_installed
from benchmarks.peers.durable.planweave import prepare
from benchmarks.postgres import NEEDED, server
from benchmarks.setting import Setting
from benchmarks.shapes import chain
from planweave.engine.store.sqlite import SqliteStore

NODES = 40


def test_a_bare_commit_writes_as_many_bytes_as_an_entry_of_a_chain(tmp_path: Path) -> None:
    """Where ours wrote more, or less, the figure would not be about commits."""
    with prepare(chain(NODES), tmp_path) as run:
        run()
    with closing(sqlite3.connect(tmp_path / "planweave.db")) as connection:
        ((size,),) = connection.execute("SELECT avg(length(text) + length(hash)) FROM entry")
    assert size == pytest.approx(BYTES, rel=0.1)


def test_bare_commits_are_as_many_rows_as_the_piece_says(tmp_path: Path) -> None:
    """Times are divided by the units of a piece."""
    with sqlite_commits(tmp_path / "bare.db", NODES) as commits:
        commits.work()
        with closing(sqlite3.connect(tmp_path / "bare.db")) as other:  # sees only what is committed
            ((rows, shortest),) = other.execute("SELECT count(*), min(length(text)) FROM bare")
    assert commits.units == rows == NODES and shortest == BYTES


@pytest.mark.skipif(not is_installed(*NEEDED), reason="PostgreSQL is not installed")
def test_bare_commits_in_postgresql_are_safe_rows_and_the_server_leaves_nothing() -> None:
    """A server that does not wait for the disk would make bare commits too cheap, and ours."""
    with tempfile.TemporaryDirectory(prefix="planweave-") as folder:  # the names of sockets are short
        with server(Path(folder)) as url, postgres_commits(url, NODES) as commits:
            commits.work()
            found = asked(url, "SELECT count(*), min(length(text)) FROM bare")
            safe = asked(url, "SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        left = list(Path(folder).iterdir())
    assert found == (commits.units, BYTES) == (NODES, BYTES)
    assert safe == ("on", "on") and not left


def asked(url: str, query: LiteralString) -> object:
    """The first row that a server answers to another connection."""
    import psycopg

    with closing(psycopg.connect(url)) as connection:
        return connection.execute(query).fetchone()


def test_planweave_beside_durable_peers_records_each_run_to_its_end(tmp_path: Path) -> None:
    """What is held against others is on disk as theirs is."""
    with prepare(chain(NODES), tmp_path) as run:
        run()
        run()
    with closing(SqliteStore(tmp_path / "planweave.db")) as store:
        runs = store.rows(is_brief=True)
    assert [one.state for one in runs] == [pw.RunState.SUCCEEDED] * 2
    assert all(one.entries > NODES for one in runs)


def test_what_is_in_a_package_that_is_missing_is_not_installed() -> None:
    """Looking for it raises no error, as looking for a spec does."""
    assert is_installed("json", "json.decoder")
    assert not is_installed("json", "no_such_package.module")


def test_a_chain_in_postgresql_is_skipped_where_there_is_no_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The row is there, and says why it is empty."""
    monkeypatch.setattr(durable, "NEEDED", ("psycopg", "no_such_package"))
    row = durable._in_server(Setting(), tmp_path)
    assert "PostgreSQL" in row.case and row.note == SKIPPED and not row.verdict


def test_durable_peers_that_are_missing_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its row all the same."""
    monkeypatch.setattr(beside_durable_peers, "is_installed", lambda package: False)
    rows = list(beside_durable_peers.rows(Setting()))
    assert [row.note for row in rows] == [SKIPPED] * len(beside_durable_peers.PEERS)


def test_a_durable_peer_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row tells the last line of its error."""
    broken = Peer("Broken", "json", "no_such_peer")
    monkeypatch.setattr(beside_durable_peers, "PEERS", (broken, broken))
    rows = list(beside_durable_peers.rows(Setting()))
    assert len(rows) == 2 and all("no_such_peer" in row.note and "failed" in row.note for row in rows)
