"""planweave itself, with tasks that run inline and a store in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import planweave as pw
from benchmarks.shapes import Shape
from benchmarks.tasks import graph_of, inline
from planweave.engine.store.sqlite import SqliteStore


@contextmanager
def prepare(shape: Shape, folder: Path) -> Iterator[Callable[[], object]]:
    """A workflow, compiled once, and a store, opened once."""
    graph, ids = graph_of(shape, inline), map(str, count())
    with closing(SqliteStore(folder / "planweave.db")) as store:
        yield lambda: pw.run(graph, store=store, run_id=next(ids))
