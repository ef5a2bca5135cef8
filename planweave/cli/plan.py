"""``planweave plan``: find a plan for a problem in HDDL."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planweave.cli.document import error_document
from planweave.cli.errors import DONE, UsageError, one_line, shown
from planweave.cli.hddl import DomainFile, ProblemFile, read_files
from planweave.cli.options import Debug, Json
from planweave.cli.pictures import check_picture
from planweave.cli.streams import Output, complain
from planweave.engine.graph import Graph
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
    render: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the plan: .svg .png .pdf .dot .html .mmd")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Find a plan for a problem in HDDL, and print it in the format of the planning competitions."""
    output: Output = context.obj
    check_picture(render, "--render", Graph)
    check_place(file)
    _, stated = read_files(domain, problem)
    start = time.process_time()
    found = _find(stated, planner, time_limit, output)
    seconds = time.process_time() - start
    text = found.text()
    if file is not None:
        write_text(file, text)
    if render is not None:
        found.to_graph(actions=dict.fromkeys(step.name for step in found.steps)).render(str(render))
    if output.json:
        output.document(plan_document(found, text, seconds))
    else:
        complain(f"{len(found.steps):,} steps in {seconds:.2f} s")
        output.line(text.rstrip("\n") if file is None else str(file))
    return DONE


def _find(problem: Problem, planner: str | None, time_limit: float | None, output: Output) -> Plan:
    from planweave.planners.htn.errors import NoPlan
    from planweave.planners.htn.find import TIME_LIMIT, find_plan

    find = find_plan if planner is None else partial(find_plan, planner=planner)
    try:
        return find(problem.domain, problem, time_limit=TIME_LIMIT if time_limit is None else time_limit)
    except NoPlan as error:
        if error.reason is not None:
            _tell(error, error.reason, output)
        raise


def _tell(error: NoPlan, reason: Reason, output: Output) -> None:
    """Say why there is no plan, before the line that says that there is none."""
    lines = [shown(line) for line in reason.text().splitlines()]
    if output.json:
        output.document(error_document(error, one_line(error)) | {"reason": lines})
    else:
        complain("\n".join(lines))


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


def plan_document(plan: Plan, text: str, seconds: float) -> dict[str, Any]:
    """A plan as values: ``name``, ``seconds``, ``steps``, ``orderings``, ``links``, ``text``.

    ``seconds`` is the processor time that it took to find it; a link without a producer is true initially.
    """
    return {
        "name": plan.name,
        "seconds": seconds,
        "steps": [{"id": step.id, "name": step.name, "arguments": step.arguments} for step in plan.steps],
        "orderings": plan.orderings,
        "links": [
            {"producer": link.producer, "fact": str(link.fact), "consumer": link.consumer, "positive": link.positive}
            for link in plan.links
        ],
        "text": text,
    }
