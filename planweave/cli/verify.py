"""``planweave verify``: check a plan against a problem in HDDL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from planweave.cli.errors import DONE
from planweave.cli.hddl import DomainFile, ProblemFile, read_files, read_text
from planweave.cli.options import Debug, Json
from planweave.cli.streams import Output


def verify(
    context: typer.Context,
    domain: DomainFile,
    problem: ProblemFile,
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help="A plan in the format of the competitions.", show_default=False)
    ],
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Check a plan against a problem in HDDL, or name the first rule that it breaks."""
    from planweave.planners.htn.plantext import read_plan_text
    from planweave.planners.htn.verify import verify as check

    output: Output = context.obj
    stated, wanted = read_files(domain, problem)
    verdict = check(stated, wanted, read_plan_text(read_text(plan), file=str(plan)))
    if output.json:
        output.document({"valid": True, "steps": verdict.steps, "note": verdict.note})
    else:
        output.line(str(verdict))
    return DONE
