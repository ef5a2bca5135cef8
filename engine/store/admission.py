"""Admission: whether an answer to a question is taken. Pure; the same for runs in memory and in every store."""

from __future__ import annotations

import hmac
import json
import unicodedata
from collections.abc import Sequence

from planweave.engine.errors import AlreadyAnswered, AnsweredLate, NotAllowed, WrongToken
from planweave.engine.store.rows import Question


def admit(question: Question, by: str, token: str | None, now: float) -> None:
    """Raise why an answer is not taken, if it is not.

    Args:
        question: as it stands.
        by: who answers; empty: nobody knows.
        token: what the answer brings along; None: nothing.
        now: seconds since the epoch.

    Raises:
        WrongToken: the token is not that of the question.
        AlreadyAnswered: it has its answer.
        AnsweredLate: it is over.
        NotAllowed: whoever answers is not among those who may.
    """
    at = f"'{question.node}' of run '{question.run}'"
    if token is not None and not hmac.compare_digest(token.encode(), question.token.encode()):
        raise WrongToken(
            f"the token is not that of the question at {at}",
            node=question.node,
            mend="pw.questions() shows the tokens of open questions; a question that is asked again has a new one",
        )
    if question.answer is not None:
        who = f" by {question.answered_by}" if question.answered_by else ""
        raise AlreadyAnswered(f"{at} has been answered{who}, once and for all", node=question.node)
    if question.closed_at is not None or (question.until is not None and question.until <= now):
        raise AnsweredLate(f"it is too late to answer {at}", node=question.node)
    refusal = who_may_not(question, by)
    if refusal is not None:
        raise NotAllowed(f"{refusal}: {at}", node=question.node, mend=_mend(question))


def who_may_not(question: Question, by: str) -> str | None:
    """Why somebody may not answer, in words; None: they may.

    >>> who_may_not(Question("r", "n", "approval", "t", '{"by":["ann"]}'), "bob")
    "'bob' may not answer"
    """
    body = json.loads(question.body)
    allowed, excluded = body.get("by"), body.get("not_by")
    if not by and (allowed is not None or excluded is not None):
        return "nobody may answer without a name"
    if excluded is not None and is_among(by, excluded):
        return f"'{by}' may not answer, who has a part in it"
    if allowed is not None and not is_among(by, allowed):
        return f"'{by}' may not answer"
    return None


def is_among(name: str, names: Sequence[str]) -> bool:
    """Whether a name is among others, however it is written.

    >>> is_among(" Ann", ["bob", "ann"])
    True
    """
    return _plain(name) in map(_plain, names)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _mend(question: Question) -> str:
    body = json.loads(question.body)
    if body.get("by") is not None:
        left = [one for one in body["by"] if not is_among(one, body.get("not_by") or ())]
        return f"one of these may: {', '.join(left)}"
    return f"anybody may but {', '.join(body['not_by'])}: say who answers, by=..."
