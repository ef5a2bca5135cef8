"""A run: one execution of a graph, and the functions that start one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, Unpack, cast, overload

from planweave.engine import annotation
from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.errors import (
    InputError,
    PlanweaveError,
    PolicyError,
    RunCancelled,
    RunFailed,
    ThreadsLeft,
    UndeclaredPoolError,
)
from planweave.engine.graph import Graph
from planweave.engine.history import NodeRun, event_of, node_runs
from planweave.engine.journal import RECORD_FIELDS, Event, Journal, MemoryJournal, records_of
from planweave.engine.location import Location
from planweave.engine.observers import Observer
from planweave.engine.scheduler import Scheduler
from planweave.engine.state import RunState

if TYPE_CHECKING:
    from planweave.engine.workflow import Workflow

R = TypeVar("R")

THREADS = 8
"""Threads of a run unless said otherwise."""
GRACE = 30.0
"""Seconds that threads are given to end, unless said otherwise."""


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
            RunFailed, RunCancelled: the run ended otherwise.
            PlanweaveError: it has not ended.
        """
        if self.state is not RunState.SUCCEEDED:
            raise self._unfinished()
        data, output = self._scheduler.data, self.graph.output
        if output is None:
            return cast(R, {self.graph.nodes[i].id: data.value_at(i) for i in self.graph.last})
        return cast(R, data.value_of(output))

    @property
    def error(self) -> PlanweaveError | None:
        """Why the run did not end well: ``RunFailed`` or ``RunCancelled``; None while it goes on, or if it did."""
        if self.state is RunState.FAILED:
            return self._failed()
        if self.state is RunState.CANCELLED:
            return RunCancelled(f"run '{self.id}' of '{self.graph.name}' was cancelled{self._left_words()}", run=self)
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

    def cancel(self) -> None:
        """Cancel the run: once this returns, no attempt starts; ``wait`` tells when all has ended.

        May be called from any thread; from another than that of the run's event loop it waits until the loop has
        heard of it, which takes as long as the inline body that runs there.
        """
        loop = self._loop
        if loop is None or self.state.is_end:
            return
        if self._scheduler.is_on_loop():
            self._scheduler.cancel()
            return
        acknowledged = threading.Event()

        def cancel() -> None:
            self._scheduler.cancel()
            acknowledged.set()

        with contextlib.suppress(RuntimeError):  # the loop has closed: the run has ended
            loop.call_soon_threadsafe(cancel)
            # an inline body may keep the loop for long; a loop that was stopped in the midst never answers
            while not acknowledged.wait(0.05) and loop.is_running() and not self.state.is_end:
                continue

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

    def _unfinished(self) -> PlanweaveError:
        return self.error or PlanweaveError(
            f"run '{self.id}' of '{self.graph.name}' has no result yet: it is {self.state}", mend="await run.wait()"
        )

    def _failed(self) -> RunFailed:
        data, frontier = self._scheduler.data, self._scheduler.frontier
        roots = self._scheduler.failed_roots()
        causes = {data.nodes[i].id: data.errors.get(i) or self._lost(i) for i in roots}
        node_id, first = next(iter(causes.items()))
        more = f", and {len(causes) - 1} more: {', '.join(list(causes)[1:6])}" if len(causes) > 1 else ""
        held = sum(frontier.state[i] == "upstream_failed" for i in range(len(data.nodes)))
        because = f"; {held} node{'s' if held > 1 else ''} could not run because of it" if held else ""
        error = RunFailed(
            f"run '{self.id}' of '{self.graph.name}' failed at '{node_id}': {describe(first)}{more}{because}"
            f"{self._left_words()}",
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


def describe(error: BaseException) -> str:
    """An error in one line: its class and what it says.

    >>> describe(ValueError("no such file"))
    'ValueError: no such file'
    """
    text = error.what if isinstance(error, PlanweaveError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class RunOptions(TypedDict, total=False):
    """The keywords of ``run`` and ``start``, which says what they mean."""

    store: Journal | None
    pools: Mapping[str, int] | None
    threads: int
    processes: int | None
    grace: float
    on_event: Observer | Iterable[Observer]
    run_id: str | None


@overload
def run(
    what: Workflow[..., R],
    inputs: Mapping[str, Any] | None = None,
    *,
    check: bool = True,
    **options: Unpack[RunOptions],
) -> Run[R]: ...
@overload
def run(
    what: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    check: bool = True,
    **options: Unpack[RunOptions],
) -> Run[Any]: ...
def run(
    what: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    store: Journal | None = None,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    processes: int | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    run_id: str | None = None,
    check: bool = True,
) -> Run[Any]:
    """Run a workflow or a graph to its end.

    Works inside a running event loop too (notebooks): the run then has a loop and thread of its own.

    Args:
        what: a workflow, a graph, a plan with its actions compiled, ...
        inputs: by name.
        store: where the run is recorded; in memory unless given.
        pools: limits of pools, beside or instead of those of the workflow.
        threads: how many sync functions may run at once in threads.
        processes: the same for processes; as many as there are processors unless given.
        grace: seconds that threads are given to end when the run has ended or is cancelled.
        on_event: called with each event; one that raises is logged and not called again.
        run_id: of the run; random unless given.
        check: raise when the run does not succeed.

    Raises:
        InputError: inputs are missing, unknown or of the wrong type.
        UndeclaredPoolError: a task names a pool that has no limit.
        PolicyError: no thread or no process is allowed.
        RunFailed: with the root causes.
        ThreadsLeft: threads of it did not end within the grace time.
    """
    made = prepare(what, inputs, store, pools, threads, processes, grace, on_event, run_id)

    async def execute() -> None:
        await made._execute(_epoch(), asyncio.get_running_loop().create_future())

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(execute())
    else:
        _run_in_thread(made, execute)
    if check:
        made.check()
    return made


@overload
async def start(
    what: Workflow[..., R], inputs: Mapping[str, Any] | None = None, **options: Unpack[RunOptions]
) -> Run[R]: ...
@overload
async def start(
    what: Graph | Compilable, inputs: Mapping[str, Any] | None = None, **options: Unpack[RunOptions]
) -> Run[Any]: ...
async def start(
    what: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    store: Journal | None = None,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    processes: int | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    run_id: str | None = None,
) -> Run[Any]:
    """Start a workflow or a graph on the running event loop; gives the live run once its start is recorded.

    The arguments are those of ``run``. Cancelling the task that awaits ``run.wait()`` does not cancel the run.
    """
    made = prepare(what, inputs, store, pools, threads, processes, grace, on_event, run_id)
    loop = asyncio.get_running_loop()
    acknowledged = loop.create_future()
    made._task = loop.create_task(made._execute(_epoch(), acknowledged))
    try:
        await acknowledged
    except asyncio.CancelledError:  # the caller will never hold the run: it must not go on by itself
        made._task.cancel()
        await asyncio.wait([made._task])
        raise
    return made


def prepare(
    what: Any,
    inputs: Mapping[str, Any] | None,
    store: Journal | None,
    pools: Mapping[str, int] | None,
    threads: int,
    processes: int | None,
    grace: float,
    on_event: Observer | Iterable[Observer],
    run_id: str | None,
) -> Run[Any]:
    """Everything of a run that can go wrong before it starts."""
    graph = compile_graph(what)
    values = check_inputs(graph, inputs or {})
    run_id = run_id or new_run_id()
    journal: Journal = MemoryJournal() if store is None else store
    sizes = {"thread": threads, "process": (os.cpu_count() or 1) if processes is None else processes}
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            word = {"thread": "threads", "process": "processes"}[name]
            raise PolicyError(
                f"{word}={size!r} leaves no room to run anything",
                where=Location.of_user(),
                mend="use a whole number from 1",
            )
    sizes |= {f"pool {name}": size for name, size in check_pools(graph, pools or {}).items()}
    if journal.group:
        sizes["inline"] = journal.group  # no more recorded as started than one group commits together
    observers = (on_event,) if callable(on_event) else tuple(on_event)
    scheduler = Scheduler(graph, values, run_id=run_id, journal=journal, sizes=sizes, grace=grace, observers=observers)
    return Run(graph, values, run_id, scheduler, journal)


def new_run_id() -> str:
    """A new id: the time in UTC, so that ids sort by it, and 32 random bits."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"


def check_inputs(graph: Graph, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every input of the graph; raises InputError for what is missing, unknown or of the wrong type."""
    known = {one.name: one for one in graph.inputs}
    names = ", ".join(known) or "none"
    for name in given:
        if name not in known:
            raise InputError(
                f"'{graph.name}' has no input {name!r}", where=graph.where, mend=f"its inputs are: {names}"
            )
    missing = [name for name, one in known.items() if one.required and name not in given]
    if missing:
        raise InputError(
            f"'{graph.name}' is not given: {', '.join(missing)}",
            where=graph.where,
            mend=f"pass {', '.join(f'{name}=...' for name in missing)}; its inputs are: {names}",
        )
    for name, value in given.items():
        if annotation.provably_not(type(value), known[name].annotation):
            raise InputError(
                f"input '{name}' of '{graph.name}' is {type(value).__name__} {value!r:.40}, "
                f"not {annotation.words(known[name].annotation)}",
                where=graph.where,
                mend=f"pass {name}= as {annotation.words(known[name].annotation)}",
            )
    return {name: given.get(name, one.default.value) for name, one in known.items()}


def check_pools(graph: Graph, given: Mapping[str, int]) -> dict[str, int]:
    """The limit of every pool; raises UndeclaredPoolError for one that a task names and nobody limits."""
    from planweave.engine.workflow import check_pools as check_limits

    check_limits(given)
    pools = {**graph.pools, **given}
    for name, node in graph.pooled.items():
        if name not in pools:
            raise UndeclaredPoolError(
                f"pool '{name}' has no limit",
                where=node.where,
                node=node.id,
                mend=f'declare it: @pw.workflow(pools={{"{name}": 4}}), or pw.run(..., pools=...)',
            )
    return pools


def _epoch() -> float:
    """What to add to the time of the running loop to get seconds since the epoch."""
    loop = asyncio.get_running_loop()
    epoch: float | None = getattr(loop, "epoch", None)  # a loop with a clock of its own knows (planweave.testing)
    return time.time() - loop.time() if epoch is None else epoch


def _run_in_thread(made: Run[Any], execute: Callable[[], Any]) -> None:
    """Run in a thread with a loop of its own, because the loop of this thread is busy running the caller."""
    failure: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(execute())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), name="planweave run")
    thread.start()
    task = asyncio.current_task()
    cancels = task.cancelling() if task is not None else 0
    try:
        while thread.is_alive():
            thread.join(0.1)
            if task is not None and task.cancelling() > cancels:  # how asyncio.run tells of Ctrl-C
                raise asyncio.CancelledError
    except BaseException:  # Ctrl-C reaches this thread only
        while thread.is_alive():
            made.cancel()
            thread.join(0.1)
        raise
    if failure:
        raise failure[0]


__all__ = ["RECORD_FIELDS", "Event", "NodeRun", "Run", "describe", "prepare", "run", "start"]
