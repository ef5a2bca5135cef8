"""Drawing: what the picture of a graph takes, as SVG, by the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row
from benchmarks.setting import Setting
from benchmarks.shapes import layered
from benchmarks.tasks import inline, workflow_of

SIZES = (50, 500, 5_000)
WIDTH, EDGES = 10, 2
"""Of the layers: a picture that a person might look at, unlike that of 300 edges between two layers."""


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each size; the largest is drawn once."""
    if find_spec("planweave.visualize.render") is None:
        yield Row("graph.render", note="skipped: there is no planweave.visualize.render")
        return
    with TemporaryDirectory() as folder:
        for size in SIZES[:2] if setting.quick else SIZES:
            graph = workflow_of(layered(size, WIDTH, EDGES), inline).graph()
            path = Path(folder) / "graph.svg"
            match = Match({OURS: Piece(partial(graph.render, str(path)))}, time.perf_counter)
            match.play(1 if size == max(SIZES) else 5)
            yield Row(
                f"graph.render to SVG, {size:,} nodes", match.seconds(OURS), note=f"{path.stat().st_size:,} bytes"
            )
