"""Leaving: a run in which nothing is left but to wait is given out of hand, since no process need live for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planweave.engine.journal import records_of
from planweave.engine.state import GOING, NodeState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

SOON = 0.01
"""Seconds after which it is seen whether somebody has looked."""

_BUSY = frozenset({NodeState.READY, NodeState.RUNNING})
_WAITS = frozenset({NodeState.WAITING, NodeState.RETRY_WAIT})


class Leaving:
    """Sees when a run has nothing to do but to wait, and gives it out of hand after a while.

    Attributes:
        after: seconds to wait before that; None: the run is kept to its end.
        patience: what only needs so many seconds of time is waited for, if that is longer.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.after: float | None = None
        self.patience = 0.0
        self._scheduler = scheduler
        self._is_set = False
        self._seen = 0
        self._looks = 0

    def consider(self) -> None:
        """Nothing can start now: leave if that stays so for a while."""
        scheduler = self._scheduler
        if self.after is None or self._is_set or scheduler.state not in GOING or self._is_busy():
            return
        assert scheduler.keeping.journal is not None, "only a run that is stored can be left"
        self._is_set = True
        self._seen, self._looks = len(scheduler.journal.records), scheduler.keeping.journal.looks
        scheduler.timers.start("leave", self.after, self._look)

    def _look(self) -> None:
        """It has been a while: leave once it has been looked for what others have written meanwhile."""
        scheduler, journal = self._scheduler, self._scheduler.keeping.journal
        assert journal is not None
        if self._is_as_it_was() and journal.looks == self._looks:
            journal.look_soon()
            scheduler.timers.start("leave", SOON, self._look)
        else:
            scheduler.loop.call_soon(scheduler.guarded, self._leave)  # after what was found, which is on its way

    def _leave(self) -> None:
        self._is_set = False
        scheduler, after = self._scheduler, self.after
        assert after is not None, "it was to leave after a while"
        if scheduler.state not in GOING:
            return
        if not self._is_as_it_was():
            self.consider()
            return
        due = self.due()
        if due is not None and due - scheduler.now() <= max(after, self.patience):
            return  # then it is looked at again
        scheduler.ending.leave(due)

    def _is_as_it_was(self) -> bool:
        return self._seen == len(self._scheduler.journal.records) and not self._is_busy()

    def _is_busy(self) -> bool:
        """Whether anything runs, or only waits for room."""
        scheduler = self._scheduler
        if scheduler.carriers.driving or scheduler.jobs.staff.busy:
            return True
        return not _BUSY.isdisjoint(scheduler.frontier.state)

    def due(self) -> float | None:
        """When there is something to do that only needs time: the earliest end of a wait; None: never."""
        state, found = self._scheduler.frontier.state, {}
        for _, kind, position, data in records_of(self._scheduler.journal.records):
            if kind in _WAITS and state[position] is kind:
                found[position] = data.get("due", data.get("until"))
        return min((one for one in found.values() if one is not None), default=None)
