"""planweave itself, with tasks that run inline."""

from __future__ import annotations

from collections.abc import Callable

import planweave as pw
from benchmarks.shapes import Shape
from benchmarks.tasks import inline, workflow_of


def prepare(shape: Shape) -> Callable[[], object]:
    """A workflow, compiled once."""
    graph = workflow_of(shape, inline).graph()
    return lambda: pw.run(graph)
