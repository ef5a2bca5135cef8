"""``planweave approve``, ``send`` and ``cancel``: what people tell a run, wherever it is."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any

import typer

from planweave.cli.asking import command
from planweave.cli.errors import DONE, UsageError
from planweave.cli.options import Debug, Json
from planweave.cli.resume import import_from_here
from planweave.cli.runs import is_held
from planweave.cli.stores import RunName, StoreUrl, opened, row_of
from planweave.cli.streams import Output
from planweave.engine.answering import answer, send
from planweave.engine.cancelling import cancel as cancel_run
from planweave.engine.errors import PlanweaveError, UnknownQuestion
from planweave.engine.questions import CRASH, EVENT
from planweave.engine.state import RunState
from planweave.engine.store.rows import Question, RunRow
from planweave.engine.store.store import Store

As = Annotated[
    str | None, typer.Option("--as", metavar="WHO", help="Who answers; your name on this machine unless given.")
]


def approve(
    context: typer.Context,
    name: RunName,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node that asks.", show_default=False)],
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
    who: As = None,
    token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="That of the question, to answer this one and no later one.")
    ] = None,
    comment: Annotated[str, typer.Option(metavar="TEXT", help="What to say about it.")] = "",
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Approve, or reject, what a node of a run asks: once and for all, and on record when this returns.

    A node whose process ended in the midst, and that is to ask then, is tried again by this, and failed by --reject.
    """
    output: Output = context.obj
    with opened(store) as there:
        row = row_of(there, name)
        question = _question(there, row, node)
        content: dict[str, Any] = {"approve": not reject}
        if question.kind == EVENT:
            raise UsageError(f"'{node}' {question.title}, and asks for no decision", mend=command(question))
        if question.kind == CRASH:
            content = {"value": "fail" if reject else "retry"}
        by = _name(who)
        given = answer(row.id, node, store=there, by=by, comment=comment, token=token, **content)
        _tell(output, there, row, given, "rejected" if reject else "approved")
    return DONE


def send_event(
    context: typer.Context,
    name: RunName,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The name of the event.", show_default=False)],
    value: Annotated[
        str, typer.Argument(metavar="[VALUE]", help="What it brings, as JSON; with --text as it is.")
    ] = "null",
    text: Annotated[bool, typer.Option("--text", help="VALUE is plain text, and no JSON.")] = False,
    who: As = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Send an event to a run, which may be waiting for it, or will be later."""
    output: Output = context.obj
    try:
        content = value if text else json.loads(value)
    except ValueError as error:
        raise UsageError(f"VALUE {value!r:.80} is not JSON: {error}", mend="say --text before plain text") from error
    with opened(store) as there:
        row = row_of(there, name)
        send(row.id, event, content, store=there, by=_name(who))
        if output.json:
            output.document({"id": row.id, "event": event, "sent": True})
        else:
            output.line(f"'{event}' is on record for run {row.id}{_hint(there, row)}")
    return DONE


def cancel(
    context: typer.Context,
    name: RunName,
    undo: Annotated[bool, typer.Option("--undo", help="Undo what has succeeded, as far as its tasks say how.")] = False,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Cancel a run, wherever it is: nothing of it starts any more, and what runs is stopped.

    That is on record before anything else is done. A process that runs it hears of it; else it is cancelled here.
    """
    output: Output = context.obj
    import_from_here()
    with opened(store) as there:
        row = row_of(there, name)
        state = cancel_run(row.id, store=there, undo=undo)
    if output.json:
        output.document({"id": row.id, "state": state})
    if state.is_end and state is not RunState.CANCELLED:
        raise PlanweaveError(f"run '{row.id}' has ended before: it {state}", mend="an end stays as it is")
    told = {
        RunState.CANCELLED: "is cancelled",
        RunState.CANCELLING: "is being cancelled: what runs of it is stopped",
        RunState.COMPENSATING: "is being undone",
        RunState.BLOCKED: "is blocked, starts nothing, and is cancelled by whoever resumes it",
    }
    output.line(f"run {row.id} {told.get(state, 'is to be cancelled, which its process has not heard of yet')}")
    return DONE


def _question(store: Store, row: RunRow, node: str) -> Question:
    """What a node asks; raises UnknownQuestion with what there is to answer."""
    questions = store.questions(row.id)
    for one in questions:
        if one.node == node:
            return one
    open_ones = ", ".join(f"'{one.node}'" for one in questions if one.is_open)
    raise UnknownQuestion(
        f"nothing is asked at '{node:.80}' of run '{row.id}'",
        node=node,
        mend=f"it asks at {open_ones}" if open_ones else "planweave show says what it waits for",
    )


def _name(who: str | None) -> str | None:
    if who is not None:
        return who
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return None


def _tell(output: Output, store: Store, row: RunRow, question: Question, what: str) -> None:
    if output.json:
        output.document({"id": row.id, "node": question.node, "answer": what, "by": question.answered_by})
    else:
        by = f" by {question.answered_by}" if question.answered_by else ""
        output.line(f"'{question.node}' is {what}{by}{_hint(store, row)}")


def _hint(store: Store, row: RunRow) -> str:
    """What goes on with a run that nobody holds."""
    if RunState(row.state).is_end or is_held(row, store.now()):
        return ""
    return f"; planweave resume {row.id} goes on with it, as a worker does"
