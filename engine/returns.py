"""What type a source has, as far as the annotations of tasks tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planweave.engine import annotation
from planweave.engine.approval import Approval
from planweave.engine.graph import Graph
from planweave.engine.missing import Missing
from planweave.engine.node import Approve, Map, Node, Repeat, Replan, Sleep, Template, WaitFor, When
from planweave.engine.source import Const, InputRef, Nest, Source


def annotation_of(source: Source, nodes: Sequence[Node], inputs: Mapping[str, Any]) -> Any:
    """The annotation of ``source`` in a graph with these nodes and annotations of inputs; ``Any``: unknown."""
    if type(source) is int:
        return returned_by(nodes[source])
    if type(source) is InputRef:
        return inputs.get(source.name, Any)
    if type(source) is Const:
        return annotation.kind_of(source.value)  # not that of its items, since they may be many
    assert type(source) is Nest
    if source.kind is dict:
        return dict
    inner = [annotation_of(item, nodes, inputs) for item in source.items]
    if source.kind is tuple:
        return tuple[tuple(inner)] if inner else tuple  # type: ignore[misc]  # because the members are known only now
    return list[annotation.union(inner)] if inner else list  # type: ignore[misc]  # because of the same


def returned_by(node: Node) -> Any:
    """The annotation of the value of ``node``."""
    match node.control:
        case None:
            found = node.task.hints.get("return", Any) if node.task is not None else Any
            return Any if _may_expand(found) else found
        case Sleep():
            return type(None)
        case Approve():
            return Approval
        case WaitFor(type=kind):
            return kind
        case Replan():
            return dict
        case Map(template=template, failures=failures):
            item = _output(template)
            if not annotation.is_known(item):
                return list
            return _list_of(annotation.union([item, Missing]) if failures == "keep" else item)
        case Repeat(template=template):
            return _part(_output(template), 0)
        case When(then=then, otherwise=otherwise):
            return annotation.union([_output(branch) for branch in (then, otherwise) if branch is not None])
    return Any


def _may_expand(returned: Any) -> bool:
    """Whether a task may return a graph: its value is then that of the graph, of any type."""
    return any(isinstance(member, type) and issubclass(member, Graph) for member in annotation.members(returned))


def _list_of(item: Any) -> Any:
    return list[item]


def _output(template: Template) -> Any:
    graph = template.graph
    if graph.output is None:
        return dict
    return annotation_of(graph.output, graph.nodes, {one.name: one.annotation for one in graph.inputs})


def _part(annotation: Any, position: int) -> Any:
    arguments = getattr(annotation, "__args__", ())
    return arguments[position] if position < len(arguments) else Any
