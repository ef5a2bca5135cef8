"""Dask with its threads."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks.shapes import Shape, successors
from benchmarks.tasks import nothing


def prepare(shape: Shape) -> Callable[[], object]:
    """A graph as a dict, given to ``dask.threaded.get``."""
    get = import_module("dask.threaded").get
    graph, wanted = graph_of(shape)
    return lambda: get(graph, wanted, num_workers=8)


def graph_of(shape: Shape) -> tuple[dict[str, tuple[Any, ...]], list[str]]:
    """Dask's own form: each key with a function and the keys of its arguments; and the keys of the last ones."""
    graph = {str(i): (nothing, *map(str, before)) for i, before in enumerate(shape)}
    return graph, [str(i) for i, after in enumerate(successors(shape)) if not after]
