"""Control structures inside a workflow: ``when``, ``repeat``, ``sleep`` and the body of ``task.map``.

Each traces its branches or body once, into frozen templates, so that every error in them is found before
anything runs; the run lays the template into the graph when it knows the bool, the list or the state.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import FrameType
from typing import Any, TypeVar, cast, get_args

from planweave.engine import annotation
from planweave.engine.errors import DefinitionError
from planweave.engine.handle import Handle
from planweave.engine.location import Location
from planweave.engine.node import Control, Failures, Map, Repeat, Sleep, Template, When
from planweave.engine.policy import Policy, check_name
from planweave.engine.returns import annotation_of
from planweave.engine.source import InputRef, Nest, Source, inputs_of
from planweave.engine.task import Task, make_task
from planweave.engine.task import check_name as check_id
from planweave.engine.tracer import Tracer, active

T = TypeVar("T")
S = TypeVar("S")


def when(
    condition: bool, then: Callable[[], T], otherwise: Callable[[], T] | None = None, *, id: str | None = None
) -> T:
    """Run one of two branches, chosen when the condition is known.

    Args:
        condition: a handle of a bool (or a bool).
        then: called once, when the workflow is traced; composes the branch for True.
        otherwise: the branch for False; without one the node is skipped, and so is what needs its value.
        id: the id of the node.

    Returns:
        The value of the branch that was taken.

    Raises:
        DefinitionError: called outside a workflow, or a branch is no function.
    """
    tracer, where = _tracer("when", sys._getframe(1))
    mend = "wrap the branch: {}=lambda: ...; only the branch that is taken may run"
    _check_function("then= of pw.when", then, where, mend.format("then"))
    if otherwise is not None:
        _check_function("otherwise= of pw.when", otherwise, where, mend.format("otherwise"))
    control = When(
        _template(tracer, "then", lambda: _compose(then, (), {}, where), (), where),
        None
        if otherwise is None
        else _template(tracer, "otherwise", lambda: _compose(otherwise, (), {}, where), (), where),
    )
    return cast(T, _control(tracer, "when", control, (tracer.source(condition, where),), where, id))


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
    tracer, where = _tracer("repeat", sys._getframe(1))
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise DefinitionError(
            f"pw.repeat(limit={limit!r}) allows no round", where=where, mend="use a whole number from 1"
        )
    _check_function("the body of pw.repeat", body, where, "pass a task, a workflow, or a function that composes tasks")
    _check_function("until= of pw.repeat", until, where, "pass a task that takes the state and returns a bool")
    source = tracer.source(start, where)
    kind = annotation_of(source, tracer.nodes, tracer.input_annotations)
    name = _name(body)
    step: Callable[[S], S] = body
    if isinstance(body, Task):
        id, step = body.id if id is None else id, replace(body, id=None)

    def one_round(state: S) -> tuple[S, bool]:
        result: S = _compose(step, (state,), {}, where)
        return result, _compose(until, (result,), {}, where)

    template = _template(tracer, name, one_round, (("state", kind),), where, solo=isinstance(body, Task))
    return cast(S, _control(tracer, name, Repeat(template, limit), (source,), where, id))


def sleep(seconds: float, *, after: Iterable[Any] = (), id: str | None = None) -> object:
    """Wait, without occupying anything.

    Args:
        seconds: how long, from 0; a number or a handle of one.
        after: what to wait for first.
        id: the id of the node.

    Returns:
        What others wait for, ``task.using(after=[pw.sleep(60)])(...)``; its value is None.

    Raises:
        DefinitionError: called outside a workflow, or a negative number.
    """
    tracer, where = _tracer("sleep", sys._getframe(1))
    given: Any = seconds
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if type(given) is not Handle and not (is_number and 0 <= given < float("inf")):
        raise DefinitionError(
            f"pw.sleep({seconds!r}) is not a time", where=where, mend="use a number of seconds from 0"
        )
    after = tracer.sources_of_handles((after,) if type(after) is Handle else after, where)
    return _control(tracer, "sleep", Sleep(), (tracer.source(seconds, where),), where, id, after=after)


def map_over(
    body: Callable[..., Any],
    name: str,
    lists: tuple[Any, ...],
    fixed: dict[str, Any],
    failures: Failures,
    frame: FrameType,
) -> Any:
    """One copy of ``body`` (a task or a workflow) for each item of ``lists``: what ``.map`` does."""
    tracer, where = _tracer("map", frame)
    check_name("treatment of failures", failures, get_args(Failures))
    if not lists:
        raise DefinitionError(f"{name}.map() has no list", where=where, mend="pass at least one list to walk")
    sources = tuple(tracer.source(_listed(values), where) for values in lists)
    task = body if isinstance(body, Task) else None
    names = task.parameter_names(len(lists)) if task is not None else _input_names(body)[: len(lists)]
    names += tuple(f"item {i + 1}" for i in range(len(names), len(lists)))
    items = tuple((label, _item_annotation(source, tracer)) for label, source in zip(names, sources, strict=True))
    each = replace(task, id=None, after=()) if task is not None else body
    template = _template(
        tracer, name, lambda *values: _compose(each, values, fixed, where), items, where, solo=task is not None
    )
    after = tracer.sources_of_handles(task.after, where) if task is not None else ()
    explicit = task.id if task is not None else None
    return _control(tracer, name, Map(template, failures), sources, where, explicit, after=after, task=task)


def _listed(values: Any) -> Any:
    """A list of what an iterator gives: it could be walked only once, but a graph may run many times."""
    return list(values) if isinstance(values, Iterator) and type(values) is not Handle else values


def _item_annotation(source: Source, tracer: Tracer) -> Any:
    return annotation.element_of(annotation_of(source, tracer.nodes, tracer.input_annotations))


def _tracer(what: str, frame: FrameType) -> tuple[Tracer, Location]:
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


def _check_function(what: str, given: Any, where: Location, mend: str) -> None:
    if isinstance(given, Handle) or not callable(given):
        raise DefinitionError(f"{what} is no function: {given!r:.60}", where=where, mend=mend)


def _compose(body: Callable[..., Any], args: tuple[Any, ...], fixed: Mapping[str, Any], where: Location) -> Any:
    """Call a branch or a body; what it adds itself stands at ``where``, and under the name of the control structure."""
    from planweave.engine.workflow import Workflow

    tracer = active()
    assert tracer is not None
    if isinstance(body, Task):
        return tracer.call(body, args, fixed, where)
    if isinstance(body, Workflow):
        return body.compose(tracer, args, fixed, where)
    return body(*args, **fixed)


def _input_names(body: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(one.name for one in getattr(body, "inputs", ()))


def _name(body: Callable[..., Any]) -> str:
    name = str(getattr(body, "name", None) or getattr(body, "__name__", "repeat"))
    return "repeat" if name == "<lambda>" else name


def _control(
    tracer: Tracer,
    name: str,
    control: Control,
    args: tuple[Source, ...],
    where: Location,
    explicit: str | None,
    *,
    after: tuple[Source, ...] = (),
    task: Task[..., Any] | None = None,
) -> Handle:
    check_id(explicit, "id", where)
    return tracer.add(explicit, name, task, args, after=after, where=where, control=control)


def _template(
    outer: Tracer,
    name: str,
    body: Callable[..., Any],
    items: tuple[tuple[str, Any], ...],
    where: Location,
    *,
    solo: bool = False,
) -> Template:
    """Trace ``body`` into a template; ``solo``: its first node is the one that bears the name of the expansion."""
    from planweave.engine.compile import compile_trace

    tracer = outer.branch(name)
    with tracer.tracing():
        value = body(*(tracer.input(label, kind) for label, kind in items))
        output = tracer.source(value, where)
        output = _own_value(tracer, output, where)
    for label in tracer.bound:
        tracer.input_annotations[label] = annotation_of(tracer.bound[label], outer.nodes, outer.input_annotations)
    graph = compile_trace(tracer, output, where)
    return Template(graph, tuple(label for label, _ in items), tuple(tracer.bound.items()), 0 if solo else None)


def _own_value(tracer: Tracer, output: Source, where: Location) -> Source:
    """Pass what a branch takes from outside and returns as it is through a node of its own, which can wait for it."""
    if type(output) is InputRef and output.name in tracer.bound:
        label = output.name.rstrip("*").rsplit("/", 1)[-1]
        return tracer.add(None, label, PASS, (output,), policy=PASS.policy, where=where).source
    if type(output) is Nest and any(True for _ in inputs_of(output)):
        return Nest(output.kind, tuple(_own_value(tracer, item, where) for item in output.items), output.keys)
    return output


def _same(value: Any) -> Any:
    return value


PASS: Task[..., Any] = make_task(_same, name="pass", version="1", policy=Policy(executor="inline"), where=None)
"""The task of a node that only hands a value on."""
