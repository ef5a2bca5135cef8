"""Reports: what running tasks tell their run through ``pw.context()``, and what they ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from planweave.engine.executors.job import Place
from planweave.engine.state import GOING, NodeState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


NOWHERE: Place = (-1, 0)
"""The place of no node."""


class Reports:
    """The listener behind the contexts of the tasks of a run.

    Attributes:
        run_id: of the run.
        place: of the node whose body runs on the loop now.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.run_id = scheduler.run_id
        self.place = NOWHERE
        self._scheduler = scheduler

    @property
    def inline(self) -> Place:
        """The place of the node whose body asks, if that runs inline: only on the loop is it known which does."""
        return self.place if self._scheduler.is_on_loop() else NOWHERE

    def node_id(self, position: int) -> str:
        """The id of the node at a position."""
        return self._scheduler.data.nodes[position].id

    def report(self, place: Place, kind: str, data: Mapping[str, Any]) -> None:
        """Take what a running task tells; safe from any thread.

        Raises:
            ValueRefused: it observed what means nothing to its plan.
        """
        if kind == "observed":
            self._scheduler.replans.check(place[0], data["facts"])
        staff = self._scheduler.jobs.staff
        if staff.is_loop_thread():
            self.take(place, kind, data)
        else:
            staff.mailbox.put((place, None, (kind, data)))

    def take(self, place: Place, kind: str, data: Mapping[str, Any]) -> None:
        """Record what an attempt told, unless it has ended meanwhile."""
        if self._is_current(place):
            self._scheduler.note((self._scheduler.now(), kind, place[0], dict(data)))

    def is_cancelled(self, place: Place) -> bool:
        """Whether nobody waits for what this attempt does any more."""
        scheduler = self._scheduler
        return scheduler.state not in GOING or not self._is_current(place) or scheduler.handback.tells(place)

    def _is_current(self, place: Place) -> bool:
        position, attempt = place
        scheduler = self._scheduler
        is_running = scheduler.frontier.state[position] is NodeState.RUNNING
        return is_running and attempt == scheduler.data.attempts.get(position, 1)
