"""The store in an SQLite file: what goes wrong with the file is a typed error, and what was acknowledged stays."""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planweave.engine.errors import SchemaTooNew, StoreBusy, StoreError, StoreUnusable
from planweave.engine.store.entry import START, Entry
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.schema import MIGRATIONS
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import open_store
from tests.store.common import accepted, created, question

NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@contextmanager
def opened(path: Path, patience: float = 0.05) -> Iterator[SqliteStore]:
    store = SqliteStore(path, patience=patience)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere: where tests run as root, be somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def read(path: Path) -> tuple[RunRow, list[Entry]]:
    with opened(path) as store:
        return store.row("r"), list(store.entries("r"))


def test_what_is_acknowledged_is_synced(path: Path) -> None:
    """Law: both connections write ahead and wait for the disk at each commit."""
    with opened(path) as store:
        for connection in (store._writer, store._reader):
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"


def test_a_store_is_opened_by_its_path_or_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a path, one relative to the current folder, and a URL name the same store; its URL holds after a move."""
    monkeypatch.chdir(tmp_path)
    for where in ("runs.db", tmp_path / "runs.db", "sqlite:///runs.db", f"sqlite:///{tmp_path}/runs.db"):
        store = open_store(where)
        assert store.url == f"sqlite:///{tmp_path}/runs.db"
        store.close()


def test_a_store_that_was_closed_is_opened_again_and_again(path: Path) -> None:
    """Law: the log that the last one deletes at its end does not pass for one that was deleted meanwhile."""
    with opened(path) as store:
        chain = created(store)
    for _ in range(3):
        with opened(path) as store, opened(path) as other:
            assert accepted(store, chain.write()) == [True] and accepted(other, chain.write()) == [True]
            assert list(store.entries("r")) == chain.entries


# ---------------------------------------------------------------------- others, and no rights


def test_a_locked_file_is_busy(path: Path) -> None:
    """Law: a writer waits as long as it was told to, and then says who is in the way; readers do not wait."""
    with opened(path) as store:
        chain = created(store)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match=r"for 0\.05 s"):
            store.commit([chain.write("[1]")])
        assert store.row("r").entries == 1
        other.execute("ROLLBACK")
        other.close()
        assert accepted(store, Write("r", 1, (chain.entries[1],))) == [True]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_may_not_be_written_is_told(is_there: bool) -> None:
    """Law: without the right to write there is no store, and the error says what to look at."""
    folder = Path(tempfile.mkdtemp())
    try:
        if is_there:
            with opened(folder / "runs.db") as store:
                created(store)
        for one, mode in ((folder, 0o555), *((file, 0o444) for file in folder.iterdir())):
            one.chmod(mode)
        with as_nobody(), pytest.raises(StoreUnusable, match="may be written to"):
            SqliteStore(folder / "runs.db", patience=0.05)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_is_not_there_is_told(path: Path) -> None:
    """Law: folders are not made on the way: the name may be a slip."""
    with pytest.raises(StoreUnusable, match="its folder is there"):
        SqliteStore(path.parent / "none" / "runs.db")
    with pytest.raises(StoreUnusable):
        SqliteStore(path.parent)


# ---------------------------------------------------------------------- other files


@pytest.mark.parametrize("content", [b"# Notes\n" * 200, b"\0" * 5000, bytes(range(256)) * 40])
def test_another_file_is_left_alone(path: Path, content: bytes) -> None:
    """Law: what is no database is refused and stays as it is."""
    path.write_bytes(content)
    with pytest.raises(StoreUnusable):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    """Law: a database that has a table named like one of ours is refused, and nothing is added to it."""
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE question (text)")
    other.close()
    with pytest.raises(StoreUnusable):
        SqliteStore(path)
    other = sqlite3.connect(path)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("question",)]
    other.close()


def test_a_newer_store_is_left_alone(path: Path) -> None:
    """Law: what a newer planweave wrote is refused, with both versions named."""
    with opened(path) as store:
        created(store)
        store._writer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(SchemaTooNew, match=f"version {len(MIGRATIONS) + 1}.*{len(MIGRATIONS)} is known"):
        SqliteStore(path)


# ---------------------------------------------------------------------- the files vanish, or cannot grow


@pytest.mark.parametrize("what", ["database", "log", "folder", "replaced"])
def test_files_that_vanish_while_it_is_open_are_noticed(path: Path, what: str) -> None:
    """Law: nothing is acknowledged that only files hold which nobody will find again."""
    copy = path.with_name("copy.db")
    with opened(path) as store:
        chain = created(store)
        if what == "database":
            path.unlink()
        elif what == "log":
            path.with_name("runs.db-wal").unlink()
        elif what == "replaced":
            shutil.copy(path, copy)
            copy.replace(path)
        else:
            shutil.rmtree(path.parent)
        with pytest.raises(StoreUnusable, match=r"deleted or replaced|unable to open|I/O"):
            store.commit([chain.write("[1]")])
        with pytest.raises(StoreUnusable):
            store.row("r")


def test_a_database_that_cannot_grow_keeps_what_it_has(path: Path) -> None:
    """Law: when there is no room the write is refused with what to do; what was there stays, and later writes go on."""
    with opened(path) as store:
        chain = created(store)
        pages = store._writer.execute("PRAGMA page_count").fetchone()[0]
        store._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        before = store.row("r")
        with pytest.raises(StoreUnusable, match="make room"):
            store.commit([chain.write("x" * 100_000, state="failed", questions=(question(),))])
        assert store.row("r") == before and store.questions() == []
        store._writer.execute("PRAGMA max_page_count = 1000000")
        assert accepted(store, Write("r", 1, (chain.entries[1],))) == [True]
    row, entries = read(path)
    assert entries == chain.entries and row.head == entries[-1].hash


def test_a_full_disk_keeps_what_was_acknowledged(path: Path) -> None:
    """Law: wherever the disk ends, each acknowledged entry is there afterwards, and no other."""
    for room in (40_000, 70_000, 110_000, 200_000):
        path.unlink(missing_ok=True)
        with opened(path) as store:
            chain = created(store)
            taken = 1
            with files_at_most(room):
                for i in range(60):
                    try:
                        assert accepted(store, chain.write(f'["{i}", "{"x" * 3000}"]')) == [True]
                    except StoreUnusable:
                        break
                    taken += 1
                else:
                    pytest.fail("there was room for all")
            assert list(store.entries("r")) == chain.entries[:taken]
            assert accepted(store, Write("r", 1, (chain.entries[taken],))) == [True], "there is room again"
        assert read(path)[1] == chain.entries[: taken + 1]


def test_a_blob_for_which_there_is_no_room_is_not_there(path: Path) -> None:
    """Law: a value is kept as a whole or not at all."""
    with opened(path) as store:
        with files_at_most(10_000), pytest.raises(StoreUnusable):
            store.put_blob("a", b"x" * 50_000)
        assert store.get_blob("a") is None and list(store.blobs.path.iterdir()) == []
        store.put_blob("a", b"x" * 50_000)
        assert store.get_blob("a") == b"x" * 50_000


# ---------------------------------------------------------------------- damage


def is_sound(row: RunRow, entries: list[Entry]) -> bool:
    """Whether the chain of a run is whole."""
    heads = [START, *(one.hash for one in entries)]
    follows = all(
        one.follows(head) and one.number == i for i, (one, head) in enumerate(zip(entries, heads, strict=False))
    )
    return follows and (row.entries, row.head) == (len(entries), heads[-1])


def test_a_flipped_byte_is_never_taken_for_a_record(path: Path) -> None:
    """Law: whichever byte changes, the entries are what they were, or there is an error, or their chain is broken."""
    with opened(path) as store:
        chain = created(store)
        for i in range(30):
            store.commit([chain.write(f'[[{i}.5,"succeeded",{i},{{"value":"{"v" * (17 * i)}"}}]]')])
    whole, told = path.read_bytes(), {"kept": 0, "error": 0, "broken": 0}
    source = random.Random(4)
    for _ in range(250):
        at = source.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[at] ^= 1 << source.randrange(8)
        for name in ("runs.db-wal", "runs.db-shm"):
            path.with_name(name).unlink(missing_ok=True)
        path.write_bytes(damaged)
        try:
            row, entries = read(path)
        except StoreError:
            told["error"] += 1
            continue
        if is_sound(row, entries):
            assert entries == chain.entries, f"byte {at}"
            told["kept"] += 1
        else:
            told["broken"] += 1
    assert min(told.values()) > 0, "each of the three has been tried"


@pytest.mark.parametrize("change", ["head = 'text'", "entries = 'many'", "token = x'00'", "updated = 'noon'"])
def test_a_value_of_another_type_is_told(path: Path, change: str) -> None:
    """Law: a column that holds what it cannot hold is damage, and told as such."""
    with opened(path) as store:
        created(store)
        store._writer.execute(f"UPDATE run SET {change}")
        with pytest.raises(StoreUnusable, match=f"is damaged: {change.partition(' ')[0]}="):
            store.row("r")


def test_damage_of_which_sqlite_cannot_speak_is_told(path: Path) -> None:
    """Law: a name in the schema that is no text any more is a typed error, too."""
    with opened(path) as store:
        created(store)
    path.write_bytes(path.read_bytes().replace(b"TABLE entry", b"TABLE\xffentry"))
    with pytest.raises(StoreUnusable):
        read(path)


def test_a_cut_file_is_told(path: Path) -> None:
    """Law: of a file that lost its end nothing is read as if it were whole."""
    with opened(path) as store:
        chain = created(store)
        for _ in range(40):
            store.commit([chain.write(f'["{"x" * 900}"]')])
    whole = path.read_bytes()
    for size in range(0, len(whole), 4096 * 3 + 100):
        path.write_bytes(whole[:size])
        try:
            row, entries = read(path)
        except StoreError:
            continue
        assert not is_sound(row, entries)


def test_a_torn_log_keeps_a_beginning_of_what_was_written(path: Path) -> None:
    """Law: of a log that is cut or overwritten the commits before the damage count, each as a whole, none after it."""
    with opened(path) as store:
        chain = created(store)
        for i in range(12):
            store.commit([chain.write(f'["{i}"]', state="running" if i % 2 else "waiting")])
        database, log = path.read_bytes(), path.with_name("runs.db-wal").read_bytes()
    source, seen = random.Random(8), set()
    for case in range(60):
        torn = bytearray(log)
        at = source.randrange(len(log))
        if case % 2:
            torn[at] ^= 0xFF
        else:
            del torn[at:]
        path.with_name("runs.db-shm").unlink(missing_ok=True)
        path.write_bytes(database)
        path.with_name("runs.db-wal").write_bytes(torn)
        try:
            row, entries = read(path)
        except StoreError:
            continue
        assert is_sound(row, entries) and entries == chain.entries[: len(entries)]
        seen.add(len(entries))
    assert len(seen) > 5


# ---------------------------------------------------------------------- what is left open


def open_files(folder: Path) -> list[str]:
    """The files in a folder that this process has open."""
    links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    return [str(link.readlink()) for link in links if link.is_symlink() and folder in link.readlink().parents]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell which files are open")
def test_errors_keep_no_files_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: once a store is closed, or could not be opened, its files are, though somebody keeps the error.

    SQLite shares what it knows of a file between all connections of a process: one that was left over spoils it for the
    next, who has put the file back.
    """

    def fail(cursor: sqlite3.Cursor) -> None:
        cursor.execute("SELECT 1 FROM run")
        raise OSError("the disk is gone")

    def gone(paths: object) -> None:
        raise OSError("the disk is gone")

    errors: list[StoreError] = []
    with opened(path) as store:
        created(store)
        for access in (store._read, store._write):
            with pytest.raises(StoreUnusable) as caught:
                access(fail)  # type: ignore[arg-type]
            errors.append(caught.value)
        assert open_files(path.parent)
    assert open_files(path.parent) == []
    monkeypatch.setattr("planweave.engine.store.sqlite.Presence", gone)
    with pytest.raises(StoreUnusable) as caught:
        SqliteStore(path)
    errors.append(caught.value)
    assert len(errors) == 3 and open_files(path.parent) == []
