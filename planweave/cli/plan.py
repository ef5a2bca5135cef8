"""``planweave plan``: find a plan for a problem in HDDL."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planweave.cli.document import error_document
from planweave.cli.errors import DONE, UsageError, one_line, shown
from planweave.cli.hddl import DomainFile, ProblemFile, read_files
from planweave.cli.options import Debug, Json
from planweave.cli.pictures import check_picture
from planweave.cli.planfacts import plan_document, summary
from planweave.cli.progress.searching import searching
from planweave.cli.streams import Output, complain
from planweave.engine.plan import Plan

if TYPE_CHECKING:
    from planweave.planners.htn.errors import NoPlan
    from planweave.planners.htn.explanation.reason import Reason
    from planweave.planners.htn.model import Problem


def plan(
    context: typer.Context,
    domain: DomainFile,
    problem: ProblemFile,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="What to write the plan to.")
    ] = None,
    planner: Annotated[str | None, typer.Option(metavar="NAME", help="Ask this planner only.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="Processor time, 60 unless said otherwise.")
    ] = None,
    improve_for: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Make the plan better for so long, within the time limit.")
    ] = 0.0,
    render: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the plan, or why there is none: .svg .png .pdf .dot .html .mmd"),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="Which picture: decomposition (the usual one) or order.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Say how long the plan takes with so many workers.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Find a plan for a problem in HDDL, and print it in the format of the planning competitions."""
    output: Output = context.obj
    check_picture(render, "--render", Plan, check_kind(kind, render))
    check_place(file)
    _, stated = read_files(domain, problem)
    start = time.process_time()
    found = _find(stated, planner, time_limit, improve_for, output, render)
    seconds = time.process_time() - start
    text = found.text()
    if file is not None:
        write_text(file, text)
    if render is not None:
        found.render(str(render), kind=kind)
    if output.json:
        output.document(plan_document(found, text, seconds, workers))
    else:
        complain("\n".join(summary(found, seconds, workers)))
        output.line(text.rstrip("\n") if file is None else str(file))
    return DONE


def _find(
    problem: Problem,
    planner: str | None,
    time_limit: float | None,
    improve_for: float,
    output: Output,
    render: Path | None,
) -> Plan:
    """A plan; where there is none, it is told and drawn why."""
    from planweave.planners.htn.errors import NoPlan
    from planweave.planners.htn.find import TIME_LIMIT, find_plan

    limit = TIME_LIMIT if time_limit is None else time_limit
    find = partial(find_plan, time_limit=limit, improve_for=improve_for)
    find = find if planner is None else partial(find, planner=planner)
    try:
        with searching(sys.stderr, limit) as on_progress:
            return find(problem.domain, problem, on_progress=on_progress)
    except NoPlan as error:
        if error.reason is not None:
            _tell(error, error.reason, output)
            if render is not None:
                error.reason.render(str(render))
        raise


def _tell(error: NoPlan, reason: Reason, output: Output) -> None:
    """Say why there is no plan, before the line that says that there is none."""
    lines = [shown(line) for line in reason.text().splitlines()]
    if output.json:
        output.document(error_document(error, one_line(error)) | {"reason": lines})
    else:
        complain("\n".join(lines))


def check_kind(kind: str | None, render: Path | None) -> str:
    """The kind of picture; refuses one that there is not, or that nothing is drawn of."""
    if kind is None and render is None:
        return ""  # nothing that pictures need is loaded
    from planweave.visualize.render import KINDS

    kinds = KINDS[Plan]
    if kind is None:
        return next(iter(kinds))
    if kind not in kinds:
        raise UsageError(f"--kind {kind!r} is no picture of a plan", mend=f"use one of: {', '.join(kinds)}")
    if render is None:
        raise UsageError(f"--kind {kind} says how to draw, and nothing is drawn", mend="add --render FILE")
    return kind


def check_place(file: Path | None) -> None:
    """Refuse a file that cannot be written, before the work that its content is."""
    if file is None:
        return
    if file.is_dir():
        raise UsageError(f"-o {str(file)!r} is a folder", mend="name a file in it")
    if not file.parent.is_dir():
        raise UsageError(f"-o: there is no folder {str(file.parent)!r}", mend=f"mkdir -p {file.parent}")


def write_text(file: Path, text: str) -> None:
    """Write a text into a file."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"-o {str(file)!r} cannot be written: {error.strerror}") from error
