"""Asking the world inside a workflow: ``approve`` (a person's decision) and ``wait_for`` (an event)."""

from __future__ import annotations

import builtins
import inspect
import math
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar, cast, get_args, overload

from planweave.engine.annotation import is_known, words
from planweave.engine.approval import Approval
from planweave.engine.control import add_control, door, tracer_here
from planweave.engine.duration import in_seconds
from planweave.engine.errors import DefinitionError
from planweave.engine.handle import Handle
from planweave.engine.location import Location
from planweave.engine.node import Approve, OnReject, OnTimeout, WaitFor
from planweave.engine.policy import check_known
from planweave.engine.wording import clip

T = TypeVar("T")


@door
def approve(
    title: str,
    *,
    about: Any = None,
    by: str | Iterable[str] | None = None,
    not_by: str | Iterable[str] | None = None,
    timeout: float | timedelta | None = None,
    on_timeout: OnTimeout = "fail",
    on_reject: OnReject = "continue",
    after: Iterable[Any] = (),
    id: str | None = None,
) -> Approval:
    """Ask a person for a decision, and wait for it without occupying anything: in a stored run no process need live.

    Every argument but the last four may be a handle. ``pw.answer``, ``run.answer`` and the command line give the
    answer, once.

    Args:
        title: what is asked, in one line.
        about: what it is about: a text is shown as markdown, anything else as JSON.
        by: who may answer; anybody unless given.
        not_by: who may not: who prepared it, say (the four-eyes rule).
        timeout: seconds, or a ``datetime.timedelta``, after which it is too late; never unless given.
        on_timeout: what becomes of it then: ``"fail"`` (with ``Unanswered``), ``"reject"``, ``"approve"``.
        on_reject: what becomes of it when it is rejected: ``"continue"``: the value says so, and ``pw.when`` decides by
            it; ``"fail"`` (with ``Rejected``): nothing that waits for it runs.
        after: what to wait for first.
        id: the id of the node.

    Returns:
        The approval; ``pw.when(approval, then=..., otherwise=...)`` takes it as it is.

    Raises:
        DefinitionError: called outside a workflow, or an argument is not what it must be. A node that waits for the
            approval without reading it needs ``on_reject="fail"``: else it would run in any case.
    """
    tracer, where = tracer_here("approve", sys._getframe(2))
    check_known("treatment of approvals that are late", on_timeout, get_args(OnTimeout))
    check_known("treatment of approvals that are rejected", on_reject, get_args(OnReject))
    _check_text("approve", "title", title, where)
    seconds = _checked_seconds("approve", timeout, where)
    if on_timeout != "fail" and timeout is None:
        raise DefinitionError(
            f"pw.approve(on_timeout={clip(on_timeout)}) has no timeout", where=where, mend="say when: timeout=3600"
        )
    given = (title, about, _names("by", by, where), _names("not_by", not_by, where), seconds)
    sources = tuple(tracer.source(value, where) for value in given)
    waits = tracer.sources_of_handles(after, where)
    return cast(
        Approval, add_control(tracer, "approve", Approve(on_timeout, on_reject), sources, where, id, after=waits)
    )


@overload
def wait_for(
    event: str,
    type: builtins.type[T],
    *,
    timeout: float | timedelta | None = None,
    after: Iterable[Any] = (),
    id: str | None = None,
) -> T: ...
@overload
def wait_for(
    event: str,
    type: Any = Any,
    *,
    timeout: float | timedelta | None = None,
    after: Iterable[Any] = (),
    id: str | None = None,
) -> Any: ...
@door
def wait_for(
    event: str,
    type: Any = Any,
    *,
    timeout: float | timedelta | None = None,
    after: Iterable[Any] = (),
    id: str | None = None,
) -> Any:
    """Wait for an event, which somebody else sends (``pw.send``, ``run.send``), without occupying anything.

    An event that was sent before is taken at once; events of one name are taken in the order in which they were sent,
    each once.

    Args:
        event: its name, or a handle of one.
        type: what its value must be; pydantic checks it, already where it is sent.
        timeout: seconds, or a ``datetime.timedelta``, after which the node fails with ``Unanswered``; never unless
            given.
        after: what to wait for first.
        id: the id of the node.

    Returns:
        The value of the event.

    Raises:
        DefinitionError: called outside a workflow, or an argument is not what it must be.
    """
    tracer, where = tracer_here("wait_for", sys._getframe(2))
    _check_text("wait_for", "event", event, where)
    seconds = _checked_seconds("wait_for", timeout, where)
    _check_type(type, where)
    sources = (tracer.source(event, where), tracer.source(seconds, where))
    waits = tracer.sources_of_handles(after, where)
    return add_control(tracer, "wait_for", WaitFor(type), sources, where, id, after=waits)


def _check_text(called: str, name: str, given: Any, where: Location) -> None:
    if builtins.type(given) is not Handle and (not isinstance(given, str) or not given.strip()):
        raise DefinitionError(
            f"pw.{called}({name}={clip(given)}) is no text that says what is asked",
            where=where,
            mend="pass a text, or what a task gave that returns one",
        )


def _checked_seconds(called: str, timeout: Any, where: Location) -> Any:
    given = in_seconds(timeout)
    if given is None or builtins.type(given) is Handle:
        return given
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
        raise DefinitionError(
            f"pw.{called}(timeout={clip(given)}) is not a time",
            where=where,
            mend="use a number of seconds above 0, a timedelta, or None: no end",
        )
    return given


def _names(name: str, given: Any, where: Location) -> Any:
    """Who may answer, or who may not, as a list unless it is all one handle."""
    if given is None or builtins.type(given) is Handle or isinstance(given, str):
        names = [given]
    else:
        names = list(given) if isinstance(given, Iterable) else [given]
    for one in names:
        if builtins.type(one) is not Handle and one is not None and (not isinstance(one, str) or not one.strip()):
            raise DefinitionError(
                f"pw.approve({name}=...) names {clip(one)}, which is no name",
                where=where,
                mend="pass a name, a list of names, or what a task gave that returns one",
            )
    if given is not None and not names:
        raise DefinitionError(f"pw.approve({name}=...) names nobody", where=where, mend="leave it out, or name people")
    return given if given is None or builtins.type(given) is Handle else names


def _check_type(kind: Any, where: Location) -> None:
    if is_known(kind) and not _is_type(kind):
        raise DefinitionError(
            f"pw.wait_for(type={clip(words(kind))}) is nothing that a value can be checked against",
            where=where,
            mend="pass a type that pydantic knows: str, list[int], a dataclass, a model, ...",
        )


def _is_type(kind: Any) -> bool:
    """Whether pydantic can check values against it; of a function it would check the call."""
    from pydantic import PydanticUserError, TypeAdapter

    if builtins.type(kind) is Handle or inspect.isroutine(kind):
        return False
    try:
        TypeAdapter(kind)
    except (PydanticUserError, TypeError, NameError):
        return False
    return True
