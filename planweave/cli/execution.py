"""A run under a person's eyes: Ctrl-C cancels it, a second one ends the process at once."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Mapping
from types import FrameType
from typing import Any, Protocol

from planweave.cli.errors import INTERRUPTED
from planweave.cli.streams import complain
from planweave.engine.graph import Graph
from planweave.engine.journal import Event
from planweave.engine.launch import THREADS, RunOptions, start
from planweave.engine.run import Run
from planweave.engine.store.store import Store

LEAVE, PATIENCE = 1.0, 600.0
"""Seconds after which a run is left in which all waits for people, or for a time that is further away than this."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What asks a run to stop: Ctrl-C, and what ``kill`` and ``timeout`` send."""


class Watch(Protocol):
    """Who looks on while a run goes on."""

    def observe(self, event: Event, /) -> None:
        """Take an event in; called on the thread of the event loop."""
        ...

    def close(self) -> None:
        """The run has ended, or the process is about to; may be called twice."""
        ...


def execute(
    graph: Graph,
    inputs: Mapping[str, Any],
    *,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    store: Store | None = None,
    run_id: str | None = None,
    watch: Watch | None = None,
    begun: Callable[[], object] = lambda: None,
) -> Run[Any]:
    """Run a graph to its end, however that is; the caller looks at ``run.error``.

    Ctrl-C stops it: nothing starts any more, and this returns once nothing runs; a run that is not stored is cancelled.
    ``begun`` is called once the start is recorded.

    Raises:
        InputError, UndeclaredPoolError: it cannot start.
        KeyboardInterrupt: interrupted before it had started.
    """
    observers = () if watch is None else (watch.observe,)
    options: RunOptions = {
        "pools": pools,
        "threads": threads,
        "store": store,
        "run_id": run_id,
        "on_event": observers,
        "leave": None if store is None else LEAVE,
    }
    return attend(lambda is_asked: start(graph, inputs, **options), watch, begun)


def attend(
    begin: Callable[[Callable[[], bool]], Coroutine[Any, Any, Run[Any]]],
    watch: Watch | None = None,
    begun: Callable[[], object] = lambda: None,
) -> Run[Any]:
    """See a run to its end; see ``execute``.

    Args:
        begin: starts it, or goes on with it; is given what tells whether a person has asked to stop meanwhile.
        watch: who looks on.
        begun: called once that is recorded.
    """

    async def main() -> Run[Any]:
        run = await begin(lambda: stopping.is_asked)
        run._scheduler.leaving.patience = PATIENCE
        begun()
        stopping.watch_over(run)
        return await run.wait(check=False)

    try:
        with _Stopping(watch) as stopping:
            return asyncio.run(main())
    finally:
        if watch is not None:
            watch.close()


class _Stopping:
    """While it is entered, a signal stops the run, and a second one ends the process."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self.is_asked = False
        self._run: Run[Any] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> _Stopping:
        if threading.current_thread() is threading.main_thread():
            # before the loop starts: a body that runs inline may keep it busy from its first moment
            self._before = {number: signal.signal(number, self._stop) for number in SIGNALS}
        return self

    def __exit__(self, *failure: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def watch_over(self, run: Run[Any]) -> None:
        """The run has started: from now on there is something to stop."""
        self._run = run
        if self.is_asked:
            run.stop()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.is_asked:  # a task that does not end, or a body that blocks the loop
            if self._watch is not None:
                # by a thread: this may have come while this one was in the middle of drawing, and held its lock
                closing = threading.Thread(target=self._watch.close, daemon=True)
                closing.start()
                closing.join(1.0)
            os.write(2, b"error: stopped at once; what was running has been left in the middle\n")
            os._exit(INTERRUPTED)
        self.is_asked = True
        if self._run is not None:
            self._run.stop()
        # by a thread, for the same reason
        threading.Thread(target=complain, args=("stopping; once more stops at once",), daemon=True).start()
