"""Processes of their own, in which a test runs something; and waiting for what they do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from planweave.engine.store.store import Store
from planweave.testing.crash.child import Child

PATIENCE = 30.0
"""Seconds after which a test gives up."""

_T = TypeVar("_T")


@contextmanager
def child(folder: Path, function: Callable[[], object]) -> Iterator[Child]:
    """A process that does something; it is no more at the end."""
    made = Child(function, folder / "child.log", patience=PATIENCE)
    try:
        yield made
    finally:
        made.end()


def dies(folder: Path, function: Callable[[], object]) -> None:
    """Do something in a process that kills itself."""
    with child(folder, function) as made:
        assert made.wait(), made.told()


def done(code: str, *arguments: Any) -> str:
    """What code prints in a process that shares nothing with this one; ``f`` are the flows that ask."""
    head = "import sys\nimport planweave as pw\nfrom tests.store import asking_flows as f\n"
    command = [sys.executable, "-c", head + code, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=dict(os.environ), check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def until(call: Callable[[], _T]) -> _T:
    """What a call gives once that is something."""
    end = time.monotonic() + PATIENCE
    while not (found := call()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)
    return found


def is_asked(store: Store, run: str = "r") -> bool:
    """Whether a run asks something."""
    return any(one.is_open for one in store.questions(run))
