"""Cancellation: nothing of a run starts any more, what runs is stopped, and the run ends once all has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planweave.engine.state import NodeState, RunState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


class Cancellation:
    """Cancels a run.

    Attributes:
        is_due: whether it was asked for before the run had begun here.
        given_up: when threads that do not hear of it are left behind; None: nobody has asked for it.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.is_due = False
        self.given_up: float | None = None
        self._scheduler = scheduler

    def begin(self, *, undo: bool = False) -> None:
        """Start nothing more, and stop what can be stopped; the run ends once all has ended. Only on the loop.

        With ``undo`` what succeeded is undone before that. A run that is being undone already goes on with it.

        An observer asks for it in the midst of a transition: nothing starts from then on, but what runs is stopped
        only when the transition is complete.
        """
        scheduler = self._scheduler
        if scheduler.state is not RunState.RUNNING or scheduler.lanes.is_shut:
            return
        scheduler.undoing.is_wanted = undo
        scheduler.lanes.shut()
        if not scheduler.has_begun:
            self.is_due = True  # what another process has left behind is judged first
        elif scheduler.observers is not None and scheduler.observers.telling:
            scheduler.loop.call_soon(self.stop_all)
        else:
            self.stop_all()

    def stop_all(self) -> None:
        """Stop what runs, as far as that can be stopped."""
        scheduler = self._scheduler
        if scheduler.state is not RunState.RUNNING:
            return
        scheduler.move_run(RunState.CANCELLING, {"undo": True} if scheduler.undoing.is_wanted else None)
        scheduler.timers.clear()
        scheduler.people.cancel()
        for position in scheduler.frontier.cancel(scheduler.now()):
            place = scheduler.place(position)
            if position in scheduler.carriers.driving:
                scheduler.carriers.driving[position].cancel()
            elif place == scheduler.reports.place:
                pass  # it is this body that cancels the run: how it ends is seen when it does
            elif not scheduler.jobs.staff.stop(place):
                self.cancelled(position)
        if scheduler.jobs.staff.busy:
            scheduler.timers.start("grace", self.start_grace(), self._give_up)
        scheduler.settle()

    def stopped(self, position: int) -> None:
        """The body of a running node was stopped by the cancel: it gives back its room."""
        self._scheduler.placing.release(position)
        self.cancelled(position)

    def start_grace(self) -> float:
        """Threads are left behind that have not ended after so many seconds."""
        self.given_up = self._scheduler.now() + self._scheduler.grace
        return self._scheduler.grace

    def grace_left(self) -> float:
        """For how many seconds threads are waited for still."""
        return self._scheduler.grace if self.given_up is None else max(0.0, self.given_up - self._scheduler.now())

    def _give_up(self) -> None:
        """The grace time is over: the threads of the run are left, and named in the error."""
        for position, _ in self._scheduler.jobs.staff.busy:
            self.cancelled(position)
        self._scheduler.settle()

    def cancelled(self, position: int) -> None:
        """A running node has been stopped by the cancel."""
        frontier = self._scheduler.frontier
        if frontier.state[position] is NodeState.RUNNING:
            frontier.cancel_running(position, self._scheduler.now())
