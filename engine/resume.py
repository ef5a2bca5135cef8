"""Resuming: a run whose process is gone goes on in this one."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.errors import PlanweaveError, RunBlocked, RunHeld
from planweave.engine.graph import Graph
from planweave.engine.launch import GRACE, check_observers, check_store, run_of, sizes_of, started, to_the_end
from planweave.engine.observers import Observer
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.beginning import changed, changes, graph_of, inputs_of
from planweave.engine.store.holder import Holder
from planweave.engine.store.lease import leases_of
from planweave.engine.store.replay import replay
from planweave.engine.store.rows import RunRow, Write
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
    pools: Mapping[str, int] | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    wait: bool = True,
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
        pools: limits of pools instead of those it was started with.
        grace: seconds that threads are given to end.
        on_event: called with each event from now on.
        wait: wait for the lease of a holder of which it is not known whether it is gone.
        check: raise when the run does not succeed.

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
        made = _resumed(opened, opened is not store, row, graph, inputs, accept_changes, pools, grace, on_event, wait)
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
        known = {"graph": None, "inputs": None, "accept_changes": False, "pools": None, "grace": GRACE}
        given = {**known, "on_event": (), "wait": False, **options}
        made = _resumed(opened, opened is not store, opened.row(run_id), **given)
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
    graph: Any,
    inputs: Mapping[str, Any] | None,
    accept_changes: bool,
    pools: Mapping[str, int] | None,
    grace: float,
    on_event: Any,
    wait: bool,
) -> Run[Any]:
    """A run that has been brought to where its records end."""
    is_end = RunState(row.state).is_end
    made_of = graph_of(row) if graph is None else compile_graph(graph)
    values = inputs_of(row, made_of, inputs or {})
    options = json.loads(row.options)
    sizes = sizes_of(made_of, {**options.get("pools", {}), **(pools or {})}, options["threads"], options["processes"])
    observers = check_observers(on_event)
    if not is_end:
        row = _claimed(store, row.id, wait)
    journal = StoredJournal(store, row, owns=owns)
    try:
        made = run_of(made_of, values, row.id, journal, sizes, grace, observers, is_resumed=True)
        scheduler = made._scheduler
        different = changes(row, made_of)
        if different and list(json.loads(row.fingerprints)) != list(made_of.fingerprints):
            raise changed(row, different)
        journal.expect(replay(scheduler, journal.records, store.entries(row.id)), row)
        begun = {
            name: what
            for name, what in different.items()
            if scheduler.frontier.state[made_of.position(name)] not in (NodeState.PENDING, NodeState.READY)
        }
        if begun and not accept_changes and not is_end:
            raise changed(row, begun)
    except RunBlocked as error:
        _block(store, row, error)
        raise
    except BaseException:
        journal.close()
        raise
    return made


def _block(store: Store, row: RunRow, error: RunBlocked) -> None:
    """The run waits for a person from now on."""
    leases_of(store).let_go(row.id)
    store.commit([Write(row.id, row.token, state=str(RunState.BLOCKED), reason=error.reason, is_release=True)])


def _claimed(store: Store, run_id: str, wait: bool) -> RunRow:
    """Hold the run, as soon as nobody else does."""
    leases = leases_of(store)
    told = False
    while True:
        try:
            return store.claim(run_id, leases.holder, leases.seconds, is_dead=_is_dead)
        except RunHeld as error:
            if not wait or error.seconds <= 0:
                raise
            if not told:
                LOGGER.warning("%s; waiting for the end of its lease", error.what)
                told = True
            time.sleep(min(error.seconds, 0.5) + 0.01)


def _is_dead(holder: str) -> bool:
    return Holder.read(holder).is_surely_dead()
