"""The stamp: what a run began with belongs to its chain, so that no bit of it changes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import planweave as pw
from planweave.engine.errors import RecordsUnreadable
from planweave.engine.store.audit import audit
from planweave.engine.store.holder import Holder
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.stamp import stamp_in, stamp_of
from planweave.engine.store.store import Store


@pw.task(executor="inline")
def add(first: int, second: int) -> int:
    return first + second


@pw.workflow
def later(first: int) -> int:
    before = add.using(id="before")(first, 0)
    return add.using(after=[pw.wait_for("go", int)])(before, 1)


@pytest.fixture
def left(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store with a run that has not done much."""
    with closing(SqliteStore(tmp_path / "runs.db")) as store:
        pw.run(later, {"first": 4}, store=store, run_id="r", leave=0)
        yield store


def ended(store: Store, run: str = "r") -> pw.Run[int]:
    """Go on with the run to its end."""
    pw.send(run, "go", 1, store=store, id="once")
    return pw.resume(run, store=store)


def edit(store: SqliteStore, sql: str) -> None:
    store._write(lambda cursor: cursor.execute(sql))


@pytest.mark.parametrize(
    "change",
    [
        "beginning SET inputs = '{\"first\":5}'",
        "beginning SET inputs = '{\"first\":4'",
        "beginning SET graph = replace(graph, '\"value\":1', '\"value\":2')",
        "beginning SET graph = replace(graph, 'output', 'outpot')",
        "beginning SET options = replace(options, 'threads', 'treads')",
        "beginning SET fingerprints = replace(fingerprints, '\"add\"', '\"odd\"')",
        "run SET workflow = 'sooner'",
    ],
)
def test_what_a_run_began_with_cannot_be_changed(left: SqliteStore, change: str) -> None:
    """Law: where it was changed the audit names the run, nothing goes on with it, and undone it is as before."""
    table, column = change.split(maxsplit=1)[0], change.split()[2]
    before = left._write(lambda cursor: (cursor.execute(f"SELECT {column} FROM {table}"), cursor.fetchone())[1])
    edit(left, f"UPDATE {change}")
    (flaw,) = audit(left).flaws
    assert (flaw.run, flaw.entry) == ("r", 0) and "began with" in flaw.what
    with pytest.raises(RecordsUnreadable, match="began with"):
        pw.resume("r", store=left)
    edit(left, "UPDATE run SET state = 'blocked'")
    with pytest.raises(RecordsUnreadable, match="began with"):
        pw.rerun("r", "add", store=left)
    left._write(lambda cursor: cursor.execute(f"UPDATE {table} SET {column} = ?", before))
    edit(left, "UPDATE run SET state = 'waiting'")
    assert audit(left).flaws == ()
    assert ended(left).result == 5


def test_a_beginning_that_belongs_to_another_run_is_none_of_this_one(left: SqliteStore) -> None:
    """Law: two runs cannot change places, though each is whole."""
    pw.run(later, {"first": 7}, store=left, run_id="s", leave=0)
    for table, column in (("run", "id"), ("beginning", "run"), ("entry", "run")):
        for old, new in (("r", "between"), ("s", "r"), ("between", "s")):
            edit(left, f"UPDATE {table} SET {column} = '{new}' WHERE {column} = '{old}'")
    assert {flaw.run for flaw in audit(left).flaws} == {"r", "s"}


def test_an_entry_that_was_changed_stops_a_run(left: SqliteStore) -> None:
    """Law: nothing follows from a record that is not the one that was made, be it ever so readable."""
    edit(left, "UPDATE entry SET text = replace(text, '\"value\":4', '\"value\":5')")
    with pytest.raises(RecordsUnreadable, match="not what was recorded") as caught:
        ended(left)
    assert [caught.value.entry] == [flaw.entry for flaw in audit(left).flaws]


def test_an_entry_that_was_changed_is_not_kept_by_a_rerun(left: SqliteStore) -> None:
    """Law: nor is anything made of it in another run."""
    ended(left)
    edit(left, "UPDATE entry SET text = replace(text, '\"value\":4', '\"value\":5')")
    with pytest.raises(RecordsUnreadable, match="not what was recorded"):
        pw.rerun("r", "add", store=left)


def test_a_last_hash_that_was_changed_stops_a_run(left: SqliteStore) -> None:
    """Law: what would be written next would not follow from what is there."""
    edit(left, "UPDATE run SET head = zeroblob(32)")
    with pytest.raises(RecordsUnreadable, match="last entry"):
        pw.resume("r", store=left)


def test_a_state_that_there_is_not_is_told(left: SqliteStore) -> None:
    """Law: a word that names no state is damage, not a fault of the program."""
    edit(left, "UPDATE run SET state = 'waitinh'")
    with pytest.raises(RecordsUnreadable, match="waitinh"):
        pw.resume("r", store=left)


def test_a_rerun_has_a_stamp_of_its_own(left: SqliteStore) -> None:
    """Law: the new run began with its own id; both pass the audit."""
    ended(left)
    run = pw.rerun("r", "add", store=left)
    stamps = {name: stamp_in(next(iter(left.entries(name)))) for name in ("r", run.id)}
    assert stamps == {name: stamp_of(left.row(name)) for name in stamps} and len(set(stamps.values())) == 2
    assert audit(left).flaws == ()
    edit(left, f"UPDATE run SET parent = NULL WHERE id = '{run.id}'")
    assert [flaw.run for flaw in audit(left).flaws] == [run.id]


def test_the_stamp_is_the_same_in_all_databases(store: Store) -> None:
    """Law: what a database gives back is, to the letter, what it was given."""
    pw.run(later, {"first": 4}, store=store, run_id="ä b", leave=0)
    assert audit(store).flaws == () and stamp_in(next(iter(store.entries("ä b")))) == stamp_of(store.row("ä b"))
    assert ended(store, "ä b").result == 5


def test_the_stamp_is_no_news_of_the_run(left: SqliteStore) -> None:
    """Law: events are the same, whether a run was told as it went on or later."""
    run = ended(left)
    assert (run.events[0].kind, dict(run.events[0].data)) == ("run_started", {})


@pytest.mark.parametrize("text", ["", "here", "here|b|x|1|w", "here|b|1|1", "a|b|1|1|w|more"])
def test_a_holder_that_cannot_be_read_is_not_known_to_be_dead(text: str) -> None:
    """Law: its lease says when it may be taken over."""
    assert Holder.read(text).is_surely_dead() is False
