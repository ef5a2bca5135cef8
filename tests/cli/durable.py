"""What tests of recorded runs share: a file of workflows, and a command that is killed in the midst of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from planweave.engine.recorded import recorded
from planweave.engine.store.store import open_store
from tests.cli.commands import TIME_LIMIT, environment

FLOWS = '''\
"""Workflows that note what they do in a file, and wait where a file says so."""

import os
import time
from pathlib import Path

import planweave as pw


def note(what: str) -> None:
    with open("ledger.txt", "a") as ledger:
        ledger.write(f"{what}\\n")


def hold(name: str) -> None:
    """Wait as long as the file is there."""
    Path(f"{name}.reached").touch()
    while Path(f"{name}.hold").exists():
        time.sleep(0.01)


@pw.task
def load(count: int) -> list[int]:
    note("load")
    return list(range(count))


@pw.task
def work(item: int) -> int:
    note(f"work {item}")
    if Path(f"{item}.bad").exists():
        raise ValueError(f"{item} is bad")
    return 10 * item


@pw.task
def total(items: list[int]) -> int:
    note("total")
    hold("total")
    return sum(items)


@pw.task
def report(number: int) -> str:
    note("report")
    return f"It is {number}."


@pw.workflow
def flow(count: int = 3) -> str:
    return report(total(work.map(load(count))))


@pw.task
def no(x: int) -> bool:
    return False


@pw.task
def use(x: int) -> int:
    return x


@pw.task(join="all_done")
def gather(a: int | pw.Missing, b: int | pw.Missing) -> str:
    return "gathered"


@pw.workflow
def branches(x: int = 1) -> str:
    taken = pw.when(no(x), then=lambda: use(x))
    return gather(use(work(x)), use(taken))


@pw.task(pool="api")
def call(x: int) -> int:
    hold(f"call-{x}")
    return x


@pw.task(retry=pw.Retry(attempts=5, base=300, cap=300))
def flaky(x: int) -> int:
    raise ConnectionError("not yet")


@pw.task(rate=pw.Rate(1, per=300))
def rated(x: int) -> int:
    return x


@pw.workflow(pools={"api": 1})
def busy(x: int = 1) -> int:
    many = call.map([1, 2])
    pw.sleep(500)
    rated.map([1, 2])
    return use(flaky(x))
'''


def flows(folder: Path) -> None:
    """Put the workflows into a folder."""
    (folder / "flows.py").write_text(FLOWS, encoding="utf-8")


def ledger(folder: Path) -> list[str]:
    """What the tasks have noted since this was asked last."""
    file = folder / "ledger.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def started(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """A command in a process of its own, which goes on."""
    return subprocess.Popen(
        [sys.executable, "-m", "planweave", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=environment(**variables),
    )


def reached(folder: Path, name: str) -> None:
    """Wait until a task has come to a place."""
    end = time.monotonic() + TIME_LIMIT
    while not (folder / f"{name}.reached").exists():
        assert time.monotonic() < end, f"nobody has come to {name!r}"
        time.sleep(0.01)


def killed(
    folder: Path, target: str, at: str, store: Path, *arguments: str, states: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Run a workflow in a process that is killed when a task has come to a place.

    Args:
        folder: where.
        target: the name of the workflow.
        at: the place.
        store: where the run is recorded.
        arguments: further ones of the command.
        states: of nodes, which must be on record before.
    """
    (folder / f"{at}.hold").touch()
    process = started(folder, "run", f"flows.py:{target}", "--store", str(store), *arguments)
    try:
        reached(folder, at)
        end = time.monotonic() + TIME_LIMIT
        while states and not states.items() <= recorded_states(store).items():
            assert time.monotonic() < end, f"{recorded_states(store)} is recorded"
            time.sleep(0.01)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=TIME_LIMIT)
    (folder / f"{at}.hold").unlink()
    (folder / f"{at}.reached").unlink()


def recorded_states(store: Path) -> dict[str, str]:
    """The states of the nodes of the last run."""
    opened = open_store(store)
    try:
        return {node.id: str(node.state) for node in recorded(opened, opened.rows()[0]).nodes.values()}
    finally:
        opened.close()
