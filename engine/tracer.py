"""The tracer: gathers the nodes of a workflow while its function runs once.

A call of a task inside a workflow adds a node and gives back a handle. A branch or a body is traced by a
tracer of its own; what it uses from outside becomes an input of its template, bound to the outer source.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import BindingError, DefinitionError, DuplicateIdError
from planweave.engine.handle import Handle
from planweave.engine.location import Location
from planweave.engine.node import Control, Node
from planweave.engine.policy import DEFAULT_POLICY, Policy
from planweave.engine.source import Const, InputRef, Nest, Source

if TYPE_CHECKING:
    from planweave.engine.task import Task

MAX_DEPTH = 100
"""How deep values, workflows and branches may nest before it is taken for a mistake."""

_PLAIN = frozenset({str, int, float, bool, type(None), bytes})
_active: ContextVar[Tracer | None] = ContextVar("planweave_tracer", default=None)


def active() -> Tracer | None:
    """The tracer of the workflow that is being traced here, if one is."""
    return _active.get()


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
                f"'{name}' nests branches, bodies or workflows more than {MAX_DEPTH} deep",
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
                f"'{name}' is called inside itself, more than {MAX_DEPTH} deep",
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
            args, keywords = task.bind(args, kwargs, where)
        sources = tuple([self._source(value, where, 0) for value in args])
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
                    f"there is a node '{node_id}' already",
                    where=where,
                    node=node_id,
                    mend="give one of them another id",
                )
            self._taken.add(node_id)
        position = len(self.nodes)
        self.nodes.append(Node(node_id, task, args, keywords, after, policy, where, control))
        return Handle(self, position, node_id)

    def source(self, value: Any, where: Location | None = None) -> Source:
        """Where ``value`` comes from: a handle's node or input, else a constant or a container of these."""
        return self._source(value, where, 0)

    def sources_of_handles(self, values: Any, where: Location | None, depth: int = 0) -> tuple[Source, ...]:
        """The sources of some handles to wait for; lists and tuples of handles count as what they hold."""
        if depth > MAX_DEPTH:
            raise BindingError(
                f"after= nests lists or tuples more than {MAX_DEPTH} deep, or holds itself",
                where=where,
                mend="pass a flat list of handles",
            )
        found: list[Source] = []
        for value in values:
            if type(value) is Handle:
                found.append(self._own(value, where))
            elif isinstance(value, list | tuple):
                found.extend(self.sources_of_handles(value, where, depth + 1))
            else:
                raise BindingError(
                    f"after= holds {reprlib.repr(value)}, which is no handle",
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

    def _source(self, value: Any, where: Location | None, depth: int) -> Source:
        kind = type(value)
        if kind is Handle:
            return value.source if value.tracer is self else self._own(value, where)
        if kind in _PLAIN:
            return Const(value)
        if kind in _CONTAINERS:
            return _CONTAINERS[kind](self, value, where, depth)
        return self._object(value, where)

    def _sequence(self, value: Any, where: Location | None, depth: int) -> Source:
        items = self._items(value, where, depth)
        if all(type(item) is Const for item in items):
            return Const(value)
        return Nest(type(value), items)

    def _mapping(self, value: Any, where: Location | None, depth: int) -> Source:
        if any(map(_holds_handle, value)):
            raise BindingError(
                "a handle cannot be the key of a dict: it has no value yet",
                where=where,
                mend="use it as a value, or make the dict in a task",
            )
        items = self._items(value.values(), where, depth)
        if all(type(item) is Const for item in items):
            return Const(value)
        return Nest(dict, items, tuple(value))

    def _set(self, value: Any, where: Location | None, depth: int) -> Source:
        if any(map(_holds_handle, value)):
            raise BindingError(
                "a handle cannot be in a set: it has no value yet",
                where=where,
                mend="use a list, and make the set in the task",
            )
        return Const(value)

    def _iterator(self, value: Any, where: Location | None, depth: int) -> Source:
        raise BindingError(
            f"an argument is a {type(value).__name__}, which can be read only once",
            where=where,
            mend="pass a list: [...] instead of (...), or list(...)",
        )

    def _object(self, value: Any, where: Location | None) -> Source:
        """A constant of any other class; a handle in it would never become a value."""
        inside: list[Any] = [getattr(value, name, None) for name in getattr(type(value), "__dataclass_fields__", ())]
        if isinstance(value, dict):
            inside += [*value, *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            inside += value
        elif isinstance(fields := getattr(value, "__dict__", None), dict):
            inside += fields.values()
        for item in inside:
            if type(item) is Handle:
                raise BindingError(
                    f"a {type(value).__name__} holds a handle ('{item.label}'), whose value would never arrive there",
                    where=where,
                    mend="pass handles as they are, or in plain lists, tuples and dicts; make the object in a task",
                )
        return Const(value)

    def _items(self, values: Any, where: Location | None, depth: int) -> tuple[Source, ...]:
        if depth >= MAX_DEPTH:
            raise BindingError(
                f"an argument nests lists, tuples or dicts more than {MAX_DEPTH} deep, or holds itself",
                where=where,
                mend="pass a flatter value, or an object of a class of your own",
            )
        return tuple([self._source(item, where, depth + 1) for item in values])

    def _own(self, handle: Handle, where: Location | None) -> Source:
        """The source of a handle here; one from a graph around this one becomes an input of this one."""
        if handle.tracer is self:
            return handle.source
        if self.parent is None:
            raise BindingError(
                f"the handle of '{handle.label}' belongs to another workflow, or to a branch that has ended",
                where=where,
                mend="return what you need from there, and pass it in as an argument",
            )
        outer = self.parent._own(handle, where)
        key = outer.name if isinstance(outer, InputRef) else outer
        name = self._bound_names.get(key)
        if name is None:
            name = self._bound_names[key] = f"{handle.label}*"
            while name in self.bound:
                name = self._bound_names[key] = f"{name}*"
            self.bound[name] = outer
        return InputRef(name)


_CONTAINERS: dict[type, Callable[[Tracer, Any, Location | None, int], Source]] = {
    list: Tracer._sequence,
    tuple: Tracer._sequence,
    dict: Tracer._mapping,
    set: Tracer._set,
    frozenset: Tracer._set,
    GeneratorType: Tracer._iterator,
    map: Tracer._iterator,
    filter: Tracer._iterator,
    zip: Tracer._iterator,
}


def _holds_handle(value: Any) -> bool:
    """Whether a key of a dict or a member of a set is a handle, or a tuple with one, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if type(one) is Handle:
            return True
        if isinstance(one, tuple | frozenset):
            left.extend(one)
    return False
