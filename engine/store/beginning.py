"""The beginning of a stored run: what is recorded of it before anything happens, and what that gives back later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from planweave.engine.errors import CodeChanged, InputError, PlanweaveError, RunBlocked, describe
from planweave.engine.graph import Graph
from planweave.engine.reference import find
from planweave.engine.state import RunState
from planweave.engine.store.rows import RunRow
from planweave.engine.store.secret import Secret, redacted_json
from planweave.engine.store.values import dump, load
from planweave.engine.task import Task


def new_row(graph: Graph, inputs: Mapping[str, Any], run_id: str, options: Mapping[str, Any]) -> RunRow:
    """What is recorded of a run at its start.

    Raises:
        InputError: an input cannot be recorded.
    """
    try:
        document: str | None = graph.document
    except PlanweaveError:  # it holds what only this process has: resuming it needs the graph
        document = None
    if document is not None and redacted_json(document) != document:
        raise InputError(
            f"'{graph.name}' holds a secret as a constant, which is never recorded",
            where=graph.where,
            mend="make it an input, key: pw.Secret[str], and pass pw.Secret(...)",
        )
    return RunRow(
        run_id,
        graph.name,
        str(RunState.RUNNING),
        graph=document,
        fingerprints=json.dumps(dict(graph.fingerprints)),
        inputs=_inputs(graph, inputs),
        options=json.dumps(options),
    )


def _inputs(graph: Graph, given: Mapping[str, Any]) -> str:
    written = []
    for one in graph.inputs:
        value = given[one.name]
        if isinstance(value, Secret):
            continue  # never recorded: it must be given again
        try:
            text = dump(value, one.annotation)
        except ValueError as error:
            raise InputError(
                f"input '{one.name}' of '{graph.name}' cannot be recorded: {error}",
                where=graph.where,
                mend="pass data (text, numbers, lists, dicts, ...), or annotate the input with its type",
            ) from None
        written.append(f"{json.dumps(one.name)}:{text}")
    return "{" + ",".join(written) + "}"


def inputs_of(row: RunRow, graph: Graph, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that a run was started with; ``given`` has those that were never recorded.

    Raises:
        InputError: a secret is not given again.
        RunBlocked: one cannot be read.
    """
    written = json.loads(row.inputs)
    found: dict[str, Any] = {}
    for one in graph.inputs:
        if one.name in written:
            try:
                found[one.name] = load(json.dumps(written[one.name]), one.annotation)
            except ValueError as error:
                reason = f"input '{one.name}' cannot be read: {error}"
                raise RunBlocked(f"run '{row.id}' is blocked: {reason}", reason=reason) from None
        elif one.name in given:
            found[one.name] = given[one.name]
        else:
            raise InputError(
                f"input '{one.name}' of run '{row.id}' is a secret, which is not recorded",
                mend=f'give it again: pw.resume(..., inputs={{"{one.name}": pw.Secret(...)}})',
            )
    return found


def graph_of(row: RunRow) -> Graph:
    """The graph that a run was started with, its tasks found where they are now.

    Raises:
        RunBlocked: it was not recorded, or a task is not where it was.
    """
    if row.graph is None:
        reason = "its graph holds what only the process that started it had (a lambda, a function within another)"
        raise RunBlocked(
            f"run '{row.id}' is blocked: {reason}", reason=reason, mend="pw.resume(run_id, store=..., graph=...)"
        )
    try:
        return Graph.from_json(row.graph, tasks=References())
    except PlanweaveError as error:
        raise RunBlocked(
            f"run '{row.id}' is blocked: its graph cannot be made again: {error.what}",
            reason=error.what,
            mend="put the task back where it was, or pw.resume(run_id, store=..., graph=...)",
        ) from error


class References(Mapping[str, Any]):
    """Tasks, and classes (the exceptions of retries, the types of events), by reference."""

    def __getitem__(self, reference: str) -> Any:
        try:
            found = find(reference)
        except LookupError as error:
            raise KeyError(reference) from error
        except (Exception, SystemExit) as error:  # whatever importing a person's file raises
            raise PlanweaveError(f"'{reference}' cannot be imported: {describe(error)}") from error
        if not isinstance(found, Task | type):
            raise KeyError(reference)
        return found

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def changes(row: RunRow, graph: Graph) -> dict[str, str]:
    """What is different about a graph since its run began, in words, by the id of the node."""
    before: dict[str, str] = json.loads(row.fingerprints)
    now = dict(graph.fingerprints)
    found = {name: f"'{name}' is no longer there" for name in before if name not in now}
    found |= {name: f"'{name}' was not there" for name in now if name not in before}
    found |= {
        name: f"'{name}' is not the same: its code, its policy, or what it takes"
        for name in now
        if name in before and before[name] != now[name]
    }
    if not found and list(before) != list(now):
        found = dict.fromkeys(now, "the nodes stand in another order")
    return found


def changed(row: RunRow, found: Mapping[str, str]) -> CodeChanged:
    """The error of a run whose code has changed."""
    some = list(dict.fromkeys(found.values()))
    return CodeChanged(
        f"run '{row.id}' is blocked, since the code has changed: {'; '.join(some[:5])}"
        + (f"; and {len(some) - 5} more" if len(some) > 5 else ""),
        reason="the code has changed: " + "; ".join(some[:5]),
        changes=some,
        mend="put the code back, or accept the change: planweave resume --accept-changes",
    )
