"""Large values, set aside: beside the database of SQLite, in a folder."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.engine.errors import StoreUnusable, UnreadableValue
from planweave.engine.store.aside import INLINE, Aside, reader
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.values import dump, load, name_of_blob


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "runs.db")
    yield opened
    opened.close()


@pytest.fixture
def aside(store: SqliteStore) -> Aside:
    return Aside(store)


@pytest.fixture
def folder(store: SqliteStore) -> Path:
    return store.blobs.path


def test_data_come_back(aside: Aside, folder: Path) -> None:
    """Law: by the sha256 of what they are, once however often they are put."""
    for data in (b"", b"a", bytes(range(256)) * 1000):
        name = aside.put(data)
        assert name == sha256(data).hexdigest() == aside.put(data)
        assert aside.get(name) == data
    assert len(list(folder.iterdir())) == 3


def test_data_are_whole_and_on_disk_before_they_bear_their_name(aside: Aside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: the file is synced, then renamed, then the folder is synced: in this order, and nothing after."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        what = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else f"file of {os.fstat(descriptor).st_size}"
        done.append(what)
        sync(descriptor)

    def replaced(path: Path, target: Path) -> Any:
        done.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    aside.put(b"long")
    assert done == ["folder", "file of 4", "rename", "folder"]  # the first: of the folder itself, which is new
    done.clear()
    aside.put(b"long")
    assert done == ["folder"]  # who wrote it may have died before this
    aside.put(b"other")
    assert done == ["folder", "file of 5", "rename", "folder"]


def test_what_cannot_be_written_leaves_nothing(aside: Aside, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a full disk is an error of the store, and no half of a value stays or bears its name."""
    aside.put(b"before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnusable, match="No space left"):
        aside.put(b"long")
    monkeypatch.undo()
    assert [path.name for path in folder.iterdir()] == [sha256(b"before").hexdigest()]
    with pytest.raises(UnreadableValue, match="is missing"):
        aside.get(sha256(b"long").hexdigest())


def test_a_file_of_another_size_is_written_anew(aside: Aside, folder: Path) -> None:
    """Law: half a file that bears the name, as a system may leave it, is no value."""
    name = aside.put(b"long")
    (folder / name).write_bytes(b"lo")
    assert aside.put(b"long") == name
    assert aside.get(name) == b"long"


def test_damage_is_an_error(aside: Aside, folder: Path) -> None:
    """Law: a value that is not what it was is never handed out, nor one that is gone."""
    name = aside.put(b"long")
    for damage in (b"lonh", b"lon", b"long ", b""):
        (folder / name).write_bytes(damage)
        with pytest.raises(UnreadableValue, match=f"damaged: {name}"):
            aside.get(name)
    (folder / name).unlink()
    with pytest.raises(UnreadableValue, match=f"missing: {name}"):
        aside.get(name)


@pytest.mark.parametrize(
    "name", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "../" + "a" * 61, "../runs.db", "a" * 64 + "\n", "٣" * 64]
)
def test_a_record_leads_to_no_other_file(aside: Aside, folder: Path, name: str) -> None:
    """Law: a name that no value has is refused before any file is looked for, even where there is one."""
    aside.put(b"long")
    if "/" not in name and "\n" not in name and name:
        (folder / name).write_bytes(b"x")
    with pytest.raises(UnreadableValue, match="missing"):
        aside.get(name)


def test_only_its_owner_reads_a_value(aside: Aside, folder: Path) -> None:
    """Law: values may be private."""
    path = folder / aside.put(b"long")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_not_ours_is_not_dropped(store: SqliteStore, aside: Aside, folder: Path) -> None:
    """Law: old values that no record refers to go, and what a process left that died; nothing else does."""
    name = aside.put(b"old")
    left = f".{'0' * 32}"
    for other in (left, "notes.txt", ".hidden"):
        (folder / other).write_bytes(b"x")
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    assert store.drop_blobs(older_than=60) == 1
    assert not (folder / name).exists()
    assert sorted(file.name for file in folder.iterdir()) == [".hidden", "notes.txt"]


# ---------------------------------------------------------------------- long values


def test_long_values_are_set_aside(store: SqliteStore, aside: Aside) -> None:
    """Law: what fits in a row stays there; what does not is a reference, and comes back."""
    read = reader(store)
    for size, is_blob in ((0, False), (INLINE - 2, False), (INLINE - 1, True), (3 * INLINE, True)):
        value = "é" * size
        text = dump(value, Any)
        stored = aside.text(text)
        assert (stored != text) == is_blob and (len(stored) < 100) == (is_blob or size == 0)
        assert read(json.loads(stored), Any) == value


def test_a_long_value_that_is_gone_is_an_error(store: SqliteStore, aside: Aside, folder: Path) -> None:
    """Law: never None, never the reference itself."""
    stored = aside.text(dump("x" * (INLINE + 1), Any))
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(UnreadableValue):
        reader(store)(json.loads(stored), Any)
    with pytest.raises(ValueError, match="no form '~blob'"):
        load(stored, Any)


@given(st.recursive(st.sampled_from(["~blob", "a" * 64, "~list"]), lambda inner: st.lists(inner, max_size=3)))
def test_no_value_is_taken_for_a_reference(value: Any) -> None:
    """Law: a list that looks like one is written otherwise."""
    text = dump(value, Any)
    assert name_of_blob(json.loads(text)) is None
    assert load(text, Any) == value
