"""DBOS: a workflow function that calls a step for each node; it walks chains only, as one function does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from benchmarks.shapes import Shape
from benchmarks.tasks import nothing


@contextmanager
def prepare(shape: Shape, folder: Path) -> Iterator[Callable[[], object]]:
    """A workflow and its step, and the system database in a file."""
    peer = import_module("dbos").DBOS
    node = peer.step(name="node")(nothing)

    def walk() -> None:
        for _ in shape:
            node()

    workflow = peer.workflow(name="chain")(walk)
    url = f"sqlite:///{folder / 'dbos.sqlite'}"
    peer(config={"name": "benchmark", "system_database_url": url, "run_admin_server": False, "log_level": "WARNING"})
    peer.launch()
    try:
        yield workflow
    finally:
        peer.destroy()
