"""Questions: what a node that waits for somebody asks, and what an answer makes of it. Pure, but for the token."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from planweave.engine.annotation import is_known, words
from planweave.engine.approval import Approval
from planweave.engine.document.types import write_type
from planweave.engine.errors import Rejected, ValueRefused
from planweave.engine.node import Approve, Node, WaitFor
from planweave.engine.store.admission import is_among
from planweave.engine.store.rows import Question
from planweave.engine.store.secret import redacted_json

CRASH_ANSWERS = ("retry", "fail")
"""What may be done about an attempt whose process has ended."""

LATE = "nobody answered in time"

APPROVAL, EVENT, CRASH = "approval", "event", "crash"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a node asks.

    Attributes:
        kind: as of ``Question``.
        body: what is shown to whoever answers, as plain data.
        until: when it is too late, in seconds since the epoch; None: never.
        event: the name of the event that answers it.
    """

    kind: str
    body: Mapping[str, Any]
    until: float | None = None
    event: str | None = None

    def question(self, run: str, node: str) -> Question:
        """The question, with a token of its own."""
        body = redacted_json(json.dumps(self.body))
        return Question(run, node, self.kind, secrets.token_urlsafe(16), body, self.until, event=self.event)

    def told(self) -> dict[str, Any]:
        """What is recorded of it."""
        until = {} if self.until is None else {"until": self.until}
        return {"asked": self.kind, **self.body, **until}


def asked_again(run: str, node: str, told: Mapping[str, Any]) -> Question:
    """The question that a record tells of; its token is known to the store alone."""
    body = {name: value for name, value in told.items() if name not in ("asked", "until", "token", "error", "attempt")}
    return Question(run, node, told["asked"], "", json.dumps(body), told.get("until"), event=told.get("event"))


def asked_by(node: Node, values: Sequence[Any], now: float) -> Asked:
    """What a node asks, given the values of its arguments.

    Raises:
        ValueRefused: they cannot be asked.
    """
    given = dict(zip(node.argument_names(), values, strict=True))
    until = _until(node, given["timeout"], now)
    if isinstance(node.control, WaitFor):
        name, kind = _text(node, "event", given["event"]), node.control.type
        body = {"title": f"waits for the event '{name}'", "event": name}
        return Asked(EVENT, body | _type(kind), until, name)
    assert isinstance(node.control, Approve), f"{node.kind} asks nobody"
    body = {"title": _text(node, "title", given["title"]), **_about(node, given["about"])}
    by, not_by = _names(node, "by", given["by"]), _names(node, "not_by", given["not_by"])
    if by is not None and all(is_among(one, not_by or ()) for one in by):
        raise _refused(node, f"lets nobody answer: {', '.join(by) or 'nobody'}, but not {', '.join(not_by or ())}")
    who = {name: names for name, names in (("by", by), ("not_by", not_by)) if names is not None}
    return Asked(APPROVAL, {**body, **who}, until)


def asked_after_crash(node: Node, attempt: int) -> Asked:
    """What is asked about an attempt whose process has ended."""
    title = f"the process of attempt {attempt} of '{node.id}' ended before it did: {' or '.join(CRASH_ANSWERS)}?"
    return Asked(CRASH, {"title": title})


def approval_of(node: Node, answer: Mapping[str, Any], by: str, at: float) -> Approval:
    """The value of an approval that has been answered.

    Raises:
        Rejected: it is no, and that is a failure of the node.
    """
    approval = Approval(bool(answer["approved"]), by, str(answer.get("comment") or ""), at)
    control = node.control
    if isinstance(control, Approve) and control.on_reject == "fail" and not approval.approved:
        who = f" by {by}" if by else ""
        said = f": {approval.comment}" if approval.comment else ""
        raise Rejected(f"'{node.id}' was rejected{who}{said}", approval=approval, node=node.id, where=node.where)
    return approval


def check_content(question: Question, content: Mapping[str, Any]) -> None:
    """Raise ValueRefused if this is no answer to such a question."""
    wants = {APPROVAL: "a decision: approve=True or approve=False", CRASH: f"value= one of {', '.join(CRASH_ANSWERS)}"}
    fits = ("approved" in content) == (question.kind == APPROVAL)
    if not fits or (question.kind == CRASH and content["value"] not in CRASH_ANSWERS):
        raise ValueRefused(
            f"this is no answer to what '{question.node}' of run '{question.run}' asks",
            node=question.node,
            mend=f"it takes {wants.get(question.kind, 'the value of the event: value=...')}",
        )


def closed(question: Question, now: float) -> Question:
    """The question once nobody may answer it any more."""
    return question if question.closed_at is not None else replace(question, closed_at=now)


def fitted(value: Any, kind: Any) -> Any:
    """The value as one of the type, as pydantic makes it.

    Raises:
        ValueError: it is none.

    >>> fitted("3", int)
    3
    """
    from pydantic import TypeAdapter, ValidationError

    if not is_known(kind):
        return value
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        said = first["msg"][:1].lower() + first["msg"][1:]
        place = "".join(f"[{one!r}]" for one in first["loc"])
        raise ValueError(f"it is no {words(kind)}: {said}{' at ' + place if place else ''}") from None


def _until(node: Node, seconds: Any, now: float) -> float | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise _refused(node, f"is to wait for {seconds!r:.60}, which is not a time")
    return now + seconds


def _text(node: Node, name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refused(node, f"has {name}={value!r:.60}, which is no text")
    return value


def _names(node: Node, name: str, value: Any) -> list[str] | None:
    """The names that a node was given; None: it was given none."""
    if value is None:
        return None
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, list | tuple | set) else None
    if not names or not all(isinstance(one, str) and one.strip() for one in names):
        raise _refused(node, f"has {name}={value!r:.60}, which names nobody")
    return names


def _about(node: Node, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"about": value, "form": "markdown"}
    try:
        return {"about": to_json(value, indent=2, fallback=repr).decode(), "form": "json"}
    except ValueError as error:  # a cycle, or text that is none
        raise _refused(node, f"has about=, which cannot be shown: {error}") from None


def _type(kind: Any) -> dict[str, Any]:
    """What is said of the type of a value, for people and for whoever checks it."""
    if not is_known(kind):
        return {}
    try:
        return {"value": words(kind), "type": write_type(kind)}
    except ValueError:  # a type that has no name elsewhere: the run checks it
        return {"value": words(kind)}


def _refused(node: Node, why: str) -> ValueRefused:
    return ValueRefused(f"'{node.id}' {why}", node=node.id, where=node.where)
