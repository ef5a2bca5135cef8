"""The edges of a graph: gathered from the nodes, checked for cycles, and given to networkx."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from planweave.engine.errors import CycleError
from planweave.engine.location import Location
from planweave.engine.node import Node, templates_of
from planweave.engine.source import nodes_of

if TYPE_CHECKING:
    import networkx

    from planweave.engine.graph import Graph


@contextmanager
def without_collection() -> Iterator[None]:
    """Switch the cyclic garbage collector off meanwhile: it would walk a growing graph again and again for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def predecessors_of(nodes: Sequence[Node]) -> list[tuple[int, ...]]:
    """For each node, the positions of the nodes that it waits for, each once, data before control."""
    found = []
    for node in nodes:
        sources = node.args + node.after if node.after else node.args
        for source in sources:
            if type(source) is not int:
                sources = tuple(i for source in sources for i in nodes_of(source))
                break
        found.append(
            sources if len(sources) < 2 or len(set(sources)) == len(sources) else tuple(dict.fromkeys(sources))
        )
    return found  # type: ignore[return-value]  # because only positions are left in sources


def captures_of(nodes: Sequence[Node]) -> dict[int, tuple[int, ...]]:
    """For each node with templates, the nodes that only those use."""
    found = {}
    for position, node in enumerate(nodes):
        if node.control is not None:
            used = [i for t in templates_of(node.control).values() for _, source in t.bound for i in nodes_of(source)]
            if used:
                found[position] = tuple(dict.fromkeys(used))
    return found


def successors_of(predecessors: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """For each node, the positions of the nodes that wait for it, in order."""
    found: list[list[int]] = [[] for _ in predecessors]
    for position, before in enumerate(predecessors):
        for i in before:
            found[i].append(position)
    return found


def topological_order(before: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> list[int]:
    """The positions so that each comes after those before it; shorter than the graph where there is a cycle.

    Source: A. B. Kahn, "Topological sorting of large networks", CACM 5 (1962).

    >>> topological_order([(), (2,), (0,)], [[2], [], [1]])
    [0, 2, 1]
    """
    missing = [len(some) for some in before]
    order = [i for i, count in enumerate(missing) if not count]
    for i in order:  # grows while it is walked
        for j in after[i]:
            missing[j] -= 1
            if not missing[j]:
                order.append(j)
    return order


def check_acyclic(nodes: Sequence[Node], before: Sequence[Sequence[int]]) -> None:
    """Raise CycleError, naming one cycle, unless the graph has none."""
    if all(i < position for position, some in enumerate(before) for i in some):
        return  # a traced graph: every node was added after what it uses
    after: list[list[int]] = [[] for _ in before]
    for position, some in enumerate(before):
        for i in some:
            after[i].append(position)
    ordered = set(topological_order(before, after))
    if len(ordered) == len(nodes):
        return
    cycle = find_cycle([[] if i in ordered else [j for j in some if j not in ordered] for i, some in enumerate(before)])
    raise cycle_error([nodes[i].id for i in cycle], nodes[cycle[0]].where)


def cycle_error(names: list[str], where: Location | None) -> CycleError:
    """The error for nodes that wait for each other; the first of ``names`` follows the last."""
    return CycleError(
        f"'{names[0]}' waits for itself" if len(names) == 1 else f"nodes wait for each other: {_chain(names)}",
        cycle=names,
        where=where,
        node=names[0],
        mend="remove one of these edges, or use pw.repeat for a loop",
    )


def find_cycle(before: Sequence[Sequence[int]]) -> list[int]:
    """A cycle, each element before the next; every node with something before it leads back to one.

    >>> find_cycle([(1,), (2,), (1,)])
    [2, 1]
    """
    here = next(i for i, some in enumerate(before) if some)
    seen: dict[int, None] = {}
    while here not in seen:
        seen[here] = None
        here = before[here][0]
    path = list(seen)
    return path[path.index(here) :][::-1]


def _chain(names: list[str], limit: int = 8) -> str:
    shown = names if len(names) <= limit else [*names[: limit - 1], f"... {len(names) - limit} more ...", names[-1]]
    return " -> ".join([*shown, names[0]])


def heights(graph: Graph) -> list[int]:
    """For each node, the length of the longest path from it to an end, in nodes after it."""
    found = [0] * len(graph.nodes)
    order: Sequence[int] = range(len(found))
    if any(i > position for position, some in enumerate(graph.predecessors) for i in some):
        order = topological_order(graph.predecessors, graph.successors)
    for i in reversed(order):
        above = found[i] + 1
        for j in graph.predecessors[i]:
            if found[j] < above:
                found[j] = above
    return found


def networkx_graph(graph: Graph) -> networkx.DiGraph[str]:
    """The frozen networkx form of a graph; see ``Graph.nx``."""
    import networkx

    with without_collection():
        ids = [node.id for node in graph.nodes]
        made: networkx.DiGraph[str] = networkx.DiGraph(name=graph.name)
        # straight into the dicts of dicts of dicts that networkx documents as its structure: half of the time that
        # ``add_edges_from`` takes, which would be more than all the rest of compiling (test_dag.py holds them equal)
        inner: Any = made  # no public names lead there
        attributes, after, before = inner._node, inner._succ, inner._pred
        for node in graph.nodes:
            node_id = node.id
            attributes[node_id] = {"node": node}
            after[node_id] = {}
            before[node_id] = {}
        for node_id, some in zip(ids, graph.predecessors, strict=True):
            mine = before[node_id]
            for i in some:
                mine[ids[i]] = after[ids[i]][node_id] = {"kind": "data"}
        for position, node in enumerate(graph.nodes):
            if node.after:
                _mark_control(made, graph, position, node, ids)
        for position, used in graph.captures.items():
            for i in used:
                if not made.has_edge(ids[i], ids[position]):
                    made.add_edge(ids[i], ids[position], kind="capture")
    frozen: Any = networkx.freeze(made)
    return frozen  # type: ignore[no-any-return]  # because freeze gives back what it was given


def _mark_control(made: networkx.DiGraph[str], graph: Graph, position: int, node: Node, ids: list[str]) -> None:
    data = set(graph.source_nodes(position))
    for source in node.after:
        for i in nodes_of(source):
            if i not in data:
                made.edges[ids[i], ids[position]]["kind"] = "control"
