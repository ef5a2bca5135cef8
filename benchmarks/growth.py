"""Growth: what a node of a graph of 1,000,000 costs against one of a small graph, and the memory that it takes.

Run as a program, it measures one large graph in a process of its own, so that the peak of memory is that of the graph,
and prints what it found as JSON.

Starting an event loop costs the same for any graph, which flatters growth: it is part of what 1,000 nodes cost. So
runs are measured twice: with all that ``pw.run`` does, and on a loop that runs already. The bound is held against both.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import planweave as pw
from benchmarks.child import answer_of, peak_memory
from benchmarks.measure import Match, Piece, Spread
from benchmarks.row import OURS, Row, Unit, ratio
from benchmarks.setting import Setting
from benchmarks.shapes import layered
from benchmarks.tasks import inline, suspends, threaded, workflow_of

LARGE, QUICK = 1_000_000, 50_000
SMALL_RUN, SMALL_BUILD = 1_000, 10_000
RUN_BOUND, BUILD_BOUND = 2.0, 3.0
"""Times the small graph, a node."""
MEMORY_BOUND = 3e9
"""Bytes, of a process that builds and runs 1,000,000 nodes."""

SMALL = "small"
TASKS: dict[str, pw.Task[..., Any]] = {"inline": inline, "suspending": suspends, "threads": threaded}

Found = dict[str, dict[str, float]]
"""The spreads of ours, of the small graph and of the figure, as JSON."""


def rows(setting: Setting) -> Iterator[Row]:
    """Inline nodes at full size; coroutines and threads, which take longer, at a tenth of it."""
    if setting.quick:
        yield from rows_of("inline", QUICK, turns=1)
        return
    for task, nodes in (("inline", LARGE), ("suspending", LARGE // 10), ("threads", LARGE // 10)):
        yield from rows_of(task, nodes, turns=3)


def rows_of(task: str, nodes: int, turns: int) -> Iterator[Row]:
    """What a child finds out about one task."""
    found = answer_of("-m", "benchmarks.growth", task, str(nodes), "--turns", str(turns))
    case = f"run {task}, {nodes:,}"
    if task == "inline":
        yield row(f"build, {nodes:,}", SMALL_BUILD, found["build"], BUILD_BOUND)
    yield row(case, SMALL_RUN, found["first"], RUN_BOUND, "first run of a graph")
    yield row(case, SMALL_RUN, found["again"], RUN_BOUND, "later runs")
    yield row(case, SMALL_RUN, found["on a loop"], RUN_BOUND, "later runs, on a loop that runs already")
    if task == "inline":
        memory = Spread.of([found["memory"]])
        bound = MEMORY_BOUND if nodes == LARGE else None
        yield Row(f"memory, {nodes:,}", None, None, memory, Unit.BYTES, bound, "peak of building and running")


def row(case: str, small: int, found: Found, bound: float, note: str = "") -> Row:
    """A row of what a child told."""
    ours, beside, figure = (Spread(**found[name]) for name in (OURS, SMALL, "figure"))
    return Row(case, ours, (f"{small:,} nodes", beside), figure, bound=bound, note=note)


def measure(task: pw.Task[..., Any], nodes: int, turns: int) -> dict[str, Any]:
    """Build and run a graph so large again and again, with small ones in between."""
    large, small_build = workflow_of(layered(nodes), task), workflow_of(layered(SMALL_BUILD), task)
    small = workflow_of(layered(SMALL_RUN), task)
    built, first = Match({}), Match({})
    graph: pw.Graph | None = None
    memory = 0
    for _ in range(turns):
        graph = None  # two of them at a time would count twice
        took, graph = timed_build(large)
        first.turns.append({OURS: timed(graph) / nodes, SMALL: first_runs(small, 20)})
        memory = memory or peak_memory()
        built.turns.append({OURS: took / nodes, SMALL: timed_build(small_build)[0] / SMALL_BUILD})
    assert graph is not None
    one = small.graph()
    again = Match({OURS: Piece(partial(pw.run, graph), nodes), SMALL: Piece(partial(pw.run, one), SMALL_RUN)})
    again.play(turns)
    found = {
        "build": told(built),
        "first": told(first),
        "again": told(again),
        "on a loop": told(on_a_loop(graph, one, turns)),
    }
    return {"memory": memory, **found}


def on_a_loop(graph: pw.Graph, small: pw.Graph, turns: int) -> Match:
    """Run both graphs on one event loop."""

    async def run(graph: pw.Graph, times: int) -> None:
        for _ in range(times):
            await (await pw.start(graph)).wait()

    with asyncio.Runner() as runner:
        match = Match(
            {
                OURS: Piece(lambda: runner.run(run(graph, 1)), len(graph)),
                SMALL: Piece(lambda: runner.run(run(small, 50)), len(small) * 50),
            }
        )
        match.play(turns)
        return match


def first_runs(workflow: pw.Workflow[..., None], times: int) -> float:
    """Seconds a node that the first run of a graph takes, on average over some graphs."""
    graphs = [workflow.graph() for _ in range(times)]
    return sum(timed(graph) / len(graph) for graph in graphs) / times


def timed(graph: pw.Graph) -> float:
    """Seconds that a run takes."""
    gc.collect()
    start = time.process_time()
    pw.run(graph)
    return time.process_time() - start


def timed_build(workflow: pw.Workflow[..., None]) -> tuple[float, pw.Graph]:
    """Seconds that building a graph takes, and the graph."""
    gc.collect()
    start = time.process_time()
    graph = workflow.graph()
    return time.process_time() - start, graph


def told(match: Match) -> Found:
    """What is told of a match."""
    spreads = {OURS: match.seconds(OURS), SMALL: match.seconds(SMALL), "figure": match.figure(ratio(SMALL))}
    return {name: asdict(spread) for name, spread in spreads.items()}


def main() -> None:
    """Measure one large graph."""
    parser = argparse.ArgumentParser(description="Measure a large graph beside small ones, and print JSON.")
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("nodes", type=int)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(TASKS[options.task], options.nodes, options.turns)))


if __name__ == "__main__":
    main()
