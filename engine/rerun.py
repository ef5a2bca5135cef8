"""Rerunning: a new run of the same graph that keeps what came before a node of another one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from planweave.engine.compile import Compilable
from planweave.engine.compile import compile as compile_graph
from planweave.engine.document.write import dumps
from planweave.engine.errors import CodeChanged, PlanweaveError, RecordsUnreadable, RunHeld, StoreError
from planweave.engine.explain import unknown_node
from planweave.engine.graph import Graph
from planweave.engine.journal import MemoryJournal
from planweave.engine.launch import GRACE, check_run_id, new_run_id, run_of, sizes_of
from planweave.engine.observers import Observer
from planweave.engine.resume import opened_store, resume
from planweave.engine.run import Run
from planweave.engine.source import nodes_of
from planweave.engine.state import RunState
from planweave.engine.store.aside import reader
from planweave.engine.store.beginning import changed, changes, graph_of, inputs_of
from planweave.engine.store.entry import START, Entry, read_text, write_record, write_text
from planweave.engine.store.kept import Anew, History, anew, history, retold
from planweave.engine.store.lease import leases_of
from planweave.engine.store.replay import Imported
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.stamp import chained, check_beginning, stamped
from planweave.engine.store.store import Store

TEXT = 1_000_000
"""So many characters, or a little more, are one entry."""


def rerun(
    run_id: str,
    node: str,
    *,
    store: Store | str | Path,
    graph: Graph | Compilable | None = None,
    inputs: Mapping[str, Any] | None = None,
    accept_changes: bool = False,
    pools: Mapping[str, int] | None = None,
    grace: float = GRACE,
    on_event: Observer | Iterable[Observer] = (),
    new_id: str | None = None,
    check: bool = True,
) -> Run[Any]:
    """Run a graph again from one of its nodes on, and keep what came before that in an earlier run.

    The node runs again, and so does all that comes after it, all that had not ended, and what failed, unless something
    has taken the failure in. Everything else has the values of the earlier run. Where the node stands in a map, a
    branch or a loop, the rest of that is kept too: the other items, the rounds before.

    Args:
        run_id: of the earlier run, which has ended.
        node: the id of the node.
        store: where the earlier run is recorded, and the new one will be.
        graph: what is run, where it cannot be found by what is recorded.
        inputs: those that are secrets, which are not recorded.
        accept_changes: keep values though the code that made them has changed.
        pools: limits of pools instead of those of the earlier run.
        grace: seconds that threads are given to end.
        on_event: called with each event from now on.
        new_id: of the new run; random unless given.
        check: raise when the run does not succeed.

    Raises:
        UnknownRun: there is none of that id.
        UnknownNameError: the run has no such node.
        StoreError: the run has not ended.
        CodeChanged: the code that made a value that would be kept has changed.
        RecordsUnreadable: what is recorded does not fit together.
        RunFailed: with the root causes.
    """
    there = opened_store(store)
    try:
        made = prepare_rerun(
            there, run_id, node, graph=graph, inputs=inputs, accept_changes=accept_changes, new_id=new_id
        )
        return resume(
            made.run,
            store=there,
            graph=made.graph,
            inputs=inputs,
            pools=pools,
            grace=grace,
            on_event=on_event,
            check=check,
        )
    finally:
        if there is not store:
            there.close()


class Rerun(NamedTuple):
    """A rerun that has been recorded, and goes on when it is resumed.

    Attributes:
        run: the id of the new run.
        graph: what is run.
        kept: how many nodes have their values already.
    """

    run: str
    graph: Graph
    kept: int


def prepare_rerun(
    store: Store,
    run_id: str,
    node: str,
    *,
    graph: Graph | Compilable | None = None,
    inputs: Mapping[str, Any] | None = None,
    accept_changes: bool = False,
    new_id: str | None = None,
) -> Rerun:
    """Record a run that keeps what came before a node of another one; see ``rerun``."""
    row = store.row(run_id)
    name = new_run_id() if new_id is None else check_run_id(new_id)
    if not RunState(row.state).is_end and row.state != RunState.BLOCKED:
        raise RunHeld(
            f"run '{row.id}' has not ended: it is {row.state}",
            until=row.lease_until or 0.0,
            seconds=0.0,
            mend="resume it, or cancel it first",
        )
    if row.pruned is not None:
        raise StoreError(f"run '{row.id}' was pruned: nothing is left of it that could be kept")
    check_beginning(row, store.entries(row.id))
    what = graph_of(row) if graph is None else compile_graph(graph)
    different = changes(row, what)
    if different and list(json.loads(row.fingerprints)) != list(what.fingerprints):
        raise _not_kept(row, different)
    values = inputs_of(row, what, inputs or {})
    try:
        known, again = _known(store, row, what, values, node)
        left = [one for one in different if not again.has(what.position(one)) or what.position(one) in again.ends]
        if left and not accept_changes:
            raise _not_kept(row, {one: different[one] for one in left})
        fresh, journal = _told_to(row, what, values)
        records = retold(known, again, fresh._scheduler, journal.records, reader(store), Imported())
    except PlanweaveError:
        raise
    except Exception as error:  # whatever a wrong record does to the engine
        raise RecordsUnreadable(
            f"the records of run '{row.id}' do not fit together: {error}", entry=0, mend="planweave audit verify"
        ) from error
    new = replace(
        row,
        id=name,
        state=str(RunState.RUNNING),
        graph=row.graph if graph is None else _document(what),
        fingerprints=json.dumps(dict(what.fingerprints)),
        parent=row.id,
        parent_node=node,
        token=0,
        holder=None,
        lease_until=None,
        entries=0,
        head=START,
        due=None,
        wanted=None,
        reason=None,
    )
    first = read_text(f"[{records[0]}]")[0]
    records[0] = write_record(first.time, first.kind, first.position, stamped(new))
    entries = tuple(_entries(records))
    leases = leases_of(store)
    store.create(new, Write(name, 1, entries, str(RunState.RUNNING), is_release=True), leases.holder, leases.seconds)
    kept = sum(state.is_end for state in fresh._scheduler.frontier.state)
    return Rerun(name, what, kept)


def _known(store: Store, row: RunRow, graph: Graph, values: Mapping[str, Any], node: str) -> tuple[History, Anew]:
    """The earlier run as it was, and which nodes of it are to run again."""
    run, journal = _told_to(row, graph, values)
    known = history(run._scheduler, journal.records, chained(store.entries(row.id), row), reader(store), Imported())
    positions = [i for i, one in enumerate(run._scheduler.data.nodes) if one.id == node]
    if not positions:
        raise unknown_node(run, node)
    return known, anew(known, positions[0], () if graph.output is None else nodes_of(graph.output))


def _told_to(row: RunRow, graph: Graph, values: Mapping[str, Any]) -> tuple[Run[Any], MemoryJournal]:
    """A run that nothing has been told yet."""
    options, journal = json.loads(row.options), MemoryJournal()
    sizes = sizes_of(graph, options.get("pools"), options["threads"], options["processes"])
    return run_of(graph, values, row.id, journal, sizes, 0.0, (), is_resumed=True), journal


def _entries(records: Iterable[str]) -> Iterator[Entry]:
    """The records as entries, none of them much longer than ``TEXT``."""
    head, number, some, size = START, 0, list[str](), 0
    for record in [*records, None]:
        if some and (record is None or size >= TEXT):
            entry = Entry.after(head, number, write_text(some))
            yield entry
            head, number, some, size = entry.hash, number + 1, [], 0
        if record is not None:
            some.append(record)
            size += len(record)


def _document(graph: Graph) -> str | None:
    try:
        return dumps(graph)
    except PlanweaveError:  # it holds what only this process has
        return None


def _not_kept(row: RunRow, different: Mapping[str, str]) -> CodeChanged:
    error = changed(row, different)
    return CodeChanged(
        f"values of run '{row.id}' cannot be kept, since the code that made them has changed: "
        f"{'; '.join(error.changes[:5])}",
        reason=error.reason,
        changes=error.changes,
        mend="rerun from a node before these, or accept the change: planweave rerun --accept-changes",
    )
