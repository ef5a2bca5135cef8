"""Jobs: the bodies of sync functions that run in threads and processes, from hand-over to the news of their end."""

from __future__ import annotations

from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from planweave.engine.context import current
from planweave.engine.errors import NodeError, NodeTimeout
from planweave.engine.executors.job import Place
from planweave.engine.node import Node
from planweave.engine.placing import SLOTS, Mode
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
            scheduler.timers.start(position, node.policy.timeout, self._late, place)

    def _late(self, place: Place) -> None:
        """An attempt is past its timeout: kill its process, or go on without its thread, whose slot stays taken."""
        self.staff.give_up(place)
        self._scheduler.fail(place[0], timed_out(self._scheduler.data.nodes[place[0]]), release=False)
        if len(self._late_threads()) == self._scheduler.sizes["thread"]:
            self._scheduler.timers.start("starved", self._scheduler.grace, self._starved)
        self._scheduler.wake()

    def _late_threads(self) -> list[str]:
        """The ids of the nodes whose threads are past their timeout and have not returned."""
        scheduler = self._scheduler
        late = [position for position, _ in self.staff.given_up]
        return [scheduler.data.nodes[i].id for i in late if scheduler.placing.modes[i] is Mode.THREAD]

    def _starved(self) -> None:
        """Every thread has been late for the grace time, and may be for ever: fail what waits for one."""
        scheduler, late = self._scheduler, self._late_threads()
        for position in scheduler.lanes.take(SLOTS[Mode.THREAD]):
            node = scheduler.data.nodes[position]
            scheduler.frontier.start(position, scheduler.now(), scheduler.data.attempts.get(position, 1))
            error = NodeError(
                f"'{node.id}' found no thread: all {len(late)} are held by bodies past their timeout: "
                f"{', '.join(late[:5])}{', ...' if len(late) > 5 else ''}",
                node=node.id,
                where=node.where,
                mend='use executor="process", which is killed at its timeout, or let the body look at '
                "pw.context().cancelled",
            )
            scheduler.fail(position, error, release=False)
        scheduler.timers.start("starved", scheduler.grace, self._starved)
        scheduler.wake()

    def listen(self) -> bool:
        """Take the news of threads that are so quick that they can be waited for here; gives whether there were any."""
        if not self.staff.listen():
            return False
        self._take(self.staff.mailbox.news)
        return True

    def _arrived(self, news: deque[Any]) -> None:
        self._scheduler.guarded(self._read, news)

    def _read(self, news: deque[Any]) -> None:
        """Take what threads and processes put into the mailbox, and advance once."""
        self._take(news)
        self._scheduler.wake()

    def _take(self, news: deque[Any]) -> None:
        while news:
            place, succeeded, content = news.popleft()
            if succeeded is None:
                self._scheduler.reports.take(place, *content)
            else:
                self._ended(place, succeeded, content)

    def _ended(self, place: Place, succeeded: bool, content: Any) -> None:
        scheduler, position = self._scheduler, place[0]
        if self.staff.ended(place):  # it had been given up: only its slot is news
            scheduler.timers.stop("starved")
            scheduler.placing.release(position)
            return
        scheduler.timers.stop(position)
        if scheduler.frontier.state[position] is not NodeState.RUNNING:
            scheduler.placing.release(position)
        elif succeeded:
            scheduler.succeed(position, content)
        elif scheduler.state is RunState.CANCELLING:
            scheduler.cancellation.stopped(position)
        else:
            scheduler.fail(position, content)


def timed_out(node: Node) -> NodeTimeout:
    """The error of an attempt that took longer than the timeout of its node."""
    return NodeTimeout(
        f"'{node.id}' took longer than its timeout of {node.policy.timeout} s", node=node.id, where=node.where
    )
