"""Processes: how long a node takes that runs in a process, by the clock on the wall."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import planweave as pw
from benchmarks.measure import Spread
from benchmarks.row import Row
from benchmarks.setting import Setting
from benchmarks.shapes import Shape, chain, layered
from benchmarks.tasks import in_process, nothing, workflow_of

NODES = 500
PROCESSES = 2


def rows(setting: Setting) -> Iterator[Row]:
    """Chain and layers, once the processes have started, and what starting them takes."""
    for name, shape, processes in (("chain", chain(NODES), 1), ("layered", layered(NODES), PROCESSES)):
        ours, theirs, starting = [], [], []
        for _ in range(1 if setting.quick else 5):
            first, later = timed_run(shape, processes)
            ours.append(later)
            starting.append(first)
            theirs.append(timed_pool(shape, processes))
        case = f"{name} {NODES}, {processes} process{'es' if processes > 1 else ''}"
        ratios = Spread.of(a / b for a, b in zip(ours, theirs, strict=True))
        start = f"on the wall; first answer after {Spread.of(starting).middle:.2f} s"
        yield Row(case, Spread.of(ours), ("plain process pool", Spread.of(theirs)), ratios, note=start)


def timed_run(shape: Shape, processes: int) -> tuple[float, float]:
    """Seconds to the end of the first node of a run, and those that each later node took."""
    run: pw.Run[None] = pw.run(workflow_of(shape, in_process), processes=processes)
    begun = run.events[0].time
    ends = [event.time for event in run.events if event.kind == "succeeded"]
    return ends[0] - begun, (ends[-1] - ends[0]) / (len(ends) - 1)


def timed_pool(shape: Shape, processes: int) -> float:
    """Seconds that each node takes in a plain pool that has started; layers wait for the whole layer before."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(nothing, range(processes)))
        start = time.perf_counter()
        for size in layer_sizes(shape):
            list(pool.map(nothing, range(size)))
        return (time.perf_counter() - start) / len(shape)


def layer_sizes(shape: Shape) -> list[int]:
    """How many nodes stand in each layer: after the same number of nodes, by the longest path.

    >>> layer_sizes(layered(250, width=100))
    [100, 100, 50]
    """
    depths: list[int] = []
    for before in shape:
        depths.append(max((depths[i] + 1 for i in before), default=0))
    return [depths.count(depth) for depth in range(max(depths) + 1)]
