"""LangGraph: a state graph with a checkpointer, whose checkpoints are written before the next step begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path

from benchmarks.peers.langgraph import builder_of
from benchmarks.shapes import Shape


@contextmanager
def prepare(shape: Shape, folder: Path) -> Iterator[Callable[[], object]]:
    """The graph without a checkpointer, and one; each run is a thread of its own."""
    ids = map(str, count())
    saver = import_module("langgraph.checkpoint.sqlite").SqliteSaver
    with saver.from_conn_string(str(folder / "langgraph.sqlite")) as checkpointer:
        graph = builder_of(shape).compile(checkpointer=checkpointer)

        def run() -> None:
            config = {"recursion_limit": len(shape) + 10, "configurable": {"thread_id": next(ids)}}
            graph.invoke({"value": 0}, config, durability="sync")

        yield run
