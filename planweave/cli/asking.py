"""What runs ask, in words, with the command that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Any

from planweave.cli.document import moment
from planweave.cli.errors import shown
from planweave.cli.runs import when
from planweave.engine.questions import CRASH, EVENT
from planweave.engine.run import Run
from planweave.engine.state import NodeState
from planweave.engine.store.rows import Question


def question_document(question: Question) -> dict[str, Any]:
    """A question as values."""
    return {
        "node": question.node,
        "kind": question.kind,
        "title": question.title,
        "about": question.about,
        "by": None if question.by is None else list(question.by),
        "not_by": list(question.not_by),
        "event": question.event,
        "until": moment(question.until),
        "token": question.token,
    }


def asked(question: Question) -> Iterator[str]:
    """A question as people read it: what, of whom, until when, and how to answer."""
    until = "" if question.until is None else f", until {when(question.until)}"
    who = "" if question.by is None else f", of {', '.join(question.by)}"
    who += f", not of {', '.join(question.not_by)}" if question.not_by else ""
    title = question.title if question.kind == EVENT else f"asks: {question.title}"
    yield shown(f"'{question.node}' {title}{who}{until}")
    yield shown(f"    {command(question)}")


def command(question: Question) -> str:
    """What answers a question.

    >>> command(Question("r1", "ok", "approval", "t", '{"title":"Send it?"}'))
    'planweave approve r1 ok (or --reject)'
    """
    if question.kind == EVENT:
        return f"planweave send {quote(question.run)} {quote(question.event or '')} VALUE"
    no = "--reject to fail it" if question.kind == CRASH else "or --reject"
    return f"planweave approve {quote(question.run)} {quote(question.node)} ({no})"


def waits(run: Run[Any]) -> Iterator[str]:
    """What a run that was left waits for, and what goes on with it."""
    yield f"run {run.id} waits, and no process need live for that:"
    asking = run._scheduler.people.open_questions()
    for question in asking:
        yield from asked(question)
    names = {question.node for question in asking}
    yield from _times(run, names)
    yield f"planweave resume {quote(run.id)} goes on with it then, planweave worker does by itself"


def _times(run: Run[Any], asking: Iterable[str]) -> Iterator[str]:
    due = run._scheduler.leaving.due()
    for node in run.nodes.values():
        if node.state in (NodeState.WAITING, NodeState.RETRY_WAIT) and node.id not in asking:
            yield shown(f"'{node.id}' waits for its time{'' if due is None else f', the first until {when(due)}'}")
