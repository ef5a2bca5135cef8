"""Branches and bodies: the parts of a workflow that are traced into templates, each by a tracer of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from planweave.engine.argument import Argument
from planweave.engine.errors import BindingError, DefinitionError
from planweave.engine.function import misfit
from planweave.engine.handle import Handle
from planweave.engine.location import Location
from planweave.engine.node import Template
from planweave.engine.policy import Policy
from planweave.engine.returns import annotation_of
from planweave.engine.source import InputRef, Nest, Source, inputs_of
from planweave.engine.task import Task, make_task
from planweave.engine.tracer import Tracer, active
from planweave.engine.wording import clip


class Part(NamedTuple):
    """A branch or a body.

    Attributes:
        name: what messages call it.
        wanted: what to do where it is no function.
        form: how it is called, as a person would write it.
    """

    name: str
    wanted: str
    form: str


_BRANCH = "wrap the branch: {}=lambda: ...; only the branch that is taken may run"
THEN = Part("then= of pw.when", _BRANCH.format("then"), "then=lambda: ...")
OTHERWISE = Part("otherwise= of pw.when", _BRANCH.format("otherwise"), "otherwise=lambda: ...")
BODY = Part(
    "the body of pw.repeat",
    "pass a task, a workflow, or a function that composes tasks",
    "pw.repeat(lambda state: ..., ...)",
)
UNTIL = Part("until= of pw.repeat", "pass a task that takes the state and returns a bool", "until=lambda state: ...")


def check_part(part: Part, given: Any, where: Location) -> None:
    """Raise DefinitionError unless it can be called."""
    if isinstance(given, Handle) or not callable(given):
        raise DefinitionError(f"{part.name} is no function: {clip(given)}", where=where, mend=part.wanted)


def compose(
    part: Part, body: Callable[..., Any], args: tuple[Any, ...], fixed: Mapping[str, Any], where: Location
) -> Any:
    """Call a branch or a body; what it adds itself stands at ``where``, and under the name of the control structure."""
    from planweave.engine.workflow import Workflow

    tracer = active()
    assert tracer is not None
    if isinstance(body, Task):
        return tracer.call(body, args, fixed, where)
    if isinstance(body, Workflow):
        return body.compose(tracer, args, fixed, where)
    why = misfit(body, args, fixed)
    if why is not None:
        raise BindingError(f"{part.name} does not fit: {why}", where=where, mend=f"it is called as {part.form}")
    value = body(*args, **fixed)
    Argument(tracer.own, where, f"the result of {part.name}").refuse_unread(value)
    return value


def trace_template(
    outer: Tracer,
    name: str,
    part: Part,
    body: Callable[..., Any],
    items: tuple[tuple[str, Any], ...],
    where: Location,
    *,
    solo: bool = False,
    know: Callable[[Tracer, Source], None] = lambda tracer, output: None,
) -> Template:
    """Trace ``body`` into a template.

    ``solo``: its first node is the one that bears the name of the expansion; ``know`` may note the types of inputs that
    are known only by the output.
    """
    from planweave.engine.compile import compile_trace

    tracer = outer.branch(name)
    with tracer.tracing():
        value = body(*(tracer.input(label, kind) for label, kind in items))
        output = tracer.source(value, where, f"the result of {part.name}")
        output = _own_value(tracer, output, where)
    for label in tracer.bound:
        tracer.input_annotations[label] = annotation_of(tracer.bound[label], outer.nodes, outer.input_annotations)
    know(tracer, output)
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
