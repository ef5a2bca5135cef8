"""Jobs: the bodies of sync functions that run in threads and processes, from hand-over to the news of their end."""

from __future__ import annotations

from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from planweave.engine.context import current
from planweave.engine.errors import NodeTimeout
from planweave.engine.executors.job import Place
from planweave.engine.node import Node
from planweave.engine.placing import SLOTS
from planweave.engine.staff import Staff
from planweave.engine.state import NodeState, RunState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


class Jobs:
    """Hands bodies over to the staff of a run, and tells the scheduler how they ended.

    Attributes:
        staff: the threads and processes of the run.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.staff = Staff(scheduler.sizes, scheduler.loop, scheduler.run_id, self._arrived)

    def hand_over(self, position: int) -> None:
        """Give the body of a started node to a thread or process."""
        scheduler, data = self._scheduler, self._scheduler.data
        attempt = data.attempts.get(position, 1) if data.attempts else 1
        try:
            args, kwargs = data.checked_arguments(position)
        except BaseException as error:
            scheduler.fail(position, error)
            return
        place = position, attempt
        current.set((scheduler.reports, position, attempt))
        node = data.nodes[position]
        self.staff.submit(SLOTS[scheduler.placing.modes[position]], node, place, args, kwargs, copy_context())
        if node.policy.timeout is not None:
            scheduler.later(position, node.policy.timeout, self._late, place)

    def _late(self, place: Place) -> None:
        """An attempt is past its timeout: kill its process, or go on without its thread, whose slot stays taken."""
        self.staff.give_up(place)
        self._scheduler.fail(place[0], timed_out(self._scheduler.data.nodes[place[0]]), release=False)
        self._scheduler.wake()

    def _arrived(self, news: deque[Any]) -> None:
        self._scheduler.guarded(self._read, news)

    def _read(self, news: deque[Any]) -> None:
        """Take what threads and processes put into the mailbox, and advance once."""
        while news:
            place, succeeded, content = news.popleft()
            if succeeded is None:
                self._scheduler.reports.take(place, *content)
            else:
                self._ended(place, succeeded, content)
        self._scheduler.wake()

    def _ended(self, place: Place, succeeded: bool, content: Any) -> None:
        scheduler, position = self._scheduler, place[0]
        if self.staff.ended(place):  # it had been given up: only its slot is news
            scheduler.placing.release(position)
            return
        scheduler.no_later(position)
        if scheduler.frontier.state[position] is not NodeState.RUNNING:
            scheduler.placing.release(position)
        elif succeeded:
            scheduler.succeed(position, content)
        elif scheduler.state is RunState.CANCELLING:
            scheduler.stopped(position)
        else:
            scheduler.fail(position, content)


def timed_out(node: Node) -> NodeTimeout:
    """The error of an attempt that took longer than the timeout of its node."""
    return NodeTimeout(
        f"'{node.id}' took longer than its timeout of {node.policy.timeout} s", node=node.id, where=node.where
    )
