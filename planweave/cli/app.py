"""The table of verbs, and how a command ends: with an exit code, and one line where something is wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from planweave.cli.demo import demo
from planweave.cli.document import error_document
from planweave.cli.errors import DONE, FAILED, USAGE, exit_code, one_line, shown
from planweave.cli.graph import graph
from planweave.cli.run import run
from planweave.cli.streams import Output, complain, is_gone, leave_quietly, standard_output, write
from planweave.engine.errors import PlanweaveError

VERBS: dict[str, Callable[..., int]] = {
    "demo": demo,
    "run": run,
    "graph": graph,
}
"""What ``planweave`` can do, in the order in which ``--help`` lists it."""

HELP = "Plans you can check before you run them, runs you can trust after they crash."

UsageProblem = typer.BadParameter.__mro__[1]
"""What typer raises for anything wrong with the words of a command; it has no public name."""


def application() -> typer.Typer:
    """The command line as typer sees it. Help is plain text, because drawing it would double the time that it takes."""
    app = typer.Typer(
        name="planweave",
        help=HELP,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_options)
    for name, verb in VERBS.items():
        app.command(name)(verb)
    return app


def run_command(arguments: Sequence[str], *, last: bool = False) -> int:
    """Run one command; gives its exit code: 0 done, 1 the work failed, 2 bad usage or input, 130 interrupted.

    Args:
        arguments: the words after ``planweave``.
        last: the process ends after this.

    >>> run_command(["--version"])
    planweave 0.1.0
    0
    """
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    with standard_output(json="--json" in own, last=last) as output:
        try:
            return _dispatch(list(arguments), output)
        except BrokenPipeError as error:
            if not is_gone(error):
                raise
            leave_quietly()
            return FAILED
        except (Exception, KeyboardInterrupt) as error:  # the one place that turns errors into lines
            return _failed(error, output, debug="--debug" in own)


def _dispatch(arguments: list[str], output: Output) -> int:
    try:
        code = application()(
            arguments or ["--help"], prog_name="planweave", standalone_mode=False, obj=output
        )
    except UsageProblem as error:
        raise _Misused(error) from None
    return code if isinstance(code, int) else DONE
