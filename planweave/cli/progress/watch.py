"""Who tells a run: a live display where there is a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

from planweave.cli.progress.lines import Lines
from planweave.cli.streams import write
from planweave.engine.context import LOGGER
from planweave.engine.graph import Graph

if TYPE_CHECKING:
    from planweave.cli.progress.live import Display


def watch(graph: Graph, stream: TextIO) -> Display | Lines:
    """Tell the run of ``graph`` on ``stream`` from now on, until the watch is closed."""
    _tell_logs_once()
    if is_terminal(stream):
        from rich.console import Console

        from planweave.cli.progress.live import Display

        console = Console(file=stream, highlight=False, markup=False, emoji=False)
        return Display(graph, console, redirect_stdout=is_terminal(sys.stdout))

    def tell(line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more: the run goes on
            write(stream, f"{line}\n")

    return Lines(graph, tell)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at a stream, on something that can move its cursor."""
    try:
        return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    except (ValueError, AttributeError):  # closed, or no stream at all
        return False


def _tell_logs_once() -> None:
    """Log lines of tasks are told as progress: logging's last resort would print warnings a second time."""
    if not LOGGER.hasHandlers():
        LOGGER.addHandler(logging.NullHandler())
