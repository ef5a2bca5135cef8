"""Replay: from what is recorded of a run back to a scheduler that goes on.

The records are told to a fresh scheduler of the same graph. The pure frontier derives again what follows from each (who
is ready, skipped, broken, which nodes an expansion adds), and each derived record must be the recorded one: else the
journal, or the graph, is not what it was, and nothing is run. READY is not recorded, since it always follows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from planweave.engine.document import plans
from planweave.engine.document.read import loads
from planweave.engine.errors import RecordsUnreadable, StoreError
from planweave.engine.journal import NODE_KINDS, RECORD_FIELDS, RUN_KINDS
from planweave.engine.questions import CRASH
from planweave.engine.recovery import continuation
from planweave.engine.returns import returned_by
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.entry import Entry, Told, read_text
from planweave.engine.store.failure import read_error
from planweave.engine.store.values import revive
from planweave.engine.task import Task

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler

KINDS = {name: kind for kinds in (NODE_KINDS, RUN_KINDS) for kind, name in kinds.items()}
"""The kind behind each name of an event."""

_S = NodeState


def replay(
    scheduler: Scheduler,
    records: list[Any],
    entries: Iterable[Entry],
    *,
    read: Callable[[Any, Any], Any] = revive,
    tasks: Mapping[str, Any] | None = None,
) -> int:
    """Bring a fresh scheduler to where the entries end; gives how many there are.

    Args:
        scheduler: which has not run.
        records: those of its journal, which are filled on the way.
        entries: of the run, in order.
        read: makes a value of JSON, given the annotation.
        tasks: by reference, for the graphs that tasks have become; those of modules that are imported unless given.

    Raises:
        RecordsUnreadable: they do not fit each other, or the graph.
    """
    told = Replay(scheduler, records, read, Imported() if tasks is None else tasks)
    if scheduler.observers is not None:
        scheduler.observers.are_deaf = True
    count = 0
    for entry in entries:
        if entry.number != count:
            raise RecordsUnreadable(
                f"entry {count} of run '{scheduler.run_id}' is missing", entry=count, mend="planweave audit verify"
            )
        count += 1
        try:
            for one in read_text(entry.text):
                told.take(one)
        except StoreError:
            raise
        except Exception as error:  # whatever a wrong record does to the engine
            raise RecordsUnreadable(
                f"entry {entry.number} of run '{scheduler.run_id}' does not fit what is before it: {error}",
                entry=entry.number,
                mend="planweave audit verify says whether it was changed; else the code is not the same",
            ) from error
    told.finish()
    if scheduler.observers is not None:
        scheduler.observers.are_deaf = False
    return count


class Replay:
    """Tells records to a scheduler, one after another."""

    def __init__(
        self, scheduler: Scheduler, records: list[Any], read: Callable[[Any, Any], Any], tasks: Mapping[str, Any]
    ) -> None:
        self._scheduler = scheduler
        self._records = records
        self._read = read
        self._tasks = tasks
        self._seen = len(records)
        self._is_begun = False

    def take(self, told: Told) -> None:
        """Take one record: it follows from those before, or it is told to the scheduler."""
        kind = KINDS.get(told.kind)
        if kind is None:
            raise ValueError(f"there is no kind of record '{told.kind}'")
        if self.derived() is None:
            self.tell(kind, told)
        found = self.derived()
        if found != (kind, told.position):
            due = "nothing" if found is None else _words(*found)
            raise ValueError(f"{_words(kind, told.position)} is recorded where {due} is due")
        self._seen += RECORD_FIELDS

    def finish(self) -> None:
        """All records have been told: nothing may be left that follows and is not recorded."""
        found = self.derived()
        if found is not None:
            raise ValueError(f"{_words(*found)} is due and not recorded")
        self.settle()

    def settle(self) -> None:
        """Forget what became ready on the way, and is not any more."""
        frontier = self._scheduler.frontier
        state = frontier.state
        frontier.ready[:] = dict.fromkeys(i for i in frontier.ready if state[i] is _S.READY)
        frontier.closing[:] = dict.fromkeys(
            i for i in frontier.closing if state[i] is _S.EXPANDED and not frontier.open[i]
        )
        frontier.given_up.clear()

    def derived(self) -> tuple[Any, int] | None:
        """The next record that has been noted, and not been seen as recorded."""
        records = self._records
        while self._seen < len(records):
            if records[self._seen + 1] is not _S.READY:
                return records[self._seen + 1], records[self._seen + 2]
            self._seen += RECORD_FIELDS
        return None

    # ------------------------------------------------------------------ telling

    def tell(self, kind: Any, told: Told) -> None:
        """Tell the scheduler what does not follow from what it knows."""
        if told.position < 0:
            self._tell_run(kind, told)
        elif kind == "answered":
            self._scheduler.people.retell(told.position, told.time, told.data)
        elif not isinstance(kind, NodeState):  # log, progress, observed
            self._scheduler.note((told.time, kind, told.position, told.data))
        else:
            self._tell_node(kind, told.position, told.time, told.data)

    def _tell_run(self, kind: Any, told: Told) -> None:
        scheduler = self._scheduler
        if isinstance(kind, RunState):
            scheduler.state = kind
        scheduler.note((told.time, kind, -1, None if kind is RunState.RUNNING else told.data))  # that is its stamp
        if kind is RunState.RUNNING and not self._is_begun:
            self._is_begun = True
            scheduler.frontier.begin(told.time)
        elif kind is RunState.CANCELLING:
            scheduler.undoing.is_wanted = bool(told.data)
            scheduler.frontier.cancel(told.time)
        elif kind is RunState.COMPENSATING:
            scheduler.undoing.retell(told.data, told.time)

    def _tell_node(self, kind: NodeState, position: int, time: float, data: Any) -> None:
        scheduler, frontier = self._scheduler, self._scheduler.frontier
        state = frontier.state[position]
        node = scheduler.data.nodes[position]
        match kind:
            case NodeState.RUNNING:
                attempt = 1 if data is None else int(data)
                if state is _S.RETRY_WAIT:
                    frontier.due(position, time)
                if attempt > 1:
                    scheduler.data.attempts[position] = attempt
                frontier.move(position, _S.RUNNING, time, attempt)
                scheduler.undoing.started(position, time)
            case NodeState.RETRY_WAIT:
                error, attempt = read_error(data["error"]), int(data["attempt"])
                scheduler.data.attempts[position] = attempt + 1
                counts = scheduler.data.crashes if data.get("crash") else scheduler.data.stops
                if data.get("crash") or data.get("stopped"):
                    counts[position] = counts.get(position, 0) + 1
                frontier.retry(position, time, {**data, "error": error})
            case NodeState.WAITING:
                frontier.wait(position, time, self._asked(position, data))
            case NodeState.FAILED:
                error = read_error(data["error"])
                scheduler.data.errors[position] = error
                frontier.fail(position, time, error)
                scheduler.undoing.ended(position, time)
            case NodeState.CANCELLED:
                frontier.cancel_running(position, time)
            case _ if state is _S.EXPANDED or (state is _S.RUNNING and node.control is not None):
                scheduler.controls.retell(position, time)
            case NodeState.EXPANDED:
                self._grow(position, data, time)
            case NodeState.SUCCEEDED:
                given = {} if data is None else data
                scheduler.data.values[position] = self._value(position, given)
                frontier.succeed(position, time, "cached" if given.get("cached") else None)
                scheduler.undoing.ended(position, time)
            case _:
                raise ValueError(f"{_words(kind, position)} follows from nothing")

    def _asked(self, position: int, data: Any) -> Any:
        """What a node that waits has asked; after an attempt whose process has ended with the error of that."""
        if data.get("asked") != CRASH:
            return data
        crashes = self._scheduler.data.crashes
        crashes[position] = crashes.get(position, 0) + 1
        return {**data, "error": read_error(data["error"])}

    def _value(self, position: int, given: Mapping[str, Any]) -> Any:
        if "value" not in given:
            return None
        return self._read(given["value"], returned_by(self._scheduler.data.nodes[position]))

    def _grow(self, position: int, data: Any, time: float) -> None:
        """A task has become a graph, which is recorded."""
        growth = data["growth"]
        if "plan" not in growth:
            self._scheduler.controls.grow(position, loads(json.dumps(growth), self._tasks), time)
            return
        (situation,), _ = self._scheduler.data.arguments(position)
        plan = plans.loads(json.dumps(growth["plan"]))
        self._scheduler.controls.grow(position, continuation(plan, growth["done"], situation.replan), time)


class Imported(Mapping[str, Any]):
    """Tasks by reference, in modules that are imported already: a journal imports nothing."""

    def __getitem__(self, reference: str) -> Any:
        module, _, name = reference.partition(":")
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if not isinstance(found, Task):
            raise KeyError(reference)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _words(kind: Any, position: int) -> str:
    return RUN_KINDS[kind] if position < 0 else f"{NODE_KINDS[kind]} of node {position}"
