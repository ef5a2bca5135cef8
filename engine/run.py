"""A run: one execution of a graph."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

from planweave.engine.answering import NOTHING, answer_in, content_of, name_of, send_in
from planweave.engine.errors import (
    AnsweredLate,
    PlanweaveError,
    RunCancelled,
    RunFailed,
    RunStopped,
    ThreadsLeft,
    describe,
)
from planweave.engine.graph import Graph
from planweave.engine.history import NodeRun, event_of, node_runs
from planweave.engine.journal import Event, Journal, records_of, stored
from planweave.engine.scheduler import Scheduler
from planweave.engine.state import RunState
from planweave.engine.store.rows import Question
from planweave.engine.store.stored import StoredJournal

R = TypeVar("R")
T = TypeVar("T")


class Run(Generic[R]):
    """One execution of a graph: its state, its nodes, its events and its result, live while it goes on.

    Attributes:
        id: the id of the run.
        graph: what is run.
        inputs: what it was given.
    """

    def __init__(self, graph: Graph, inputs: Mapping[str, Any], run_id: str, scheduler: Scheduler, journal: Journal):
        self.id = run_id
        self.graph = graph
        self.inputs = dict(inputs)
        self._scheduler = scheduler
        self._journal = journal
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"<run '{self.id}' of '{self.graph.name}': {self.state}>"

    @property
    def state(self) -> RunState:
        """What is true of the run now."""
        return self._scheduler.state

    @property
    def result(self) -> R:
        """The value of the graph's output; a dict of its last nodes' values by id where it declares none.

        A part of it that was skipped is ``Missing``.

        Raises:
            RunFailed, RunCancelled, RunStopped: the run ended otherwise.
            PlanweaveError: it has not ended; what it waits for, if it has been left to wait.
        """
        if self.state is not RunState.SUCCEEDED:
            raise self._unfinished()
        data, output = self._scheduler.data, self.graph.output
        if output is None:
            return cast(R, {self.graph.nodes[i].id: data.value_at(i) for i in self.graph.last})
        return cast(R, data.value_of(output))

    @property
    def error(self) -> PlanweaveError | None:
        """Why the run did not end well: ``RunFailed``, ``RunCancelled`` or ``RunStopped``; None while it goes on."""
        if self.state is RunState.FAILED:
            return self._failed()
        if self.state is RunState.CANCELLED:
            more = f"{self._scheduler.undoing.words()}{self._left_words()}"
            return RunCancelled(f"run '{self.id}' of '{self.graph.name}' was cancelled{more}", run=self)
        if self._scheduler.handback.has_ended:
            return RunStopped(
                f"run '{self.id}' of '{self.graph.name}' was stopped in the midst{self._left_words()}",
                run=self,
                mend=f"it goes on with: planweave resume {self.id}, or pw.resume(...)",
            )
        return None

    @property
    def nodes(self) -> Mapping[str, NodeRun]:
        """What has happened to each node, by id, those that expansions added after those of the graph."""
        return node_runs(self._scheduler.data, records_of(self._journal.records))

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that has been recorded, in order."""
        nodes = self._scheduler.data.nodes
        return tuple(event_of(number, one, nodes) for number, one in enumerate(records_of(self._journal.records)))

    async def wait(self, *, check: bool = True) -> Run[R]:
        """Wait for the end of a run that was started with ``start``.

        Args:
            check: raise when it did not succeed.

        Raises:
            RunFailed: with the root causes.
            RunCancelled: it was cancelled.
            RunStopped: it was stopped.
            ThreadsLeft: threads of it did not end within the grace time.
        """
        if self._task is not None:
            await asyncio.shield(self._task)
        if check:
            self.check()
        return self

    def check(self) -> None:
        """Raise what went wrong, if anything did; see ``wait``."""
        if self.error is not None:
            raise self.error
        if self._scheduler.left:
            names = self._scheduler.left
            raise ThreadsLeft(
                f"run '{self.id}' has its result, but left threads behind: {', '.join(names)}",
                nodes=names,
                mend='look at pw.context().cancelled in long sync tasks, or use executor="process"',
            )

    def cancel(self, *, undo: bool = False) -> None:
        """Cancel the run: once this returns, no attempt starts; ``wait`` tells when all has ended.

        With ``undo``, what has succeeded is then undone, as far as its tasks say how, the last first.

        That a stored run is to be cancelled is on disk then: whoever resumes it cancels it. May be called from any
        thread; from another than that of the run's event loop it waits until the loop has heard of it, which takes as
        long as the inline body that runs there.

        Raises:
            StoreError: it cannot be recorded; the run goes on.
        """
        loop = self._loop
        if loop is None or self.state.is_end:
            return
        if isinstance(self._journal, StoredJournal):
            self._journal.store.want(self.id, "undo" if undo else "cancel")
        if self._scheduler.is_on_loop():
            self._scheduler.cancellation.begin(undo=undo)
            return
        acknowledged = threading.Event()

        def cancel() -> None:
            self._scheduler.cancellation.begin(undo=undo)
            acknowledged.set()

        with contextlib.suppress(RuntimeError):  # the loop has closed: the run has ended
            loop.call_soon_threadsafe(cancel)
            # an inline body may keep the loop for long; a loop that was stopped in the midst never answers
            while not acknowledged.wait(0.05) and loop.is_running() and not self.state.is_end:
                continue

    def stop(self) -> None:
        """Let the run end in this process, since that is to end: a stored run goes on wherever it is resumed.

        Nothing of it starts any more. Attempts that may be made again (``on_crash="retry"``, the default) are stopped,
        and made again then; others may end, within the grace time. A run that is not stored is cancelled. Returns at
        once; ``wait`` tells when it has stopped. May be called from any thread, and from a signal handler.

        Ctrl-C, and a cancel of the asyncio task that runs it, do the same.
        """
        loop = self._loop
        if loop is None or self.state.is_end:
            return
        with contextlib.suppress(RuntimeError):  # the loop has closed: the run has ended
            loop.call_soon_threadsafe(self._scheduler.stop)  # never here and now: a signal may have come in the midst

    # ------------------------------------------------------------------ what it asks

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the run asks now, in the order in which it was asked; answered by ``answer`` and ``send``.

        That of a stored run is what the store knows: its holder may not have taken an answer yet.
        """
        people = self._scheduler.people
        if not isinstance(self._journal, StoredJournal):
            return tuple(one for one in people.open_questions() if one.is_open)
        known = {one.node: one for one in self._journal.store.questions(self.id)}
        asked = [one.node for one in people.open_questions()]
        return tuple(known[node] for node in asked if node in known and known[node].is_open)

    def answer(
        self,
        node: str,
        *,
        approve: bool | None = None,
        value: Any = NOTHING,
        by: str | None = None,
        comment: str = "",
        token: str | None = None,
    ) -> Question:
        """Answer what a node of this run asks, once and for all; see ``pw.answer``. May be called from any thread."""
        if isinstance(self._journal, StoredJournal):
            return answer_in(self._journal.store, self.id, node, approve, value, by, comment, token)
        people = self._scheduler.people
        content, who = content_of(approve, value, comment), name_of(by)
        return self._asked(lambda: people.answer(node, content, who, token))

    def send(self, event: str, value: Any = None, *, by: str | None = None) -> None:
        """Send this run an event, which is kept until it waits for it; see ``pw.send``. May be called from any thread.

        Raises:
            AnsweredLate: the run has ended.
            ValueRefused: the run waits for it already, and for a value of another type.
        """
        if isinstance(self._journal, StoredJournal):
            send_in(self._journal.store, self.id, event, value, by, None)
            return
        people, who = self._scheduler.people, name_of(by)
        if self.state.is_end:
            raise AnsweredLate(f"run '{self.id}' has ended, and waits for nothing any more: it is {self.state}")
        self._asked(lambda: people.send(event, value, who))

    def _asked(self, call: Callable[[], T]) -> T:
        """What a call gives that belongs on the loop of the run."""
        loop = self._loop
        if loop is None or self.state.is_end or self._scheduler.is_on_loop():
            return call()
        future: Future[T] = Future()

        def called() -> None:
            try:
                future.set_result(call())
            except Exception as error:
                future.set_exception(error)

        loop.call_soon_threadsafe(called)
        while loop.is_running():
            with contextlib.suppress(TimeoutError):
                return future.result(0.05)
        return future.result(0)

    def render(self, path: str | os.PathLike[str], **options: Any) -> Any:
        """Draw the run into a file: .svg .png .pdf .dot .html .mmd by suffix; see ``planweave.visualize``."""
        from planweave.engine.rendering import render

        return render(self, path, **options)

    def _repr_svg_(self) -> str:
        from planweave.engine.rendering import svg

        return svg(self)

    # ------------------------------------------------------------------ how it is executed

    async def _execute(self, epoch: float, acknowledged: asyncio.Future[None]) -> None:
        self._loop = asyncio.get_running_loop()

        def acknowledge() -> None:
            if not acknowledged.done():
                acknowledged.set_result(None)

        try:
            await self._scheduler.run(epoch, acknowledge)
        except BaseException as error:
            if not acknowledged.done():
                acknowledged.set_exception(error)
                return
            raise
        finally:
            self._close()

    def _close(self) -> None:
        """Nothing more is going to be recorded."""
        journal = stored(self._journal)
        if journal is not None:
            journal.close()

    def _unfinished(self) -> PlanweaveError:
        if self.state is RunState.WAITING:
            return PlanweaveError(
                f"run '{self.id}' of '{self.graph.name}' waits: {self._scheduler.people.words()}",
                mend="pw.resume(run_id, store=...) goes on with it",
            )
        return self.error or PlanweaveError(
            f"run '{self.id}' of '{self.graph.name}' has no result yet: it is {self.state}", mend="await run.wait()"
        )

    def _failed(self) -> RunFailed:
        data, frontier = self._scheduler.data, self._scheduler.frontier
        roots = self._scheduler.failed_roots()
        causes = {data.nodes[i].id: data.errors[i] if i in data.errors else self._lost(i) for i in roots}
        node_id, first = next(iter(causes.items()))
        more = f", and {len(causes) - 1} more: {', '.join(list(causes)[1:6])}" if len(causes) > 1 else ""
        held = sum(frontier.state[i] == "upstream_failed" for i in range(len(data.nodes)))
        because = f"; {held} node{'s' if held > 1 else ''} could not run because of it" if held else ""
        error = RunFailed(
            f"run '{self.id}' of '{self.graph.name}' failed at '{node_id}': {describe(first)}{more}{because}"
            f"{self._scheduler.undoing.words()}{self._left_words()}",
            run=self,
            causes=causes,
            node=node_id,
            where=data.nodes[roots[0]].where,
            mend=first.mend if isinstance(first, PlanweaveError) else None,
        )
        error.__cause__ = first
        return error

    def _lost(self, position: int) -> BaseException:
        state = self._scheduler.frontier.state[position]
        return PlanweaveError(f"'{self._scheduler.data.nodes[position].id}' has no value: it is {state}")

    def _left_words(self) -> str:
        left = self._scheduler.left
        return f"; threads left behind after the grace time: {', '.join(left)}" if left else ""
