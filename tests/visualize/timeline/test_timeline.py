"""The timeline tells the truth about time: bars where things happened, and the path that determined the end."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.run import Run
from planweave.engine.state import NodeState
from planweave.testing import Scenario, simulate, spend, workflows
from planweave.visualize.options import Options
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.snapshot import snapshot_of
from planweave.visualize.timeline.axis import axis_of
from planweave.visualize.timeline.concurrency import concurrency, most_at_once
from planweave.visualize.timeline.span import Span, critical_path, read_times
from planweave.visualize.timeline.timeline import Timeline, draw_timeline, draw_timeline_body, timeline_of
from tests.visualize.samples import (
    HOSTILE,
    elements,
    layered,
    load,
    looped,
    mapped,
    merge,
    parse,
    path_numbers,
    report,
    run_of,
    texts,
    troubled,
)

RUNS = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def row_of(timeline: Timeline, node_id: str) -> Any:
    return next(row for row in timeline.rows if row.part is not None and row.part.key == node_id)


# ---------------------------------------------------------------------- spans and the critical path


@RUNS
@given(workflows(), st.integers(0, 2**16))
def test_spans_lie_within_the_run_and_in_order(scenario: Scenario, seed: int) -> None:
    """Law: ready, start, end, close never go back, and all of them lie between the first event and the last."""
    times = read_times(snapshot_of(scenario.simulate(seed)))
    for span in times.spans.values():
        ready = span.start if span.ready is None else span.ready
        assert times.start <= ready <= span.start <= span.end <= span.close <= times.end


@RUNS
@given(workflows(), st.integers(0, 2**16))
def test_the_critical_path_is_a_chain_that_ends_with_the_last_node(scenario: Scenario, seed: int) -> None:
    """Law: each node on it started after the one before had ended, and had to wait for it; the last one ended last."""
    run = scenario.simulate(seed)
    times = read_times(snapshot_of(run))
    path = critical_path(times)
    ran = [span for span in times.spans.values() if span.ran]
    if not ran:
        assert not path
        return
    assert path[-1].end == max(span.end for span in ran)
    assert len({span.record.id for span in path}) == len(path)
    for one, other in pairwise(path):
        assert one.end <= other.start
    first = path[0].record
    assert not [name for name in first.before if name in times.spans and times.spans[name].ran and first.parent is None]


def test_the_critical_path_goes_through_the_slowest_of_each_level() -> None:
    """Law: of two that were waited for, it is the one that ended last; through a map, by its slowest item."""

    @pw.task
    def item(seconds: float) -> float:
        spend(seconds)
        return seconds

    @pw.task
    def times() -> list[float]:
        return [1.0, 5.0, 2.0]

    @pw.workflow
    def work() -> Any:
        return merge(parse(load()), item.map(times()))

    path = critical_path(read_times(snapshot_of(simulate(work))))
    assert [span.record.id for span in path] == ["times", "item", "item[1]", "merge"]


def test_the_critical_path_of_a_loop_is_its_rounds_one_after_another() -> None:
    """Law: a round could start only when the one before had ended."""
    path = [span.record.id for span in critical_path(read_times(snapshot_of(run_of(looped(3)))))]
    assert path == [
        "step", "step@1", "step@1/enough", "step@2", "step@2/enough", "step@3", "step@3/enough", "merge",
    ]  # fmt: skip


# ---------------------------------------------------------------------- rows


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


# ---------------------------------------------------------------------- axis and concurrency


@given(st.floats(0, 2e9), st.floats(1e-9, 1e8))
def test_an_axis_has_few_round_marks_that_rise_and_end_within_it(start: float, seconds: float) -> None:
    """Law: two to ten marks from 0 on, evenly spaced, none beyond the end, no two with the same words."""
    axis = axis_of(start, start + seconds, left=10, width=500)
    places = [place for place, _ in axis.marks]
    assert places[0] == 0 and 2 <= len(places) <= 10
    assert places[-1] <= axis.seconds * (1 + 1e-6)
    steps = [other - one for one, other in pairwise(places)]
    assert max(steps) == pytest.approx(min(steps))
    assert len({word for _, word in axis.marks}) == len(places)
    assert 10 <= axis.at(start - 1) <= axis.at(start + seconds / 2) <= axis.at(start + 2 * seconds + 1) <= 510.001


INTERVALS = st.lists(
    st.tuples(st.floats(-5, 15), st.floats(0, 10)).map(lambda one: (one[0], one[0] + one[1])), max_size=30
)


@given(INTERVALS, st.integers(1, 50))
def test_concurrency_adds_up_to_the_time_that_was_worked(intervals: list[tuple[float, float]], bins: int) -> None:
    """Law: the area under it is the sum of the lengths of the intervals, as far as they lie in the stretch."""
    levels = concurrency(intervals, 0.0, 10.0, bins)
    inside = sum(max(0.0, min(end, 10.0) - max(begin, 0.0)) for begin, end in intervals)
    assert sum(levels) * 10 / bins == pytest.approx(inside, abs=1e-6)
    assert all(level >= -1e-9 for level in levels)
    assert max(levels, default=0.0) <= most_at_once(intervals) + 1e-9


@given(INTERVALS)
def test_most_at_once_is_the_largest_number_that_overlap(intervals: list[tuple[float, float]]) -> None:
    """Law: it is reached where an interval begins, and is never exceeded."""
    counts = [sum(begin <= other[0] < end for begin, end in intervals) for other in intervals if other[1] > other[0]]
    assert most_at_once(intervals) == max(counts, default=0)


# ---------------------------------------------------------------------- the drawing


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16))
def test_everything_is_drawn_within_the_sheet(scenario: Scenario, seed: int) -> None:
    """Law: no bar, area or text begins or ends outside the picture."""
    drawing = draw_timeline_body(timeline_of(scenario.simulate(seed)))
    for one in elements(f"<svg>{drawing.body}</svg>"):
        x, y = float(one.get("x", 0)), float(one.get("y", 0))
        assert -0.1 <= x <= x + float(one.get("width", 0)) <= drawing.width + 0.1
        assert -0.1 <= y <= drawing.height + 0.1
        if "points" in one.attrib:
            assert all(-0.1 <= number <= drawing.width + 0.1 for number in path_numbers(one.attrib["points"]))


def bars(svg: str, row: str) -> list[tuple[str, float, float]]:
    """The bars of the row of a node: state, left and right end."""
    for group in elements(svg):
        if group.get("class") == "row" and (group[0].text or "").split("\n")[0] == row:
            found = [one for one in group if (one.get("class") or "").startswith("vertex ")]
            rectangles = [(one.attrib["class"].split()[1], one[0].attrib) for one in found]
            return [(state, float(box["x"]), float(box["x"]) + float(box["width"])) for state, box in rectangles]
    raise AssertionError(f"no row {row}")


def test_each_attempt_is_a_bar_with_a_gap_before_the_next() -> None:
    """Law: three attempts are three bars, the failed ones in the colour of failure, with the pause between them."""
    run = run_of(troubled)
    svg = draw_timeline(run)
    attempts = bars(svg, "flaky")
    assert [state for state, _, _ in attempts] == ["failed", "failed", "succeeded"]
    assert attempts[0][2] < attempts[1][1] and attempts[1][2] < attempts[2][1]
    scale = (attempts[0][2] - attempts[0][1]) / 1.0  # an attempt takes a second
    times = [attempt.started for attempt in run.nodes["flaky"].attempts]
    assert (attempts[1][1] - attempts[0][1]) / scale == pytest.approx(times[1] - times[0], rel=0.02)
    assert any(one.get("class") == "pause" for one in elements(svg))
    assert "3 tries" in " ".join(texts(svg))


def test_a_sleep_is_waiting_and_a_node_that_never_ran_is_a_sign() -> None:
    """Law: waiting has its own look; what was skipped or failed upstream has a mark and no bar."""
    assert [state for state, _, _ in bars(draw_timeline(run_of(report, number=1)), "sleep")] == ["waiting"]
    svg = draw_timeline(run_of(troubled))
    assert bars(svg, "parse") == []
    assert texts(svg).count(LOOKS[NodeState.UPSTREAM_FAILED].sign) >= 3


def test_the_legend_of_a_timeline_says_what_occurs_and_how_long_the_path_is() -> None:
    """Law: states of rows and counts, waiting, pauses and the path, each only if there is one."""
    drawn = texts(draw_timeline(run_of(troubled)))
    assert {"failed", "succeeded", "skipped", "upstream failed", "pause before a retry"} <= set(drawn)
    assert any(text.startswith("critical path: ") for text in drawn)
    single = texts(draw_timeline(run_of(pw_single)))
    assert not any(text.startswith(("critical path", "pause", "ready")) for text in single)
    assert "waiting" in texts(draw_timeline(run_of(report, number=1)))


@pw.workflow
def pw_single() -> int:
    """One node."""
    return load()


def test_the_path_is_drawn_only_where_time_goes_on() -> None:
    """Law: its lines lead to the right or down, from the end of a bar to the start of the next."""
    for group in elements(draw_timeline(run_of(mapped(30)))):
        if group.get("class") == "path" and group.tag == "g":
            for line in group:
                numbers = path_numbers(line.attrib["d"])
                assert numbers[2] >= numbers[0] - 0.1


def test_words_of_users_are_text_in_a_timeline_too() -> None:
    """Law: only our elements, whatever tasks raise."""
    svg = draw_timeline(run_of(troubled))
    assert {one.tag for one in elements(svg)} <= {"svg", "title", "g", "rect", "path", "polygon", "text"}
    assert "alert(1)" in svg and "<script" not in svg and HOSTILE not in svg


@pytest.mark.parametrize("what", [pw_single, report, troubled, mapped(300)])
def test_the_same_run_gives_the_same_bytes(what: Any) -> None:
    """Law: drawing has no memory, no clock and no chance in it."""
    run: Run[Any] = run_of(what, **({"number": 1} if what is report else {}))
    assert draw_timeline(run) == draw_timeline(run)


def test_a_span_knows_what_took_its_place() -> None:
    """Law: the own work of an expanded node ends where its parts begin."""
    spans = read_times(snapshot_of(run_of(mapped(3)))).spans
    outer, item = spans["check"], spans["check[0]"]
    assert isinstance(outer, Span) and outer.expanded and not item.expanded
    assert outer.end <= item.start and outer.close >= item.close
