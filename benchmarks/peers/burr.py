"""Burr: a state machine of actions, so it walks chains only."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

from benchmarks.shapes import Shape


def prepare(shape: Shape) -> Callable[[], object]:
    """An application with an action for each node; a run takes a fresh one from the same graph."""
    core = import_module("burr.core")

    @core.action(reads=[], writes=[])  # type: ignore[untyped-decorator]  # because peers are Any here
    def node(state: Any) -> Any:
        return state

    names = [f"node_{i}" for i in range(len(shape))]
    builder = import_module("burr.core.graph").GraphBuilder().with_actions(**dict.fromkeys(names, node))
    graph = builder.with_transitions(*pairwise(names)).build()

    def run() -> None:
        application = core.ApplicationBuilder().with_graph(graph).with_entrypoint(names[0]).with_state(value=0).build()
        application.run(halt_after=[names[-1]])

    return run
