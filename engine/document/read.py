"""Reads a graph from a JSON document, with a registry of tasks.

Nothing is imported and nothing runs: a reference that the registry does not hold is an error. What is read goes
through the compiler like everything else, so a document that describes no sound graph is refused with its errors.
"""

from __future__ import annotations

import builtins
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from planweave.engine import annotation
from planweave.engine.compile import compile_nodes
from planweave.engine.control import PASS
from planweave.engine.dag import without_collection
from planweave.engine.document.constants import Typed, decode, read_typed
from planweave.engine.document.fields import document_of, expect, field
from planweave.engine.document.types import read_type
from planweave.engine.document.write import FORMAT, VERSION
from planweave.engine.errors import DefinitionError, DocumentError, PlanweaveError, UnknownNameError
from planweave.engine.graph import Graph, Input
from planweave.engine.location import Location
from planweave.engine.node import (
    CONTROL_ARGUMENTS,
    Approve,
    Control,
    Map,
    Node,
    OnReject,
    OnTimeout,
    Repeat,
    Sleep,
    Template,
    WaitFor,
    When,
    templates_of,
)
from planweave.engine.policy import DEFAULT_POLICY, ON_FAILURE_NAMES, Policy, Rate, Retry
from planweave.engine.reference import reference
from planweave.engine.source import Const, InputRef, Nest, Source, inputs_of
from planweave.engine.task import Task
from planweave.engine.tracer import MAX_DEPTH

_OWN_TASKS = {str(reference(PASS)): PASS}


def loads(text: str | bytes, tasks: Mapping[str, Any] | Iterable[Task[..., Any]]) -> Graph:
    """The graph of a JSON text; ``tasks`` maps references to tasks, or is some tasks that have one.

    Raises:
        DocumentError: the text is no graph document.
        UnknownNameError: it names a task that ``tasks`` does not hold, or a node that is not there.
        DefinitionError: what the compiler finds wrong.
    """
    document = document_of(text, format=FORMAT, version=VERSION, kind="graph")
    registry = cast(dict[str, Any], _registry(tasks))  # which may find tasks when they are asked for
    reader = _Reader(ChainMap(_OWN_TASKS, registry))
    try:
        with without_collection():
            return reader.graph(document, "graph", 0)
    except RecursionError:  # within the limits of nesting, but called from deep down
        raise DocumentError(
            "the document nests too deep to be read here", mend="read it from fewer calls deep"
        ) from None


def _registry(tasks: Mapping[str, Any] | Iterable[Task[..., Any]]) -> Mapping[str, Any]:
    if isinstance(tasks, Mapping):
        return tasks
    some = list(tasks) if isinstance(tasks, Iterable) else [tasks]
    for one in some:
        if not isinstance(one, Task):
            raise DefinitionError(
                f"tasks= holds {one!r:.60}, which is no task",
                where=Location.of_user(),
                mend="pass tasks, or a dict from references to tasks: Graph.from_json(text, tasks=[load, join])",
            )
    return {ref: one for one in some if (ref := reference(one))}


class _Reader:
    """Builds a graph from a document, saying where in it something is wrong."""

    def __init__(self, tasks: Mapping[str, Any]) -> None:
        self._tasks = tasks

    def graph(self, document: Any, path: str, depth: int) -> Graph:
        expect(document, dict, path)
        if depth > MAX_DEPTH:
            raise DocumentError(f"{path[:60]}... nests templates more than {MAX_DEPTH} deep")
        written = field(document, "nodes", list, path)
        ids: dict[str, int] = {}
        for i, node in enumerate(written):
            ids.setdefault(field(expect(node, dict, f"{path}.nodes[{i}]"), "id", str, f"{path}.nodes[{i}]"), i)
        nodes = [self._node(node, ids, f"{path}.nodes[{i}]", depth) for i, node in enumerate(written)]
        inputs = [
            self._input(one, f"{path}.inputs[{i}]") for i, one in enumerate(field(document, "inputs", list, path))
        ]
        output = document.get("output")
        pools = field(document, "pools", dict, path)
        for name, size in pools.items():
            if type(size) is not int or size < 1:
                raise DocumentError(f"{path}.pools.{name} is {size!r:.40}, not a whole number from 1")
        on_failure = document.get("on_failure", "keep")
        if on_failure not in ON_FAILURE_NAMES:
            raise DocumentError(f"{path}.on_failure is {on_failure!r:.40}, not one of {', '.join(ON_FAILURE_NAMES)}")
        names = {one.name for one in inputs}
        if len(names) < len(inputs):
            raise DocumentError(f"{path}.inputs holds one name twice")
        graph = compile_nodes(
            field(document, "name", str, path),
            nodes,
            inputs=inputs,
            output=None if output is None else self._free(output, ids, f"{path}.output"),
            pools=pools,
            where=_where(document.get("where"), path),
            on_failure=on_failure,
        )
        _check_inputs(graph, names, path)
        return graph

    def _input(self, document: Any, path: str) -> Input:
        name = field(expect(document, dict, path), "name", str, path)
        if "default" not in document:
            return Input(name)
        default = self._source(document["default"], {}, f"{path}.default", 0)
        if type(default) is not Const or isinstance(default.value, Typed):
            raise DocumentError(f"{path}.default is no constant")
        return Input(name, Any, default)

    def _node(self, document: dict[str, Any], ids: Mapping[str, int], path: str, depth: int) -> Node:
        task = self._task(document, path)
        keywords = tuple(field(document, "keywords", list, path, []))
        if not all(isinstance(name, str) for name in keywords):
            raise DocumentError(f"{path}.keywords holds something that is no text")
        args = self._sources(document, "args", ids, path)
        after = self._sources(document, "after", ids, path)
        if not all(isinstance(source, int | InputRef) for source in after):
            raise DocumentError(f"{path}.after holds something that is neither a node nor an input")
        where = _where(document.get("where"), path)
        policy = self._policy(field(document, "policy", dict, path, {}), path)
        control = None
        if "control" in document:
            control = self._control(field(document, "control", dict, path), ids, f"{path}.control", depth)
        elif task is None:
            raise DocumentError(f"{path} has neither a task nor a control structure")
        if len(keywords) > len(args) or not _fits(control, len(args), len(keywords)):
            raise DocumentError(f"{path} has {len(args)} arguments, which does not fit")
        if len(set(keywords)) < len(keywords):
            raise DocumentError(f"{path}.keywords holds one name twice")
        node = Node(document["id"], task, args, keywords, after, policy, where, control)
        if control is None and task is not None:
            return self._bound(node, task, path)
        for source in args:
            _check_readable(source, path)
        if control is not None and isinstance(control, Map) and len(node.argument_names()) != len(args):
            raise DocumentError(f"{path} walks {len(args)} lists, but its task takes fewer arguments")
        return node

    def _bound(self, node: Node, task: Task[..., Any], path: str) -> Node:
        """The node, its arguments checked against the parameters and its constants read by their annotations."""
        count = len(node.args) - len(node.keywords)
        if node.keywords or not task.least <= count <= task.most:
            task.bind(node.args[:count], dict(zip(node.keywords, node.args[count:], strict=True)), node.where)
        if all(type(source) is int for source in node.args):
            return node
        args: list[Source] = []
        for name, source in zip(node.argument_names(), node.args, strict=True):
            try:
                args.append(_restored(source, task.annotation(name)))
            except ValueError as error:
                raise DocumentError(f"{path}: the constant for '{name}' cannot be read: {error}") from None
        return node._replace(args=tuple(args))

    def _task(self, document: Mapping[str, Any], path: str) -> Task[..., Any] | None:
        if "task" not in document:
            return None
        ref = field(document, "task", str, path)
        task = self._tasks.get(ref)
        if task is not None and not isinstance(task, Task):
            raise DefinitionError(
                f"the registry holds {task!r:.60} as {ref!r:.200}, which is no task",
                mend="put @pw.task above the function, or register pw.task(function)",
            )
        if task is None:
            raise UnknownNameError(
                f"{path} names the task {ref!r:.200}, which is not in the registry",
                mend="pass it: Graph.from_json(text, tasks={reference: task})",
            )
        return task

    def _policy(self, document: Mapping[str, Any], path: str) -> Policy:
        if not document:
            return DEFAULT_POLICY
        fields = dict(document)
        try:
            if fields.get("retry") is not None:
                retry = dict(expect(fields["retry"], dict, f"{path}.policy.retry"))
                kinds = [self._exception(name, path) for name in field(retry, "on", list, f"{path}.policy.retry")]
                fields["retry"] = Retry(**{**retry, "on": tuple(kinds)})
            if fields.get("rate") is not None:
                fields["rate"] = Rate(**expect(fields["rate"], dict, f"{path}.policy.rate"))
            return Policy(**fields)
        except (DocumentError, UnknownNameError):
            raise
        except PlanweaveError as error:
            raise DocumentError(f"{path}.policy is no policy: {error.what}", mend=error.mend) from None
        except (TypeError, OverflowError) as error:
            raise DocumentError(f"{path}.policy is no policy: {error}") from None

    def _exception(self, name: Any, path: str) -> type[BaseException]:
        """An exception class: one of Python's own, or one that the registry holds; nothing is imported for it."""
        found = self._tasks.get(name) if isinstance(name, str) else None
        if found is None and isinstance(name, str) and name.startswith("builtins:"):
            found = getattr(builtins, name.removeprefix("builtins:"), None)
        if not isinstance(found, type) or not issubclass(found, BaseException):
            raise UnknownNameError(
                f"{path} retries on {name!r:.100}, which is no exception that is known here",
                mend="add it to tasks under this name",
            )
        return found

    def _control(self, document: Mapping[str, Any], ids: Mapping[str, int], path: str, depth: int) -> Control:
        kind = field(document, "kind", str, path)
        if kind == "sleep":
            return Sleep()
        if kind == "approve":
            return self._approve(document, path)
        if kind == "wait_for":
            return WaitFor(read_type(document.get("type"), self._tasks, f"{path}.type"))
        if kind == "map":
            failures = document.get("failures")
            if failures not in ("fail", "drop", "keep"):
                raise DocumentError(f"{path}.failures is {failures!r:.40}")
            return Map(self._template(document, "each", ids, path, depth), failures)
        if kind == "repeat":
            template = self._template(document, "round", ids, path, depth)
            limit = field(document, "limit", int, path)
            if limit < 1 or len(template.items) != 1 or not _is_pair(template.graph.output):
                raise DocumentError(
                    f"{path} is no loop: limit {limit!r:.40}, {len(template.items)} items",
                    mend="its limit is from 1, and a round gives the next state and whether it is the last",
                )
            return Repeat(template, limit)
        if kind == "when":
            otherwise = self._template(document, "otherwise", ids, path, depth) if "otherwise" in document else None
            return When(self._template(document, "then", ids, path, depth), otherwise)
        raise DocumentError(f"{path}.kind is {kind!r:.40}", mend=f"it is one of: {', '.join(CONTROL_ARGUMENTS)}")

    def _approve(self, document: Mapping[str, Any], path: str) -> Approve:
        on_timeout: Any = document.get("on_timeout")
        on_reject: Any = document.get("on_reject")
        if on_timeout not in get_args(OnTimeout) or on_reject not in get_args(OnReject):
            raise DocumentError(f"{path} is no approval: {on_timeout!r:.40}, {on_reject!r:.40}")
        return Approve(on_timeout, on_reject)

    def _template(
        self, document: Mapping[str, Any], part: str, ids: Mapping[str, int], path: str, depth: int
    ) -> Template:
        written = field(document, part, dict, path)
        path = _short(f"{path}.{part}")
        graph = self.graph(written.get("graph"), f"{path}.graph", depth + 1)
        items = tuple(expect(name, str, f"{path}.items") for name in field(written, "items", list, path))
        bound = []
        for i, pair in enumerate(field(written, "bound", list, path)):
            if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
                raise DocumentError(f"{path}.bound[{i}] is no pair of a name and a source")
            bound.append((pair[0], self._free(pair[1], ids, f"{path}.bound[{i}]")))
        given = [*items, *(name for name, _ in bound)]
        if sorted(given) != sorted(one.name for one in graph.inputs):
            raise DocumentError(f"{path} does not fill the inputs of its graph")
        main = written.get("main")
        if main is not None and (type(main) is not int or not 0 <= main < len(graph.nodes)):
            raise DocumentError(f"{path}.main is {main!r:.40}, which is no position of a node")
        return Template(graph, items, tuple(bound), main)

    def _sources(self, document: Mapping[str, Any], name: str, ids: Mapping[str, int], path: str) -> tuple[Source, ...]:
        written = field(document, name, list, path, [])
        return tuple(self._source(one, ids, f"{path}.{name}[{i}]", 0) for i, one in enumerate(written))

    def _free(self, document: Any, ids: Mapping[str, int], path: str) -> Source:
        """A source that fills no parameter, so that no annotation tells the type of its constants."""
        source = self._source(document, ids, path, 0)
        _check_readable(source, path)
        return source

    def _source(self, document: Any, ids: Mapping[str, int], path: str, depth: int) -> Source:
        if not isinstance(document, dict) or len(document) != 1:
            raise DocumentError(
                f"{path} is no source", mend='it looks like {"node": id}, {"input": name}, {"value": ...}'
            )
        if depth > MAX_DEPTH:
            raise DocumentError(f"{path} nests more than {MAX_DEPTH} deep")
        ((kind, content),) = document.items()
        if kind == "node":
            if not isinstance(content, str) or content not in ids:
                raise UnknownNameError(f"{path} names the node {content!r:.100}, which is not there")
            return ids[content]
        if kind == "input":
            return InputRef(expect(content, str, path))
        if kind in ("list", "tuple"):
            items = [self._source(one, ids, path, depth + 1) for one in expect(content, list, path)]
            return _nest(list if kind == "list" else tuple, items, None)
        if kind == "dict":
            return self._dict(expect(content, list, path), ids, path, depth)
        try:
            return Const(decode(document))
        except ValueError as error:
            raise DocumentError(f"{path} is no source: {error}") from None

    def _dict(self, pairs: list[Any], ids: Mapping[str, int], path: str, depth: int) -> Source:
        keys, items = [], []
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2:
                raise DocumentError(f"{path} holds something that is no pair of a key and a value")
            key = self._source(pair[0], ids, path, depth + 1)
            if type(key) is not Const or not _is_hashable(key.value):
                raise DocumentError(f"{path} has a key that is no constant, or one that no dict can have")
            keys.append(key.value)
            items.append(self._source(pair[1], ids, path, depth + 1))
        return _nest(dict, items, tuple(keys))


def _nest(kind: type, items: list[Source], keys: tuple[Any, ...] | None) -> Source:
    """A container of sources; of constants alone, a constant."""
    if all(type(item) is Const and not isinstance(item.value, Typed) for item in items):
        values = [item.value for item in items if type(item) is Const]
        return Const(dict(zip(keys, values, strict=True)) if keys is not None else kind(values))
    return Nest(kind, tuple(items), keys)


def _restored(source: Source, kind: Any) -> Source:
    """The source, with a constant whose type only the annotation ``kind`` tells made into that."""
    if type(source) is Const and isinstance(source.value, Typed):
        return Const(read_typed(source.value, kind))
    if type(source) is Nest:
        inner = annotation.inside(kind, source.kind)
        return Nest(source.kind, tuple(_restored(item, inner) for item in source.items), source.keys)
    return source


def _check_readable(source: Source, path: str) -> None:
    """Refuse a constant that only an annotation could tell the type of, where there is none."""
    if type(source) is Nest:
        for item in source.items:
            _check_readable(item, path)
    elif type(source) is Const and isinstance(source.value, Typed):
        raise DocumentError(f"{path} holds a typed constant, but no annotation says of which type")


def _is_hashable(key: Any) -> bool:
    try:
        hash(key)
    except TypeError:
        return False
    return not isinstance(key, Typed)


def _fits(control: Control | None, args: int, keywords: int) -> bool:
    """Whether a control structure can have so many arguments, and its templates take what it gives them."""
    match control:
        case None:
            return True
        case Map(template=template):
            return args == len(template.items) > 0 == keywords
        case When(then=then, otherwise=otherwise):
            return args == 1 and not (keywords or then.items or (otherwise is not None and otherwise.items))
        case Approve():
            return args == len(CONTROL_ARGUMENTS["approve"]) and not keywords
        case WaitFor():
            return args == len(CONTROL_ARGUMENTS["wait_for"]) and not keywords
    return args == 1 and not keywords


def _is_pair(output: Source | None) -> bool:
    """Whether it is what a round ends in: the next state, and whether it is the last."""
    if type(output) is Const:
        return isinstance(output.value, tuple) and len(output.value) == 2
    return type(output) is Nest and output.kind is tuple and len(output.items) == 2


def _short(path: str) -> str:
    """A path that a person can still read, however deep it leads."""
    return path if len(path) <= 160 else f"{path[:60]}...{path[-90:]}"


def _check_inputs(graph: Graph, names: set[str], path: str) -> None:
    sources = [source for node in graph.nodes for source in (*node.args, *node.after)]
    sources += [source for node in graph.nodes for t in templates_of(node.control).values() for _, source in t.bound]
    for source in [*sources, *([graph.output] if graph.output is not None else [])]:
        for name in inputs_of(source):
            if name not in names:
                raise UnknownNameError(f"{path} reads the input {name!r:.100}, which is not there")


def _where(value: Any, path: str) -> Location | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str) or type(value[1]) is not int:
        raise DocumentError(f"{path}.where is no file and line")
    return Location(value[0], value[1])
