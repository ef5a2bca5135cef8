"""Replies: what a test answers when a run asks a person, waits for an event, or asks what to do after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planweave.engine.errors import AnswerRefused, NotAllowed
from planweave.engine.questions import APPROVAL, CRASH
from planweave.engine.run import Run
from planweave.engine.store.admission import is_among
from planweave.engine.store.rows import Question

PAUSE = 0.005
"""Seconds after which it is looked again whether something is asked."""


@dataclass(frozen=True)
class Cancel:
    """The reply that is none: the run is cancelled.

    Attributes:
        undo: whether what has succeeded is undone.
    """

    undo: bool = False


class Unanswerable(AssertionError):
    """A run asks something that nobody is going to answer."""


def reply_of(question: Question, replies: Mapping[str, Any]) -> dict[str, Any] | None:
    """The keywords of the answer to a question; None: there is none.

    Args:
        question: what is asked.
        replies: by the id of the node: whether it is approved, the value of the event, ``Cancel()``. After a crash it
            is tried again unless said otherwise.

    >>> reply_of(Question("r", "sign", APPROVAL, "t", "{}"), {"sign": True})
    {'approve': True}
    """
    if question.kind == CRASH:
        return {"value": "retry"}
    if question.node not in replies or isinstance(replies[question.node], Cancel):
        return None
    return {"approve" if question.kind == APPROVAL else "value": replies[question.node]}


async def ended(run: Run[Any], replies: Mapping[str, Any]) -> Run[Any]:
    """Wait for the end of a run, and answer meanwhile whatever it asks.

    Raises:
        Unanswerable: it asks something that has no reply, and waits for it without end.
    """
    waiting = asyncio.ensure_future(run.wait(check=False))
    while not waiting.done():
        if run._scheduler.people.open_questions():
            for question in run.questions:
                reply(run, question, replies)
        await asyncio.wait([waiting], timeout=PAUSE)
    return await waiting


def reply(run: Run[Any], question: Question, replies: Mapping[str, Any]) -> None:
    """Answer a question, unless somebody else has, as the first of those who may.

    Raises:
        Unanswerable: it is an approval that has no reply, and is waited for without end.
    """
    wish = replies.get(question.node)
    if isinstance(wish, Cancel):
        run.cancel(undo=wish.undo)
        return
    found = reply_of(question, replies)
    if found is not None:
        try:
            run.answer(question.node, by=_who(question), **found)
        except NotAllowed:
            raise
        except AnswerRefused:
            return  # somebody was faster
    elif question.kind == APPROVAL and question.until is None:
        raise Unanswerable(
            f"'{question.node}' asks \"{question.title}\", and nobody answers: pass replies={{'{question.node}': True}}"
        )


def _who(question: Question) -> str | None:
    """Somebody who may answer; None: whoever runs this."""
    if question.by is not None:
        return next((one for one in question.by if not is_among(one, question.not_by)), None)
    if not question.not_by:
        return None
    others = ("somebody", *(f"somebody {i}" for i in range(len(question.not_by))))
    return next(one for one in others if not is_among(one, question.not_by))
