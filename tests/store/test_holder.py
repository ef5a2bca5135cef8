"""Holders: a process is known to be gone only when it is; when in doubt it lives, and its lease decides."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.engine.store import holder
from planweave.engine.store.holder import Holder, this_process

HAS_PROC = Path("/proc/self/stat").exists()
words = st.text(st.characters(exclude_characters="|"))


def of(process: int) -> Holder:
    """The holder that a process of this machine is."""
    return replace(this_process(), process=process, started=holder._started(process) or "")


@contextmanager
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which lives until it is ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@given(words, words, st.integers(1, 2**22), words, words)
def test_a_holder_is_read_as_it_was_written(host: str, boot: str, process: int, started: str, name: str) -> None:
    """Law: the text of a holder holds all of it."""
    one = Holder(host, boot, process, started, name)
    assert Holder.read(one.text()) == one


def test_a_name_does_not_break_the_text() -> None:
    """Law: whatever a holder is called, its text is read as the same holder."""
    one = this_process("a|b")
    assert Holder.read(one.text()) == one and one.name == "a_b"


def test_a_living_process_is_not_dead() -> None:
    """Law: neither this process nor another one that runs is dead, also as seen by another."""
    assert not this_process("x").is_surely_dead()
    with other() as process:
        assert not of(process.pid).is_surely_dead()
    code = (
        "import sys; from planweave.engine.store.holder import Holder as H; print(H.read(sys.argv[1]).is_surely_dead())"
    )
    command = [sys.executable, "-c", code, this_process().text()]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"False\n"


def test_a_process_that_ended_is_dead() -> None:
    """Law: once nobody bears its number, it is gone."""
    with other() as process:
        one = of(process.pid)
    assert one.is_surely_dead() and replace(one, started="").is_surely_dead()


@pytest.mark.skipif(not HAS_PROC, reason="only /proc tells")
def test_a_process_that_nobody_has_buried_is_dead() -> None:
    """Law: a zombie still bears its number, and does nothing any more."""
    with other() as process:
        one = of(process.pid)
        process.kill()
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.005)
        assert one.is_surely_dead()


@pytest.mark.skipif(not HAS_PROC, reason="only /proc tells")
def test_another_process_with_the_same_number_is_another() -> None:
    """Law: what started at another time is not the holder, though it bears its number."""
    with other() as process:
        one = of(process.pid)
        assert one.started.isdecimal()
        assert replace(one, started=str(int(one.started) - 1)).is_surely_dead()


def test_a_process_from_before_the_machine_was_started_is_dead() -> None:
    """Law: nothing lives on from another boot; where a boot is not known, nothing follows from it."""
    one = this_process()
    assert one.boot and replace(one, boot="another").is_surely_dead()
    assert not replace(one, boot="").is_surely_dead()


def test_of_another_machine_nobody_here_knows() -> None:
    """Law: a process of another machine is not dead, whatever bears its number here, and whenever that was booted."""
    with other() as process:
        one = of(process.pid)
    assert not replace(one, host="elsewhere").is_surely_dead()
    assert not replace(one, host="elsewhere", boot="another").is_surely_dead()


def test_of_another_container_nobody_here_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: containers that share the name of a machine do not know each other's processes."""
    with other() as process:
        one = of(process.pid)
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[77]")
    for cached in (holder._host, holder._holder):
        cached.cache_clear()
    try:
        assert this_process().host.endswith("/77") and not one.is_surely_dead()
    finally:
        monkeypatch.undo()
        holder._host.cache_clear()
        holder._holder.cache_clear()
    assert one.is_surely_dead()


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError, ProcessLookupError])
def test_a_process_that_may_not_be_looked_at_lives(monkeypatch: pytest.MonkeyPatch, error: type[OSError]) -> None:
    """Law: where the system hides when processes started, or which there are, a number in use is alive."""

    def refuse(path: Path) -> str:
        raise error

    with other() as process:
        one, mine = of(process.pid), this_process()
        monkeypatch.setattr(Path, "read_text", refuse)
        assert not one.is_surely_dead() and not mine.is_surely_dead()
    assert one.is_surely_dead()


def test_a_fork_is_another_process() -> None:
    """Law: a child that was forked is not taken for its parent."""
    parent = this_process("x")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, this_process("x").text().encode())
        os._exit(0)
    os.waitpid(child, 0)
    found = Holder.read(os.read(reading, 1000).decode())
    assert (found.process, found.host, found.boot) == (child, parent.host, parent.boot) and found != parent
    assert found.is_surely_dead() and not parent.is_surely_dead()
