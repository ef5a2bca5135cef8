"""``planweave rerun``: run again from a node on, and keep what came before it."""

from __future__ import annotations

from typing import Annotated

import typer

from planweave.cli.errors import DONE, UsageError
from planweave.cli.options import Debug, Json, Quiet
from planweave.cli.progress.wording import counted
from planweave.cli.resume import go_on, imported_graph
from planweave.cli.run import tell_end
from planweave.cli.stores import RunName, StoreUrl, opened, row_of
from planweave.cli.streams import Output, complain
from planweave.engine.errors import UnknownNameError
from planweave.engine.rerun import prepare_rerun


def rerun(
    context: typer.Context,
    name: RunName,
    node: Annotated[
        str, typer.Option("--from", metavar="NODE", help="The node that is to run again.", show_default=False)
    ],
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="Keep values though the code that made them has changed.")
    ] = False,
    store: StoreUrl = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Start a new run that keeps what came before a node, and runs the rest again.

    NODE runs again, and so does what comes after it, what had not ended, and what failed. Everything else has the
    values of the earlier run; of a map the other items, of a loop the rounds before.
    """
    output: Output = context.obj
    with opened(store) as there:
        row = row_of(there, name)
        graph = imported_graph(row)
        try:
            new = prepare_rerun(there, row.id, node, graph=graph, accept_changes=accept_changes)
        except UnknownNameError as error:
            raise UsageError(error.what, mend=error.mend) from error
        if not (quiet or output.json):
            complain(f"run {new.run} keeps {counted(new.kept, 'node')} of {row.id}")
        made = go_on(there, there.row(new.run), output, graph=graph, quiet=quiet)
    tell_end(made, output)
    made.check()
    return DONE
