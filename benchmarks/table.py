"""The table of benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from benchmarks import (
    beside_durable_peers,
    beside_peers,
    build,
    coroutines,
    drawing,
    durable,
    expansion,
    growth,
    imports,
    inline,
    observers,
    processes,
    threads,
    tools,
)
from benchmarks.planning import coverage
from benchmarks.planning.report import show as show_coverage
from benchmarks.report import show
from benchmarks.setting import Setting


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark.

    Attributes:
        title: what it measures, in a few words.
        rows: measures.
        in_quick: whether a quick look takes it.
        show: prints the rows.
    """

    title: str
    rows: Callable[[Setting], Iterable[Any]]
    in_quick: bool = True
    show: Callable[[Console, str, Sequence[Any]], None] = show


BENCHMARKS: dict[str, Benchmark] = {
    "build": Benchmark("Building and compiling a node, its networkx DAG included", build.rows),
    "inline": Benchmark("Running a node: sync functions on the event loop", inline.rows),
    "coroutines": Benchmark("Running a node: coroutines", coroutines.rows),
    "threads": Benchmark("Running a node: sync functions in threads", threads.rows),
    "processes": Benchmark("Running a node: sync functions in processes", processes.rows),
    "observers": Benchmark("What an observer of events adds to a node", observers.rows),
    "durable": Benchmark("Runs that are stored: commits, a node, resuming", durable.rows),
    "expansion": Benchmark("Maps, loops, branches and workflows in workflows: one among many", expansion.rows),
    "growth": Benchmark("From small graphs to large ones: what a node takes", growth.rows),
    "imports": Benchmark("Importing and starting", imports.rows),
    "drawing": Benchmark("Drawing a graph", drawing.rows),
    "tools": Benchmark("Tools: how often the right one is missed, and what a look takes", tools.rows),
    "planning": Benchmark("Planning: instances that are solved", coverage.rows, in_quick=False, show=show_coverage),
    "peers": Benchmark("Peers: what a node takes in other engines", beside_peers.rows, in_quick=False),
    "durable-peers": Benchmark(
        "Durable peers: what a node takes that is on disk before the next begins",
        beside_durable_peers.rows,
        in_quick=False,
    ),
}
"""By the name that ``--only`` takes, in the order in which they run."""
