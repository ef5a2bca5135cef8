"""Stores that older planweaves have written: they are told, verified and gone on with as if they were ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.errors import SchemaTooNew, StoreUnusable
from planweave.engine.recorded import recorded
from planweave.engine.store import schema
from planweave.engine.store.audit import audit
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store, open_store
from tests.store.common import at_once
from tests.store.old import loading
from tests.store.old.flows import Payment

LEFT = {
    "ended": ("succeeded", {"numbers": "succeeded", "square": "succeeded", "pay": "succeeded"}),
    "failed": ("failed", {"pay": "succeeded", "refuse": "failed"}),
    "killed": ("running", {"sum_of": "succeeded", "deadly": "running", "told": "pending"}),
    "large": ("running", {"repeated": "succeeded", "deadly": "running", "length": "pending"}),
    "retrying": ("waiting", {"unlucky": "retry_wait"}),
    "sleeping": ("waiting", {"sleep": "waiting", "sum_of": "pending"}),
    "asking": ("waiting", {"approve": "waiting", "wait_for": "waiting", "square": "succeeded"}),
    "answered": ("waiting", {"approve": "waiting", "wait_for": "waiting", "square": "succeeded"}),
    "unwanted": ("waiting", {"approve": "waiting", "wait_for": "waiting"}),
    "undone": ("compensating", {"book": "compensating", "refuse": "failed"}),
}
"""How each run was left: its state, and that of nodes."""

LAST: dict[str, tuple[str, Any, dict[str, int]]] = {
    "ended": ("succeeded", Payment(30, "Ä. Ønes"), {"numbers": 1, "pay": 1}),
    "failed": ("failed", None, {"pay": 1, "refuse": 1}),
    "killed": ("succeeded", "Ä. Ønes paid 31", {"numbers": 1, "sum_of": 1, "deadly": 2, "pay": 1, "told": 1}),
    "large": ("succeeded", 300_002, {"repeated": 1, "deadly": 2, "length": 1}),
    "retrying": ("succeeded", "at last", {"unlucky": 2}),
    "sleeping": ("succeeded", 3, {"sum_of": 1}),
    "asking": ("succeeded", ["dan paid 8", 49], {"square": 1, "told": 1}),
    "answered": ("succeeded", ["cat paid 5", 49], {"square": 1, "told": 1}),
    "unwanted": ("cancelled", None, {}),
    "undone": ("failed", None, {"book": 1, "refuse": 1, "book@undo": 2}),
}
"""How each run ends: its state, its result, and how many attempts nodes have made in all."""

FIRST = {"large": ("succeeded", 5_002, {"repeated": 1, "deadly": 2, "length": 1})}
"""What was otherwise in the first version."""


@pytest.fixture(params=loading.DUMPS)
def dump(request: pytest.FixtureRequest) -> str:
    """The name of a dump."""
    return str(request.param)


@pytest.fixture
def old(dump: str, url: str, tmp_path: Path) -> str:
    """The URL of an old store."""
    if url.startswith("sqlite"):
        loading.put_file(dump, tmp_path / "runs.db")
    else:
        loading.put_schema(dump, url, tmp_path / "scratch.db")
    return url


@pytest.fixture
def opened(old: str) -> Iterator[Store]:
    """An old store, opened."""
    with closing(open_store(old)) as store:
        yield store


@pytest.fixture
def path(dump: str, tmp_path: Path) -> Path:
    """An old store in a file."""
    loading.put_file(dump, tmp_path / "runs.db")
    return tmp_path / "runs.db"


def names(store: Store) -> list[str]:
    return [row.id for row in reversed(store.rows())]


def end_of(run: str, dump: str) -> tuple[str, Any, dict[str, int]]:
    return FIRST.get(run, LAST[run]) if dump == "version_1" else LAST[run]


def states(run: pw.Run[Any]) -> dict[str, str]:
    """The states of nodes by the last part of their ids."""
    return {name.rpartition("/")[2]: str(node.state) for name, node in run.nodes.items()}


def attempts(run: pw.Run[Any]) -> dict[str, int]:
    return {name.rpartition("/")[2]: len(node.attempts) for name, node in run.nodes.items()}


def finish(store: Store, run: str) -> pw.Run[Any]:
    """Do what a run waits for, and go on with it."""
    if run == "asking":
        pw.answer(run, "approve", store=store, approve=True, by="ann")
        pw.send(run, "paid", Payment(8, "dan"), store=store)
    return pw.resume(run, store=store, check=False)


def test_there_is_a_store_of_each_version(tmp_path: Path) -> None:
    """Law: whoever adds a migration adds a store that was written before it; see ``old/make.py``."""
    for name in loading.DUMPS:
        loading.put_file(name, tmp_path / name)
    assert sorted({loading.version_of(tmp_path / name) for name in loading.DUMPS}) == loading.versions()


def test_an_old_store_is_told_as_it_was_left(opened: Store, dump: str) -> None:
    """Law: each run is there, unharmed, in the state in which its last process left it, with all its nodes."""
    report = audit(opened)
    assert report.flaws == () and report.runs == len(names(opened))
    assert set(names(opened)) >= {"ended", "failed", "killed", "large", "retrying", "sleeping"}
    for name in names(opened):
        row = opened.row(name)
        run = recorded(opened, row)
        state, nodes = LEFT[name]
        left_to_die = dump == "version_1" and state == "waiting"  # it could not give back what waits
        assert row.state == ("running" if left_to_die else state), name
        assert {node: states(run).get(node) for node in nodes} == nodes, name
        assert (row.holder is not None) == (left_to_die or state in ("running", "compensating")), name
        assert run.events[0].kind == "run_started", name


def test_each_run_of_an_old_store_comes_to_its_end(opened: Store, dump: str) -> None:
    """Law: it goes on from where it was left, does nothing again that was done, and is sound at the end."""
    for name in names(opened):
        state, result, counts = end_of(name, dump)
        before = [entry.hash for entry in opened.entries(name)]
        run = finish(opened, name)
        found = attempts(run)
        assert (str(run.state), {node: found.get(node) for node in counts}) == (state, counts), name
        if state == "succeeded":
            assert run.result == result, name
        assert [entry.hash for entry in opened.entries(name)][: len(before)] == before, name
        told = recorded(opened, opened.row(name))
        assert (states(told), told.state) == (states(run), run.state), name
        assert opened.row(name).holder is None, name
    assert audit(opened).flaws == ()


def test_what_an_old_run_failed_by_is_told(opened: Store) -> None:
    """Law: errors and causes are what they were."""
    run = recorded(opened, opened.row("failed"))
    assert str(run.nodes["refuse"].error).startswith("Ä. Ønes has no 3")
    assert run.nodes["pay"].value == {"amount": 3, "payer": "Ä. Ønes"}
    with pytest.raises(pw.RunFailed, match="Ønes has no 3"):
        pw.resume("failed", store=opened)


def test_an_old_run_is_taken_by_a_worker(opened: Store) -> None:
    """Law: a worker goes on with all that has somebody dead as its holder, or is due, or was answered."""
    done = pw.work(opened, once=True)
    ours = set(names(opened))
    assert set(done) == ours - {"ended", "failed", "asking"}
    assert {name: str(state) for name, state in done.items()} == {name: LAST[name][0] for name in done}
    assert audit(opened).flaws == ()


def test_an_old_run_is_run_again(opened: Store) -> None:
    """Law: a rerun keeps what an old version has recorded before the node."""
    run = pw.rerun("ended", "sum_of", store=opened)
    assert run.result == Payment(30, "Ä. Ønes")
    assert attempts(run)["sum_of"] == 1
    assert opened.row(run.id).parent == "ended" and audit(opened).flaws == ()


def test_old_records_that_were_changed_are_found(path: Path) -> None:
    """Law: the migration does not make a seal for what was forged before it."""
    database = sqlite3.connect(path)
    database.execute("UPDATE entry SET text = replace(text, '30', '31') WHERE run = 'ended' AND text LIKE '%30}%'")
    assert database.total_changes >= 1
    database.commit()
    database.close()
    with closing(SqliteStore(path)) as store:
        assert [flaw.run for flaw in audit(store).flaws] == ["ended"]


# ---------------------------------------------------------------------- the migration itself


def test_an_older_planweave_leaves_it_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: one that knows only the versions before the one that is there refuses, and changes nothing."""
    version, before = loading.version_of(path), path.read_bytes()
    for known in range(version):
        monkeypatch.setattr("planweave.engine.store.sqlite.MIGRATIONS", schema.MIGRATIONS[:known])
        with pytest.raises(SchemaTooNew, match=f"version {version}.*{known} is known"):
            SqliteStore(path)
    assert path.read_bytes() == before


def test_a_migration_is_done_as_a_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: where the last statement of a migration fails, the store is what it was, and goes on later."""
    version = loading.version_of(path)
    with monkeypatch.context() as patch:
        broken = (*schema.MIGRATIONS, ("CREATE TABLE added (one)", "CREATE TABLE run (id)"))
        patch.setattr(schema, "MIGRATIONS", broken)
        patch.setattr("planweave.engine.store.sqlite.MIGRATIONS", broken)
        with pytest.raises(StoreUnusable, match="already exists"):
            SqliteStore(path)
    assert loading.version_of(path) == version
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT 1 FROM sqlite_master WHERE name = 'added'").fetchone() is None
    with closing(SqliteStore(path)) as store:
        assert loading.version_of(path) == len(schema.MIGRATIONS)
        assert finish(store, "killed").result == "Ä. Ønes paid 31"


def test_an_old_store_is_opened_by_many_at_once(old: str) -> None:
    """Law: one of them brings it up to date, and all of them find it so."""
    stores = at_once([lambda: open_store(old)] * 4)
    for store in stores:
        assert isinstance(store, Store), store
        assert store.row("ended").state == "succeeded"
        store.close()
