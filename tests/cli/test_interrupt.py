"""Ctrl-C, `kill` and a reader that goes away: a run ends well, and the terminal stays clean."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.commands import TIME_LIMIT, command, environment

FLOW = """
import asyncio, pathlib, sys, time
import planweave as pw

@pw.task
def patient(x: int) -> int:
    pathlib.Path("started").touch()
    while not (pw.context().cancelled or pathlib.Path("quick").exists()):
        time.sleep(0.01)
    return x

@pw.task
def deaf(x: int) -> int:
    pathlib.Path("started").touch()
    time.sleep(60)
    return x

@pw.task(executor="inline")
def blocking(x: int) -> int:
    pathlib.Path("started").touch()
    time.sleep(60)
    return x

@pw.task(executor="inline")
def busy(x: int) -> int:
    pathlib.Path("started").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
    return x

@pw.task
async def dozing(x: int) -> int:
    await asyncio.sleep(60)
    return x

@pw.task
def after(x: int) -> int:
    pathlib.Path("went-on").touch()
    return x

@pw.workflow
def stops(x: int = 1) -> int:
    return after(patient(x))

@pw.workflow
def starts_busy(x: int = 1) -> int:
    return after(dozing(busy(x)))

@pw.workflow
def hangs(x: int = 1) -> int:
    return after(deaf(x))

@pw.workflow
def blocks(x: int = 1) -> int:
    return after(blocking(x))
"""

SLOW_IMPORT = """
import pathlib, time
pathlib.Path("started").touch()
time.sleep(60)
"""


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command in a process of its own, from when its task has started."""
    process = subprocess.Popen(
        [sys.executable, "-m", "planweave", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        end = time.monotonic() + TIME_LIMIT
        while not (folder / "started").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_exits_130_with_one_line(tmp_path: Path, number: int) -> None:
    """Law: nothing starts after it; one line says how it goes on, and no traceback; and then it does."""
    (tmp_path / "flow.py").write_text(FLOW)
    with started(tmp_path, "run", "flow.py:stops", "-q") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, out) == (130, "")
    first, last = err.splitlines()
    assert first == "stopping; once more stops at once"
    found = re.fullmatch(
        r"error: run '(.*)' of 'stops' was stopped in the midst; fix: it goes on with: (planweave resume (.*)), or .*",
        last,
    )
    assert found is not None and found[1] == found[3], last
    assert not (tmp_path / "went-on").exists()
    (tmp_path / "quick").touch()
    again = command(*found[2].split()[1:], cwd=tmp_path)
    assert (again.code, again.out) == (0, "1\n"), again.err
    assert (tmp_path / "went-on").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_a_run_that_is_recorded_nowhere(tmp_path: Path, number: int) -> None:
    """Law: nothing starts after it; what runs may end; then one line says so, and no traceback."""
    (tmp_path / "flow.py").write_text(FLOW)
    with started(tmp_path, "run", "flow.py:stops", "-q", "--store", "none") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, out) == (130, "")
    first, last = err.splitlines()
    assert first == "stopping; once more stops at once"
    assert last.startswith("error: run '") and last.endswith("' of 'stops' was cancelled")
    assert not (tmp_path / "went-on").exists()


def test_a_signal_while_the_loop_is_busy_cancels_as_soon_as_it_is_not(tmp_path: Path) -> None:
    """Law: a signal that comes while a body runs inline, before the run is known to have started, is not lost."""
    (tmp_path / "flow.py").write_text(FLOW)
    with started(tmp_path, "run", "flow.py:starts_busy", "-q") as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.readline() == "stopping; once more stops at once\n"
        (tmp_path / "go").touch()
        _, err = process.communicate(timeout=TIME_LIMIT / 2)
    assert process.returncode == 130
    assert "' of 'starts_busy' was stopped in the midst" in err


def test_a_stopped_run_is_a_document_too(tmp_path: Path) -> None:
    """Law: with `--json` the document tells the run as it was left."""
    (tmp_path / "flow.py").write_text(FLOW)
    with started(tmp_path, "run", "flow.py:stops", "--json") as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 130
    assert json.loads(out)["state"] == "running"
    assert "was stopped in the midst" in json.loads(out)["error"]
    assert json.loads(out)["nodes"]["after"]["state"] == "pending"


@pytest.mark.parametrize("name", ["hangs", "blocks"])
def test_a_second_signal_ends_the_process_at_once(tmp_path: Path, name: str) -> None:
    """Law: a task that does not end, in a thread or on the loop itself, cannot hold a person for longer than that."""
    (tmp_path / "flow.py").write_text(FLOW)
    with started(tmp_path, "run", f"flow.py:{name}", "-q") as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.readline() == "stopping; once more stops at once\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, out) == (130, "")
    assert err == "error: stopped at once; what was running has been left in the middle\n"


def test_an_interrupt_before_the_run_is_one_line_too(tmp_path: Path) -> None:
    """Law: Ctrl-C while a file is imported exits 130 with one line."""
    (tmp_path / "slow.py").write_text(SLOW_IMPORT)
    with started(tmp_path, "run", "slow.py:w") as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIME_LIMIT)
    assert (process.returncode, out, err) == (130, "", "error: interrupted\n")


@pytest.mark.parametrize(
    ("arguments", "code", "err"),
    [
        (["run", "workflows.py:doubled", "-i", "x=1", "-q"], 1, ""),
        (["run", "workflows.py:doubled", "-i", "x=1", "--json"], 1, ""),
        (["run", "workflows.py:nothing", "--json"], 2, "error: 'workflows.py' has no 'nothing'; "),
    ],
)
def test_a_reader_that_went_away_is_no_error(workflows: Path, arguments: list[str], code: int, err: str) -> None:
    """Law: `planweave ... | head` neither complains nor shows a traceback."""
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-m", "planweave", *arguments],
        cwd=workflows.parent,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        timeout=TIME_LIMIT,
        check=False,
    )
    os.close(write)
    assert process.returncode == code
    assert process.stderr.startswith(err) and len(process.stderr.splitlines()) == bool(err)


@pytest.mark.parametrize(
    ("arguments", "redirection", "code", "out", "err"),
    [
        ("-i x=1 -q", ">&-", 0, "", ""),
        ("-i x=1 --json", ">&-", 0, "", ""),
        ("-i x=1", "2>&-", 0, "2\n", ""),
        ("-i x@=-", "<&-", 2, "", "error: -i x@=-: there is no standard input"),
        ("-i x=1 -q", ">/dev/full", 1, "", "error: OSError: [Errno 28] No space left on device"),
        ("-i x=1 --json", ">/dev/full", 1, "", "error: OSError: [Errno 28] No space left on device"),
    ],
)
def test_streams_that_are_closed_or_full_end_in_one_line_at_most(
    workflows: Path, arguments: str, redirection: str, code: int, out: str, err: str
) -> None:
    """Law: a process without a stream works as far as it can; a full disk is an error; none shows a traceback."""
    process = subprocess.run(
        ["sh", "-c", f'exec "$0" -m planweave run workflows.py:doubled {arguments} {redirection}', sys.executable],
        cwd=workflows.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=TIME_LIMIT,
        check=False,
    )
    assert (process.returncode, process.stdout) == (code, out)
    assert process.stderr.startswith(err) and len(process.stderr.splitlines()) == bool(err)
