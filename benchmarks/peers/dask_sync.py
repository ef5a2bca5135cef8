"""Dask with its synchronous scheduler."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from benchmarks.peers.dask_threads import graph_of
from benchmarks.shapes import Shape


def prepare(shape: Shape) -> Callable[[], object]:
    """A graph as a dict, given to ``dask.get``."""
    get = import_module("dask").get
    graph, wanted = graph_of(shape)
    return lambda: get(graph, wanted)
