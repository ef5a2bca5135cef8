"""Whether the files of a database still are where they were: whatever happens to their names is noticed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from planweave.engine.store import presence
from planweave.engine.store.presence import Presence

LONG_AGO = 1_700_000_000.25
"""When the folder last changed; its time is no whole number of seconds."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files that has not changed for long."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("runs.db", "runs.db-wal"):
        (folder / name).write_text(name)
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture
def files(folder: Path) -> Presence:
    return Presence((str(folder / "runs.db"), str(folder / "runs.db-wal")))


def replaced(path: Path) -> None:
    """Another file of the same name."""
    other = path.with_name("other")
    other.write_text(path.read_text())
    other.replace(path)


def emptied_folder(path: Path) -> None:
    """Another folder of the same name."""
    shutil.copytree(path.parent, path.parent.with_name("copy"))
    shutil.rmtree(path.parent)
    path.parent.with_name("copy").rename(path.parent)


CHANGES: list[Callable[[Path], object]] = [
    Path.unlink,
    replaced,
    lambda path: path.rename(path.with_name("moved")),
    lambda path: shutil.rmtree(path.parent),
    lambda path: path.parent.rename(path.parent.with_name("moved")),
    emptied_folder,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["runs.db", "runs.db-wal"])
@pytest.mark.parametrize("is_looked_at", [True, False])
def test_a_name_that_leads_elsewhere_is_noticed(
    folder: Path, files: Presence, change: Callable[[Path], object], name: str, is_looked_at: bool
) -> None:
    """Law: a file that was deleted, moved or replaced, alone or with its folder, is noticed at once, and for good."""
    if is_looked_at:
        assert files.holds() and files.holds()
    change(folder / name)
    assert not files.holds() and not files.holds()


def test_what_happens_to_other_files_is_no_matter(folder: Path, files: Presence) -> None:
    """Law: other files may come and go, and the contents change."""
    for number in range(3):
        (folder / f"other-{number}").write_text("new")
        assert files.holds()
        (folder / "runs.db").write_text("changed")
        assert files.holds()
    (folder / "other-0").unlink()
    assert files.holds()


def test_a_file_that_was_not_there_must_stay_away(folder: Path) -> None:
    """Law: a log that somebody else makes is not ours."""
    files = Presence((str(folder / "runs.db"), str(folder / "none")))
    assert files.holds()
    (folder / "none").write_text("new")
    assert not files.holds()


@pytest.mark.parametrize(
    ("moment", "age", "looks"),
    [(0.25, 0.01, 2), (0.25, 0.5, 1), (0.25, -5.0, 2), (0.0, 0.5, 2), (0.0, 5.0, 1)],
)
def test_a_folder_is_relied_on_once_another_change_would_show(
    folder: Path, files: Presence, monkeypatch: pytest.MonkeyPatch, moment: float, age: float, looks: int
) -> None:
    """Law: as long as a change might leave the folder with the time that it has, the files themselves are looked at;
    where times are whole seconds, that is longer."""
    changed = 1_700_000_000 + moment
    os.utime(folder, (changed, changed))
    monkeypatch.setattr(time, "time", lambda: changed + age)
    looked: list[str] = []
    real = presence._identity

    def identity(path: str) -> tuple[int, int] | None:
        looked.append(path)
        return real(path)

    monkeypatch.setattr(presence, "_identity", identity)
    assert files.holds() and files.holds()
    assert len(looked) == 2 * looks
