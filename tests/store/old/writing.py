"""What makes the runs of an old store; done by the old code, in a process for each run: ``writing NAME PATH``."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

import planweave as pw
from planweave.engine.store.schema import MIGRATIONS
from tests.store.old import flows

try:
    from tests.store.old import undoing
except pw.PlanweaveError:  # there is no ``undo=`` yet
    undoing = None  # type: ignore[assignment]

VERSION = len(MIGRATIONS)
LONG = 1_000 if VERSION == 1 else 60_000
"""How often a word is repeated: the first version had all values in its rows."""

Made = tuple[Any, dict[str, Any]]
"""A workflow, and its inputs."""

RUNS: dict[str, Made] = {
    "ended": (flows.ended, {"count": 5}),
    "failed": (flows.failed, {}),
    "killed": (flows.killed, {"count": 5}),
    "large": (flows.large, {"size": LONG}),
    "retrying": (flows.retrying, {}),
    "sleeping": (flows.sleeping, {}),
}
"""The runs that every version can make."""

ASKING: dict[str, Made] = {name: (flows.asking, {}) for name in ("asking", "answered", "unwanted")}
"""Those of the versions that can ask."""

UNDOING: dict[str, Made] = {} if undoing is None else {"undone": (undoing.undone, {})}
"""Those of the planweaves that can undo."""


def names() -> list[str]:
    """The runs that this version can make."""
    return [*RUNS, *(ASKING if VERSION > 1 else ()), *UNDOING]


def write(name: str, path: Path) -> None:
    """Make a run."""
    flow, inputs = (RUNS | ASKING | UNDOING)[name]
    if VERSION == 1:  # it could not leave a run that waits
        if name in ("retrying", "sleeping"):
            threading.Thread(target=_kill, args=(name, path), daemon=True).start()
        pw.run(flow, inputs, store=path, run_id=name, check=False)
        return
    pw.run(flow, inputs, store=path, run_id=name, check=False, leave=0)
    if name == "answered":
        pw.answer(name, "approve", store=path, approve=True, by="bob", comment="fine")
        pw.send(name, "paid", flows.Payment(5, "cat"), store=path, by="bank", id="e1")
    elif name == "unwanted":
        _want(name, path)


def _kill(name: str, path: Path) -> None:
    """Kill this process once the run waits for its time."""
    sought = {"retrying": "%retry%", "sleeping": "%waiting%"}[name]
    while True:
        time.sleep(0.05)
        try:
            with sqlite3.connect(path) as database:
                found = database.execute("SELECT 1 FROM entry WHERE run = ? AND text LIKE ?", (name, sought)).fetchone()
        except sqlite3.Error:
            continue  # it is not there yet
        if found:
            os.kill(os.getpid(), signal.SIGKILL)


def _want(name: str, path: Path) -> None:
    """Somebody has asked for its end, and nobody has done it yet."""
    from planweave.engine.store.store import open_store

    store = open_store(path)
    store.want(name, "cancel")
    store.close()


def go_back() -> None:
    """It is the first day of 2024, so that what waits is due wherever this is read, even if its clock is wrong."""
    real = time.time
    time.time = lambda: 1_704_067_200 + real() % 86_400


if __name__ == "__main__":
    go_back()
    if sys.argv[1:] == ["names"]:
        print("\n".join(names()))
    else:
        write(sys.argv[1], Path(sys.argv[2]))
