"""A run under a person's eyes: Ctrl-C cancels it, a second one ends the process at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from planweave.cli.errors import INTERRUPTED
from planweave.cli.streams import complain
from planweave.engine.graph import Graph
from planweave.engine.journal import Event
from planweave.engine.run import THREADS, Run, start

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What asks a run to stop: Ctrl-C, and what ``kill`` and ``timeout`` send."""


@dataclass
class Watch:
    """Who looks on while a run goes on.

    Attributes:
        observe: called with each event, on the thread of the event loop.
        close: called once, when the run has ended or the process is about to.
    """

    observe: Callable[[Event], object]
    close: Callable[[], object] = field(default=lambda: None)


def execute(
    graph: Graph,
    inputs: Mapping[str, Any],
    *,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    watch: Watch | None = None,
) -> Run[Any]:
    """Run a graph to its end, however that is; the caller looks at ``run.error``.

    Ctrl-C cancels it: nothing starts any more, and this returns once what runs has ended.

    Raises:
        InputError, UndeclaredPoolError: it cannot start.
        KeyboardInterrupt: interrupted before it had started.
    """
    observers = () if watch is None else (watch.observe,)

    async def main() -> Run[Any]:
        run: Run[Any] = await start(graph, inputs, pools=pools, threads=threads, on_event=observers)
        with _stopping(run, watch):
            return await run.wait(check=False)

    try:
        return asyncio.run(main())
    finally:
        if watch is not None:
            watch.close()


@contextlib.contextmanager
def _stopping(run: Run[Any], watch: Watch | None) -> Iterator[None]:
    """While this lasts, a signal cancels the run, and a second one ends the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:  # a task that does not end, or a body that blocks the loop
            with contextlib.suppress(Exception):  # nothing may keep the process now
                if watch is not None:
                    watch.close()
            os.write(2, b"error: stopped at once; what was running has been left in the middle\n")
            os._exit(INTERRUPTED)
        asked = True
        loop.call_soon_threadsafe(run.cancel)
        # by a thread: this may have come while this one was in the middle of writing a line
        threading.Thread(target=complain, args=("cancelling; once more stops at once",), daemon=True).start()

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
