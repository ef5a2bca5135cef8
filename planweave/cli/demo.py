"""``planweave demo``: answer a question by a real workflow, and show how it ran."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planweave.cli.document import run_document
from planweave.cli.errors import DONE, UsageError, shown
from planweave.cli.execution import execute
from planweave.cli.options import Debug, Json, Quiet
from planweave.cli.progress.watch import watch
from planweave.cli.progress.wording import counted, duration
from planweave.cli.streams import Output
from planweave.engine.run import Run
from planweave.engine.state import RunState

if TYPE_CHECKING:
    from planweave.demo.research import Answer

LONGEST_QUESTION = 500
"""Characters of a question that are said again before it is answered."""

QUESTION = "What happens when an exception is not handled?"

PICTURES: dict[str, dict[str, str]] = {
    "graph.svg": {},
    "timeline.svg": {"kind": "timeline"},
    "run.html": {},
}
"""What is drawn of the run, with the options of ``Run.render``."""

TOLD = {
    "report.md": "the answer",
    "graph.svg": "the workflow as it ran",
    "timeline.svg": "who ran when",
    "run.html": "the same, to click through in a browser",
}
"""What each file holds."""


def demo(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask.")] = QUESTION,
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the files go.")] = Path(
        "planweave-demo"
    ),
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Answer a question from Python's language reference, and draw how.

    A workflow searches the reference, reads the best topics in parallel, and quotes what answers the question, word
    for word. It says so when there is nothing to be found.
    """
    from planweave.demo.research import research

    output: Output = context.obj
    began = time.monotonic()
    make_folder(folder)
    graph = research.graph()
    output.line(f"{shown(question, LONGEST_QUESTION)}\n")
    looking = None if quiet or output.json else watch(graph, sys.stdout)
    run: Run[Answer] = execute(graph, {"question": question, "folder": str(folder)}, watch=looking)
    if looking is not None:
        output.line(f"{looking.ledger.summary()}\n")
    answered = run.state is RunState.SUCCEEDED
    if answered:
        tell_answer(run.result, output)
    files = {name: str(folder / name) for name in TOLD if answered or name != "report.md"}
    for name, options in PICTURES.items():
        run.render(str(folder / name), **options)
    for name, path in files.items():
        output.line(f"{path:<{max(map(len, files.values()))}}  {TOLD[name]}")
    seconds = time.monotonic() - began
    output.line(f"\nAll of it took {duration(seconds)}.")
    if output.json:
        output.document(demo_document(question, run, files, seconds))
    run.check()
    return DONE


def make_folder(folder: Path) -> None:
    """Make the folder for the files, before anything runs.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"-o {str(folder)!r} is a file", mend="name a folder") from None
    except (OSError, ValueError) as error:  # no permission, too long a name, a null byte
        raise UsageError(f"-o {str(folder)!r} cannot be made: {getattr(error, 'strerror', None) or error}") from error


def tell_answer(answer: Answer, output: Output) -> None:
    """Say what was found, and show the first quotation of it."""
    if not answer.found:
        output.line("Nothing found: the language reference of Python says nothing about that.\n")
        return
    topics = len({citation.topic for citation in answer.citations})
    first = answer.citations[0]
    output.line(f"{counted(len(answer.citations), 'quotation')} from {counted(topics, 'topic')}, word for word:\n")
    output.line(textwrap.indent(first.text, "    "))
    more = "; the others are in the report" if len(answer.citations) > 1 else ""
    output.line(f"    - {first.topic}, line {first.line}{more}\n")


def demo_document(question: str, run: Run[Any], files: dict[str, str], seconds: float) -> dict[str, Any]:
    """What ``--json`` prints: the answer, and the run as ``planweave run`` tells it."""
    answer = run.result if run.state is RunState.SUCCEEDED else None
    return {
        "question": question,
        "found": answer is not None and answer.found,
        "files": files,
        "seconds": round(seconds, 3),
        **run_document(run),
    }
