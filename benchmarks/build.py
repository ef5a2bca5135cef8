"""Building: tracing a workflow and compiling it into a graph, its networkx DAG included."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bare import BARE, at_reference, reference_loop
from benchmarks.inline import TIME_BOUND as RUN_BOUND
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, Unit, judged
from benchmarks.setting import Setting
from benchmarks.shapes import SHAPES, Shape, layered
from benchmarks.tasks import inline, workflow_of

NODES = 10_000
BOUND = 15e-6
"""Seconds a node, at reference."""


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each shape, and one that runs it too; how building grows is measured in ``growth.py``."""
    for name, shape_of in SHAPES.items():
        shape = shape_of(NODES)
        pieces = {
            OURS: Piece(workflow_of(shape, inline).graph, NODES),
            "networkx alone": networkx_alone(shape),
            BARE: reference_loop(),
        }
        yield judged(
            f"{name} {NODES:,}",
            Match(pieces),
            setting,
            at_reference(OURS),
            beside="networkx alone",
            unit=Unit.REFERENCE_SECONDS,
            bound=BOUND,
        )

    workflow = workflow_of(layered(NODES), inline)
    pieces = {OURS: Piece(workflow.run, NODES), BARE: reference_loop()}
    yield judged(
        f"layered {NODES:,}, and run once",
        Match(pieces),
        setting,
        at_reference(OURS),
        unit=Unit.REFERENCE_SECONDS,
        bound=BOUND + RUN_BOUND,
        note="with the lists that a first run makes",
    )


def networkx_alone(shape: Shape) -> Piece:
    """A networkx DAG of that shape with an attribute on each node and edge, and nothing else."""
    import networkx

    names = [f"node-{i}" for i in range(len(shape))]

    def make() -> None:
        made: networkx.DiGraph[str] = networkx.DiGraph()
        made.add_nodes_from((name, {"node": name}) for name in names)
        made.add_edges_from(((names[i], names[j]) for j, before in enumerate(shape) for i in before), kind="data")

    return Piece(make, len(shape))
