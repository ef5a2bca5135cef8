"""pydantic-graph: steps and joins; a join closes a fork, so it walks chains and fans, not layers."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.shapes import Shape, successors


async def step(context: Any) -> int:
    """Do nothing."""
    return 0


def prepare(shape: Shape) -> Callable[[], object]:
    """A step for each node, a join before each node that comes after more than one."""
    peer = import_module("pydantic_graph")
    builder = peer.GraphBuilder(input_type=int, output_type=int)
    steps = [builder.step(step, node_id=f"node_{i}") for i in range(len(shape))]
    for i, before in enumerate(shape):
        if len(before) > 1:
            join = builder.join(peer.reduce_sum, initial=0, node_id=f"join_{i}")
            builder.add(builder.edge_from(*[steps[j] for j in before]).to(join), builder.edge_from(join).to(steps[i]))
        elif not before:
            builder.add(builder.edge_from(builder.start_node).to(steps[i]))
    for i, after in enumerate(successors(shape)):
        targets = [steps[j] for j in after if len(shape[j]) == 1]
        if targets:
            builder.add(builder.edge_from(steps[i]).to(*targets))
        elif not after:
            builder.add(builder.edge_from(steps[i]).to(builder.end_node))
    graph = builder.build()
    return lambda: graph.run_sync(inputs=0)
