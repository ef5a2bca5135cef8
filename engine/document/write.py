"""Writes a graph as a JSON document, with its tasks by reference.

    {"format": "planweave graph", "version": 1, "name": ..., "inputs": [...], "pools": {...},
     "nodes": [{"id": ..., "task": "module:name", "args": [source, ...], ...}, ...], "output": source or null}

A source is one of ``{"node": id}``, ``{"input": name}``, ``{"value": plain}``, ``{"list": [source, ...]}`` and so on.
"""

from __future__ import annotations

import json
from typing import Any

from planweave.engine import annotation
from planweave.engine.document.constants import encode
from planweave.engine.document.types import write_type
from planweave.engine.errors import DocumentError
from planweave.engine.graph import Graph
from planweave.engine.node import Approve, Map, Node, Repeat, Replan, WaitFor, templates_of
from planweave.engine.policy import DEFAULT_POLICY, Policy, Rate, Retry
from planweave.engine.reference import reference
from planweave.engine.source import Const, InputRef, Nest, Source
from planweave.engine.task import Task

FORMAT = "planweave graph"
VERSION = 1


def dumps(graph: Graph) -> str:
    """The graph as a JSON text.

    Raises:
        DocumentError: a task has no reference, or a constant is no JSON value.
    """
    document = {"format": FORMAT, "version": VERSION, **_Writer().graph(graph)}
    return json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


class _Writer:
    """Writes graphs; what the nodes of one task share is worked out once."""

    def __init__(self) -> None:
        self._references: dict[Task[..., Any], str | None] = {}
        self._kinds: dict[tuple[Task[..., Any], str], Any] = {}
        self._policies: dict[int, dict[str, Any]] = {}

    def graph(self, graph: Graph) -> dict[str, Any]:
        ids = [node.id for node in graph.nodes]
        inputs = [
            {"name": one.name}
            if one.required
            else {"name": one.name, "default": _const(one.default.value, one.name, None)}
            for one in graph.inputs
        ]
        return {
            "name": graph.name,
            "inputs": inputs,
            "pools": dict(graph.pools),
            **({} if graph.on_failure == "keep" else {"on_failure": graph.on_failure}),
            "nodes": [self._node(node, ids) for node in graph.nodes],
            "output": None if graph.output is None else _source(graph.output, ids, "output", None),
            "where": graph.where,
        }

    def _node(self, node: Node, ids: list[str]) -> dict[str, Any]:
        names = node.argument_names()
        kinds = [self._annotation(node, name) for name in names]
        written: dict[str, Any] = {"id": node.id}
        if node.task is not None:
            written["task"] = self._reference(node)
            if node.task.is_async:
                written["async"] = True  # for those who read a graph without its tasks
        written["args"] = [
            _source(source, ids, name, node, kind) for source, name, kind in zip(node.args, names, kinds, strict=True)
        ]
        if node.keywords:
            written["keywords"] = node.keywords
        if node.after:
            written["after"] = [_source(source, ids, "after", node) for source in node.after]
        if node.policy != DEFAULT_POLICY:
            written["policy"] = self._policy(node.policy)
        if node.control is not None:
            written["control"] = self._control(node, ids)
        if node.where is not None:
            written["where"] = node.where
        return written

    def _reference(self, node: Node) -> str:
        assert node.task is not None
        found = self._references.get(node.task)
        if found is None:
            found = self._references[node.task] = reference(node.task)
        if found is None:
            raise DocumentError(
                f"the task '{node.task.name}' cannot be found again by a name",
                node=node.id,
                where=node.where,
                mend="define it at the top of a module or file, under its own name",
            )
        return found

    def _control(self, node: Node, ids: list[str]) -> dict[str, Any]:
        if isinstance(node.control, Replan):
            raise DocumentError(
                "what finds another plan cannot be written as JSON",
                node=node.id,
                where=node.where,
                mend="compile the plan without replan=",
            )
        written: dict[str, Any] = {"kind": node.kind}
        if isinstance(node.control, Map):
            written["failures"] = node.control.failures
        if isinstance(node.control, Repeat):
            written["limit"] = node.control.limit
        if isinstance(node.control, Approve):
            written |= {"on_timeout": node.control.on_timeout, "on_reject": node.control.on_reject}
        if isinstance(node.control, WaitFor):
            written["type"] = _type(node, node.control.type)
        for part, template in templates_of(node.control).items():
            written[part] = {
                "graph": self.graph(template.graph),
                "items": template.items,
                "bound": [[name, _source(source, ids, name, node)] for name, source in template.bound],
                "main": template.main,
            }
        return written

    def _annotation(self, node: Node, name: str) -> Any:
        """By which annotation a constant that fills the parameter ``name`` can be read back."""
        if node.task is None or node.control is not None:
            return Any
        key = node.task, name
        if key not in self._kinds:
            self._kinds[key] = node.task.annotation(name)
        return self._kinds[key]

    def _policy(self, policy: Policy) -> dict[str, Any]:
        found = self._policies.get(id(policy))  # which lives as long as the graph that is written
        if found is None:
            found = self._policies[id(policy)] = _policy(policy)
        return found


def _type(node: Node, kind: Any) -> Any:
    try:
        return write_type(kind)
    except ValueError as error:
        raise DocumentError(
            str(error),
            node=node.id,
            where=node.where,
            mend="define a class for it at the top of a module or file",
        ) from None


def _policy(policy: Policy) -> dict[str, Any]:
    written = policy.as_dict()
    if isinstance(policy.retry, Retry):
        kinds = [f"{kind.__module__}:{kind.__qualname__}" for kind in policy.retry.kinds]
        written["retry"] = {"attempts": policy.retry.attempts, "base": policy.retry.base, "cap": policy.retry.cap}
        written["retry"]["on"] = kinds
    if isinstance(policy.rate, Rate):
        written["rate"] = {"starts": policy.rate.starts, "per": policy.rate.per}
    return written


def _source(source: Source, ids: list[str], name: str, node: Node | None, kind: Any = Any) -> dict[str, Any]:
    if type(source) is int:
        return {"node": ids[source]}
    if type(source) is InputRef:
        return {"input": source.name}
    if type(source) is Const:
        return _const(source.value, name, node, kind)
    assert type(source) is Nest
    inner = annotation.inside(kind, source.kind)
    items = [_source(item, ids, name, node, inner) for item in source.items]
    if source.keys is None:
        return {source.kind.__name__: items}
    return {"dict": [[_const(key, name, node), item] for key, item in zip(source.keys, items, strict=True)]}


def _const(value: Any, name: str, node: Node | None, kind: Any = Any) -> dict[str, Any]:
    try:
        return encode(value, kind)
    except ValueError as error:
        raise DocumentError(
            f"the constant for '{name}' cannot be written as JSON: {error}",
            node=node.id if node is not None else None,
            where=node.where if node is not None else None,
            mend="let a task make it, or make it an input of the run",
        ) from None
