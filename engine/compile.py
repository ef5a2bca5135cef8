"""The compiler: the one door through which everything becomes a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from planweave.engine.check import check_nodes
from planweave.engine.dag import (
    captures_of,
    check_acyclic,
    predecessors_of,
    successors_of,
    without_collection,
)
from planweave.engine.errors import DefinitionError, DuplicateIdError
from planweave.engine.graph import Graph, Input
from planweave.engine.location import Location
from planweave.engine.node import Node
from planweave.engine.source import Const, Source

if TYPE_CHECKING:
    from planweave.engine.tracer import Tracer


@runtime_checkable
class Compilable(Protocol):
    """What can become a graph: a workflow, a plan, an award."""

    @property
    def to_graph(self) -> Callable[..., Graph]:
        """A method that gives the graph of it; each kind takes options of its own."""
        ...


def compile(what: Compilable | Graph, actions: Mapping[str, Any] | None = None, **options: Any) -> Graph:
    """Compile a plan, an award, a workflow or anything that has ``to_graph`` into a graph.

    Args:
        what: a ``Plan``, a ``Workflow``, ...; a ``Graph`` is given back as it is.
        actions: for a plan: the task of each operator by name; None for an operator declares a no-op.
        options: what else its ``to_graph`` takes.

    Raises:
        DefinitionError: it cannot become a graph; the error says what, where and what to do.
    """
    if isinstance(what, Graph):
        return what
    if isinstance(what, type) or not isinstance(what, Compilable):
        raise DefinitionError(
            f"{what!r:.60} cannot be compiled",
            where=Location.of_user(),
            mend="pass a workflow, a graph, a plan, or an object with to_graph(); a task runs inside a workflow",
        )
    if actions is not None:
        options["actions"] = actions
    return what.to_graph(**options)


def compile_nodes(
    name: str,
    nodes: Sequence[Node],
    *,
    inputs: Sequence[Input] = (),
    output: Source | None = None,
    pools: Mapping[str, int] | None = None,
    where: Location | None = None,
) -> Graph:
    """Check nodes and freeze them into a graph.

    Raises:
        DuplicateIdError: two nodes bear one id.
        CycleError: nodes wait for each other.
        TypeMismatchError: a value provably cannot be what its parameter wants.
        PolicyError: a policy cannot be kept.
    """
    with without_collection():
        _check_ids(nodes)
        before = predecessors_of(nodes)
        captures = captures_of(nodes)
        everything = [some + captures.get(i, ()) for i, some in enumerate(before)] if captures else before
        check_acyclic(nodes, everything)
        check_nodes(nodes, {one.name: one.annotation for one in inputs})
        graph = Graph(
            name, tuple(nodes), tuple(inputs), output, dict(pools or {}), before, successors_of(before), where, captures
        )
    return graph


def compile_trace(tracer: Tracer, output: Source | None, where: Location | None, inputs: Sequence[Input] = ()) -> Graph:
    """The graph of what a tracer has gathered; ``inputs`` of a branch are those that the tracer noted."""
    if tracer.parent is not None:
        inputs = [Input(name, annotation) for name, annotation in tracer.input_annotations.items()]
    pools = tracer.pools if tracer.parent is None else None
    return compile_nodes(tracer.name, tracer.nodes, inputs=inputs, output=output, pools=pools, where=where)


def _check_ids(nodes: Sequence[Node]) -> None:
    if len({node.id for node in nodes}) == len(nodes):
        return
    seen: dict[str, Node] = {}
    for node in nodes:
        if node.id in seen:
            raise DuplicateIdError(
                f"two nodes are called '{node.id}'", where=node.where, node=node.id, mend="give one of them another id"
            )
        seen[node.id] = node


__all__ = ["Compilable", "Const", "compile", "compile_nodes", "compile_trace"]
