"""The compiler: the one door through which everything becomes a graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from planweave.engine import annotation
from planweave.engine.check import check_nodes
from planweave.engine.dag import (
    captures_of,
    check_acyclic,
    predecessors_of,
    successors_of,
    without_collection,
)
from planweave.engine.decisions import check_decisions
from planweave.engine.errors import DefinitionError, DuplicateIdError, TypeMismatchError
from planweave.engine.function import misfit, signature_of
from planweave.engine.graph import Graph, Input
from planweave.engine.location import Location
from planweave.engine.missing import Missing
from planweave.engine.node import Map, Node
from planweave.engine.policy import OnFailure
from planweave.engine.source import Const, InputRef, Source, nodes_of
from planweave.engine.wording import an, clip, listing

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
            f"{clip(what)} cannot be compiled",
            where=Location.of_user(),
            mend="pass a workflow, a graph, a plan, or an object with to_graph(); a task runs inside a workflow",
        )
    if actions is not None:
        options["actions"] = actions
    why = misfit(what.to_graph, (), options)
    if why is not None:
        signature = signature_of(what.to_graph)[0]
        raise DefinitionError(
            f"{an(type(what).__name__.lower())} does not compile so: {why}",
            where=Location.of_user(),
            mend=f"its options: {listing(signature.parameters) if signature and signature.parameters else 'none'}",
        )
    return what.to_graph(**options)


def compile_nodes(
    name: str,
    nodes: Sequence[Node],
    *,
    inputs: Sequence[Input] = (),
    output: Source | None = None,
    pools: Mapping[str, int] | None = None,
    where: Location | None = None,
    on_failure: OnFailure = "keep",
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
        for node in nodes:
            if node.control is not None and node.policy.join != "all_success":
                _check_admits_missing(node)
        check_decisions(nodes, output)
        after = successors_of(before)
        graph = Graph(
            name, tuple(nodes), tuple(inputs), output, dict(pools or {}), before, after, where, captures, on_failure
        )
    return graph


def compile_trace(
    tracer: Tracer,
    output: Source | None,
    where: Location | None,
    inputs: Sequence[Input] = (),
    on_failure: OnFailure = "keep",
) -> Graph:
    """The graph of what a tracer has gathered; ``inputs`` of a branch are those that the tracer noted."""
    if tracer.parent is not None:
        inputs = [Input(name, annotation) for name, annotation in tracer.input_annotations.items()]
    pools = tracer.pools if tracer.parent is None else None
    return compile_nodes(
        tracer.name, tracer.nodes, inputs=inputs, output=output, pools=pools, where=where, on_failure=on_failure
    )


_STEPS_DOWN = re.compile(r"[/\[@]")
"""What follows the id of a node in the ids of the nodes that it becomes."""


def _check_ids(nodes: Sequence[Node]) -> None:
    """Refuse an id that two nodes bear, and one that a node could give to what it becomes when it expands."""
    ids = {node.id for node in nodes}
    if len(ids) < len(nodes):
        raise _duplicate(nodes)
    if not _STEPS_DOWN.search(" ".join(ids)):  # most often: one search is faster than as many as there are nodes
        return
    for node in nodes:
        for found in _STEPS_DOWN.finditer(node.id):
            if node.id[: found.start()] in ids:
                raise DuplicateIdError(
                    f"the id {clip(node.id)} is one that the node {clip(node.id[: found.start()])} may give "
                    "to a node of the graph that it becomes",
                    where=node.where,
                    node=node.id,
                    mend="give one of them another id",
                )


def _duplicate(nodes: Sequence[Node]) -> DuplicateIdError:
    seen: dict[str, Node] = {}
    for node in nodes:
        if node.id in seen:
            break
        seen[node.id] = node
    first = seen[node.id].where
    return DuplicateIdError(
        f"two nodes are called {clip(node.id)}"
        + (f", the first at {first}" if first not in (None, node.where) else ""),
        where=node.where,
        node=node.id,
        mend="give one of them another id",
    )


def _check_admits_missing(node: Node) -> None:
    """Under a tolerant join rule, the items of a map may be absent, but never the whole of what it walks."""
    if not isinstance(node.control, Map):
        return
    for name, source in zip(node.control.template.items, node.args, strict=True):
        if type(source) is int:
            raise TypeMismatchError(
                f'under join="{node.policy.join}" the list for {clip(name)} may be absent, and could not be walked',
                where=node.where,
                node=node.id,
                mend="map over a list of handles, whose items may be absent: task.map([one, other])",
            )
        if any(True for _ in nodes_of(source)):
            _check_reader(node, node.control, name)


def _check_reader(node: Node, control: Map, item: str) -> None:
    """The parameters that are given an item which may be absent must admit that."""
    for reader in control.template.graph.nodes:
        for name, source in zip(reader.argument_names(), reader.args, strict=True):
            if type(source) is not InputRef or source.name != item or reader.task is None:
                continue
            wanted = reader.task.annotation(name)
            if annotation.is_known(wanted) and annotation.provably_not(Missing, wanted):
                raise TypeMismatchError(
                    f'under join="{node.policy.join}" an item for {clip(name)} may be absent, '
                    f"but its annotation is {annotation.words(wanted)}",
                    where=node.where,
                    node=node.id,
                    mend=f"annotate it as {annotation.words(wanted)} | pw.Missing, and look at it before use",
                )


__all__ = ["Compilable", "Const", "compile", "compile_nodes", "compile_trace"]
