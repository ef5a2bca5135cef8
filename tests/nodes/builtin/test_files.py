"""File tools: what they do under their root, and that nothing leads out of it."""

from __future__ import annotations

import itertools
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.nodes.tools.builtin.files import LARGEST
from planweave.nodes.tools.builtin.root import Root

OUTSIDE = "nobody may read this"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with some files, beside others that are none of anybody's business."""
    folder = tmp_path / "root"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes" / "a.txt").write_text("one\nTwo\nthree\n")
    (folder / "notes" / "b.md").write_text("# two\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "root-beside").mkdir()
    (tmp_path / "root-beside" / "secret.txt").write_text(OUTSIDE)
    (tmp_path / "secret.txt").write_text(OUTSIDE)
    return folder


@pytest.fixture
def box(root: Path) -> pw.Toolbox:
    return pw.Toolbox(pw.builtin_tools(root=root), allow="files")


def read(box: pw.Toolbox, path: str, **rest: Any) -> Any:
    return box.call("read_file", {"path": path, **rest})


def test_files_are_read_written_listed_and_searched(box: pw.Toolbox, root: Path) -> None:
    assert read(box, "notes/a.txt") == "one\nTwo\nthree\n"
    assert read(box, "./notes//a.txt", first_line=2, lines=1) == "Two\n"
    assert read(box, "notes/a.txt", first_line=9) == ""
    assert box.call("write_file", {"path": "new/folder/c.txt", "text": "drei €"}) == 8
    assert (root / "new" / "folder" / "c.txt").read_text() == "drei €"
    box.call("write_file", {"path": "new/folder/c.txt", "text": "again"})
    assert read(box, "new/folder/c.txt") == "again"
    assert [one["path"] for one in box.call("list_files")] == [
        "new",
        "new/folder",
        "new/folder/c.txt",
        "notes",
        "notes/a.txt",
        "notes/b.md",
        "picture.png",
    ]
    assert box.call("list_files", {"folder": "notes", "pattern": "*.md"}) == [
        {"path": "notes/b.md", "kind": "file", "size": 6}
    ]
    assert box.call("search_files", {"text": "two"}) == [
        {"path": "notes/a.txt", "line": 2, "text": "Two"},
        {"path": "notes/b.md", "line": 1, "text": "# two"},
    ]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "notes/../../secret.txt",
        "../root-beside/secret.txt",
        "notes/../notes/a.txt",
        "/etc/passwd",
        "//etc/passwd",
        "~/secret.txt",
        "~root/secret.txt",
        "..",
        "notes/..",
        "./../secret.txt",
    ],
)
@pytest.mark.parametrize("tool", ["read_file", "write_file", "list_files", "search_files"])
def test_no_path_leads_out(box: pw.Toolbox, root: Path, path: str, tool: str) -> None:
    arguments = {
        "read_file": {"path": path},
        "write_file": {"path": path, "text": "mine"},
        "list_files": {"folder": path},
        "search_files": {"text": "nobody", "folder": path},
    }[tool]
    with pytest.raises(pw.PermissionDenied, match="leads out of the folder"):
        box.call(tool, arguments)
    assert (root.parent / "secret.txt").read_text() == OUTSIDE


@pytest.mark.parametrize("path", ["notes/a.txt\0.png", "..\\secret.txt", "", ".", "notes", "none.txt", "picture.png"])
def test_what_is_no_text_file_is_refused(box: pw.Toolbox, path: str) -> None:
    with pytest.raises(pw.ValueRefused):
        read(box, path)


def test_links_are_not_followed(box: pw.Toolbox, root: Path) -> None:
    """Not to files, not to folders, not to siblings, not in the midst of a path; writing replaces the link itself."""
    (root / "file").symlink_to(root.parent / "secret.txt")
    (root / "folder").symlink_to(root.parent)
    (root / "inside").symlink_to(root / "notes")
    for path in ("file", "folder/secret.txt", "inside/a.txt"):
        with pytest.raises(pw.PermissionDenied, match="link"):
            read(box, path)
    with pytest.raises(pw.PermissionDenied, match="link"):
        box.call("write_file", {"path": "folder/secret.txt", "text": "mine"})
    assert box.call("search_files", {"text": "nobody"}) == []
    assert not {"file", "folder", "inside"} & {one["path"] for one in box.call("list_files")}
    box.call("write_file", {"path": "file", "text": "mine"})
    assert (root.parent / "secret.txt").read_text() == OUTSIDE
    assert read(box, "file") == "mine"


def test_a_hard_limit_is_kept(box: pw.Toolbox, root: Path) -> None:
    (root / "large.txt").write_bytes(b"x" * (LARGEST + 1))
    with pytest.raises(pw.ValueRefused, match="has more than 4,194,304 bytes"):
        read(box, "large.txt")
    with pytest.raises(pw.ValueRefused, match="has more than 4,194,304 bytes"):
        box.call("write_file", {"path": "l.txt", "text": "x" * (LARGEST + 1)})
    os.truncate(root / "large.txt", LARGEST)
    assert len(read(box, "large.txt")) == LARGEST


def test_a_pipe_does_not_hold_up_who_reads_it(box: pw.Toolbox, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(pw.ValueRefused, match="is no file"):
        read(box, "pipe")
    assert "pipe" not in [one["path"] for one in box.call("list_files")]


def test_a_write_that_fails_leaves_what_was_there(box: pw.Toolbox, root: Path) -> None:
    with pytest.raises(pw.ValueRefused, match="no Unicode text"):
        box.call("write_file", {"path": "notes/a.txt", "text": "\ud800"})
    with pytest.raises(pw.ValueRefused, match="is a folder"):
        box.call("write_file", {"path": "notes", "text": "x"})
    assert read(box, "notes/a.txt") == "one\nTwo\nthree\n"
    assert [one.name for one in root.rglob("*.part")] == []


def test_nobody_is_led_out_by_swapping_a_folder_for_a_link_meanwhile(root: Path) -> None:
    """The race that a check before the opening loses: the folder becomes a link to the outside again and again."""
    here, stop = Root(root), threading.Event()
    (root / "swapped").mkdir()
    (root / "swapped" / "secret.txt").write_text("harmless")

    def swap() -> None:
        while not stop.is_set():
            os.rename(root / "swapped", root / "aside")
            os.symlink(root.parent, root / "swapped")
            os.unlink(root / "swapped")
            os.rename(root / "aside", root / "swapped")
            time.sleep(0.0002)  # for so long it is itself

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set[bytes]()
    try:
        for count in itertools.count():
            if count >= 100_000 or (count >= 3000 and len(seen) > 1):
                break
            try:
                seen.add(here.read("swapped/secret.txt", 100))
            except (pw.ValueRefused, pw.PermissionDenied):
                seen.add(b"refused")
    finally:
        stop.set()
        thread.join()
    assert OUTSIDE.encode() not in seen
    assert b"harmless" in seen, "it is read where it is itself"


@given(
    st.lists(st.sampled_from(["..", ".", "", "a", "notes", "~", "...", ".. ", "\u2024\u2024", "%2e%2e"]), max_size=8)
)
def test_law_the_parts_of_a_path_never_lead_up(parts: list[str]) -> None:
    path = "/".join(parts)
    try:
        found = Root(os.curdir).parts(path)
    except (pw.PermissionDenied, pw.ValueRefused):
        assert ".." in parts or path.startswith(("/", "~"))
        return
    assert ".." not in found
    assert os.path.normpath(os.path.join("root", *found)).startswith("root")


def test_without_permission_nothing_is_touched(root: Path) -> None:
    box = pw.Toolbox(pw.builtin_tools(root=root), allow="files:read")
    assert read(box, "notes/a.txt")
    with pytest.raises(pw.PermissionDenied, match="needs files:write"):
        box.call("write_file", {"path": "x", "text": "y"})


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pw.ValueRefused, match="is no folder"):
        pw.builtin_tools(root=tmp_path / "none")
