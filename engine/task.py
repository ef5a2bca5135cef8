"""A task: a unit of work, that is a named callable with typed inputs, one output and a policy."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, ParamSpec, Protocol, TypedDict, TypeVar, Unpack, cast, overload

from planweave.engine import annotation
from planweave.engine.errors import BindingError, DefinitionError
from planweave.engine.function import ANYTHING, head, name_of, place_of, signature_of, waits, yields
from planweave.engine.handle import Handle
from planweave.engine.hidden import hidden_handle
from planweave.engine.location import Location
from planweave.engine.naming import check_name, check_options
from planweave.engine.node import Failures
from planweave.engine.policy import ExecutorName, Join, OnCrash, Policy, Rate, Retry
from planweave.engine.tracer import active, one_or_more
from planweave.engine.wording import clip, mismatch

P = ParamSpec("P")
R = TypeVar("R")

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class PolicyOptions(TypedDict, total=False):
    """The keywords of ``@task`` and ``task.using`` that say how a node is run; see ``Policy``."""

    retry: Retry | None
    timeout: float | None
    executor: ExecutorName | None
    pool: str | None
    join: Join
    priority: int
    rate: Rate | None
    cache: bool
    on_crash: OnCrash
    crash_limit: int | None


@dataclass(frozen=True, eq=False, repr=False)
class Task(Generic[P, R]):
    """A named callable with typed inputs, one output and a policy; made by ``@task``.

    Inside a workflow a call adds a node and gives back a handle, typed as the value. Anywhere else a call just
    runs the function.

    Attributes:
        fn: the bare function.
        name: what its nodes are called.
        policy: how its nodes are run.
        version: stands for the code in fingerprints and caches when it is given.
        undo: takes what it did back, given its value.
    """

    fn: Callable[..., Any]
    name: str
    policy: Policy
    version: str | None = None
    where: Location | None = None
    id: str | None = None
    after: tuple[Any, ...] = ()
    signature: inspect.Signature = field(default_factory=inspect.Signature)
    is_async: bool = False
    undo: Task[..., Any] | None = None
    is_open: bool = False
    """Whether a wrapper around the function takes anything, so that a call need not fit the signature."""
    least: int = field(init=False, default=0)
    most: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        parameters = self.signature.parameters.values()
        positional = [one for one in parameters if one.kind in _POSITIONAL]
        required = sum(one.default is one.empty for one in positional)
        keyword_only = any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in parameters)
        endless = any(one.kind is one.VAR_POSITIONAL for one in parameters)
        # a call with least..most positional arguments and no keywords needs no binding
        object.__setattr__(self, "least", sys.maxsize if keyword_only else required)
        object.__setattr__(self, "most", sys.maxsize if endless else len(positional))
        for name in (*functools.WRAPPER_ASSIGNMENTS, "__type_params__"):
            if hasattr(self.fn, name):
                self.__dict__[name] = getattr(self.fn, name)
        self.__dict__.setdefault("__name__", self.name)  # a partial has none
        self.__dict__["__wrapped__"] = self.fn
        self.__dict__["__signature__"] = self.signature

    def __call__(self, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Inside a workflow, add a node and give back its handle; elsewhere, run the function."""
        tracer = active()
        if tracer is None:
            return cast(R, self.fn(*args, **kwargs))
        return cast(R, tracer.call(self, args, kwargs, Location.of(sys._getframe(1))))

    def __repr__(self) -> str:
        return f"<task '{self.name}'>"

    def __get__(self, instance: object, owner: type | None = None) -> Task[P, R]:
        if instance is not None:
            is_class = isinstance(instance, type)  # what a classmethod above the task passes
            kind, of = ("class method", instance) if is_class else ("method", type(instance))
            raise DefinitionError(
                f"{clip(self.name)} is a {kind} of {getattr(of, '__name__', of)}: a task has no self",
                where=self.where,
                mend="make it a function, or a @staticmethod above @pw.task, and pass the object as an argument",
            )
        return self

    def using(
        self, *, id: str | None = None, after: Iterable[Any] = (), **options: Unpack[PolicyOptions]
    ) -> Task[P, R]:
        """This task with another policy, an explicit id, or other nodes to wait for, for one call.

        Args:
            id: the id of the node; it must be free.
            after: handles (or one handle) that the node waits for without receiving their values.
            options: fields of ``Policy`` to replace.

        Raises:
            DefinitionError: the id holds a character that ids are built with.
            PolicyError: a field of the policy is out of range.
            UnknownNameError: there is no such option.

        >>> @task
        ... def load(path: str) -> str: ...
        >>> load.using(timeout=5).policy.timeout
        5
        """
        check_name(id, "id", None)
        check_options("task", options, "id", "after", *PolicyOptions.__annotations__)
        policy = replace(self.policy, **options) if options else self.policy
        after = (*self.after, *one_or_more(after))
        return replace(self, id=id if id is not None else self.id, after=after, policy=policy)

    def map(self, *lists: Iterable[Any], failures: Failures = "fail", **fixed: Any) -> list[R]:
        """One node for each item: the lists are walked together, ``fixed`` is the same for all.

        Args:
            lists: handles of lists, or lists; all of one length.
            failures: ``"fail"``: one failed item fails the whole; ``"drop"``: failed items are left out;
                ``"keep"``: they arrive as ``Missing``.
            fixed: arguments by keyword, the same for every item.

        Returns:
            The values, in the order of the items.

        Raises:
            DefinitionError: outside a workflow it cannot be told how items that fail are to be treated;
                loop over the function there.
        """
        from planweave.engine.control import map_over

        return cast("list[R]", map_over(self, self.name, lists, fixed, failures, sys._getframe(1)))

    def bind(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], where: Location | None
    ) -> tuple[Task[P, R], tuple[Any, ...], tuple[str, ...]]:
        """The task as it is called, the arguments in order, and the names of those passed by keyword (the last ones).

        The task is this one, or, where a wrapper takes anything and what it wraps would not, one that takes anything.

        Raises:
            BindingError: they do not fit.
        """
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            if self.is_open:
                return replace(self, signature=ANYTHING), (*args, *kwargs.values()), tuple(kwargs)
            raise BindingError(
                f"the call of {clip(self.name)} does not fit: {mismatch(error)}",
                where=where,
                mend=f"its parameters are {head(self.name, self.fn, self.signature)}",
            ) from None
        return self, (*bound.args, *bound.kwargs.values()), tuple(bound.kwargs)

    def parameter_names(self, count: int) -> tuple[str, ...]:
        """The names of the first ``count`` positional parameters.

        >>> @task
        ... def join(first: str, *rest: str) -> str: ...
        >>> join.parameter_names(3)
        ('first', 'rest[0]', 'rest[1]')
        """
        names = []
        for parameter in self.signature.parameters.values():
            if parameter.kind in _POSITIONAL:
                names.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                names.extend(f"{parameter.name}[{i}]" for i in range(count - len(names)))
        if self.is_open:
            names.extend(f"argument {i + 1}" for i in range(len(names), count))
        return tuple(names[:count])

    @property
    def hints(self) -> Mapping[str, Any]:
        """The annotations of the function by parameter name, and by ``"return"``."""
        return annotation.hints(self.fn)

    def annotation(self, argument: str) -> Any:
        """The annotation of a parameter, by its name or as ``name[i]``; ``Any`` where there is none."""
        name = argument.split("[", 1)[0]
        if name in self.signature.parameters:
            return self.hints.get(name, Any)
        last = list(self.signature.parameters.values())[-1:]
        return self.hints.get(last[0].name, Any) if last and last[0].kind is last[0].VAR_KEYWORD else Any


class TaskDecorator(Protocol):
    """What ``@task(...)`` with options gives back: it takes the function."""

    @overload
    def __call__(self, fn: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
    @overload
    def __call__(self, fn: Callable[P, R], /) -> Task[P, R]: ...


@overload
def task(fn: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    fn: None = None,
    /,
    *,
    name: str | None = None,
    version: str | None = None,
    undo: Callable[..., Any] | None = None,
    **options: Unpack[PolicyOptions],
) -> TaskDecorator: ...
def task(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    version: str | None = None,
    undo: Callable[..., Any] | None = None,
    **options: Unpack[PolicyOptions],
) -> Any:
    """Make a function a task.

    Args:
        fn: a sync or async function.
        name: what its nodes are called; the name of the function unless given.
        version: stands for the code in fingerprints and caches; change it when the meaning changes.
        undo: takes back what the task did, given its value: a function, which is run by the policy of the task, or a
            task with a policy of its own. It is called where a run with ``on_failure="undo"`` fails, or one is
            cancelled with ``undo=True``, and may be called again after a crash.
        options: the fields of ``Policy``.

    Raises:
        DefinitionError: the function is a generator, or no function at all; the undo does not take one value.
        PolicyError: a field of the policy is out of range.
        UnknownNameError: there is no such option.

    >>> @task(retry=Retry(attempts=3))
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(4)
    8
    """
    where = Location.of(sys._getframe(1))
    check_options("task", options, "name", "version", "undo", *PolicyOptions.__annotations__)
    policy = Policy(**options)
    back = None if undo is None else _make_undo(undo, policy, where)
    if fn is not None:
        return make_task(fn, name=name, version=version, policy=policy, where=where, undo=back)
    return lambda function: make_task(function, name=name, version=version, policy=policy, where=where, undo=back)


def _make_undo(undo: Callable[..., Any], policy: Policy, where: Location | None) -> Task[..., Any]:
    """What takes the effect of a task back; raises DefinitionError unless it takes one value."""
    if isinstance(undo, Task):
        made: Task[..., Any] = undo
    else:
        executor = None if waits(undo) else policy.executor
        own = replace(policy, join="all_success", cache=False, executor=executor)
        made = make_task(undo, name=None, version=None, policy=own, where=where)
    try:
        made.signature.bind(None)
    except TypeError as error:
        raise DefinitionError(
            f"undo={clip(made.name)} cannot be called with the value of the task: {mismatch(error)}",
            where=made.where or where,
            mend="give it one parameter, which takes what the task returned",
        ) from None
    return made


def make_task(
    fn: Callable[..., Any],
    *,
    name: str | None,
    version: str | None,
    policy: Policy,
    where: Location | None,
    undo: Task[..., Any] | None = None,
) -> Task[..., Any]:
    """A task from its parts; ``fn`` may be a task already, whose function is then taken."""
    if isinstance(fn, Task):
        return replace(fn, name=name or fn.name, version=version or fn.version, policy=policy, undo=undo or fn.undo)
    if not callable(fn) or isinstance(fn, Handle):
        raise DefinitionError(
            f"{clip(fn)} is no function, so it cannot be a task",
            where=where,
            mend="write @pw.task, or @pw.task(name=..., ...) with options by name, above a function",
        )
    where = place_of(fn) or where
    label = name or name_of(fn)
    if yields(fn):
        raise DefinitionError(
            f"{clip(label)} is a generator, but a task has one output",
            where=where,
            mend="gather what it yields in a list, and return that",
        )
    check_name(label, "name", where)
    handle = hidden_handle(fn) if active() is not None else None
    if handle is not None:
        raise DefinitionError(
            f"{clip(label)} uses the handle {clip(handle.label)} of the workflow around it, which has no value there",
            where=where,
            mend="give it a parameter, and pass the handle in the call",
        )
    signature, is_open = signature_of(fn)
    if signature is None:  # some builtins do not tell: take any positional arguments
        signature = inspect.Signature([inspect.Parameter("values", inspect.Parameter.VAR_POSITIONAL)])
    is_async = waits(fn)
    return Task(fn, label, policy, version, where, signature=signature, is_async=is_async, undo=undo, is_open=is_open)
