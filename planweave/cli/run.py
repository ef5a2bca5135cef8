"""``planweave run``: run a workflow or a graph."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from planweave.cli import inputs as typed
from planweave.cli import target as targets
from planweave.cli.errors import DONE, INTERRUPTED, UsageError, exit_code
from planweave.cli.execution import execute
from planweave.cli.jsonform import json_form
from planweave.cli.pictures import check_picture
from planweave.cli.session import Session
from planweave.engine.missing import Missing
from planweave.engine.run import THREADS, Run
from planweave.engine.state import RunState


def run(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="TARGET", help=targets.HELP, show_default=False)],
    values: Annotated[
        list[str] | None, typer.Option("-i", "--input", metavar="NAME=VALUE", help=typed.HELP_VALUE)
    ] = None,
    input_json: Annotated[str | None, typer.Option(metavar="FILE", help=typed.HELP_JSON)] = None,
    pool: Annotated[list[str] | None, typer.Option(metavar="NAME=LIMIT", help=typed.HELP_POOL)] = None,
    threads: Annotated[int, typer.Option(min=1, help="how many sync tasks may run at once")] = THREADS,
    render: Annotated[
        Path | None, typer.Option(metavar="FILE", help="draw the run: .svg .png .pdf .dot .html .mmd")
    ] = None,
    timeline: Annotated[Path | None, typer.Option(metavar="FILE", help="draw who ran when")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document, and no progress")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print the result only")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show tracebacks")] = False,
) -> int:
    """Run a workflow or a graph, and print its result."""
