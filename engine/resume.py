"""Resuming: a run whose process is gone goes on in this one."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.errors import PlanweaveError, RecordsUnreadable, RunBlocked, RunHeld, UnreadableValue
from planweave.engine.graph import Graph
from planweave.engine.launch import (
    GRACE,
    check_leave,
    check_observers,
    check_store,
    run_of,
    sizes_of,
    started,
    to_the_end,
)
from planweave.engine.observers import Observer
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.aside import reader
from planweave.engine.store.beginning import changed, changes, graph_of, inputs_of
from planweave.engine.store.holder import Holder
from planweave.engine.store.lease import leases_of
from planweave.engine.store.replay import replay
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.stamp import chained, check_beginning
from planweave.engine.store.store import Store
from planweave.engine.store.stored import StoredJournal
from planweave.engine.tracer import no_tracing

LOGGER = logging.getLogger("planweave.resume")


def resume(
    run_id: str,
    *,
    store: Store | str | Path,
    graph: Graph | Compilable | None = None,
    inputs: Mapping[str, Any] | None = None,
    accept_changes: bool = False,
    retry_poison: bool = False,
    pools: Mapping[str, int] | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    wait: bool = True,
    leave: float | None = None,
    check: bool = True,
) -> Run[Any]:
    """Go on with a run whose process has ended, or that waited, to its end.

    What is recorded as done is not done again. An attempt that was under way is made again, unless the ``on_crash`` of
    its task says otherwise.

    Args:
        run_id: of the run.
        store: where it is recorded.
        graph: what is run, where it cannot be found by what is recorded.
        inputs: those that are secrets, which are not recorded.
        accept_changes: go on though the code of nodes that have begun has changed.
        retry_poison: make another attempt of nodes whose process ended more often than their ``crash_limit`` allows.
            Without it they block the run, since they may be what ends the process. ``pw.cancel`` gives up instead.
        pools: limits of pools instead of those it was started with.
        grace: seconds that threads are given to end.
        on_event: called with each event from now on.
        wait: wait for the lease of a holder of which it is not known whether it is gone.
        leave: seconds after which the run is given out of hand again if all that is left waits; see ``run``.
        check: raise when the run does not succeed; that it waits is no failure.

    Raises:
        UnknownRun: there is none of that id.
        RunHeld: another process runs it, and ``wait`` is false.
        CodeChanged: nodes that have begun are not the same.
        RunBlocked: it cannot go on as it is.
        RecordsUnreadable: what is recorded does not fit together.
        RunFailed: with the root causes.
    """
    with no_tracing():
        opened = opened_store(store)
        row = opened.row(run_id)
        made = _resumed(
            opened,
            opened is not store,
            row,
            graph=graph,
            inputs=inputs,
            accept_changes=accept_changes,
            retry_poison=retry_poison,
            pools=pools,
            grace=grace,
            on_event=on_event,
            wait=wait,
            leave=leave,
        )
        if made.state.is_end:
            made._close()
        else:
            to_the_end(made)
    if check:
        made.check()
    return made


async def start_resumed(run_id: str, *, store: Store | str | Path, **options: Any) -> Run[Any]:
    """Go on with a run on the running event loop; gives the live run once that is recorded. See ``resume``."""
    with no_tracing():
        opened = opened_store(store)
        made = _resumed(opened, opened is not store, opened.row(run_id), **{"wait": False, **options})
        if made.state.is_end:
            made._close()
            return made
        return await started(made)


def opened_store(store: Any) -> Store:
    """The store that runs are resumed from; raises PolicyError, PlanweaveError for what is none."""
    found = check_store(store)
    if not isinstance(found, Store):
        raise PlanweaveError("a run can only be resumed from a store", mend='store="sqlite:///runs.db"')
    return found


def _resumed(
    store: Store,
    owns: bool,
    row: RunRow,
    *,
    graph: Any = None,
    inputs: Mapping[str, Any] | None = None,
    accept_changes: bool = False,
    retry_poison: bool = False,
    pools: Mapping[str, int] | None = None,
    grace: float = GRACE,
    on_event: Any = (),
    wait: bool = True,
    leave: float | None = None,
) -> Run[Any]:
    """A run that has been brought to where its records end."""
    check_leave(leave)
    check_beginning(row, store.entries(row.id))
    is_end = RunState(row.state).is_end
    made_of = graph_of(row) if graph is None else compile_graph(graph)
    values = inputs_of(row, made_of, inputs or {})
    options = json.loads(row.options)
    sizes = sizes_of(made_of, {**options.get("pools", {}), **(pools or {})}, options["threads"], options["processes"])
    observers = check_observers(on_event)
    if not is_end:
        row = _claimed(store, row.id, wait)
    journal = StoredJournal(store, row, owns=owns)
    if not is_end:
        leases_of(store).hold(row.id, lambda error: None)  # telling all that is recorded may take longer than a lease
    try:
        made = run_of(
            made_of,
            values,
            row.id,
            journal,
            sizes,
            grace,
            observers,
            is_resumed=True,
            leave=leave,
            on_failure=options.get("on_failure"),
        )
        scheduler = made._scheduler
        different = changes(row, made_of)
        if different and list(json.loads(row.fingerprints)) != list(made_of.fingerprints):
            raise changed(row, different)
        journal.expect(replay(scheduler, journal.records, chained(store.entries(row.id), row), read=reader(store)), row)
        _check_end(row, scheduler.state)
        begun = {
            name: what
            for name, what in different.items()
            if scheduler.frontier.state[made_of.position(name)] not in (NodeState.PENDING, NodeState.READY)
        }
        if is_end or (row.wanted == "cancel" and not scheduler.undoing.is_on):
            return made  # nothing starts any more
        if begun and not accept_changes:
            raise changed(row, begun)
        if not retry_poison:
            _check_poison(row, [scheduler.data.nodes[i].id for i in scheduler.keeping.poison()])
    except (RunBlocked, RecordsUnreadable, UnreadableValue) as error:
        if not is_end:
            _block(store, row, error.reason if isinstance(error, RunBlocked) else error.what)
        journal.leave(None)  # which is written already
        journal.close()
        raise
    except BaseException:
        journal.close()
        raise
    return made


def _check_poison(row: RunRow, nodes: Sequence[str]) -> None:
    """Raise RunBlocked if the process of a node has ended too often while it ran."""
    if nodes:
        names = ", ".join(f"'{one}'" for one in nodes[:5]) + (f" and {len(nodes) - 5} more" if len(nodes) > 5 else "")
        reason = f"the process ended too often while it ran {names}, which may be why"
        raise RunBlocked(
            f"run '{row.id}' is blocked: {reason}",
            reason=reason,
            node=nodes[0],
            mend="pw.resume(..., retry_poison=True) tries once more; pw.cancel(...) gives up",
        )


def _check_end(row: RunRow, told: RunState) -> None:
    """Both are written in one transaction, so one alone does not say that the run has ended."""
    if RunState(row.state).is_end != told.is_end:
        raise RecordsUnreadable(
            f"run '{row.id}' is {row.state}, and its records say that it is {told}",
            entry=row.entries,
            mend="planweave audit verify",
        )


def _block(store: Store, row: RunRow, reason: str) -> None:
    """The run waits for a person from now on."""
    leases_of(store).let_go(row.id)
    store.commit([Write(row.id, row.token, state=str(RunState.BLOCKED), reason=reason, is_release=True)])


def _claimed(store: Store, run_id: str, wait: bool) -> RunRow:
    """Hold the run, as soon as nobody else does."""
    leases = leases_of(store)
    told = False
    while True:
        try:
            leases.settle()
            return store.claim(run_id, leases.holder, leases.seconds, is_dead=is_dead)
        except RunHeld as error:
            if not wait or error.seconds <= 0:
                raise
            if not told:
                LOGGER.warning("%s; waiting for the end of its lease", error.what)
                told = True
            time.sleep(min(error.seconds, 0.5) + 0.01)


def is_dead(holder: str) -> bool:
    """Whether a holder, as a store has it, is surely gone."""
    return Holder.read(holder).is_surely_dead()
