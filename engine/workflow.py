"""A workflow: a Python function that composes tasks; tracing it gives a graph."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from planweave.engine import annotation
from planweave.engine.argument import Argument
from planweave.engine.compile import compile_trace
from planweave.engine.dag import without_collection
from planweave.engine.errors import BindingError, DefinitionError
from planweave.engine.function import ANYTHING, head, name_of, place_of, signature_of, waits, yields
from planweave.engine.graph import Graph, Input
from planweave.engine.handle import Handle
from planweave.engine.launch import run, start
from planweave.engine.location import Location
from planweave.engine.naming import check_name, check_options
from planweave.engine.node import Failures
from planweave.engine.policy import ON_FAILURE_NAMES, OnFailure, check_known
from planweave.engine.run import Run
from planweave.engine.source import Const
from planweave.engine.tracer import Tracer, active
from planweave.engine.wording import clip, listing, mismatch

P = ParamSpec("P")
R = TypeVar("R")

_STARS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True, eq=False, repr=False)
class Workflow(Generic[P, R]):
    """A function that composes tasks; made by ``@workflow``.

    Attributes:
        fn: the function; its parameters are the inputs of a run.
        name: what the graph, its runs and, inside another workflow, its cluster are called.
        pools: how many nodes of each named pool may run at once.
        on_failure: what becomes of what succeeded in a run that fails. That of a workflow inside another counts for
            nothing.
    """

    fn: Callable[..., Any]
    name: str
    inputs: tuple[Input, ...]
    pools: Mapping[str, int]
    where: Location | None = None
    on_failure: OnFailure = "keep"

    def __post_init__(self) -> None:
        for name in ("__doc__", "__module__", "__qualname__"):
            self.__dict__[name] = getattr(self.fn, name, None)
        self.__dict__["__name__"] = self.name
        self.__dict__["__wrapped__"] = self.fn
        self.__dict__["__signature__"] = signature_of(self.fn)[0] or ANYTHING

    def __repr__(self) -> str:
        return f"<workflow '{self.name}'>"

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Inside a workflow, lay this one in as a cluster; elsewhere, run it and return its result."""
        tracer, where = active(), Location.of(sys._getframe(1))
        if tracer is None:
            return run(self, self._bind(args, kwargs, where).arguments).result
        with tracer.cluster(self.name):
            return cast(R, self.compose(tracer, args, kwargs, where))

    @property
    def signature(self) -> inspect.Signature:
        """How the function is called."""
        found: inspect.Signature = self.__dict__["__signature__"]
        return found

    def compose(self, tracer: Tracer, args: tuple[Any, ...], kwargs: Mapping[str, Any], where: Location) -> Any:
        """Add what the function composes to the graph that is being traced."""
        bound = self._bind(args, kwargs, where)
        merge_pools(tracer, self)
        value = self.fn(*bound.args, **bound.kwargs)
        Argument(tracer.own, self.where, self._result).refuse_unread(value)
        return value

    @property
    def _result(self) -> str:
        return f"the result of {clip(self.name)}"

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], where: Location) -> inspect.BoundArguments:
        try:
            return self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise BindingError(
                f"the call of {clip(self.name)} does not fit: {mismatch(error)}",
                where=where,
                mend=f"its inputs are {head(self.name, self.fn, self.signature)}",
            ) from None

    def graph(self) -> Graph:
        """Trace the function once and compile what it composes.

        Raises:
            DefinitionError: with the node, the line and the mend.
        """
        with without_collection():
            tracer = Tracer(self.name)
            merge_pools(tracer, self)
            with tracer.tracing():
                value = self.fn(**{one.name: tracer.input(one.name, one.annotation) for one in self.inputs})
            output = None if value is None else tracer.source(value, self.where, self._result)
            graph = compile_trace(tracer, output, self.where, self.inputs, self.on_failure)
        graph.nx  # noqa: B018  # because the networkx DAG is what a workflow compiles into: made here, not in the run
        return graph

    def to_graph(self, **options: Any) -> Graph:
        """The same as ``graph()``: what ``pw.compile`` calls."""
        if options:
            raise DefinitionError(
                f"a workflow compiles without options, not with {listing(options)}",
                where=Location.of_user(),
                mend="leave them out; inputs are given when it runs",
            )
        return self.graph()

    def run(self, /, **inputs: Any) -> Run[R]:
        """Run it to its end; options (store, pools, ...) are those of ``pw.run``.

        Raises:
            InputError: an input is missing or unknown.
            RunFailed: with the root causes.
        """
        return run(self, inputs=inputs)

    async def start(self, /, **inputs: Any) -> Run[R]:
        """Start it on the running event loop, and give back the live run once it is acknowledged."""
        return await start(self, inputs=inputs)

    def map(self, *lists: Iterable[Any], failures: Failures = "fail", **fixed: Any) -> list[R]:
        """One copy of the workflow for each item; see ``Task.map``."""
        from planweave.engine.control import map_over

        return cast("list[R]", map_over(self, self.name, lists, fixed, failures, sys._getframe(1)))

    def _repr_svg_(self) -> str:
        return self.graph()._repr_svg_()


class WorkflowDecorator(Protocol):
    """What ``@workflow(...)`` with options gives back: it takes the function."""

    def __call__(self, fn: Callable[P, R], /) -> Workflow[P, R]:
        """The workflow of ``fn``."""
        ...


@overload
def workflow(fn: Callable[P, R], /) -> Workflow[P, R]: ...
@overload
def workflow(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    pools: Mapping[str, int] | None = None,
    on_failure: OnFailure = "keep",
) -> WorkflowDecorator: ...
def workflow(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    pools: Mapping[str, int] | None = None,
    on_failure: OnFailure = "keep",
    **others: Any,
) -> Any:
    """Make a function that composes tasks a workflow.

    A constant that is passed to tasks, such as a list, is one object for all of them and for all runs of the graph.

    Args:
        fn: the function; it is called once, with handles, when the workflow is traced.
        name: what the workflow is called; the name of the function unless given.
        pools: how many nodes of each named pool may run at once.
        on_failure: ``"undo"``: where a run of it fails, what has succeeded is undone, as far as its tasks say how
            (``@task(undo=...)``), the last first; ``"keep"``: it stays as it is.
        others: there are none; a name that is written wrongly is told.

    Raises:
        DefinitionError: the function is no plain function, or a pool has no place.
        UnknownNameError: there is no such option.
    """
    check_options("workflow", others, "name", "pools", "on_failure")
    if fn is None:
        return lambda function: make_workflow(function, name, pools, on_failure)
    return make_workflow(fn, name, pools, on_failure)


def make_workflow(
    fn: Callable[..., Any], name: str | None, pools: Mapping[str, int] | None, on_failure: OnFailure = "keep"
) -> Workflow[..., Any]:
    """A workflow from its parts."""
    if not callable(fn) or isinstance(fn, Handle):
        raise DefinitionError(
            f"{clip(fn)} is no function, so it cannot be a workflow",
            where=Location.of_user(),
            mend="write @pw.workflow, or @pw.workflow(name=..., pools=...) with options by name, above a function",
        )
    where = place_of(fn)
    label = name or name_of(fn)
    if isinstance(fn, type) or waits(fn) or yields(fn) or signature_of(fn)[0] is None:
        raise DefinitionError(
            f"{clip(label)} cannot be a workflow: it must be a plain function, which neither awaits nor yields",
            where=where or Location.of_user(),
            mend="write def, and let tasks do the work; those may be async",
        )
    check_name(label, "name", where)
    check_pools(pools or {}, where)
    check_known("treatment of failures", on_failure, ON_FAILURE_NAMES)
    return Workflow(fn, label, _inputs(fn, where), dict(pools or {}), where, on_failure)


def check_pools(pools: Mapping[str, int], where: Location | None = None) -> None:
    """Raise DefinitionError unless every limit is a whole number from 1."""
    if not isinstance(pools, Mapping):
        raise DefinitionError(
            f"pools={clip(pools)} gives no limits",
            where=where or Location.of_user(),
            mend='give each pool a limit by its name: pools={"api": 4}',
        )
    for name, limit in pools.items():
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise DefinitionError(
                f"pool {clip(name)} has the limit {clip(limit)}",
                where=where or Location.of_user(),
                mend="use a whole number from 1",
            )


def merge_pools(tracer: Tracer, inner: Workflow[..., Any]) -> None:
    """Declare the pools of a workflow in the graph that is being traced; the outermost limit counts."""
    for name, limit in inner.pools.items():
        tracer.pools.setdefault(name, limit)


def _inputs(fn: Callable[..., Any], where: Location | None) -> tuple[Input, ...]:
    found = []
    hints = annotation.hints(fn)
    signature = signature_of(fn)[0] or ANYTHING
    for one in signature.parameters.values():
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY):
            raise DefinitionError(
                f"the parameter {clip(_STARS.get(one.kind, '') + one.name)} cannot be an input: "
                "inputs are given by name, one by one",
                where=where,
                mend="write plain parameters: def report(path, limit=3)",
            )
        kind = hints.get(one.name, Any)
        found.append(Input(one.name, kind) if one.default is one.empty else Input(one.name, kind, Const(one.default)))
    return tuple(found)
