"""What a run knows of its nodes beside their states: the nodes themselves, their values, errors and attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planweave.engine.frontier import Frontier
from planweave.engine.graph import Graph
from planweave.engine.lanes import rank
from planweave.engine.missing import Missing
from planweave.engine.node import Node
from planweave.engine.source import Source, nodes_of, resolve
from planweave.engine.state import UNDOING, NodeState

_SUCCEEDED = NodeState.SUCCEEDED


class RunData:
    """The nodes of a run by position: those of its graph, then those that expansions added.

    Attributes:
        nodes: what each position is.
        values: what each node that succeeded gave.
        errors: why each node that failed did.
        origins: for nodes that failed to make good the failures of others: these.
        attempts: the number of the current attempt, where it is not the first.
        crashes: how many attempts ended with their process, where any did.
        stops: how many were stopped since their run was left, where any were.
        slots: the arguments of a node where all are values passed in order; None where they must be worked out.
        functions: what each task node calls.
        heights: how long the path after each node is.
        ranks: in which order nodes that are ready start, smallest first.
    """

    def __init__(self, graph: Graph, inputs: Mapping[str, Any]) -> None:
        self.graph = graph
        self.inputs = inputs
        self.nodes: list[Node] = list(graph.nodes)
        self.values: list[Any] = [None] * len(self.nodes)
        self.errors: dict[int, BaseException] = {}
        self.origins: dict[int, tuple[int, ...]] = {}
        self.attempts: dict[int, int] = {}
        self.crashes: dict[int, int] = {}
        self.stops: dict[int, int] = {}
        self.slots: list[tuple[int, ...] | None] = list(graph.slots)
        self.functions: list[Any] = list(graph.functions)
        self.heights: list[int] = list(graph.heights)
        self.ranks: list[int] = list(graph.ranks)
        self.frontier: Frontier

    def add(self, nodes: Sequence[Node], heights: Sequence[int], above: int) -> None:
        """Add the nodes of an expansion; ``above`` is the height of the node that they stand for."""
        self.nodes += nodes
        self.values += [None] * len(nodes)
        self.slots += [slots_of(node) for node in nodes]
        self.functions += [node.task.fn if node.task is not None else None for node in nodes]
        for offset, (node, height) in enumerate(zip(nodes, heights, strict=True), len(self.heights)):
            self.ranks.append(rank(offset, height + above, node.policy.priority))
        self.heights += [height + above for height in heights]

    def tries(self, position: int) -> int:
        """Which of the attempts that its retry policy counts this is: what ended with its process does not count."""
        return self.attempts.get(position, 1) - self.crashes.get(position, 0) - self.stops.get(position, 0)

    def arguments(self, position: int) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a node that is about to run, by order and by keyword."""
        node = self.nodes[position]
        values = [self.value_of(source) for source in node.args]
        if not node.keywords:
            return values, {}
        count = len(values) - len(node.keywords)
        return values[:count], dict(zip(node.keywords, values[count:], strict=True))

    def checked_arguments(self, position: int) -> tuple[Sequence[Any], dict[str, Any]]:
        """The arguments of a node; raises the error that was found when they were looked at before its start."""
        if self.errors:
            refused = self.errors.pop(position, None)
            if refused is not None:
                raise refused
        slots = self.slots[position]
        if slots is None:
            return self.arguments(position)
        values = self.values
        return [values[i] for i in slots], {}

    def value_of(self, source: Source) -> Any:
        """The value of a source; ``Missing`` for a node that has none."""
        return resolve(source, self.value_at, self.inputs.__getitem__)

    def value_at(self, position: int) -> Any:
        """The value of a node; ``Missing`` when it has none."""
        state = self.frontier.state[position]
        return self.values[position] if state is _SUCCEEDED or state in UNDOING else self.missing(position)

    def missing(self, position: int) -> Missing:
        """What stands for the value of a node that has none."""
        root = self.frontier.root_of(position)
        return Missing(self.frontier.state[position], self.nodes[root].id)

    def broken_in(self, source: Source | None) -> list[int]:
        """The nodes that ``source`` reads and that broke."""
        if source is None:
            return []
        return [i for i in nodes_of(source) if self.frontier.state[i].is_broken]


def slots_of(node: Node) -> tuple[int, ...] | None:
    """The arguments of a node where all are values of nodes passed in order, none of which may be absent."""
    if node.keywords or node.policy.join != "all_success":
        return None
    return node.args if all(type(source) is int for source in node.args) else None  # type: ignore[return-value]  # because all are int then
