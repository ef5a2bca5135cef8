"""What starting the command line costs: only what the words of a command need is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import TIME_LIMIT, environment

HEAVY = {"graphviz", "networkx", "rich", "wasmtime", "pydoc_data"}


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    """The packages that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "planweave", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        env=environment(),
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["demo", "--help"], ["--version"], ["run", "--oh"]]
)
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    """Law: who asks what there is does not pay for running, drawing or colouring."""
    found = imported_by(*arguments, cwd=tmp_path)
    assert {"planweave", "typer"} <= found
    assert not found & HEAVY


def test_a_quiet_run_draws_and_colours_nothing(workflows: Path) -> None:
    """Law: a run imports the terminal and the pictures only where it uses them."""
    found = imported_by("run", workflows.name + ":doubled", "-i", "x=1", "-q", cwd=workflows.parent)
    assert "pydantic" in found
    assert not found & {"rich", "wasmtime", "graphviz", "pydoc_data"}
