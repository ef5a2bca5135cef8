"""Handing back: a stored run whose process is to end stops here as it is, and goes on wherever it is resumed.

Nothing starts any more. Attempts that may be made again (``on_crash="retry"``) are stopped, and are made again by
whoever goes on; what one of them gives that has been told to stop is not believed, since it may have stopped half-way.
Other attempts are let end, as long as the grace time lasts.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from planweave.engine.errors import Interrupted, NodeError, ProcessDied
from planweave.engine.executors.job import Place
from planweave.engine.state import GOING, NodeState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

_STOPPED = (NodeError, ProcessDied, asyncio.CancelledError)
"""What an attempt ends with, exactly, that was stopped by the engine itself."""


class HandBack:
    """Gives a stored run back in the midst of it.

    Attributes:
        is_on: whether it has begun.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.is_on = False
        self._scheduler = scheduler
        self._told: set[Place] = set()

    @property
    def has_ended(self) -> bool:
        """Whether the run has been given back, and that is recorded."""
        return self.is_on and not self._scheduler.state.is_end and self._scheduler.ending.done.done()

    def begin(self) -> None:
        """Start nothing more, stop what may be made again, and let the run end here once nothing of it runs."""
        scheduler = self._scheduler
        if self.is_on or scheduler.state not in GOING or scheduler.lanes.is_shut or scheduler.ending.done.done():
            return
        self.is_on = True
        scheduler.lanes.hold()
        if not scheduler.has_begun:
            return  # what another process has left behind is judged first
        if scheduler.observers is not None and scheduler.observers.telling:
            scheduler.loop.call_soon(scheduler.guarded, self._stop)
        else:
            self._stop()

    def _stop(self) -> None:
        scheduler = self._scheduler
        scheduler.timers.clear()
        scheduler.launched.clear()
        for position, state in enumerate(scheduler.frontier.state):
            if state is NodeState.RUNNING:
                self._stop_attempt(position)
        scheduler.timers.start("grace", scheduler.cancellation.start_grace(), self._give_up)
        scheduler.settle()

    def _stop_attempt(self, position: int) -> None:
        scheduler, place = self._scheduler, self._scheduler.place(position)
        carrier, staff = scheduler.carriers.driving.get(position), scheduler.jobs.staff
        if carrier is None and place not in staff.busy and place != scheduler.reports.place:
            self._note(position)  # its body has not begun
        elif not self._may_be_made_again(position):
            return
        elif carrier is not None:
            self._told.add(place)
            carrier.cancel()
        else:
            staff.stop(place)

    def _give_up(self) -> None:
        """The grace time is over: what still runs is left, and recorded as being under way."""
        scheduler = self._scheduler
        for carrier in scheduler.carriers.driving.values():
            carrier.cancel()
        if not scheduler.carriers.driving:
            scheduler.ending.hand_back()

    def look(self) -> None:
        """Let the run end here if nothing of it runs any more."""
        scheduler = self._scheduler
        if not scheduler.carriers.driving and not scheduler.jobs.staff.busy:
            scheduler.ending.hand_back()

    # ------------------------------------------------------------------ attempts that were told to stop

    def tells(self, place: Place) -> bool:
        """Whether an attempt that asks is to stop; from any thread. From then on what it gives is not believed."""
        if not self.is_on or not self._may_be_made_again(place[0]):
            return False
        self._told.add(place)
        return True

    def takes(self, position: int, error: BaseException | None = None) -> bool:
        """Whether an attempt that has ended was stopped; then its node is put back.

        Args:
            position: of the node.
            error: what the attempt raised; None: it gave a value.
        """
        if self._scheduler.place(position) not in self._told and type(error) not in _STOPPED:
            return False
        self.put_back(position)
        return True

    def put_back(self, position: int) -> None:
        """The attempt of a node was stopped: whoever goes on with the run makes another one, if that may be."""
        self._scheduler.placing.release(position)
        if self._may_be_made_again(position):
            self._note(position)

    def _note(self, position: int) -> None:
        scheduler, data = self._scheduler, self._scheduler.data
        attempt, now, name = data.attempts.get(position, 1), scheduler.now(), data.nodes[position].id
        error = Interrupted(f"attempt {attempt} of '{name}' was stopped, since its run was left", node=name)
        told = {"error": error, "attempt": attempt, "due": now, "stopped": True}
        scheduler.frontier.retry(position, now, told)
        data.attempts[position] = attempt + 1
        data.stops[position] = data.stops.get(position, 0) + 1

    def _may_be_made_again(self, position: int) -> bool:
        node = self._scheduler.data.nodes[position]
        return node.control is not None or node.policy.on_crash == "retry"
