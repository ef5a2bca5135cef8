"""LangGraph: a state graph without a checkpointer."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypedDict

from benchmarks.shapes import Shape, successors


class State(TypedDict):
    """What the nodes share; none of them changes it."""

    value: int


def node(state: State) -> dict[str, int]:
    """Do nothing."""
    return {}


def prepare(shape: Shape) -> Callable[[], object]:
    """A graph, compiled once."""
    graph = builder_of(shape).compile()
    return lambda: graph.invoke({"value": 0}, {"recursion_limit": len(shape) + 10})


def builder_of(shape: Shape) -> Any:
    """Nodes that join by edges from lists, not yet compiled."""
    langgraph = import_module("langgraph.graph")
    builder = langgraph.StateGraph(State)
    for i, before in enumerate(shape):
        builder.add_node(str(i), node)
        if len(before) > 1:
            builder.add_edge([str(j) for j in before], str(i))
        else:
            builder.add_edge(str(before[0]) if before else langgraph.START, str(i))
    for i, after in enumerate(successors(shape)):
        if not after:
            builder.add_edge(str(i), langgraph.END)
    return builder
