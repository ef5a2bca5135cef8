"""Expansion: maps, loops, branches and workflows in workflows must cost the same a piece, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import planweave as pw
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, judged, ratio
from benchmarks.setting import Setting

ITEMS, ROUNDS = 100_000, 10_000
BOUND = 1.5
"""Times what one costs where there are a tenth as many."""


@pw.task(executor="inline")
def numbers(count: int) -> list[int]:
    """So many numbers."""
    return list(range(count))


@pw.task(executor="inline")
def tens(count: int) -> list[list[int]]:
    """So many numbers, ten to a list."""
    return [list(range(start, start + 10)) for start in range(0, count, 10)]


@pw.task(executor="inline")
def following(number: int) -> int:
    """The next number."""
    return number + 1


@pw.task(executor="inline")
def following_unless_tenth(number: int) -> int:
    """The next number, but for every tenth number, which is refused."""
    if number % 10 == 0:
        raise ValueError(number)
    return number + 1


@pw.task(executor="inline")
def is_multiple(number: int, of: int) -> bool:
    """Whether a number is a multiple of another."""
    return number % of == 0


@pw.workflow
def twice(number: int) -> int:
    """The next but one."""
    return following(following(number))


@pw.workflow
def each(items: list[int]) -> list[int]:
    """The number after each."""
    return following.map(items)


@pw.workflow
def mapped(count: int) -> list[int]:
    """A map over a task."""
    return following.map(numbers(count))


@pw.workflow
def mapped_workflow(count: int) -> list[int]:
    """A map over a workflow."""
    return twice.map(numbers(count))


@pw.workflow
def mapped_maps(count: int) -> list[list[int]]:
    """A map over a workflow that maps."""
    return each.map(tens(count))


@pw.workflow
def mapped_keeping(count: int) -> list[int]:
    """A map that keeps its failures."""
    return following_unless_tenth.map(numbers(count), failures="keep")


def repeated(count: int) -> pw.Workflow[[], int]:
    """A loop of so many rounds."""

    def compose() -> int:
        return pw.repeat(following, 0, until=lambda number: is_multiple(number, count), limit=count)

    return pw.workflow(compose)


def branches(count: int) -> pw.Workflow[[], None]:
    """So many branches, one after another."""

    def compose() -> None:
        number = following(0)
        for _ in range(count):
            number = branch(number)

    return pw.workflow(compose)


def branch(number: int) -> int:
    """The next number, by one of two ways."""
    return pw.when(is_multiple(number, of=2), then=lambda: following(number), otherwise=lambda: twice(number))


def clusters(count: int) -> pw.Workflow[[], None]:
    """So many workflows, one after another."""

    def compose() -> None:
        number = following(0)
        for _ in range(count):
            number = twice(number)

    return pw.workflow(compose)


MAPS: dict[str, pw.Workflow[..., Any]] = {
    "map, item": mapped,
    "map over a workflow, item": mapped_workflow,
    "map of maps of ten, item": mapped_maps,
    "map that keeps failures, item": mapped_keeping,
}

COMPOSED: dict[str, Callable[[int], pw.Workflow[[], Any]]] = {
    "repeat, round": repeated,
    "when, branch": branches,
    "workflow in a workflow, call": clusters,
}


def rows(setting: Setting) -> Iterator[Row]:
    """What one costs among many, against one among a tenth as many; graphs of branches and calls are built anew."""
    items, rounds = (ITEMS // 10, ROUNDS // 10) if setting.quick else (ITEMS, ROUNDS)
    for case, workflow in MAPS.items():
        graph = workflow.graph()
        yield compared(case, items, partial(run_map, graph), setting)
    for case, compose in COMPOSED.items():
        yield compared(case, rounds, partial(run_composed, compose), setting)


def run_map(graph: pw.Graph, count: int) -> None:
    """Run a graph that maps over so many items."""
    pw.run(graph, {"count": count})


def run_composed(compose: Callable[[int], pw.Workflow[[], Any]], count: int) -> None:
    """Build and run a graph of so many pieces."""
    pw.run(compose(count).graph())


def compared(case: str, large: int, run: Callable[[int], object], setting: Setting) -> Row:
    """A row of one case at two sizes."""
    small = large // 10
    beside = f"of {small:,}"
    match = Match({OURS: Piece(lambda: run(large), large), beside: Piece(lambda: run(small), small)})
    match.play(1 if setting.quick else 5)
    return judged(f"{case} of {large:,}", match, setting, ratio(beside), beside=beside, bound=BOUND)
