"""The tracer: gathers the nodes of a workflow while its function runs once.

A call of a task inside a workflow adds a node and gives back a handle. A branch or a body is traced by a
tracer of its own; what it uses from outside becomes an input of its template, bound to the outer source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from planweave.engine.argument import ARGUMENT, MAX_DEPTH, Argument
from planweave.engine.errors import BindingError, DefinitionError, DuplicateIdError
from planweave.engine.handle import Handle
from planweave.engine.hidden import PLAIN
from planweave.engine.location import Location
from planweave.engine.node import Control, Node
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.source import Const, InputRef, Source
from planweave.engine.wording import clip

if TYPE_CHECKING:
    from planweave.engine.task import Task

__all__ = ["MAX_DEPTH", "Tracer", "active", "no_tracing", "one_or_more"]

_active: ContextVar[Tracer | None] = ContextVar("planweave_tracer", default=None)


def active() -> Tracer | None:
    """The tracer of the workflow that is being traced here, if one is."""
    return _active.get()


@contextmanager
def no_tracing() -> Iterator[None]:
    """Let no workflow be traced meanwhile: bodies that run while one is must not add nodes to it."""
    token = _active.set(None)
    try:
        yield
    finally:
        _active.reset(token)


class Tracer:
    """The nodes, inputs and pools of one graph in the making.

    Args:
        name: the name of the workflow or of the part of it.
        parent: the tracer of the graph around a branch or body.
    """

    def __init__(self, name: str, parent: Tracer | None = None) -> None:
        self.name = name
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.nodes: list[Node] = []
        self.pools: dict[str, int] = parent.pools if parent is not None else {}
        self.bound: dict[str, Source] = {}
        self.input_annotations: dict[str, Any] = {}
        self._bound_names: dict[object, str] = {}
        self._counts: dict[str, int] = {}
        self._taken: set[str] = set()
        self._prefix = ""
        if self.depth > MAX_DEPTH:
            raise DefinitionError(
                f"{clip(name)} nests branches, bodies or workflows more than {MAX_DEPTH} deep",
                where=Location.of_user(),
                mend="a workflow must not call itself; use pw.repeat for a loop",
            )

    @contextmanager
    def tracing(self) -> Iterator[Tracer]:
        """Make this the active tracer."""
        token = _active.set(self)
        try:
            yield self
        finally:
            _active.reset(token)

    @contextmanager
    def cluster(self, name: str) -> Iterator[None]:
        """Name what is added meanwhile under ``name/``: a workflow called in a workflow."""
        outer, self.depth = self._prefix, self.depth + 1
        if self.depth > MAX_DEPTH:
            raise DefinitionError(
                f"{clip(name)} is called inside itself, more than {MAX_DEPTH} deep",
                where=Location.of_user(),
                mend="a workflow must not call itself; use pw.repeat for a loop",
            )
        self._prefix = f"{self._free_id(name)}/"
        try:
            yield
        finally:
            self._prefix = outer
            self.depth -= 1

    def input(self, name: str, annotation: Any) -> Handle:
        """A handle of an input of the graph."""
        self.input_annotations[name] = annotation
        return Handle(self, InputRef(name), name)

    def call(self, task: Task[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], where: Location) -> Handle:
        """Add a node that runs ``task``; this is what a call of a task in a workflow does."""
        keywords: tuple[str, ...] = ()
        if kwargs or not task.least <= len(args) <= task.most:
            task, args, keywords = task.bind(args, kwargs, where)
        sources = tuple([self.source(value, where) for value in args])
        after = self.sources_of_handles(task.after, where) if task.after else ()
        return self.add(task.id, task.name, task, sources, keywords, after, task.policy, where, None)

    def add(
        self,
        explicit: str | None,
        name: str,
        task: Task[..., Any] | None,
        args: tuple[Source, ...],
        keywords: tuple[str, ...] = (),
        after: tuple[Source, ...] = (),
        policy: Policy = DEFAULT_POLICY,
        where: Location | None = None,
        control: Control | None = None,
    ) -> Handle:
        """Add a node and give back the handle of its value.

        Raises:
            DuplicateIdError: ``explicit`` names a node that exists.
        """
        if explicit is None:
            node_id = self._free_id(name)
        else:
            node_id = self._prefix + explicit
            if node_id in self._taken:
                raise DuplicateIdError(
                    self._taken_by(node_id),
                    where=where,
                    node=node_id,
                    mend="give one of them another id",
                )
            self._taken.add(node_id)
        position = len(self.nodes)
        self.nodes.append(Node(node_id, task, args, keywords, after, policy, where, control))
        return Handle(self, position, node_id)

    def source(self, value: Any, where: Location | None = None, called: str = ARGUMENT) -> Source:
        """Where ``value`` comes from: a handle's node or input, else a constant or a container of these.

        Raises:
            BindingError: it cannot be used here; the message calls it ``called``.
        """
        kind = type(value)
        if kind is Handle:
            return value.source if value.tracer is self else self.own(value, where)
        if kind in PLAIN:
            return Const(value)
        return Argument(self.own, where, called).source(value)

    def sources_of_handles(self, values: Any, where: Location | None, depth: int = 0) -> tuple[Source, ...]:
        """The sources of some handles to wait for, or of one; lists and tuples of handles count as what they hold."""
        if depth > MAX_DEPTH:
            raise BindingError(
                f"after= nests lists or tuples more than {MAX_DEPTH} deep, or holds itself",
                where=where,
                mend="pass a flat list of handles",
            )
        found: list[Source] = []
        for value in one_or_more(values):
            if type(value) is Handle:
                found.append(self.own(value, where))
            elif isinstance(value, list | tuple):
                found.extend(self.sources_of_handles(value, where, depth + 1))
            else:
                raise BindingError(
                    f"after= holds {clip(value)}, which is no handle",
                    where=where,
                    mend="pass what calls of tasks returned: task.using(after=[other])(...)",
                )
        return tuple(found)

    def branch(self, name: str) -> Tracer:
        """A tracer for a branch or body of this graph."""
        return Tracer(name, self)

    def _free_id(self, name: str) -> str:
        """``name``, or ``name-2``, ``name-3``, ...: the first that no node bears."""
        full = self._prefix + name
        count = self._counts.get(full, 0) + 1
        found = full if count == 1 else f"{full}-{count}"
        while found in self._taken:
            count += 1
            found = f"{full}-{count}"
        self._counts[full] = count
        self._taken.add(found)
        return found

    def _taken_by(self, node_id: str) -> str:
        """What bears an id already, with its line where that is known."""
        for node in self.nodes:
            if node.id == node_id:
                return f"there is a node {clip(node_id)} already" + (f", at {node.where}" if node.where else "")
        return f"there is a cluster {clip(node_id)} already: a workflow that was called here"

    def own(self, handle: Handle, where: Location | None) -> Source:
        """The source of a handle here; one from a graph around this one becomes an input of this one."""
        if handle.tracer is self:
            return handle.source
        if self.parent is None:
            raise BindingError(
                f"the handle of {clip(handle.label)} belongs to another workflow, or to a branch that has ended",
                where=where,
                mend="return what you need from there, and pass it in as an argument",
            )
        outer = self.parent.own(handle, where)
        key = outer.name if isinstance(outer, InputRef) else outer
        name = self._bound_names.get(key)
        if name is None:
            name = self._bound_names[key] = f"{handle.label}*"
            while name in self.bound:
                name = self._bound_names[key] = f"{name}*"
            self.bound[name] = outer
        return InputRef(name)


def one_or_more(values: Any) -> Iterable[Any]:
    """What ``after=`` was given, which may be a single handle, as something to walk."""
    if type(values) is Handle or isinstance(values, str) or not isinstance(values, Iterable):
        return (values,)
    return values
