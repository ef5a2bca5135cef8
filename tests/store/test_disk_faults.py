"""The disk fails under a whole run: the program hears of it, nothing that was acknowledged is lost, and it goes on."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import planweave as pw
from planweave.engine.errors import StoreBusy, StoreError, StoreUnusable
from tests.store import disk_flows as flows
from tests.store.disk_flows import FAULTS, OPEN, RESULT, begun, check_kept, finish, resumed
from tests.store.test_sqlite import as_nobody, files_at_most

NODES = ["s0", "s3", "l2", "large", "total"]
"""Where faults are tried: inline, in a thread, on the loop, at the start and at the end."""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store is; the ledger is elsewhere, on a disk that is well."""
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    FAULTS.clear()
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk" / "runs.db"


# ---------------------------------------------------------------------- there is no room


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(path: Path) -> None:
    """Law: wherever the disk ends, the run says so or is on disk to its end; with room it comes to its end."""
    seen: Counter[str] = Counter()
    for room in [4_096, 30_000, *range(40_000, 400_000, 14_000)]:
        for file in [flows.ledger(), *path.parent.rglob("*")]:
            if file.is_file():
                file.unlink()
        with files_at_most(room):
            outcome = begun(path)
        if outcome.error is None:
            assert (outcome.state, outcome.result, check_kept(path).state) == ("succeeded", RESULT, "succeeded")
            seen["succeeded"] += 1
            continue
        assert isinstance(outcome.error, StoreUnusable), outcome.error
        seen["refused" if not flows.attempts() else "cut"] += 1
        finish(path)
    assert seen["succeeded"] and seen["refused"] and seen["cut"] > 5, seen


def at_most_now(path: Path) -> Callable[[], object]:
    """What leaves no room but for a page or two, in the midst of a run."""

    def fault() -> None:
        largest = max(file.stat().st_size for file in path.parent.iterdir() if file.is_file())
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 5_000, hard))

    return fault


@pytest.mark.parametrize("node", NODES)
def test_a_disk_that_fills_up_while_a_run_goes_on(path: Path, node: str) -> None:
    """Law: the run ends with the error of the store, and goes on from there once there is room."""
    FAULTS[node] = at_most_now(path)
    with files_at_most(resource.RLIM_INFINITY):
        outcome = begun(path)
    assert isinstance(outcome.error, StoreUnusable), outcome
    assert "make room" in str(outcome.error) or "File too large" in str(outcome.error) or "I/O" in str(outcome.error)
    FAULTS.clear()
    finish(path)


# ---------------------------------------------------------------------- it may not be written, or is locked


def read_only() -> None:
    """Have SQLite refuse every write from now on, as on a disk that the system has made read-only."""
    with OPEN[0]._write_lock:
        OPEN[0]._writer.execute("PRAGMA query_only = ON")


@pytest.mark.parametrize("node", NODES)
def test_a_disk_that_becomes_read_only_while_a_run_goes_on(path: Path, node: str) -> None:
    """Law: the run ends with an error that says so, and goes on once it may be written again."""
    FAULTS[node] = read_only
    outcome = begun(path)
    assert isinstance(outcome.error, StoreUnusable) and "readonly" in str(outcome.error), outcome
    FAULTS.clear()
    finish(path)


def test_a_store_that_may_not_be_written_any_more_resumes_nothing(path: Path) -> None:
    """Law: between two processes it became read-only: resuming says so, does nothing, and works afterwards."""
    FAULTS["s3"] = read_only
    begun(path)
    FAULTS.clear()
    before = flows.attempts()
    everything = [path.parent, *path.parent.iterdir()]
    modes = [file.stat().st_mode for file in everything]
    path.parent.parent.chmod(0o755)
    for file in everything:
        file.chmod(0o555 if file.is_dir() else 0o444)
    try:
        with as_nobody():
            outcome = resumed(path)
    finally:
        for file, mode in zip(everything, modes, strict=True):
            file.chmod(mode)
    assert isinstance(outcome.error, StoreUnusable) and "may be written to" in str(outcome.error), outcome
    assert flows.attempts() == before
    finish(path)


def test_a_folder_of_large_values_that_cannot_be_made(path: Path) -> None:
    """Law: a value for which there is no place is an error of the store, not of the task that gave it."""
    place = path.with_name("runs.db.values")
    place.write_text("in the way")
    outcome = begun(path)
    assert isinstance(outcome.error, StoreUnusable), outcome
    place.unlink()
    finish(path)


@pytest.mark.parametrize("node", NODES)
def test_a_store_that_others_keep_locked(path: Path, node: str) -> None:
    """Law: after as long as it was told to wait the run ends with StoreBusy, and goes on once it is unlocked."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    FAULTS[node] = lambda: other.execute("BEGIN IMMEDIATE")
    outcome = begun(path)
    assert isinstance(outcome.error, StoreBusy), outcome
    assert isinstance(resumed(path).error, StoreBusy), "it is locked still"
    other.close()
    FAULTS.clear()
    finish(path)


def test_a_lock_that_does_not_last_as_long_is_waited_for(path: Path) -> None:
    """Law: whoever is patient enough does not notice that others write."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    let_go = threading.Timer(0.2, other.execute, ["COMMIT"])

    def lock() -> None:
        other.execute("BEGIN IMMEDIATE")
        let_go.start()

    FAULTS["s2"] = lock
    outcome = begun(path, patience=60)
    let_go.join()
    other.close()
    assert (outcome.state, outcome.result) == ("succeeded", RESULT)
    assert set(flows.attempts().values()) == {1}
    check_kept(path)


# ---------------------------------------------------------------------- the same process goes on


@pytest.mark.parametrize("fault", ["full", "locked"])
def test_the_same_process_goes_on_with_the_same_store(path: Path, fault: str) -> None:
    """Law: a program that lives on, with its store open, resumes its run as soon as the fault is over."""
    with closing(flows.quick(path, 0.05)) as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        FAULTS["s3"] = at_most_now(path) if fault == "full" else lambda: other.execute("BEGIN IMMEDIATE")
        with files_at_most(resource.RLIM_INFINITY), pytest.raises(StoreError):
            pw.run(flows.work, {"letter": "a"}, store=store, run_id="r")
        other.close()
        FAULTS.clear()
        run = pw.resume("r", store=store)
        assert run.result == RESULT
    found = check_kept(path)
    assert found.state == "succeeded" and set(found.succeeded.values()) == {1}
