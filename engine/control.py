"""Control structures inside a workflow: ``when``, ``repeat``, ``sleep`` and the body of ``task.map``.

Each traces its branches or body once, into frozen templates, so that every error in them is found before
anything runs; the run lays the template into the graph when it knows the bool, the list or the state.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import FrameType
from typing import Any, TypeVar, cast, get_args

from planweave.engine import annotation
from planweave.engine.approval import Approval
from planweave.engine.branch import BODY, OTHERWISE, PASS, THEN, UNTIL, Part, check_part, compose, trace_template
from planweave.engine.duration import in_seconds
from planweave.engine.errors import BindingError, DefinitionError
from planweave.engine.handle import Handle
from planweave.engine.location import Location
from planweave.engine.naming import check_name
from planweave.engine.node import Control, Failures, Map, Repeat, Sleep, Template, When
from planweave.engine.policy import DEFAULT_POLICY, Policy, check_known
from planweave.engine.returns import annotation_of
from planweave.engine.source import Source
from planweave.engine.task import Task
from planweave.engine.tracer import Tracer, active
from planweave.engine.wording import clip, mismatch

__all__ = ["PASS", "add_control", "door", "map_over", "repeat", "sleep", "tracer_here", "when"]

T = TypeVar("T")
S = TypeVar("S")
F = TypeVar("F", bound=Callable[..., Any])


def door(function: F) -> F:
    """A control structure as people call it: a call that does not fit is told like all other mistakes."""
    signature = inspect.signature(function)
    bare = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    shown = f"pw.{function.__name__}{signature.replace(parameters=bare, return_annotation=signature.empty)}"

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise BindingError(
                f"the call of pw.{function.__name__} does not fit: {mismatch(error)}",
                where=Location.of(sys._getframe(1)),
                mend=f"it is called as {shown}",
            ) from None
        return function(*args, **kwargs)

    return cast(F, call)


@door
def when(
    condition: bool | Approval,
    then: Callable[[], T],
    otherwise: Callable[[], T] | None = None,
    *,
    id: str | None = None,
) -> T:
    """Run one of two branches, chosen when the condition is known.

    Args:
        condition: a handle of a bool (or a bool), or of an approval: whether it was given.
        then: called once, when the workflow is traced; composes the branch for True.
        otherwise: the branch for False; without one the node is skipped, and so is what needs its value.
        id: the id of the node.

    Returns:
        The value of the branch that was taken.

    Raises:
        DefinitionError: called outside a workflow, or a branch is no function.
    """
    tracer, where = tracer_here("when", sys._getframe(2))
    check_part(THEN, then, where)
    if otherwise is not None:
        check_part(OTHERWISE, otherwise, where)

    def branch(name: str, part: Part, body: Callable[[], T]) -> Template:
        return trace_template(tracer, name, part, lambda: compose(part, body, (), {}, where), (), where)

    control = When(branch("then", THEN, then), None if otherwise is None else branch("otherwise", OTHERWISE, otherwise))
    return cast(T, add_control(tracer, "when", control, (tracer.source(condition, where),), where, id))


@door
def repeat(body: Callable[[S], S], start: S, *, until: Callable[[S], bool], limit: int, id: str | None = None) -> S:
    """Run a body again and again on its own result, until a condition holds; at least once.

    Args:
        body: a task, a workflow, or a function that composes them; takes the state and returns the next.
        start: the first state.
        until: a task (or a function that composes tasks) of the state that returns True at the end.
        limit: the most rounds; past it the node fails with ``LimitReached``.
        id: the id of the node.

    Returns:
        The last state.

    Raises:
        DefinitionError: called outside a workflow, or the limit is no whole number from 1.
    """
    tracer, where = tracer_here("repeat", sys._getframe(2))
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise DefinitionError(
            f"pw.repeat(limit={clip(limit)}) allows no round", where=where, mend="use a whole number from 1"
        )
    check_part(BODY, body, where)
    check_part(UNTIL, until, where)
    source = tracer.source(start, where)
    name = _name(body, where)
    step: Callable[[S], S] = body
    if isinstance(body, Task):
        id, step = body.id if id is None else id, replace(body, id=None)

    def one_round(state: S) -> tuple[S, bool]:
        result: S = compose(BODY, step, (state,), {}, where)
        return result, compose(UNTIL, until, (result,), {}, where)

    def know_state(inner: Tracer, output: Source) -> None:
        """Note the type of the state: what the loop starts with, or what a round has made of it."""
        first = annotation_of(source, tracer.nodes, tracer.input_annotations)
        round_of = annotation_of(output, inner.nodes, inner.input_annotations)
        following = (*get_args(round_of), Any)[0]  # a round gives the next state, and whether it is the last
        inner.input_annotations["state"] = annotation.union([first, following])

    solo = isinstance(body, Task)
    template = trace_template(tracer, name, BODY, one_round, (("state", Any),), where, solo=solo, know=know_state)
    return cast(S, add_control(tracer, name, Repeat(template, limit), (source,), where, id))


@door
def sleep(seconds: float | timedelta, *, after: Iterable[Any] = (), id: str | None = None) -> object:
    """Wait, without occupying anything.

    Args:
        seconds: how long, from 0; a number, a handle of one, or a ``datetime.timedelta``.
        after: what to wait for first.
        id: the id of the node.

    Returns:
        What others wait for, ``task.using(after=[pw.sleep(60)])(...)``; its value is None.

    Raises:
        DefinitionError: called outside a workflow, or a negative number.
    """
    tracer, where = tracer_here("sleep", sys._getframe(2))
    given: Any = in_seconds(seconds)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if type(given) is not Handle and not (is_number and 0 <= given < float("inf")):
        raise DefinitionError(
            f"pw.sleep({clip(seconds)}) is not a time",
            where=where,
            mend="use a number of seconds from 0, or a timedelta",
        )
    sources = tracer.sources_of_handles(after, where)
    return add_control(tracer, "sleep", Sleep(), (tracer.source(given, where),), where, id, after=sources)


def map_over(
    body: Callable[..., Any],
    name: str,
    lists: tuple[Any, ...],
    fixed: dict[str, Any],
    failures: Failures,
    frame: FrameType,
) -> Any:
    """One copy of ``body`` (a task or a workflow) for each item of ``lists``: what ``.map`` does."""
    tracer, where = tracer_here("map", frame)
    check_known("treatment of failures", failures, get_args(Failures))
    if not lists:
        raise DefinitionError(f"{name}.map() has no list", where=where, mend="pass at least one list to walk")
    sources = tuple(tracer.source(_listed(values), where) for values in lists)
    task = body if isinstance(body, Task) else None
    names = task.parameter_names(len(lists)) if task is not None else _input_names(body)[: len(lists)]
    names += tuple(f"item {i + 1}" for i in range(len(names), len(lists)))
    items = tuple((label, _item_annotation(source, tracer)) for label, source in zip(names, sources, strict=True))
    each, policy = (body, DEFAULT_POLICY) if task is None else _parted(task)
    part = Part(f"{clip(name)} in .map", "", "")
    template = trace_template(
        tracer,
        name,
        part,
        lambda *values: compose(part, each, values, fixed, where),
        items,
        where,
        solo=task is not None,
    )
    after = tracer.sources_of_handles(task.after, where) if task is not None else ()
    explicit = task.id if task is not None else None
    control = Map(template, failures)
    return add_control(tracer, name, control, sources, where, explicit, after=after, task=task, policy=policy)


def _parted(task: Task[..., Any]) -> tuple[Task[..., Any], Policy]:
    """What of a mapped task is each item's, and what the map's: the items have nothing to wait for by a join rule."""
    join = task.policy.join
    if join == DEFAULT_POLICY.join:
        return replace(task, id=None, after=()), DEFAULT_POLICY
    each = replace(task.policy, join=DEFAULT_POLICY.join)
    return replace(task, id=None, after=(), policy=each), Policy(join=join)


def _listed(values: Any) -> Any:
    """A list of what an iterator gives: it could be walked only once, but a graph may run many times."""
    return list(values) if isinstance(values, Iterator) and type(values) is not Handle else values


def _item_annotation(source: Source, tracer: Tracer) -> Any:
    return annotation.element_of(annotation_of(source, tracer.nodes, tracer.input_annotations))


def tracer_here(what: str, frame: FrameType) -> tuple[Tracer, Location]:
    """The tracer of the workflow that is being traced here, and the line; raises DefinitionError if there is none."""
    tracer, where = active(), Location.of(frame)
    if tracer is None:
        raise DefinitionError(
            f"pw.{what} shapes a workflow, and none is being traced here"
            if what != "map"
            else "task.map shapes a workflow, and none is being traced here",
            where=where,
            mend="call it in a function under @pw.workflow; elsewhere plain Python does the same",
        )
    return tracer, where


def _input_names(body: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(one.name for one in getattr(body, "inputs", ()))


def _name(body: Callable[..., Any], where: Location) -> str:
    given = getattr(body, "name", None)
    name = given if isinstance(given, str) else str(getattr(body, "__name__", "repeat"))
    if name == "<lambda>":
        return "repeat"
    check_name(name, "name", where)
    return name


def add_control(
    tracer: Tracer,
    name: str,
    control: Control,
    args: tuple[Source, ...],
    where: Location,
    explicit: str | None,
    *,
    after: tuple[Source, ...] = (),
    task: Task[..., Any] | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> Handle:
    """Add the node of a control structure, and give the handle of its value."""
    check_name(explicit, "id", where)
    return tracer.add(explicit, name, task, args, after=after, policy=policy, where=where, control=control)
