"""Decisions: an approval that nobody looks at stops nothing, and the compiler says so."""

from __future__ import annotations

from collections.abc import Sequence

from planweave.engine.errors import DefinitionError
from planweave.engine.graph import Graph
from planweave.engine.node import Approve, Node, templates_of
from planweave.engine.source import Source, inputs_of, nodes_of
from planweave.engine.wording import clip


def check_decisions(nodes: Sequence[Node], output: Source | None) -> None:
    """Refuse what only waits for an approval, since it would run when that is refused, too.

    Raises:
        DefinitionError: something waits for an approval by ``after=``, and nothing reads what was decided.
    """
    asking = {i for i, node in enumerate(nodes) if _may_go_on_refused(node)}
    if not asking:
        return
    read = set(nodes_of(output)) if output is not None else set()
    waiting: dict[int, Node] = {}
    for node in nodes:
        read.update(i for source in node.args for i in nodes_of(source))
        waiting.update((i, node) for source in node.after for i in nodes_of(source))
        for template in templates_of(node.control).values():
            for name, source in template.bound:
                if _reads(template.graph, name):
                    read.update(nodes_of(source))
                else:
                    waiting.update((i, node) for i in nodes_of(source))
    for i in sorted(asking - read):
        if i in waiting:
            raise DefinitionError(
                f"{clip(waiting[i].id)} only waits for {clip(nodes[i].id)}: it would run even if that was rejected",
                where=waiting[i].where,
                node=waiting[i].id,
                mend='decide with pw.when(approval, then=lambda: ...), or pw.approve(..., on_reject="fail")',
            )


def _may_go_on_refused(node: Node) -> bool:
    return isinstance(node.control, Approve) and node.control.on_reject == "continue"


def _reads(graph: Graph, name: str) -> bool:
    """Whether a graph, or a template in it, reads the value of an input."""
    if graph.output is not None and name in inputs_of(graph.output):
        return True
    for node in graph.nodes:
        if any(name in inputs_of(source) for source in node.args):
            return True
        for template in templates_of(node.control).values():
            if any(name in inputs_of(source) and _reads(template.graph, inner) for inner, source in template.bound):
                return True
    return False
