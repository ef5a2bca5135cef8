"""Answering: how people and other programs answer what runs ask, from any process.

What is acknowledged is on disk, once and for all. The process that holds the run takes it at its next look; if none
does, whoever resumes the run.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from planweave.engine.document.types import read_type, write_type
from planweave.engine.errors import PlanweaveError, PolicyError, UnknownQuestion, ValueRefused
from planweave.engine.location import Location
from planweave.engine.questions import CRASH, check_content, fitted
from planweave.engine.reference import find_imported
from planweave.engine.store.admission import admit
from planweave.engine.store.aside import INLINE
from planweave.engine.store.rows import Question, RunRow
from planweave.engine.store.secret import redacted
from planweave.engine.store.store import Store, open_store
from planweave.engine.store.values import dump
from planweave.engine.wording import clip


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()
"""No value, which None would be."""


def questions(run_id: str | None = None, *, store: Store | str | Path, answered: bool = False) -> list[Question]:
    """What runs ask: approvals, events, and what to do about interrupted attempts.

    Args:
        run_id: only what this run asks; what all ask unless given.
        store: where they are recorded.
        answered: also what has been answered, or may be answered no more.

    Raises:
        UnknownRun: there is none of that id.
    """
    with opened(store) as there:
        if run_id is not None:
            there.row(run_id)
        found, now = there.questions(run_id), there.now()
    return [one for one in found if answered or (one.is_open and (one.until is None or one.until > now))]


def answer(
    run_id: str,
    node: str,
    *,
    store: Store | str | Path,
    approve: bool | None = None,
    value: Any = NOTHING,
    by: str | None = None,
    comment: str = "",
    token: str | None = None,
) -> Question:
    """Answer what a node of a run asks, once and for all: it is on disk when this returns.

    Args:
        run_id: of the run.
        node: the id of the node that asks.
        store: where the run is recorded.
        approve: the decision, where one is asked for.
        value: of the event that is waited for; ``"retry"`` or ``"fail"`` after an attempt that was interrupted.
        by: who answers; a question that says who may, or may not, takes no answer without a name.
        comment: what they say about it.
        token: that of the question, to be sure that it is this question which is answered, and no later one.

    Returns:
        The question with its answer.

    Raises:
        UnknownRun, UnknownQuestion: there is none such.
        AlreadyAnswered: the first answer stays.
        AnsweredLate: the time is over, or the run has been cancelled.
        NotAllowed: whoever answers may not.
        WrongToken: the token is not that of the question.
        ValueRefused: this is no answer to such a question, or the value is not of the type that is waited for.
    """
    with opened(store) as there:
        return answer_in(there, run_id, node, approve, value, by, comment, token)


def send(
    run_id: str,
    event: str,
    value: Any = None,
    *,
    store: Store | str | Path,
    by: str | None = None,
    id: str | None = None,
) -> None:
    """Send an event to a run, for ``pw.wait_for``: on disk when this returns, and kept until the run waits for it.

    Args:
        run_id: of the run.
        event: the name of the event.
        value: what it brings. It is checked here where its type is known in this process; else by the run, where a
            wrong one fails the node.
        store: where the run is recorded.
        by: who sends it.
        id: of what is sent: sent again with the same id, it counts once.

    Raises:
        UnknownRun: there is none of that id.
        AnsweredLate: the run has ended.
        ValueRefused: the value cannot be recorded, or is not of the type that the run waits for.
    """
    with opened(store) as there:
        send_in(there, run_id, event, value, by, id)


# ---------------------------------------------------------------------- in an open store


@contextmanager
def opened(store: Any) -> Iterator[Store]:
    """A store, opened for as long as this is entered unless it is open already."""
    if isinstance(store, Store):
        yield store
    elif isinstance(store, str | Path):
        there = open_store(store)
        try:
            yield there
        finally:
            there.close()
    else:
        raise PolicyError(
            f"store={store!r:.60} is no store", where=Location.of_user(), mend="pass the path or URL of one"
        )


def answer_in(
    store: Store,
    run_id: str,
    node: str,
    approve: bool | None,
    value: Any,
    by: str | None,
    comment: str,
    token: str | None,
) -> Question:
    """``answer``, in an open store."""
    content, who = content_of(approve, value, comment), name_of(by)
    store.row(run_id)
    question = next((one for one in store.questions(run_id) if one.node == node), None)
    if question is None:
        raise UnknownQuestion(
            f"nothing is asked at {clip(node)} of run '{run_id}'", node=node, mend="pw.questions(run_id, store=...)"
        )
    admit(question, who, token, store.now())  # told before what is wrong with the answer itself
    check_content(question, content)
    text = dict(content)
    if "value" in content:
        kind = Any if question.kind == CRASH else _type_asked(question)
        text["value"] = json.loads(_written(content["value"], kind, question.node))
    return store.answer(run_id, node, json.dumps(text), who, token)


def send_in(store: Store, run_id: str, event: str, value: Any, by: str | None, id: str | None) -> None:
    """``send``, in an open store."""
    if not isinstance(event, str) or not event.strip():
        raise ValueRefused(f"{clip(event)} is no name of an event", where=Location.of_user())
    row, who = store.row(run_id), name_of(by)
    asked = [one for one in store.questions(run_id) if one.event == event and one.is_open]
    kind = _type_asked(asked[0]) if asked else _type_in_graph(event, row)
    text = _written(value, kind, event)
    store.send(run_id, event, text, who, uuid.uuid4().hex if id is None else id)


# ---------------------------------------------------------------------- what is said


def content_of(approve: bool | None, value: Any, comment: str) -> dict[str, Any]:
    """What an answer says; raises ValueRefused where it says nothing, or two things."""
    if (approve is None) == (value is NOTHING):
        raise ValueRefused(
            "an answer is either a decision or a value",
            where=Location.of_user(),
            mend="pass approve=True or approve=False, or value=...",
        )
    said = {"comment": redacted(str(comment))} if comment else {}
    if approve is None:
        return {"value": value, **said}
    if not isinstance(approve, bool):
        raise ValueRefused(f"approve={clip(approve)} is neither True nor False", where=Location.of_user())
    return {"approved": approve, **said}


def name_of(by: str | None) -> str:
    """Who it is, as it is recorded; empty: nobody says."""
    if by is None:
        return ""
    if not isinstance(by, str) or not by.strip():
        raise ValueRefused(f"by={clip(by)} is no name", where=Location.of_user(), mend="pass a text, or leave it out")
    return " ".join(by.split())


# ---------------------------------------------------------------------- values


def _written(value: Any, kind: Any, where: str) -> str:
    """A value as JSON; raises ValueRefused if it is none of the type, or cannot be recorded."""
    try:
        text = dump(fitted(value, kind), kind)
    except ValueError as error:
        raise ValueRefused(f"'{where}' does not take this value: {error}", where=Location.of_user()) from None
    if len(text) > INLINE:
        raise ValueRefused(
            f"the value for '{where}' takes {len(text):,} characters, and at most {INLINE:,} are sent",
            where=Location.of_user(),
            mend="put it where the run finds it, and send where that is",
        )
    return text


def _type_asked(question: Question) -> Any:
    """The type of the value that a question wants."""
    return _type(json.loads(question.body).get("type", _ANY))


def _type_in_graph(event: str, row: RunRow) -> Any:
    """The type of an event that the run is going to wait for, where its graph says so."""
    work: list[Any] = [json.loads(row.graph)] if row.graph is not None else []
    for part in work:  # grows while it is walked
        if isinstance(part, dict):
            match part:
                case {"control": {"kind": "wait_for", "type": kind}, "args": [{"value": str() as name}, *_]}:
                    if name == event:
                        return _type(kind)
            work += part.values()
        elif isinstance(part, list):
            work += part
    return Any


_ANY = write_type(Any)


def _type(written: Any) -> Any:
    """A type, as far as it is known in this process, which imports nothing for it: else the run checks the value."""
    try:
        return read_type(written, _Imported(), "type")
    except PlanweaveError:
        return Any


class _Imported(Mapping[str, Any]):
    """What references lead to in the modules that have been imported."""

    def __getitem__(self, reference: str) -> Any:
        found = find_imported(reference)
        if found is None:
            raise KeyError(reference)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
