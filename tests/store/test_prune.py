"""Pruning: the records of runs that have ended go, what the audit needs stays, and blobs go with their last user."""

from __future__ import annotations

import hashlib

from planweave.engine.store.audit import audit
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store
from tests.store.common import HERE, Chain, created, question


def ended(store: Store, run: str, text: str = '[[1.5,"run_succeeded",-1]]') -> Chain:
    """A run that has come to its end."""
    chain = created(store, run, questions=(question(run=run),))
    store.commit([chain.write(text, state="succeeded", is_release=True)])
    return chain


def test_a_pruned_run_leaves_its_row_with_count_and_last_hash(store: Store) -> None:
    """Law: entries, questions, kept values, graph and inputs are gone; id, state, times, count and last hash stay."""
    chain = Chain("r")
    row = RunRow("r", "work", "queued", graph="{}", inputs='{"x":1}', fingerprints='{"n":"f"}', options='{"threads":1}')
    store.create(row, chain.write(questions=(question(),)), HERE, 60.0)
    store.commit([chain.write('[[1.5,"run_failed",-1]]', state="failed", reason="why", is_release=True)])
    store.keep("key", "1", "r")
    before = store.row("r")
    assert store.prune("r") == 2
    after = store.row("r")
    assert (list(store.entries("r")), store.questions("r"), store.cached("key")) == ([], [], None)
    assert (after.graph, after.inputs, after.fingerprints, after.options) == (None, "{}", "{}", "{}")
    kept = "id workflow state created updated token entries head reason parent"
    assert [getattr(after, name) for name in kept.split()] == [getattr(before, name) for name in kept.split()]
    assert before.pruned is None
    assert after.pruned is not None
    assert audit(store).flaws == ()


def test_only_what_has_ended_is_pruned(store: Store) -> None:
    """Law: of a run that goes on nothing is deleted; pruning twice deletes nothing more."""
    created(store, "live")
    ended(store, "done")
    assert store.prune("live") == 0
    assert len(list(store.entries("live"))) == 1
    assert store.row("live").pruned is None
    assert (store.prune("done"), store.prune("done")) == (2, 0)


def test_other_runs_are_left_alone(store: Store) -> None:
    """Law: pruning one run changes nothing of another."""
    ended(store, "one")
    ended(store, "other")
    store.keep("key", "1", "other")
    before = store.row("other"), list(store.entries("other")), store.questions("other")
    store.prune("one")
    assert (store.row("other"), list(store.entries("other")), store.questions("other")) == before
    assert store.cached("key") == "1"


def blob(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_blobs_that_nothing_refers_to_are_dropped(store: Store) -> None:
    """Law: a blob stays as long as any entry or kept value refers to it, and as long as it is new."""
    names = [blob(bytes([i])) for i in range(4)]
    for i, name in enumerate(names):
        store.put_blob(name, bytes([i]))
    for run, name in (("a", names[0]), ("b", names[1])):
        ended(store, run, f'[[1.5,"succeeded",0,{{"value":["~blob","{name}"]}}],[1.5,"run_succeeded",-1]]')
    store.keep("key", f'["~blob","{names[2]}"]', "b")
    assert store.drop_blobs(older_than=3600.0) == 0
    assert store.get_blob(names[3]) == b"\3"
    assert store.drop_blobs(older_than=-1.0) == 1
    assert [store.get_blob(name) for name in names] == [b"\0", b"\1", b"\2", None]
    store.prune("a")
    assert store.drop_blobs(older_than=-1.0) == 1
    store.prune("b")
    assert store.drop_blobs(older_than=-1.0) == 2
    assert [store.get_blob(name) for name in names] == [None] * 4


def test_a_blob_that_is_put_once_more_counts_as_new(store: Store) -> None:
    """Law: putting a blob that is there keeps it from being dropped before its record is written."""
    name = blob(b"x")
    store.put_blob(name, b"x")
    made_old(store, name)
    store.put_blob(name, b"x")
    assert store.drop_blobs(older_than=3600.0) == 0
    made_old(store, name)
    assert store.drop_blobs(older_than=3600.0) == 1


def made_old(store: Store, name: str) -> None:
    """Let the blob have been put a day ago."""
    import os
    import time

    from planweave.engine.store.sqlite import SqliteStore

    if isinstance(store, SqliteStore):
        day = time.time() - 86_400
        os.utime(store.blobs.path / name, (day, day))
    else:
        store._write(lambda cursor: cursor.execute("UPDATE blob SET put = put - 86400"))  # type: ignore[attr-defined]  # because only a clock makes one old


def test_rows_can_be_brief(store: Store) -> None:
    """Law: brief rows are the same runs in the same order, without what may be large."""
    store.create(RunRow("a", "work", "queued", graph="{}", inputs='{"x":1}'), Chain("a").write(), HERE, 60.0)
    created(store, "b")
    whole, brief = store.rows(), store.rows(is_brief=True)
    assert [row.id for row in whole] == [row.id for row in brief] == ["b", "a"]
    assert [(row.graph, row.inputs) for row in brief] == [(None, "{}")] * 2
    assert [(row.head, row.holder, row.updated) for row in whole] == [
        (row.head, row.holder, row.updated) for row in brief
    ]


def test_what_a_dead_process_holds_is_claimable_at_once(store: Store) -> None:
    """Law: a lease that has not ended keeps others off only while its holder may be alive."""
    created(store, seconds=60.0)
    assert store.claimable() == []
    assert store.claimable(is_dead=lambda holder: holder == HERE) == ["r"]
    assert store.claimable(is_dead=lambda holder: False) == []
