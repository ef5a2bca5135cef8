"""Controls: what the scheduler does for maps, branches, loops and sleeps, which have no body of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planweave.engine.errors import ValueRefused
from planweave.engine.expander import Broken, Expander, Grown, Outcome, Skip, Value
from planweave.engine.graph import Graph
from planweave.engine.node import Approve, Node, Sleep, WaitFor
from planweave.engine.recovery import Continuation
from planweave.engine.state import NodeState

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


class Controls:
    """Opens and closes expansions, and sets the timers of sleeps."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._expander = Expander(scheduler.data, scheduler.frontier, scheduler.replans)

    def run(self, position: int) -> None:
        """Expand a map, a branch or a loop, or begin a sleep."""
        node = self._scheduler.data.nodes[position]
        now = self._scheduler.now()
        try:
            if isinstance(node.control, Sleep):
                self._sleep(position, node, now)
            elif isinstance(node.control, Approve | WaitFor):
                self._scheduler.people.ask(position, node, now)
            else:
                self._come_to(position, self._expander.open(position, now), now)
        except Exception as error:
            self._scheduler.fail(position, error)

    def grow(self, position: int, growth: Graph | Continuation, now: float) -> None:
        """A task gave a graph, which takes its place."""
        if isinstance(growth, Graph):
            self._scheduler.placing.take_up(growth)
            self._keep(position, growth)
            outcome = self._expander.grow(position, growth, now)
        else:
            self._scheduler.placing.take_up(growth.graph)
            self._keep(position, growth)
            outcome = self._expander.go_on(position, growth, now)
        self._come_to(position, outcome, now)

    def _keep(self, position: int, growth: Graph | Continuation) -> None:
        if self._scheduler.keeping.is_on:
            self._scheduler.keeping.keep_growth(position, growth)

    def close(self, position: int) -> None:
        """Every node of an expansion has ended: say what the expanded node comes to."""
        frontier = self._scheduler.frontier
        if frontier.state[position] is not NodeState.EXPANDED:
            return
        now = self._scheduler.now()
        try:
            self._come_to(position, self._expander.close(position, now), now)
        except Exception as error:
            self._scheduler.data.errors[position] = error
            frontier.fail(position, now, error)
            self._scheduler.forget_given_up()
        if frontier.state[position].is_end:
            self._scheduler.calls.settle(position, now)

    def retell(self, position: int, now: float) -> None:
        """Open or close an expansion once more, as a record says that it was."""
        is_open = self._scheduler.frontier.state[position] is NodeState.EXPANDED
        outcome = self._expander.close(position, now) if is_open else self._expander.open(position, now)
        self._come_to(position, outcome, now)

    def _come_to(self, position: int, outcome: Outcome, now: float) -> None:
        """End an expanded node, or let the nodes that took its place begin."""
        scheduler = self._scheduler
        match outcome:
            case Value(value=value):
                scheduler.data.values[position] = value
                scheduler.frontier.succeed(position, now)
            case Skip(cause=cause):
                scheduler.frontier.skip(position, now, cause)
            case Broken(cause=cause):
                scheduler.frontier.fail_upstream(position, now, cause)
                scheduler.forget_given_up()
            case Grown():
                scheduler.placing.push_all(())  # placed at once: a burst may make ready what waits for nodes outside

    def _sleep(self, position: int, node: Node, now: float) -> None:
        seconds = self._scheduler.data.value_of(node.args[0])
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
            raise ValueRefused(
                f"'{node.id}' is to sleep for {seconds!r}, which is not a time",
                node=node.id,
                where=node.where,
                mend="return a number of seconds from 0",
            )
        self._scheduler.frontier.wait(position, now, {"until": now + seconds})
        self._scheduler.timers.start(position, seconds, self._slept, position)

    def sleep_again(self, position: int, until: float) -> None:
        """Go on sleeping in another process, until the time that is recorded."""
        self._scheduler.timers.start(position, until - self._scheduler.now(), self._slept, position)

    def _slept(self, position: int) -> None:
        self._scheduler.frontier.succeed(position, self._scheduler.now())
        self._scheduler.wake()
