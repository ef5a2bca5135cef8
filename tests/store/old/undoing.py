"""Like ``flows``: a workflow of the planweaves that can undo; those before cannot even read this file."""

from __future__ import annotations

import os
import signal
from typing import Any

import planweave as pw


@pw.task(version="1")
def unbook(what: str) -> None:
    """Kill the process in the first attempt."""
    if pw.context().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@pw.task(version="1", undo=unbook)
def book(what: str) -> str:
    return f"booked {what}"


@pw.task(version="1")
def refuse(what: str) -> str:
    raise ValueError(f"nobody pays for what is {what}")


@pw.workflow(on_failure="undo")
def undone() -> Any:
    """Fails, and kills its process while what it has done is undone."""
    return refuse(book("room"))
