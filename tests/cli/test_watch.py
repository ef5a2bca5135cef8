"""Who tells a run: by the stream, and on a real terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from planweave.cli.progress.watch import is_terminal
from tests.cli.commands import TIME_LIMIT, command, environment

FLOW = """
import time
import planweave as pw

@pw.task
def slow(x: int) -> int:
    print("printed by a task")
    pw.context().logger.warning("logged by a task")
    time.sleep(0.6)
    return x

@pw.workflow
def w(x: int = 1) -> int:
    return slow(slow(x))
"""


def on_terminal(*arguments: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """The exit code of a command whose three streams are a terminal, and all that came out of it."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "planweave", *arguments],
        cwd=cwd,
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment(TERM="xterm", LINES="24", **variables),
    )
    os.close(child)
    out = b""
    try:
        while True:
            try:
                chunk = os.read(parent, 65536)
            except OSError:  # how Linux says that nobody has the terminal open any more
                break
            if not chunk:
                break
            out += chunk
        return process.wait(TIME_LIMIT), out.decode()
    finally:
        process.kill()
        os.close(parent)


def test_a_terminal_gets_a_display_that_ends_in_the_summary_and_the_result(tmp_path: Path) -> None:
    """Law: on a terminal a display is drawn and taken off again; what tasks print stays above it, and is told once."""
    (tmp_path / "flow.py").write_text(FLOW)
    code, out = on_terminal("run", "flow.py:w", cwd=tmp_path, NO_COLOR="1")
    assert code == 0
    assert "● slow" in out and "0 of 2 nodes" in out and "1 running" in out
    assert "\x1b[?25h" in out
    end = out[out.rindex("\x1b[2K") :]
    assert "w succeeded in" in end and end.rstrip().endswith("1")
    assert "printed by a task" in out
    assert "slow: warning: logged by a task" in out


def test_other_streams_get_lines(tmp_path: Path) -> None:
    """Law: where nobody can draw there are plain lines on standard error, without escapes, each log line once."""
    (tmp_path / "flow.py").write_text(FLOW)
    done = command("run", "flow.py:w", cwd=tmp_path)
    assert (done.code, done.out) == (0, "printed by a task\nprinted by a task\n1\n")
    assert "\x1b" not in done.err
    assert done.err.count("slow: warning: logged by a task") == 1
    assert done.err.count("slow-2: warning: logged by a task") == 1


def test_a_dumb_terminal_gets_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a terminal that cannot move its cursor is not drawn on."""

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(Terminal())  # type: ignore[arg-type]  # because only isatty is asked
    monkeypatch.setenv("TERM", "xterm")
    assert is_terminal(Terminal())  # type: ignore[arg-type]  # because of the same
