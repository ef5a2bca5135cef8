"""The command line, called in this process and in one of its own."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planweave.cli.stores import VARIABLE

STORES = Path(tempfile.mkdtemp(prefix="planweave-"))
"""Where commands record their runs, unless a test says otherwise."""
atexit.register(shutil.rmtree, STORES, ignore_errors=True)

ROOT = Path(__file__).parents[2]
TIME_LIMIT = 60


@dataclass(frozen=True)
class Done:
    """What became of a command: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as exactly one JSON document, by a strict reader."""
        return json.loads(self.out, parse_constant=_refuse)

    @property
    def error(self) -> str:
        """Standard error, that must be one line which says `error:`."""
        (line,) = self.err.splitlines()
        assert line.startswith("error: "), line
        return line.removeprefix("error: ")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


Call = Callable[..., Done]
"""`call("run", ...)`: a command in this process."""


def environment(**changes: str) -> dict[str, str]:
    """The variables of a command in a process of its own: nothing that says how to draw or to speak."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG", "NO_"))}
    return {**own, "PYTHONUTF8": "1", "COLUMNS": "80", VARIABLE: str(STORES / "runs.db"), **changes}


def command(*arguments: str, cwd: Path, stdin: str | None = None, **variables: str) -> Done:
    """A command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "planweave", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        env=environment(**variables),
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
