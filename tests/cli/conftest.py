"""What the tests of the command line share: commands in this process, and a file of workflows to try them on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from planweave.cli.app import run_command
from planweave.cli.stores import VARIABLE
from planweave.engine.context import LOGGER
from tests.cli.commands import Call, Done

WORKFLOWS = '''\
"""Workflows to try the command line on."""

import time

import planweave as pw


@pw.task
def double(x: int) -> int:
    return 2 * x


@pw.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@pw.workflow
def doubled(x: int) -> int:
    """Twice a number."""
    return double(x)


@pw.workflow
def all_doubled(numbers: list[int]) -> int:
    return total(double.map(numbers))


@pw.task(pool="api")
def shout(text: str) -> str:
    return text.upper()


@pw.workflow(pools={"api": 2})
def shouted(text: str, mark: str = "!") -> str:
    return shout(text)


@pw.workflow
def without_limit(text: str) -> str:
    return shout(text)


@pw.task
def fail(x: int) -> int:
    raise ValueError(f"{x} is a bad number")


@pw.workflow
def failing(x: int = 1) -> int:
    return double(fail(x))


@pw.task(retry=pw.Retry(attempts=3, base=0.0))
def flaky(x: int) -> int:
    if pw.context().attempt < 3:
        raise ConnectionError("not yet")
    return x


@pw.workflow
def retried(x: int = 1) -> int:
    return flaky(x)


@pw.workflow
def truth(x: int) -> int:
    return double(x) if double(x) else x


class Odd:
    pass


ready = doubled.graph()
limit = 3
'''


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    """A file with workflows."""
    file = tmp_path / "workflows.py"
    file.write_text(WORKFLOWS, encoding="utf-8")
    return file


@pytest.fixture
def call(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Call]:
    """Run commands in this process, in a folder of their own, and leave the process as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path_factory.mktemp("store") / "runs.db"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    handlers, modules = list(LOGGER.handlers), set(sys.modules)

    def run(*arguments: str) -> Done:
        capfd.readouterr()
        code = run_command(arguments)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    yield run
    LOGGER.handlers[:] = handlers
    for name in set(sys.modules) - modules:
        if name.startswith("planweave_script_") or str(getattr(sys.modules[name], "__file__", "")).startswith(
            str(tmp_path)
        ):
            del sys.modules[name]
