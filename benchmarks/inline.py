"""Inline: sync functions that run on the event loop, one after another, against the bare loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import planweave as pw
from benchmarks.bare import BARE, at_reference, bare_loop
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, Unit, judged, ratio
from benchmarks.setting import Setting
from benchmarks.shapes import SHAPES
from benchmarks.tasks import graph_of, inline

NODES = 10_000
BOUND = 8.0
"""Times the bare loop, on the layered graph."""
TIME_BOUND = 2e-6
"""Seconds a node, at reference."""


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each shape, and the time that the layered one takes."""
    for name, shape_of in SHAPES.items():
        shape = shape_of(NODES)
        graph = graph_of(shape, inline)
        match = Match({OURS: Piece(partial(pw.run, graph), NODES), BARE: bare_loop(shape)})
        case = f"{name} {NODES:,}"
        if name != "layered":
            yield judged(case, match, setting, ratio(BARE), beside=BARE)
            continue
        yield judged(case, match, setting, ratio(BARE), beside=BARE, bound=BOUND)
        yield judged(case, match, setting, at_reference(OURS), unit=Unit.REFERENCE_SECONDS, bound=TIME_BOUND)
