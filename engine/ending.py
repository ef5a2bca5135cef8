"""The end of a run in this process: how it did, or that it goes on elsewhere, once that is recorded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from planweave.engine.state import RunState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


class Ending:
    """Ends a run in this process.

    Args:
        scheduler: of the run.
        loop: on which it runs.

    Attributes:
        done: done once the run has ended here, and that is recorded; or once it could not go on, with the error.
    """

    def __init__(self, scheduler: Scheduler, loop: asyncio.AbstractEventLoop) -> None:
        self.done: asyncio.Future[None] = loop.create_future()
        self._scheduler = scheduler

    def finish(self) -> None:
        """Every node has ended: say how the run did, and let it end once that is recorded."""
        scheduler = self._scheduler
        if self.done.done() or scheduler.state.is_end:
            return
        if scheduler.state is RunState.COMPENSATING:
            scheduler.move_run(scheduler.undoing.end, scheduler.failed_roots() or None)
        elif scheduler.state is RunState.CANCELLING:
            if scheduler.undoing.begin(()):
                return
            scheduler.move_run(RunState.CANCELLED)
        else:
            roots = scheduler.failed_roots()
            if roots and scheduler.undoing.begin(roots):
                return
            scheduler.move_run(RunState.FAILED if roots else RunState.SUCCEEDED, roots or None)
        self._when_saved()

    def leave(self, due: float | None) -> None:
        """Nothing is left but to wait: give the run out of hand, and let it end here once that is recorded."""
        scheduler = self._scheduler
        if self.done.done() or scheduler.lanes.is_shut:
            return
        assert scheduler.keeping.journal is not None, "only a run that is stored can go on elsewhere"
        scheduler.timers.clear()
        scheduler.keeping.journal.leave(due)
        scheduler.move_run(RunState.WAITING)
        self._when_saved()

    def hand_back(self) -> None:
        """Nothing of the run goes on here, as its lanes are held: let it end here as it is; others go on with it."""
        if self.done.done() or self._scheduler.state.is_end:
            return
        self._scheduler.timers.clear()
        self._when_saved()

    def fail(self, error: BaseException) -> None:
        """The engine itself, or its journal, failed: that is what the run raises, unless it has an end already."""
        if not self.done.done():
            self.done.set_exception(error)

    def _when_saved(self) -> None:
        try:
            saved = self._scheduler.keeping.flush_all()
        except Exception as error:  # whatever the journal raises ends the run, and not who happens to be here
            self.done.set_exception(error)
            return
        if saved is None:
            self.done.set_result(None)
        else:
            saved.add_done_callback(self._saved)

    def _saved(self, saved: asyncio.Future[None]) -> None:
        error = saved.exception()
        if self.done.done():
            return  # a write before this one failed
        if error is not None:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)
