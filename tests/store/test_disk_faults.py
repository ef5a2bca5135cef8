"""The disk fails under a whole run: the program hears of it, nothing that was acknowledged is lost, and it goes on."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import planweave as pw
from planweave.engine.errors import RecordsUnreadable, StoreBusy, StoreError, StoreUnusable, UnreadableValue
from planweave.engine.store.anchor import Anchor
from planweave.engine.store.audit import anchor_of, audit
from planweave.engine.store.entry import Entry
from planweave.engine.store.lease import leases_of
from planweave.engine.store.sqlite import SqliteStore
from tests.store import disk_flows as flows
from tests.store.children import dies
from tests.store.disk_flows import FAULTS, OPEN, RESULT, begun, check_kept, finish, kept, resumed
from tests.store.test_handback import until
from tests.store.test_sqlite import as_nobody, files_at_most

CASES = 100
"""How many bits are tried."""

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
        _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
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


def test_a_run_that_could_not_be_given_back_is_later(path: Path) -> None:
    """Law: a process that goes on with other runs does not keep one that it has lost by a fault: others may have it."""

    async def main(store: SqliteStore) -> None:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        rest = await pw.start(flows.rest, store=store, run_id="rest")
        FAULTS["s3"] = lambda: other.execute("BEGIN IMMEDIATE")
        run = await pw.start(flows.work, {"letter": "a"}, store=store, run_id="r")
        with pytest.raises(StoreBusy):
            await run.wait()
        FAULTS.clear()
        await until(lambda: "r" in leases_of(store)._owed)  # it has been tried, and was refused
        assert store.row("r").holder is not None
        other.close()
        await until(lambda: store.row("r").holder is None)
        assert store.row("rest").holder is not None
        finish(path)
        rest.cancel()
        await rest.wait(check=False)

    with closing(SqliteStore(path, patience=0.05)) as store:
        leases_of(store, seconds=3_600, every=0.05)
        asyncio.run(asyncio.wait_for(main(store), 60))


# ---------------------------------------------------------------------- bits change between two processes


def checkpoint(path: Path) -> None:
    """Have the database hold all that its log does."""
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


class Disk:
    """The files of a store whose process was killed in the midst of a run, to be put back as they were."""

    def __init__(self, path: Path, node: str, *, is_checkpointed: bool) -> None:
        def die() -> None:
            if is_checkpointed:
                checkpoint(path)
            os.kill(os.getpid(), signal.SIGKILL)

        FAULTS[node] = die
        dies(path.parent.parent, lambda: begun(path))
        FAULTS.clear()
        self.path = path
        self.files = {file: file.read_bytes() for file in path.parent.rglob("*") if file.is_file()}
        self.files.pop(path.with_name("runs.db-shm"), None)  # it is made anew
        self.ledger = flows.ledger().read_bytes()

    def put_back(self) -> None:
        """Have it all as it was."""
        for file in [*self.path.parent.rglob("*")]:
            if file.is_file() and file not in self.files:
                file.unlink()
        for file, data in self.files.items():
            file.write_bytes(data)
        flows.ledger().write_bytes(self.ledger)


def places(data: bytes) -> list[int]:
    """Where bytes differ from those beside them: not in the midst of nothing, or of a value that repeats itself."""
    return [i for i in range(1, len(data) - 1) if data[i] not in (data[i - 1], data[i + 1])]


def flipped(data: bytes, source: random.Random) -> bytes:
    """Data with one bit changed."""
    changed = bytearray(data)
    changed[source.choice(places(data))] ^= 1 << source.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("node", ["s1", "total"])
def test_a_bit_that_changed_in_the_database_is_told_or_does_no_harm(path: Path, node: str) -> None:
    """Law: whichever bit changes, the run ends with the result that is its own, or there is an error of the store.

    Where the records do not fit, the audit says so, too; a copy of the files from before goes on to the end.
    """
    disk = Disk(path, node, is_checkpointed=True)
    source, seen = random.Random(6), Counter[str]()
    for case in range(CASES):
        disk.put_back()
        path.write_bytes(flipped(disk.files[path], source))
        outcome = resumed(path)
        seen[outcome.name] += 1
        if outcome.error is None:
            assert (outcome.state, outcome.result) == ("succeeded", RESULT), case
        elif isinstance(outcome.error, RecordsUnreadable):
            with closing(SqliteStore(path)) as store:
                assert audit(store).flaws, (case, outcome.error)
    assert min(seen["succeeded"], seen["RecordsUnreadable"], seen["StoreUnusable"]) > 3, seen
    disk.put_back()
    finish(path)


def test_a_bit_that_changed_in_a_large_value_is_told(path: Path) -> None:
    """Law: nothing is done with a value that is not the one that was kept; put back, the run goes on."""
    disk = Disk(path, "total", is_checkpointed=True)
    (large,) = path.with_name("runs.db.values").iterdir()
    for at in (0, 150_000, -1):
        disk.put_back()
        data = bytearray(disk.files[large])
        data[at] ^= 1
        large.write_bytes(data)
        assert isinstance(resumed(path).error, UnreadableValue)
    large.write_bytes(disk.files[large])
    finish(path)


# ---------------------------------------------------------------------- the log is damaged, or gone


def anchored(path: Path) -> Anchor:
    """What somebody keeps elsewhere of the store."""
    with closing(SqliteStore(path)) as store:
        return anchor_of(store)


def entries(path: Path) -> list[Entry]:
    """What the store has of the run."""
    with closing(SqliteStore(path)) as store:
        return list(store.entries("r"))


def come_to_the_end(path: Path, whole: list[Entry], anchor: Anchor) -> str:
    """What the log held may be lost, from some commit on: the anchor tells that, and the run goes on from there."""
    found = entries(path)
    assert found == whole[: len(found)], "what is there is what was written first"
    with closing(SqliteStore(path)) as store:
        flaws = audit(store, anchor).flaws
    assert bool(flaws) == (found != whole), flaws
    outcome = resumed(path, patience=30) if found else begun(path, patience=30)
    assert (outcome.state, outcome.result) == ("succeeded", RESULT)
    assert set(kept(path).succeeded.values()) == {1}
    return "all" if found == whole else "some" if found else "nothing"


def test_a_bit_that_changed_in_the_log_keeps_a_beginning(path: Path) -> None:
    """Law: of the log counts what is before the damage, as whole commits; an anchor tells what is missing."""
    disk = Disk(path, "total", is_checkpointed=False)
    log = path.with_name("runs.db-wal")
    whole, anchor = entries(path), anchored(path)
    source, seen = random.Random(7), Counter[str]()
    for _ in range(CASES // 3):
        disk.put_back()
        log.write_bytes(flipped(disk.files[log], source))
        seen[come_to_the_end(path, whole, anchor)] += 1
    assert seen["some"] > 3, seen


@pytest.mark.parametrize("is_checkpointed", [True, False])
def test_a_log_that_was_deleted_between_two_processes(path: Path, is_checkpointed: bool) -> None:
    """Law: what only the log held is gone, which an anchor tells; what was in the database is there and goes on."""
    FAULTS["l2"] = lambda: checkpoint(path) if is_checkpointed else None
    disk = Disk(path, "total", is_checkpointed=False)
    whole, anchor = entries(path), anchored(path)
    disk.put_back()
    path.with_name("runs.db-wal").unlink()
    assert come_to_the_end(path, whole, anchor) == ("some" if is_checkpointed else "nothing")


@pytest.mark.parametrize("name", ["runs.db-wal", "runs.db"])
@pytest.mark.parametrize("node", NODES)
def test_a_file_that_is_deleted_while_a_run_goes_on(path: Path, node: str, name: str) -> None:
    """Law: the run ends with an error that says so, as nothing that it writes would be found again."""
    whole: list[Entry] = []

    def delete() -> None:
        whole[:] = OPEN[0].entries("r")
        path.with_name(name).unlink()

    FAULTS[node] = delete
    outcome = begun(path)
    assert isinstance(outcome.error, StoreUnusable) and "deleted or replaced" in str(outcome.error), outcome
    assert node in flows.attempts() and "total" not in flows.attempts().keys() - {node}
    FAULTS.clear()
    if name == "runs.db":
        for file in path.parent.glob("runs.db-*"):
            file.unlink()
    found = entries(path)
    assert found[: len(whole)] == whole[: len(found)], "what was refused may be there"
    again = resumed(path, patience=30) if found else begun(path, patience=30)
    assert (again.state, again.result) == ("succeeded", RESULT)
    assert set(kept(path).succeeded.values()) == {1}
