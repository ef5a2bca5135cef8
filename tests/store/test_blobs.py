"""Blobs: large values in files of their own."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.errors import UnreadableValue
from planweave.engine.store.blobs import Blobs
from planweave.engine.store.values import INLINE, LARGEST, dump, fetched, load, name_of_blob, set_aside


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "some" / "blobs")


def test_data_come_back(blobs: Blobs) -> None:
    """Law: by the sha256 of what they are."""
    for data in (b"", b"a", bytes(range(256)) * 1000):
        name = blobs.put(data)
        assert name == sha256(data).hexdigest()
        assert blobs.get(name) == data
        assert blobs.put(data) == name
    assert len(list(blobs.folder.iterdir())) == 3


def test_data_are_whole_and_on_disk_before_they_bear_their_name(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
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
    blobs.put(b"long")
    assert done == ["folder", "file of 4", "rename", "folder"]  # the first: of the folder itself, which is new
    done.clear()
    blobs.put(b"long")
    assert done == ["folder"]  # who wrote it may have died before this
    blobs.put(b"other")
    assert done == ["folder", "file of 5", "rename", "folder"]


def test_what_cannot_be_written_leaves_nothing(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a full disk is an error, and no half of a blob stays or bears its name."""
    blobs.put(b"before")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        blobs.put(b"long")
    monkeypatch.undo()
    assert [path.name for path in blobs.folder.iterdir()] == [sha256(b"before").hexdigest()]
    with pytest.raises(UnreadableValue, match="is missing"):
        blobs.get(sha256(b"long").hexdigest())


def test_a_file_of_another_size_is_written_anew(blobs: Blobs) -> None:
    """Law: half a file that bears the name, as old systems may leave it, is no blob."""
    name = blobs.put(b"long")
    (blobs.folder / name).write_bytes(b"lo")
    assert blobs.put(b"long") == name
    assert blobs.get(name) == b"long"


def test_damage_is_an_error(blobs: Blobs) -> None:
    """Law: a blob that is not what it was is never handed out, nor one that is gone."""
    name = blobs.put(b"long")
    for damage in (b"lonh", b"lon", b"long ", b""):
        (blobs.folder / name).write_bytes(damage)
        with pytest.raises(UnreadableValue, match=f"{name} is damaged") as caught:
            blobs.get(name)
        assert isinstance(caught.value, pw.PlanweaveError)
    (blobs.folder / name).unlink()
    with pytest.raises(UnreadableValue, match=f"{name} is missing"):
        blobs.get(name)
    (blobs.folder / name).mkdir()
    with pytest.raises(UnreadableValue, match="cannot be read"):
        blobs.get(name)


NO_NAMES: list[Any] = [
    "",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "g" * 64,
    "../" + "a" * 61,
    "a" * 64 + "\n",
    "٣" * 64,
    None,
    b"a" * 64,
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_other_names_are_refused(blobs: Blobs, name: Any) -> None:
    """Law: a name leads to no file outside the folder, and to none that is no blob."""
    blobs.put(b"long")
    with pytest.raises(ValueError, match="is no name of a blob"):
        blobs.get(name)
    with pytest.raises(ValueError, match="is no name of a blob"):
        blobs.delete(name)


def test_data_have_a_limit(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: one byte more is an error that says how much there may be."""
    assert LARGEST == 64 * 2**20
    monkeypatch.setattr("planweave.engine.store.blobs.LARGEST", 2**20)
    assert blobs.get(blobs.put(bytes(2**20))) == bytes(2**20)
    with pytest.raises(ValueError, match="it takes 1,048,577 bytes; a blob takes at most 1 MiB"):
        blobs.put(bytes(2**20 + 1))


def test_only_its_owner_reads_a_blob(blobs: Blobs) -> None:
    """Law: values may be private."""
    path = blobs.folder / blobs.put(b"long")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(blobs.folder.stat().st_mode) == 0o700


def test_what_no_record_refers_to_is_told(blobs: Blobs) -> None:
    """Law: old blobs that nobody keeps, and what a process left that died; never a young one, or anything else."""
    assert blobs.unused(set()) == []
    kept, old, young = (blobs.put(data) for data in (b"kept", b"old", b"young"))
    left = f"{old}.{'0' * 32}.part"
    for name in (left, "notes.txt"):
        (blobs.folder / name).write_bytes(b"x")
    for name in (kept, old, left, "notes.txt"):
        os.utime(blobs.folder / name, (1, 1))
    assert blobs.unused({kept}) == sorted([old, left])
    assert set(blobs.unused({kept}, older_than=-60)) == {old, left, young}
    assert blobs.put(b"old") == old  # a new record is about to refer to it
    assert blobs.unused({kept}) == [left]
    blobs.delete(left)
    blobs.delete(left)
    assert blobs.unused({kept}) == []
    assert blobs.get(kept) == b"kept"


# ---------------------------------------------------------------------- long values


def test_long_values_are_set_aside(blobs: Blobs) -> None:
    """Law: what fits in a row stays there; what does not is a blob, and comes back."""
    for size, is_blob in ((0, False), (INLINE - 2, False), (INLINE - 1, True), (3 * INLINE, True)):
        value = "é" * size
        text = dump(value, Any)
        stored = set_aside(text, blobs)
        assert (len(stored) < 100) == (is_blob or size == 0)
        assert (stored != text) == is_blob
        assert fetched(stored, blobs) == text
        assert load(fetched(stored, blobs), Any) == value


def test_a_long_value_that_is_gone_is_an_error(blobs: Blobs) -> None:
    """Law: never None, never the reference itself."""
    stored = set_aside(dump("x" * (INLINE + 1), Any), blobs)
    for path in blobs.folder.iterdir():
        path.unlink()
    with pytest.raises(UnreadableValue):
        fetched(stored, blobs)
    with pytest.raises(ValueError, match="no form '~blob'"):
        load(stored, Any)


@given(st.recursive(st.sampled_from(["~blob", "a" * 64, "~list"]), lambda inner: st.lists(inner, max_size=3)))
def test_no_value_is_taken_for_a_reference(value: Any) -> None:
    """Law: a list that looks like one is written otherwise."""
    text = dump(value, Any)
    assert name_of_blob(load(text, Any)) is None or value[0] == "~blob"
    assert fetched(text, Blobs("nowhere")) == text
    assert load(fetched(text, Blobs("nowhere")), Any) == value
