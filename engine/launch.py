"""Launching: the functions that start a run, and all that can be wrong before it starts."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, overload

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.errors import PolicyError, UndeclaredPoolError
from planweave.engine.graph import Graph
from planweave.engine.inputs import check_inputs
from planweave.engine.journal import Journal, MemoryJournal
from planweave.engine.location import Location
from planweave.engine.observers import Observer
from planweave.engine.policy import ON_FAILURE_NAMES, OnFailure, check_known
from planweave.engine.run import Run
from planweave.engine.scheduler import Scheduler
from planweave.engine.store.beginning import new_row
from planweave.engine.store.store import Store, open_store
from planweave.engine.store.stored import StoredJournal
from planweave.engine.tracer import no_tracing
from planweave.engine.wording import clip, cut

if TYPE_CHECKING:
    from planweave.engine.workflow import Workflow

R = TypeVar("R")

THREADS = 8
"""Threads of a run unless said otherwise."""
GRACE = 30.0
"""Seconds that threads are given to end, unless said otherwise."""


class RunOptions(TypedDict, total=False):
    """The keywords of ``run`` and ``start``, which says what they mean."""

    store: Journal | Store | str | Path | None
    pools: Mapping[str, int] | None
    threads: int
    processes: int | None
    grace: float
    on_event: Observer | Iterable[Observer]
    run_id: str | None
    leave: float | None
    on_failure: OnFailure | None


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
    store: Journal | Store | str | Path | None = None,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    processes: int | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    run_id: str | None = None,
    leave: float | None = None,
    on_failure: OnFailure | None = None,
    check: bool = True,
) -> Run[Any]:
    """Run a workflow or a graph to its end.

    Works inside a running event loop too (notebooks): the run then has a loop and thread of its own.

    Args:
        what: a workflow, a graph, a plan with its actions compiled, ...
        inputs: by name.
        store: where the run is recorded: the path of a file, ``"sqlite:///runs.db"``, ``"postgresql://..."``, an open
            store, a journal; in memory unless given.
        pools: limits of pools, beside or instead of those of the workflow.
        threads: how many sync functions may run at once in threads.
        processes: the same for processes; as many as there are processors unless given.
        grace: seconds that threads are given to end when the run has ended or is cancelled.
        on_event: called with each event; one that raises is logged and not called again.
        run_id: of the run; random unless given.
        leave: seconds after which a stored run is given out of hand in which all that is left waits: for a time, a
            person, an event. It is then ``WAITING``, and ``pw.resume`` goes on with it. Unless given, it is kept.
        on_failure: ``"undo"``: where the run fails, what has succeeded is undone, as far as its tasks say how
            (``@task(undo=...)``), the last first; ``"keep"``: it stays as it is; that of the workflow unless given.
        check: raise when the run does not succeed.

    Raises:
        InputError: inputs are missing, unknown or of the wrong type.
        UndeclaredPoolError: a task names a pool that has no limit.
        PolicyError: no thread or no process is allowed, or another option cannot be what it is.
        RunFailed: with the root causes.
        ThreadsLeft: threads of it did not end within the grace time.
    """
    with no_tracing():  # in a function that composes a workflow, bodies would be traced into that
        made = prepare(what, inputs, store, pools, threads, processes, grace, on_event, run_id, leave, on_failure)
        to_the_end(made)
    if check:
        made.check()
    return made


def to_the_end(made: Run[Any]) -> None:
    """Execute a run that has been prepared; in a thread of its own where a loop runs here already."""
    made._scheduler.keeping.is_alone = True

    async def execute() -> None:
        acknowledged = asyncio.get_running_loop().create_future()
        await made._execute(_epoch(), acknowledged)
        acknowledged.result()  # a journal that cannot record the start says so here

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(execute())
    else:
        _run_in_thread(made, execute)


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
    store: Journal | Store | str | Path | None = None,
    pools: Mapping[str, int] | None = None,
    threads: int = THREADS,
    processes: int | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    run_id: str | None = None,
    leave: float | None = None,
    on_failure: OnFailure | None = None,
) -> Run[Any]:
    """Start a workflow or a graph on the running event loop; gives the live run once its start is recorded.

    The arguments are those of ``run``. Cancelling the task that awaits ``run.wait()`` does not cancel the run.
    """
    with no_tracing():
        made = prepare(what, inputs, store, pools, threads, processes, grace, on_event, run_id, leave, on_failure)
        return await started(made)


async def started(made: Run[Any]) -> Run[Any]:
    """Start a run that has been prepared; gives it once that is recorded."""
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
    store: Any,
    pools: Mapping[str, int] | None,
    threads: int,
    processes: int | None,
    grace: float,
    on_event: Observer | Iterable[Observer],
    run_id: str | None,
    leave: float | None = None,
    on_failure: OnFailure | None = None,
) -> Run[Any]:
    """Everything of a run that can go wrong before it starts."""
    graph = compile_graph(what)
    values = check_inputs(graph, {} if inputs is None else inputs)
    run_id = new_run_id() if run_id is None else check_run_id(run_id)
    checked = check_store(store)
    sizes = sizes_of(graph, pools, threads, processes)
    if isinstance(grace, bool) or not isinstance(grace, int | float) or not grace >= 0:
        raise PolicyError(f"grace={clip(grace)} is no time", where=Location.of_user(), mend="use seconds from 0")
    observers = check_observers(on_event)
    check_leave(leave, is_stored=isinstance(checked, Store))
    if on_failure is not None:
        check_known("treatment of failures", on_failure, ON_FAILURE_NAMES)
    if not isinstance(checked, Store):
        return run_of(graph, values, run_id, checked, sizes, grace, observers, on_failure=on_failure)
    options = {"pools": dict(pools or {}), "threads": threads, "processes": processes}
    if on_failure is not None:
        options["on_failure"] = on_failure
    journal = StoredJournal(checked, new_row(graph, values, run_id, options), owns=checked is not store)
    return run_of(graph, values, run_id, journal, sizes, grace, observers, leave=leave, on_failure=on_failure)


def run_of(
    graph: Graph,
    values: Mapping[str, Any],
    run_id: str,
    journal: Journal,
    sizes: Mapping[str, int],
    grace: float,
    observers: tuple[Observer, ...],
    *,
    is_resumed: bool = False,
    leave: float | None = None,
    on_failure: OnFailure | None = None,
) -> Run[Any]:
    """A run, ready to be executed."""
    if journal.group:
        sizes = {**sizes, "inline": journal.group}  # no more recorded as started than one group commits together
    scheduler = Scheduler(
        graph,
        values,
        run_id=run_id,
        journal=journal,
        sizes=sizes,
        grace=grace,
        observers=observers,
        on_failure=on_failure or graph.on_failure,
        is_resumed=is_resumed,
    )
    if isinstance(journal, StoredJournal):
        journal.lost = scheduler.crash
        journal.arrived = scheduler.people.arrived
    scheduler.leaving.after = leave
    return Run(graph, values, run_id, scheduler, journal)


def sizes_of(graph: Graph, pools: Mapping[str, int] | None, threads: int, processes: int | None) -> dict[str, int]:
    """How many nodes may hold each slot; raises PolicyError, UndeclaredPoolError."""
    sizes = {"thread": threads, "process": (os.cpu_count() or 1) if processes is None else processes}
    for name, size in sizes.items():
        if not isinstance(size, int) or size < 1:
            word = {"thread": "threads", "process": "processes"}[name]
            raise PolicyError(
                f"{word}={clip(size)} leaves no room to run anything",
                where=Location.of_user(),
                mend="use a whole number from 1",
            )
    return sizes | {f"pool {name}": size for name, size in check_pools(graph, pools or {}).items()}


def check_leave(leave: Any, *, is_stored: bool = True) -> None:
    """Raise PolicyError unless a run can be left after so many seconds."""
    if leave is None:
        return
    if isinstance(leave, bool) or not isinstance(leave, int | float) or not leave >= 0:
        raise PolicyError(f"leave={clip(leave)} is no time", where=Location.of_user(), mend="use seconds from 0")
    if not is_stored:
        raise PolicyError(
            "a run in memory cannot be left: nobody could go on with it",
            where=Location.of_user(),
            mend='record it: store="runs.db"',
        )


def check_observers(on_event: Any) -> tuple[Observer, ...]:
    """Those who listen; raises PolicyError for what cannot be called, or would have to be awaited."""
    observers = (on_event,) if callable(on_event) or not isinstance(on_event, Iterable) else tuple(on_event)
    for observer in observers:
        if not callable(observer):
            raise PolicyError(
                f"on_event={observer!r:.60} cannot be called",
                where=Location.of_user(),
                mend="pass a function of an event, or a list of such functions",
            )
        if inspect.iscoroutinefunction(observer):
            raise PolicyError(
                f"on_event={observer!r:.60} is async, and an observer is not awaited",
                where=Location.of_user(),
                mend="pass a plain function; asyncio.Queue.put_nowait hands events to a coroutine",
            )
    return observers


def check_store(store: Any) -> Journal | Store:
    """A journal, or a store; raises PolicyError for anything else."""
    if store is None:
        return MemoryJournal()
    if isinstance(store, str | Path):
        return open_store(store)
    if not isinstance(store, Journal | Store):
        raise PolicyError(
            f"store={store!r:.60} is no store",
            where=Location.of_user(),
            mend="pass the path or URL of one, or leave it out: the run is then recorded in memory",
        )
    return store


def check_run_id(run_id: Any) -> str:
    """An id that can stand in files, lines and URLs; raises PolicyError for another."""
    if not isinstance(run_id, str) or not run_id or not run_id.isprintable() or run_id != run_id.strip():
        raise PolicyError(
            f"run_id={run_id!r:.60} cannot name a run",
            where=Location.of_user(),
            mend="use printable text without spaces around it",
        )
    return run_id


def new_run_id() -> str:
    """A new id: the time in UTC, so that ids sort by it, and 32 random bits."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"


def check_pools(graph: Graph, given: Mapping[str, int]) -> dict[str, int]:
    """The limit of every pool; raises UndeclaredPoolError for one that a task names and nobody limits."""
    from planweave.engine.workflow import check_pools as check_limits

    check_limits(given)
    pools = {**graph.pools, **given}
    for name, node in graph.pooled.items():
        if name not in pools:
            raise UndeclaredPoolError(
                f"pool '{cut(name, 80)}' has no limit",
                where=node.where,
                node=node.id,
                mend=f'declare it: @pw.workflow(pools={{"{cut(name, 80)}": 4}}), or pw.run(..., pools=...)',
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
