"""``planweave run``: run a workflow or a graph, and print its result."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from planweave.cli import inputs as typed
from planweave.cli import target as targets
from planweave.cli.asking import waits
from planweave.cli.document import run_document
from planweave.cli.errors import DONE
from planweave.cli.execution import execute
from planweave.cli.jsonform import json_form
from planweave.cli.options import Debug, Json, Quiet
from planweave.cli.pictures import check_picture
from planweave.cli.progress.watch import watch
from planweave.cli.stores import HELP, NONE, recording
from planweave.cli.streams import Output, complain
from planweave.engine.launch import THREADS, new_run_id
from planweave.engine.run import Run
from planweave.engine.state import RunState


def run(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TARGET", help=targets.HELP, show_default=False)],
    values: Annotated[
        list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help=typed.HELP_VALUE)
    ] = None,
    input_json: Annotated[str | None, typer.Option(metavar="FILE", help=typed.HELP_JSON)] = None,
    render: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the run: .svg .png .pdf .dot .html .mmd")
    ] = None,
    timeline: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw who ran when: .svg .html")] = None,
    pool: Annotated[list[str] | None, typer.Option(metavar="NAME=LIMIT", help=typed.HELP_POOL)] = None,
    threads: Annotated[int, typer.Option(min=1, help="How many sync tasks may run at once in threads.")] = THREADS,
    store: Annotated[str | None, typer.Option(metavar="URL", help=f"{HELP} {NONE!r}: nowhere.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Run a workflow or a graph, and print its result.

    Progress goes to standard error, the result to standard output. Failed and cancelled runs are drawn too. The run is
    recorded, so that it can be shown, and go on after a crash: see `planweave runs`.
    """
    output: Output = context.obj
    check_picture(render, "--render", Run)
    check_picture(timeline, "--timeline", Run, "timeline")
    graph = targets.graph_of(target)
    inputs, pools = typed.read_inputs(graph, values or [], input_json), typed.read_pools(graph, pool or [])
    run_id, told = new_run_id(), not (quiet or output.json)
    with recording(store) as there:

        def begun() -> None:
            if told and there is not None:
                complain(f"run {run_id}, recorded in {there.url}")

        looking = watch(graph, sys.stderr) if told else None
        made = execute(
            graph, inputs, pools=pools, threads=threads, store=there, run_id=run_id, watch=looking, begun=begun
        )
    if looking is not None:
        complain(looking.ledger.summary())
    try:
        tell_end(made, output)
    finally:  # the reader of the output may have gone, as `head` does
        if render is not None:
            made.render(render)
        if timeline is not None:
            made.render(timeline, kind="timeline")
    made.check()
    return DONE


def tell_end(made: Run[Any], output: Output) -> None:
    """Print what a run came to: its result, or the document."""
    if output.json:
        output.document(run_document(made))
    elif made.state is RunState.WAITING:
        for line in waits(made):
            complain(line)
    elif made.state is RunState.SUCCEEDED and made.result is not None:
        output.line(result_text(made.result))


def result_text(result: Any) -> str:
    """A result as people read it: text as it is, anything else as JSON."""
    if isinstance(result, str):
        return result
    return json.dumps(json_form(result), indent=2, ensure_ascii=False)
