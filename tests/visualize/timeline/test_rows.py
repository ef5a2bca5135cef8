"""The rows of a timeline hold every node once, and show those that matter."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.testing import Scenario, simulate, spend, workflows
from planweave.visualize.options import Options
from planweave.visualize.timeline.timeline import Timeline, timeline_of
from tests.visualize.samples import broken, inner, layered, load, looped, mapped, merge, numbers, report, run_of

RUNS = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def keys_of(timeline: Timeline) -> list[str]:
    """The nodes that have a row of their own, from top to bottom."""
    return [row.part.key for row in timeline.rows if row.part is not None]


@RUNS
@given(workflows(), st.integers(0, 2**16), st.integers(2, 6), st.sampled_from([10, 30, 500]))
def test_every_node_is_in_one_row_or_counted_in_one(scenario: Scenario, seed: int, items: int, rows: int) -> None:
    """Law: whatever is collapsed, each node of the run has a row of its own or is a member of a row of many."""
    run = scenario.simulate(seed)
    timeline = timeline_of(run, Options(items=items, rows=rows))
    own = [row.part.key for row in timeline.rows if row.part is not None]
    counted = [part.key for row in timeline.rows if row.many for part in row.members]
    assert sorted(own + counted) == sorted(run.nodes)
    assert len(timeline.rows) <= max(rows, 12)


def test_five_thousand_nodes_have_at_most_as_many_rows_as_asked_for() -> None:
    """Law: the rest is one row with a count, and the critical path comes first among what is shown."""
    run = run_of(layered(50, 100))
    timeline = timeline_of(run)
    assert len(timeline.rows) <= Options().rows
    (rest,) = [row for row in timeline.rows if row.many]
    assert len(rest.members) + len(timeline.rows) - 1 == len(run.nodes) == 5_001
    shown = {row.part.key for row in timeline.rows if row.part is not None}
    assert {span.record.id for span in timeline.path} <= shown


def test_parts_stand_below_what_they_are_parts_of_in_the_order_of_their_beginning() -> None:
    """Law: items are indented below their map; siblings begin one after another."""
    timeline = timeline_of(run_of(report, number=1))
    keys = [row.part.key if row.part else row.label for row in timeline.rows]
    place = keys.index("check")
    assert keys[place + 1 : place + 6] == [f"check[{index}]" for index in range(5)]
    assert timeline.rows[place + 1].depth == timeline.rows[place].depth + 1
    tops = [row for row in timeline.rows if row.depth == 0]
    begins = [min((span.start for span in row.spans), default=math.inf) for row in tops]
    assert begins == sorted(begins)


def test_a_row_of_many_counts_what_is_hidden_in_its_own_unit() -> None:
    """Law: items of a map, rounds of a loop, else nodes; with the nodes in brackets where these are others."""

    @pw.workflow
    def work() -> Any:
        return merge(inner.map(numbers(30)))

    def label(what: Any) -> str:
        (row,) = [row for row in timeline_of(run_of(what)).rows if row.many]
        return row.label

    assert label(work) == "… 18 more items (54 nodes)"
    assert label(mapped(30)) == "… 18 more items"
    assert label(looped(40)) == "… 28 more rounds (56 nodes)"
    assert label(layered(5, 100)) == "… 401 more nodes"


def test_items_stand_in_the_order_of_their_index() -> None:
    """Law: whichever begins first: here one has its value from the cache while others wait for a thread."""

    @pw.task(cache=True)
    def weather(place: int) -> int:
        spend(1.0)
        return place

    @pw.task
    def places() -> list[int]:
        return [5, 6, 7, 5, 8]

    @pw.workflow
    def work() -> Any:
        return merge(weather.map(places()))

    timeline = timeline_of(simulate(work, threads=1))
    starts = [row.spans[0].start for row in timeline.rows if row.part is not None and "[" in row.part.key]
    assert starts != sorted(starts)
    assert [key for key in keys_of(timeline) if "[" in key] == [f"weather[{index}]" for index in range(5)]


def crowd(**seconds: float) -> Any:
    """Many short nodes between two, and a few that take the seconds that are given."""

    def named(name: str, takes: float, **policy: Any) -> Any:
        @pw.task(name=name, **policy)
        def work(*before: Any) -> int:
            spend(takes)
            if name == "bad" or (name == "again" and pw.context().attempt < 2):
                raise ValueError(name)
            return 1

        return work

    @pw.workflow(name="crowd")
    def workflow() -> Any:
        first = load()
        middle = [named(f"short-{number}", 0.05)(first) for number in range(300)]
        middle += [named(name, takes)(first) for name, takes in seconds.items()]
        again = named("again", 0.05, retry=pw.Retry(attempts=2, base=0.01))(first)
        more = [named(f"short-{number}", 0.05)(first) for number in range(300, 600)]
        return [merge(*middle, again, *more), named("bad", 0.05)(first)]

    return workflow


def test_rows_go_to_what_failed_took_long_was_tried_again_or_determined_the_end() -> None:
    """Law: however many others began before these."""
    run = simulate(crowd(slow=20.0, slower=21.0), threads=50)
    for rows in (20, 60, 150):
        timeline = timeline_of(run, Options(rows=rows))
        assert len(timeline.rows) <= rows
        assert {"bad", "slow", "slower", "again"} <= set(keys_of(timeline))
        assert {"load", "merge"} <= set(keys_of(timeline))


def test_of_a_path_that_is_too_long_the_rows_are_spread_over_its_length() -> None:
    """Law: its last node has a row, and so has some node of each tenth of it; what failed has one all the same."""

    @pw.workflow
    def work() -> Any:
        value = load()
        for _ in range(399):
            value = load(value)
        return [value, *(broken(number) for number in range(20))]

    timeline = timeline_of(simulate(work))
    shown = set(keys_of(timeline))
    ids = [span.record.id for span in timeline.path]
    assert len(ids) == 400 and ids[-1] in shown
    assert {span.record.id for span in timeline.times.spans.values() if span.record.error is not None} <= shown
    assert all(shown.intersection(ids[place : place + 40]) for place in range(0, 400, 40))
