"""Keeping: what a run that is stored does beside the others. It keeps values, saves what is new, and goes on later."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planweave.engine.cache import CachedCalls
from planweave.engine.document.plans import plan_document
from planweave.engine.document.write import dumps
from planweave.engine.errors import DocumentError, Interrupted, ValueRefused
from planweave.engine.graph import Graph
from planweave.engine.journal import records_of, stored
from planweave.engine.node import Node, Sleep
from planweave.engine.recovery import Continuation
from planweave.engine.returns import returned_by
from planweave.engine.state import GOING, NodeState, RunState
from planweave.engine.store.secret import redacted_json
from planweave.engine.task import Task

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

SOON = 0.002
"""Seconds after which what nobody waits for is saved, too."""


class Keeping:
    """What a stored run does beside the others.

    Attributes:
        journal: of the run, if it is stored.
        is_on: whether it is.
        is_alone: whether nothing but the run uses its event loop, so that it may wait for the disk.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.journal = stored(scheduler.journal)
        self.is_on = self.journal is not None
        self.is_alone = False
        self._annotations: dict[Task[..., Any], Any] = {}
        self._is_saving = False

    # ------------------------------------------------------------------ values

    def keep(self, position: int, value: Any) -> bool:
        """Keep the value that a node is about to succeed with; one that cannot be kept fails it, and gives False."""
        assert self.journal is not None
        node = self._scheduler.data.nodes[position]
        try:
            self.journal.keep(position, value, self._returned_by(node))
        except ValueError as error:
            self._scheduler.fail(
                position,
                ValueRefused(
                    f"the value of '{node.id}' cannot be kept: {error}",
                    node=node.id,
                    where=node.where,
                    mend="return data (text, numbers, lists, ...), annotate what the task returns, or record the run "
                    "nowhere (without store=; planweave run --store none)",
                ),
            )
            return False
        return True

    def take_part_in(self, calls: CachedCalls) -> None:
        """Let the cached calls of the run have those of all runs of the store in common with them."""
        if self.journal is not None:
            calls.keep, calls.shared, calls.share = self.keep, self._shared, self.journal.share

    def _shared(self, key: str, position: int) -> tuple[Any] | None:
        assert self.journal is not None
        return self.journal.shared(key, self._returned_by(self._scheduler.data.nodes[position]))

    def _returned_by(self, node: Node) -> Any:
        if node.task is None or node.control is not None:
            return returned_by(node)
        if node.task not in self._annotations:
            self._annotations[node.task] = returned_by(node)
        return self._annotations[node.task]

    def keep_growth(self, position: int, growth: Graph | Continuation) -> None:
        """Keep the graph that a node is about to become; raises DocumentError where it cannot be written."""
        assert self.journal is not None
        if isinstance(growth, Graph):
            document = dumps(growth)
        else:
            document = json.dumps({"plan": plan_document(growth.plan), "done": sorted(growth.done)})
        if redacted_json(document) != document:
            raise DocumentError(
                "the graph holds a secret as a constant, which is never recorded",
                mend="let its tasks find the secret by themselves, or have it as an input of the run",
            )
        self.journal.keep_growth(position, document)

    # ------------------------------------------------------------------ saving

    def flush(self, batch: Sequence[int]) -> asyncio.Future[None] | None:
        """Make the starts of some nodes durable; at once where nothing but this one goes on meanwhile."""
        assert self.journal is not None
        scheduler = self._scheduler
        is_only = len(batch) == 1 and not scheduler.carriers.driving and not scheduler.jobs.staff.busy
        if self.is_alone and is_only and self.journal.is_settled:
            self.journal.flush_here()
            return None
        return self.journal.flush()

    def flush_all(self) -> asyncio.Future[None] | None:
        """Make durable all that is new, as nothing goes on any more; at once where that holds up nobody."""
        if self.journal is not None and self.is_alone and self.journal.is_settled:
            self.journal.flush_here()
            return None
        return self._scheduler.journal.flush()

    def save_soon(self) -> None:
        """Save what is new though nothing waits for it, with what comes in the next moment."""
        if not self._is_saving:
            self._is_saving = True
            self._scheduler.loop.call_later(SOON, self._save)

    def _save(self) -> None:
        self._is_saving = False
        self._scheduler.guarded(self._flush)

    def _flush(self) -> None:
        assert self.journal is not None
        state, ending = self._scheduler.state, self._scheduler.ending
        if state.is_end or state is RunState.WAITING or ending.done.done():
            return  # the end of the run, and leaving it, saves all; after a fault of the engine nothing is told
        saved = self.journal.flush()
        if saved is not None:
            saved.add_done_callback(self._saved)

    def _saved(self, saved: Any) -> None:
        error = None if saved.cancelled() else saved.exception()
        if error is not None:
            self._scheduler.crash(error)

    # ------------------------------------------------------------------ going on

    def go_on(self) -> None:
        """What a process that is gone has left behind: attempts that nobody makes any more, and timers."""
        scheduler = self._scheduler
        if scheduler.state in GOING:
            for position, told in self._waiting().items():
                self._wait_again(position, told)
        if self.journal is not None and self.journal.wanted is not None:
            scheduler.cancellation.begin(
                undo=self.journal.wanted == "undo"
            )  # acknowledged before: nothing starts any more
        for position, state in enumerate(scheduler.frontier.state):
            if state is NodeState.RUNNING:
                self._interrupted(position)
        scheduler.placing.push_all(())
        if scheduler.state is RunState.CANCELLING:
            scheduler.settle()

    def _interrupted(self, position: int) -> None:
        """The process of an attempt is gone."""
        scheduler, data = self._scheduler, self._scheduler.data
        node, now = data.nodes[position], scheduler.now()
        if scheduler.state is RunState.CANCELLING:
            scheduler.frontier.cancel_running(position, now)
            return
        attempt = data.attempts.get(position, 1)
        error = Interrupted(f"the process that ran attempt {attempt} of '{node.id}' ended before it did", node=node.id)
        data.crashes[position] = data.crashes.get(position, 0) + 1
        on_crash = "retry" if node.control is not None else node.policy.on_crash  # what is no task has no effects
        if on_crash == "fail":
            data.errors[position] = error
            scheduler.frontier.fail(position, now, error)
            scheduler.undoing.ended(position, now)
        elif on_crash == "ask":
            scheduler.people.ask_after_crash(position, error, attempt, now)
        else:
            scheduler.frontier.retry(position, now, {"error": error, "attempt": attempt, "due": now, "crash": True})
            data.attempts[position] = attempt + 1
            scheduler.frontier.due(position, now)

    def poison(self) -> list[int]:
        """The nodes whose process ended once too often while they ran: they may be what ends it."""
        data, found = self._scheduler.data, []
        for position, state in enumerate(self._scheduler.frontier.state):
            node = data.nodes[position]
            limit = node.policy.crash_limit
            if state is not NodeState.RUNNING or node.control is not None or node.policy.on_crash != "retry":
                continue
            if limit is not None and data.crashes.get(position, 0) >= limit:
                found.append(position)
        return found

    def _waiting(self) -> dict[int, dict[str, Any]]:
        """What the nodes that wait were told last, by position."""
        state = self._scheduler.frontier.state
        return {
            position: data
            for _, kind, position, data in records_of(self._scheduler.journal.records)
            if kind in (NodeState.RETRY_WAIT, NodeState.WAITING) and state[position] is kind
        }

    def _wait_again(self, position: int, told: dict[str, Any]) -> None:
        scheduler = self._scheduler
        if scheduler.frontier.state[position] is NodeState.RETRY_WAIT:
            scheduler.timers.start(position, told["due"] - scheduler.now(), scheduler.retry_due, position)
        elif isinstance(scheduler.data.nodes[position].control, Sleep):
            scheduler.controls.sleep_again(position, told["until"])
        else:
            scheduler.people.ask_again(position, told)
