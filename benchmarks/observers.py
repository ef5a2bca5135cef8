"""Observers: what it adds to a run that somebody listens to its events."""

from __future__ import annotations

from collections.abc import Iterator

import planweave as pw
from benchmarks.bare import BARE, at_reference, reference_loop
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, Unit, judged
from benchmarks.setting import Setting
from benchmarks.shapes import layered
from benchmarks.tasks import graph_of, inline

NODES = 10_000
UNHEARD = "nobody listens"
BOUND = 1.5e-6
"""Seconds that it adds to a node, at reference."""


def rows(setting: Setting) -> Iterator[Row]:
    """One row: a run with an observer, less the same run without."""
    graph = graph_of(layered(NODES), inline)
    pieces = {
        OURS: Piece(lambda: pw.run(graph, on_event=ignore), NODES),
        UNHEARD: Piece(lambda: pw.run(graph), NODES),
        BARE: reference_loop(),
    }
    yield judged(
        f"inline, layered {NODES:,}",
        Match(pieces),
        setting,
        at_reference(OURS, UNHEARD),
        beside=UNHEARD,
        unit=Unit.REFERENCE_SECONDS,
        bound=BOUND,
        note="the difference",
    )


def ignore(event: pw.Event) -> None:
    """Hear an event, and do nothing."""
