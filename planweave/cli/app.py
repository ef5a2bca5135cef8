"""The table of verbs, and how a command ends: with an exit code, and one line where something is wrong."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, cast

import typer
from typer.core import TyperGroup

from planweave.cli.audit import audit, audit_anchor, audit_export, audit_verify
from planweave.cli.demo import demo
from planweave.cli.document import error_document
from planweave.cli.errors import DONE, FAILED, INTERRUPTED, USAGE, exit_code, one_line, shown
from planweave.cli.explain import explain
from planweave.cli.graph import graph
from planweave.cli.people import approve, cancel, send_event
from planweave.cli.plan import plan
from planweave.cli.rerun import rerun
from planweave.cli.resume import resume
from planweave.cli.run import run
from planweave.cli.runs import prune, runs
from planweave.cli.show import show
from planweave.cli.streams import Output, complain, standard_output
from planweave.cli.tools import tools
from planweave.cli.verify import verify
from planweave.cli.worker import worker
from planweave.engine.errors import PlanweaveError

Verb = Callable[..., int]


class Group(NamedTuple):
    """A verb that others follow: what it does by itself, and these."""

    alone: Verb
    verbs: Mapping[str, Verb]
    must_follow: bool = False
    """Whether it does nothing by itself."""


VERBS: dict[str, Verb | Group] = {
    "demo": demo,
    "run": run,
    "graph": graph,
    "plan": plan,
    "verify": verify,
    "runs": Group(runs, {"prune": prune}),
    "show": show,
    "explain": explain,
    "resume": resume,
    "rerun": rerun,
    "cancel": cancel,
    "approve": approve,
    "send": send_event,
    "audit": Group(audit, {"verify": audit_verify, "export": audit_export, "anchor": audit_anchor}, must_follow=True),
    "tools": tools,
    "worker": worker,
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
    app = _typer(name="planweave", help=HELP, cls=_InOrder)
    app.callback()(_options)
    for name, verb in VERBS.items():
        if isinstance(verb, Group):
            group = _typer(invoke_without_command=not verb.must_follow, no_args_is_help=False)
            group.callback()(verb.alone)
            for follower, one in verb.verbs.items():
                group.command(follower)(one)
            app.add_typer(group, name=name)
        else:
            app.command(name)(verb)
    return app


class _InOrder(TyperGroup):
    """Lists verbs as they stand in ``VERBS``; typer would list those that others follow first."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)


def _typer(**options: Any) -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        **options,
    )


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
