"""Edges: the networkx form is what the public API of networkx would have made."""

from __future__ import annotations

import networkx
import pytest

import planweave as pw
from planweave.engine.dag import find_cycle, topological_order


@pw.task
def one(*values: int) -> int:
    return len(values)


@pw.workflow
def diamond() -> int:
    first = one()
    left, right = one(first), one(first, first)
    last = one.using(after=[first])(left, right)
    return pw.when(positive(last), then=lambda: one(left), otherwise=one)


@pw.task
def positive(value: int) -> bool:
    return value > 0


def test_the_networkx_graph_equals_one_made_by_its_public_api() -> None:
    """Law: filling the dicts of networkx directly gives the graph that add_node and add_edge give."""
    graph = diamond.graph()
    made: networkx.DiGraph[str] = networkx.DiGraph(name=graph.name)
    for node in graph.nodes:
        made.add_node(node.id, node=node)
    for position, before in enumerate(graph.predecessors):
        for i in before:
            is_data = i in graph.source_nodes(position)
            made.add_edge(graph.nodes[i].id, graph.nodes[position].id, kind="data" if is_data else "control")
    made.add_edge("one-2", "when", kind="capture")
    assert networkx.utils.graphs_equal(made, graph.nx)
    assert next(iter(networkx.topological_sort(graph.nx))) == "one"
    assert [graph.nx.edges[edge]["kind"] for edge in (("one", "one-2"), ("one", "one-4"), ("one-2", "when"))] == [
        "data",
        "control",
        "capture",
    ]


def test_the_networkx_graph_is_frozen() -> None:
    """Law: what was checked cannot be changed afterwards."""
    graph = diamond.graph().nx
    with pytest.raises(networkx.NetworkXError):
        graph.add_edge("one-4", "one")


def test_edges_of_the_networkx_graph_have_attributes_of_their_own() -> None:
    """Law: writing on one edge does not write on another."""
    graph = diamond.graph().nx
    graph.edges["one", "one-2"]["weight"] = 5
    assert "weight" not in graph.edges["one", "one-3"]
    assert graph.pred["one-2"]["one"]["weight"] == 5


def test_a_topological_order_leaves_out_what_is_in_or_behind_a_cycle() -> None:
    """Law: the order is shorter than the graph exactly where there is a cycle, which can then be named."""
    before = [(), (0, 3), (1,), (2,), (3,)]
    after = [[1], [2], [3], [1, 4], []]
    assert topological_order(before, after) == [0]
    left = [() if i == 0 else tuple(j for j in some if j) for i, some in enumerate(before)]
    assert sorted(find_cycle(left)) == [1, 2, 3]
