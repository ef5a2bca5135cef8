"""What is told while a plan is looked for: on a terminal, who is at it and for how long; nothing elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from planweave.cli.progress.watch import is_terminal


@contextlib.contextmanager
def searching(stream: TextIO, limit: float) -> Iterator[Callable[[str], None]]:
    """Tell of a search on ``stream`` until the block ends; gives what is to be called with who is at work.

    Args:
        stream: where a person may look.
        limit: seconds of processor time that it may take.
    """
    if not is_terminal(stream):
        yield lambda worker: None
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    work = Work(limit)
    with Live(work, console=console, transient=True, refresh_per_second=8, redirect_stdout=False):
        yield work.goes_to


class Work:
    """Who is at work, as one line: it says how the time goes on whenever it is drawn.

    Args:
        limit: seconds of processor time that the work may take.
        clock: tells the processor time.

    >>> work = Work(60, clock=iter([1.0, 4.25]).__next__)
    >>> work.goes_to("lifted")
    >>> print(work)
    planning: lifted, 3.2 of 60 s
    """

    def __init__(self, limit: float, clock: Callable[[], float] = time.process_time) -> None:
        self._limit = limit
        self._clock = clock
        self._start = clock()
        self._worker = "reading"

    def goes_to(self, worker: str) -> None:
        """Note who is at work from now on."""
        self._worker = worker

    def __str__(self) -> str:
        return f"planning: {self._worker}, {self._clock() - self._start:.1f} of {self._limit:g} s"

    def __rich__(self) -> str:
        return str(self)
