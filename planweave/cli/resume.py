"""``planweave resume``: go on with a run whose process has ended, or that waited."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from planweave.cli.errors import DONE
from planweave.cli.execution import LEAVE, attend
from planweave.cli.options import Debug, Json, Quiet
from planweave.cli.progress.ledger import Ledger
from planweave.cli.progress.watch import watch
from planweave.cli.run import tell_end
from planweave.cli.stores import RunName, StoreUrl, opened, row_of
from planweave.cli.streams import Output, complain
from planweave.engine.errors import PlanweaveError, RunHeld
from planweave.engine.graph import Graph
from planweave.engine.recorded import recorded
from planweave.engine.resume import start_resumed
from planweave.engine.run import Run
from planweave.engine.store.beginning import graph_of
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store

AGAIN = 0.5
"""Seconds after which a run is tried again that another process holds."""

AcceptChanges = Annotated[
    bool, typer.Option("--accept-changes", help="Go on though the code of nodes that have begun has changed.")
]


def resume(
    context: typer.Context,
    name: RunName,
    accept_changes: AcceptChanges = False,
    store: StoreUrl = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Go on with a run whose process has ended, or that waited, to its end, and print its result.

    What is recorded as done is not done again. A run that another process holds is waited for.
    """
    output: Output = context.obj
    with opened(store) as there:
        row = row_of(there, name)
        made = go_on(there, row, output, accept_changes=accept_changes, quiet=quiet)
    tell_end(made, output)
    made.check()
    return DONE


def go_on(
    store: Store,
    row: RunRow,
    output: Output,
    *,
    graph: Graph | None = None,
    accept_changes: bool = False,
    quiet: bool = False,
) -> Run[Any]:
    """Go on with a run under a person's eyes; gives it as it ended."""
    graph = imported_graph(row) if graph is None else graph
    looking = None if quiet or output.json else watch(graph, sys.stderr)
    if looking is not None:
        complain(f"run {row.id} goes on")
        for event in _told_before(store, row):
            looking.ledger.note(event)
    observers = () if looking is None else (looking.observe,)

    async def begin(is_asked: Callable[[], bool]) -> Run[Any]:
        told = False
        while True:
            try:
                return await start_resumed(
                    row.id, store=store, graph=graph, accept_changes=accept_changes, on_event=observers, leave=LEAVE
                )
            except RunHeld as error:
                if not told:
                    complain(f"{error.what}; waiting until that is over")
                told = True
                await asyncio.sleep(min(error.seconds, AGAIN) + 0.01)
            if is_asked():
                raise KeyboardInterrupt

    made = attend(begin, looking)
    if looking is not None:
        ended = Ledger(graph)
        for event in made.events:  # another process may have ended it meanwhile, which nobody here has seen
            ended.note(event)
        if row.parent is not None and ended.began is not None:
            ended.began = max(ended.began, row.created)  # what a rerun keeps is of before
        complain(ended.summary())
    return made


def _told_before(store: Store, row: RunRow) -> Any:
    """What was recorded so far, for who looks on; nothing where that cannot be told."""
    try:
        return recorded(store, row).events
    except PlanweaveError:
        return ()


def imported_graph(row: RunRow) -> Graph:
    """The graph of a run with its tasks, whose modules are imported for that.

    Raises:
        RunBlocked: it was not recorded, or a task is not where it was, or its file cannot be imported.
    """
    import_from_here()
    return graph_of(row)


def import_from_here() -> None:
    """Let modules be found in the working folder, as `planweave run` does."""
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
