"""The table of verbs, and how a command ends: with an exit code, and one line where something is wrong."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated, cast

import typer

from planweave.cli.demo import demo
from planweave.cli.document import error_document
from planweave.cli.errors import DONE, FAILED, INTERRUPTED, USAGE, exit_code, one_line, shown
from planweave.cli.graph import graph
from planweave.cli.plan import plan
from planweave.cli.run import run
from planweave.cli.streams import Output, complain, standard_output
from planweave.cli.verify import verify
from planweave.engine.errors import PlanweaveError

VERBS: dict[str, Callable[..., int]] = {
    "demo": demo,
    "run": run,
    "graph": graph,
    "plan": plan,
    "verify": verify,
}
"""What ``planweave`` can do, in the order in which ``--help`` lists it."""

HELP = "Plans you can check before you run them, runs you can trust after they crash."


def _version(asked: bool) -> None:
    if asked:
        from planweave import __version__

        typer.echo(f"planweave {__version__}")
        raise typer.Exit


Misuse = typer.BadParameter.__mro__[2]
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
    planweave ...
    0
    """
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    with standard_output(json="--json" in own, last=last) as output:
        try:
            return _dispatch(list(arguments), output)
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # the one place that turns errors into lines
            return _failed(error, output, debug="--debug" in own)


def _dispatch(arguments: list[str], output: Output) -> int:
    code = application()(arguments or ["--help"], prog_name="planweave", standalone_mode=False, obj=output)
    if code == INTERRUPTED:  # how typer tells of Ctrl-C; what a run was interrupted by is raised instead
        raise KeyboardInterrupt
    return code if isinstance(code, int) else DONE


def _failed(error: BaseException, output: Output, *, debug: bool) -> int:
    """Say what went wrong, on one line, and give the exit code."""
    if isinstance(error, BrokenPipeError | SystemExit):  # typer makes the one the other: nobody reads any more
        return FAILED
    code, line = USAGE if isinstance(error, Misuse) else exit_code(error), _line(error)
    if debug:
        complain("".join(traceback.format_exception(error)).rstrip())
    complain(f"error: {line}")
    if output.json and not output.wrote_document:
        with contextlib.suppress(OSError):
            output.document(error_document(error, line))
    return code


def _line(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "interrupted"
    if isinstance(error, Misuse):
        context = getattr(error, "ctx", None)
        command = "planweave" if context is None else context.command_path
        words = cast(typer.BadParameter, error).format_message()
        return f"{shown(words.rstrip('.'))}; fix: see {command} --help"
    if not isinstance(error, PlanweaveError | OSError):
        return f"{one_line(error)}; fix: this should not happen: run again with --debug, and report what that shows"
    return one_line(error)


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options of the command itself; typer takes its help from the application."""
