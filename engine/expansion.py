"""Expansion: laying a template graph into a run. Pure.

A copy of a template has nodes of its own, with ids under that of the expanded node, and arguments that refer to
positions in the run. Nothing in it refers to inputs any more: what an expansion fills in is a constant there, or a
node of the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from planweave.engine.frontier import Vertex
from planweave.engine.graph import Graph
from planweave.engine.node import Control, Map, Node, Repeat, Template, When
from planweave.engine.source import Source, nodes_of, rewrite


@dataclass(frozen=True, slots=True)
class Copy:
    """A template graph laid into a run.

    Attributes:
        first: the position in the run of its first node.
        nodes: its nodes, as they stand in the run.
        output: where its value comes from, in the run; None: its last nodes, by the id that they have in the graph.
        graph: what was laid.
    """

    first: int
    nodes: tuple[Node, ...]
    output: Source | None
    graph: Graph


def lay(graph: Graph, first: int, name: Callable[[int, str], str], inputs: Mapping[str, Source]) -> Copy:
    """Lay ``graph`` into a run, with its first node at position ``first``.

    Args:
        graph: what to lay.
        first: the position of its first node in the run.
        name: the id in the run, from the position and id in the graph.
        inputs: for each input of the graph, where it comes from in the run.
    """

    def of_node(position: int) -> Source:
        return first + position

    of_input = inputs.__getitem__
    nodes = []
    for position, node in enumerate(graph.nodes):
        args = tuple(
            [first + source if type(source) is int else rewrite(source, of_node, of_input) for source in node.args]
        )
        after = tuple(rewrite(source, of_node, of_input) for source in node.after) if node.after else ()
        control = node.control if node.control is None else _rebind(node.control, of_node, of_input)
        nodes.append(
            Node(name(position, node.id), node.task, args, node.keywords, after, node.policy, node.where, control)
        )
    output = None if graph.output is None else rewrite(graph.output, of_node, of_input)
    return Copy(first, tuple(nodes), output, graph)


def _rebind(control: Control, of_node: Callable[[int], Source], of_input: Callable[[str], Source]) -> Control:
    def rebound(template: Template) -> Template:
        bound = tuple((name, rewrite(source, of_node, of_input)) for name, source in template.bound)
        return replace(template, bound=bound)

    match control:
        case Map() | Repeat():
            return replace(control, template=rebound(control.template))
        case When():
            otherwise = None if control.otherwise is None else rebound(control.otherwise)
            return When(rebound(control.then), otherwise)
    return control


def vertices(nodes: Sequence[Node]) -> list[Vertex]:
    """What the frontier must know of laid nodes."""
    return [vertex(node) for node in nodes]


def vertex(node: Node) -> Vertex:
    """What the frontier must know of a laid node: whom it waits for, and whom of those only for their end.

    >>> from planweave.engine.policy import DEFAULT_POLICY
    >>> from planweave.engine.source import Const
    >>> vertex(Node("join", None, (4, Const(1)), (), (7,), DEFAULT_POLICY, None, None)).before
    (4, 7)
    """
    data = tuple(dict.fromkeys(i for source in node.args for i in nodes_of(source)))
    controls = tuple(i for source in node.after for i in nodes_of(source) if i not in data)
    return Vertex(data + tuple(dict.fromkeys(controls)), node.policy.join, frozenset(controls))


def namer(base: str, main: int | None, parts: Mapping[str, str] | None = None) -> Callable[[int, str], str]:
    """Ids under ``base``; the node at position ``main`` bears ``base`` itself.

    ``parts`` gives the first part of an id another name; see ``free_parts``.

    >>> namer("refine@2", 0)(0, "refine"), namer("refine@2", 0)(1, "enough"), namer("when", None)(0, "join")
    ('refine@2', 'refine@2/enough', 'when/join')
    """
    if not parts:
        return lambda position, node_id: base if position == main else f"{base}/{node_id}"

    def name(position: int, node_id: str) -> str:
        part = first_part(node_id)
        return base if position == main else f"{base}/{parts.get(part, part)}{node_id[len(part) :]}"

    return name


_FIRST_PART = re.compile(r"[^/\[@]*")


def first_part(node_id: str) -> str:
    """What an id begins with: the name of the outermost node or cluster in it.

    >>> first_part("report/draft"), first_part("load[3]"), first_part("load")
    ('report', 'load', 'load')
    """
    found = _FIRST_PART.match(node_id)
    assert found is not None, "it matches the empty text too"
    return found.group()


def free_parts(graph: Graph, taken: Collection[str]) -> dict[str, str]:
    """Other first parts for the ids of a graph where those that they have are taken: ``enough-2`` for ``enough``.

    This depends on the two graphs alone, never on what happened in the run first.
    """
    if not taken:
        return {}
    own = dict.fromkeys(first_part(node.id) for node in graph.nodes)
    used = {*taken, *own}
    found = {}
    for part in own:
        if part in taken:
            count = 2
            while f"{part}-{count}" in used:
                count += 1
            found[part] = f"{part}-{count}"
            used.add(found[part])
    return found
