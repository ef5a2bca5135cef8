"""Progress as plain lines: what is worth one, and how many there are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import planweave as pw
from planweave.cli.progress.lines import EVERY, LONG, NODE_LINES, TOLD, Lines
from planweave.engine.graph import Graph
from planweave.engine.journal import Event


@pw.task(executor="inline")
def load(n: int) -> list[int]:
    return list(range(n))


@pw.task(executor="inline")
def halve(x: int) -> float:
    if x % 10 == 3:
        raise ValueError(f"{x} is odd\nand unlucky")
    return x / 2


@pw.task(executor="inline")
def step(x: int) -> int:
    return x + 1


@pw.task(executor="inline")
def far(x: int) -> bool:
    return x > 500


@pw.task(executor="inline")
def about(values: list[float]) -> int:
    pw.context().logger.debug("not told")
    pw.context().logger.warning("only %d\x1b[2J", len(values))
    return len(values)


@pw.workflow
def small(n: int) -> int:
    return about(halve.map(load(n), failures="drop"))


@pw.workflow
def endless(x: int) -> int:
    return pw.repeat(step, x, until=far, limit=1000)


@pw.workflow
def large() -> list[int]:
    return [step(i) for i in range(100)]


class Clock:
    """A clock that stands still unless it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def lines_of(graph: Graph, clock: Clock | None = None) -> Iterator[tuple[Lines, list[str]]]:
    """The lines that are told, without their times."""
    told: list[str] = []
    lines = Lines(graph, lambda line: told.append(line.strip().split("  ", 1)[1]), clock or time.time)
    try:
        yield lines, told
    finally:
        lines.close()


def told_of(workflow: pw.Workflow[..., Any], **inputs: int) -> list[str]:
    """What is told of a whole run."""
    with lines_of(workflow.graph()) as (lines, told):
        pw.run(workflow, inputs, on_event=lines.observe, check=False)
        return [line.split(" in ")[0] for line in told]


def test_a_small_graph_is_told_node_by_node_and_its_maps_as_a_whole() -> None:
    """Law: one line a node that ended, one for each map with its items; failures and log lines always."""
    assert told_of(small, n=5) == [
        "load done",
        "halve over 5 items",
        "halve[3] failed: ValueError: 3 is odd and unlucky",
        "halve done, 5 items",
        r"about: warning: only 4\x1b[2J",
        "about done",
    ]


def test_failures_are_told_one_by_one_only_so_often() -> None:
    """Law: past a limit what goes wrong is counted, not told."""
    told = [line for line in told_of(small, n=1000) if "failed" in line]
    assert len(told) == TOLD
    assert told[-1].endswith("(more of these are only counted)")


def test_a_long_loop_is_told_only_so_often() -> None:
    """Law: the lines of a small graph are bounded, however often its loops go round."""
    assert len(told_of(endless, x=0)) == NODE_LINES


def test_a_large_graph_is_not_told_node_by_node() -> None:
    """Law: a graph past the limit has a count from time to time, and nothing else while all goes well."""
    assert told_of(large) == []


def wait_for(told: list[str], count: int) -> None:
    """Until so many lines have been told by the thread of the lines."""
    for _ in range(1000):
        if len(told) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(told)


def test_what_runs_for_a_while_is_told_and_then_what_is_waited_for() -> None:
    """Law: while nothing happens, lines say what runs, how far it is, and what waits."""
    clock = Clock()
    with lines_of(small.graph(), clock) as (lines, told):
        lines.observe(Event(0, 100.0, "run_started"))
        lines.observe(Event(1, 100.0, "started", "load", {"attempt": 1}))
        clock.now += LONG
        wait_for(told, 1)
        lines.observe(Event(2, 101.0, "progress", "load", {"done": 3.0, "total": 8.0, "message": "pages"}))
        clock.now += EVERY
        wait_for(told, 2)
        error = ConnectionError("gone")
        lines.observe(Event(3, 106.0, "retrying", "load", {"attempt": 1, "due": 116.0, "error": error}))
        clock.now += EVERY
        wait_for(told, 4)
    assert told == [
        "load is running",
        "0 of 3 nodes; running: load 3 of 8 pages",
        "load failed: ConnectionError: gone; attempt 2 in 10.0 s",
        "0 of 3 nodes; waiting: load",
    ]
