"""Compiled code is kept safely or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import wasmtime

from planweave.visualize.graphviz.compiled import cache_folder, compiled_module

WASM = bytes(wasmtime.wat2wasm('(module (func (export "answer") (result i32) i32.const 42))'))


class Compiler:
    """An engine that counts how often it compiles."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = wasmtime.Engine()
        self.runs = 0
        compile_module = wasmtime.Module.__init__

        def counted(module: wasmtime.Module, *arguments: object) -> None:
            self.runs += 1
            compile_module(module, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(wasmtime.Module, "__init__", counted)

    def answer(self, wasm: bytes = WASM, settings: str = "plain") -> int:
        """What the module says, compiled or read."""
        module = compiled_module(self.engine, wasm, settings=settings)
        store = wasmtime.Store(self.engine)
        function = wasmtime.Instance(store, module, []).exports(store)["answer"]
        assert isinstance(function, wasmtime.Func)
        result = function(store)
        assert isinstance(result, int)
        return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, not made yet."""
    monkeypatch.setenv("PLANWEAVE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "graphviz"


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """A compiler that has not run yet."""
    return Compiler(monkeypatch)


def kept(folder: Path) -> Path:
    """The one file in the cache."""
    (file,) = folder.iterdir()
    return file


def test_a_module_is_compiled_once(folder: Path, compiler: Compiler) -> None:
    """The second time it is read from the cache, and does the same."""
    assert [compiler.answer(), compiler.answer()] == [42, 42]
    assert compiler.runs == 1


def test_what_is_kept_is_closed_to_everybody_else(folder: Path, compiler: Compiler) -> None:
    """The folder is 0700 and the file 0600, whatever the umask."""
    before = os.umask(0)
    try:
        compiler.answer()
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("change", ["other module", "other settings"])
def test_other_modules_and_other_settings_have_files_of_their_own(
    folder: Path, compiler: Compiler, change: str
) -> None:
    """The name of a file follows from all that its content depends on."""
    compiler.answer()
    other = bytes(wasmtime.wat2wasm('(module (func (export "answer") (result i32) i32.const 7))'))
    if change == "other module":
        assert compiler.answer(other) == 7
    else:
        assert compiler.answer(settings="other") == 42
    assert compiler.runs == 2
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", ["truncated", "emptied", "flipped", "prefixed"])
def test_a_damaged_file_is_ignored_and_replaced(folder: Path, compiler: Compiler, damage: str) -> None:
    """Machine code runs only if it is byte for byte what was written."""
    compiler.answer()
    file = kept(folder)
    content = file.read_bytes()
    broken = bytearray(content)
    broken[len(content) // 2] ^= 1
    file.write_bytes(
        {"truncated": content[:-1], "emptied": b"", "flipped": bytes(broken), "prefixed": b"x" + content}[damage]
    )
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert file.read_bytes() == content


def test_a_file_that_is_whole_but_not_compiled_code_is_ignored_and_replaced(folder: Path, compiler: Compiler) -> None:
    """wasmtime refuses what another processor or version compiled; then it is compiled anew."""
    import hashlib

    compiler.answer()
    file = kept(folder)
    content = file.read_bytes()
    alien = b"compiled by somebody, for something"
    file.write_bytes(hashlib.sha256(alien).digest() + alien)
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert file.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_touch_is_not_trusted(folder: Path, compiler: Compiler, mode: int) -> None:
    """A file open to others is compiled anew, and closed."""
    compiler.answer()
    kept(folder).chmod(mode)
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_folder_that_others_may_enter_is_not_trusted(folder: Path, compiler: Compiler, mode: int) -> None:
    """A folder open to others is closed before anything in it is believed."""
    compiler.answer()
    folder.chmod(mode)
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert compiler.answer() == 42
    assert compiler.runs == 2


def test_what_belongs_to_somebody_else_is_not_trusted(
    folder: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of another user are neither run nor replaced."""
    compiler.answer()
    before = kept(folder).stat()
    monkeypatch.setattr(os, "geteuid", lambda: before.st_uid + 1)
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert kept(folder).stat().st_ino == before.st_ino


def test_a_file_of_somebody_else_in_a_folder_of_ours_is_not_trusted(
    folder: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is compiled anew and replaced."""
    compiler.answer()
    status = os.fstat

    def foreign(handle: int) -> os.stat_result:
        fields = list(status(handle))
        fields[stat.ST_UID] += 1
        return os.stat_result(fields)

    monkeypatch.setattr(os, "fstat", foreign)
    before = kept(folder).stat().st_ino
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert kept(folder).stat().st_ino != before


def test_a_link_is_not_followed(folder: Path, compiler: Compiler, tmp_path: Path) -> None:
    """A file or folder that is a link could lead to what somebody else prepared."""
    compiler.answer()
    file = kept(folder)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert compiler.answer() == 42
    assert compiler.runs == 2
    assert not file.is_symlink()
    folder.rename(tmp_path / "other")
    folder.symlink_to(tmp_path / "other")
    assert compiler.answer() == 42
    assert compiler.runs == 3


def test_root_leaves_nothing_in_the_home_of_somebody_else(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `sudo` the home may be another's: nothing is written there."""
    monkeypatch.setenv("PLANWEAVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    if (
        tmp_path.stat().st_uid == 0
    ):  # what belongs to root is anybody's to use, if the modes allow: so let it be another's
        os.chown(tmp_path, 12345, -1)
    assert compiler.answer() == 42
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_no_hindrance(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no folder can be made, the module is compiled each time."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PLANWEAVE_CACHE", str(tmp_path / "file" / "cache"))
    assert [compiler.answer(), compiler.answer()] == [42, 42]
    assert compiler.runs == 2


def test_a_failed_write_leaves_no_part_behind(
    folder: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full in the middle, the part goes."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert compiler.answer() == 42
    assert list(folder.iterdir()) == []


def test_forms_of_older_versions_go_in_the_end(folder: Path, compiler: Compiler) -> None:
    """A new form removes those that have been there for months, and parts that a killed process left; nothing else."""
    compiler.answer()
    old, part, foreign = folder / "old.compiled", folder / "killed.part", folder / "notes.txt"
    for path in (old, part, foreign):
        path.write_text("")
        os.utime(path, (0, 0))
    recent = kept_names(folder) - {old.name, part.name, foreign.name}
    compiler.answer(settings="other")
    assert {"notes.txt"} | recent < kept_names(folder)
    assert not old.exists()
    assert not part.exists()


def kept_names(folder: Path) -> set[str]:
    """The names in the cache."""
    return {path.name for path in folder.iterdir()}


def test_processes_that_come_at_once_all_get_the_whole_module(folder: Path) -> None:
    """Readers and writers of one file, which is removed again and again, never see a part of it."""
    program = """
import sys, wasmtime
from planweave.visualize.graphviz.compiled import cache_folder, compiled_module
wasm, engine = bytes(wasmtime.wat2wasm(sys.argv[1])), wasmtime.Engine()
for turn in range(60):
    module = compiled_module(engine, wasm, settings="race")
    assert [export.name for export in module.exports] == ["answer"]
    for file in cache_folder().glob("*.compiled") if turn % 3 == 0 else ():
        file.unlink(missing_ok=True)
module = None
"""
    text = '(module (func (export "answer") (result i32) i32.const 42))'
    racers = [
        subprocess.Popen([sys.executable, "-c", program, text], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for racer in racers:
        _, said = racer.communicate()
        assert (racer.returncode, said) == (0, "")
    assert not list(folder.glob("*.part"))


def test_the_cache_lies_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PLANWEAVE_CACHE` before `XDG_CACHE_HOME` before the home."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PLANWEAVE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / "home" / ".cache" / "planweave" / "graphviz"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/path")
    assert cache_folder() == tmp_path / "home" / ".cache" / "planweave" / "graphviz"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "planweave" / "graphviz"
    monkeypatch.setenv("PLANWEAVE_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own" / "graphviz"


def test_without_a_home_there_is_no_cache(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user unknown to the system, as in some containers, gets the module all the same."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("PLANWEAVE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None
    assert compiler.answer() == 42
