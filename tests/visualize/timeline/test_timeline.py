"""The timeline tells the truth about time: bars where things happened, and words that say what they were."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.run import Run
from planweave.engine.state import NodeState
from planweave.testing import Scenario, run_virtually, simulate, spend, workflows
from planweave.visualize.palette import LOOKS
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.timeline import draw_timeline, draw_timeline_body, timeline_of
from tests.visualize.samples import (
    HOSTILE,
    elements,
    flaky,
    load,
    mapped,
    merge,
    path_numbers,
    report,
    run_of,
    texts,
    troubled,
)


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
    """The bars of the row of a node: state (and whether it was tried again), left and right end."""
    for group in elements(svg):
        if group.get("class") == "row" and (group[0].text or "").split("\n")[0] == row:
            found = [one for one in group if (one.get("class") or "").startswith("vertex ")]
            rectangles = [(one.attrib["class"].removeprefix("vertex "), one[0].attrib) for one in found]
            return [(state, float(box["x"]), float(box["x"]) + float(box["width"])) for state, box in rectangles]
    raise AssertionError(f"no row {row}")


def test_each_attempt_is_a_bar_with_a_gap_before_the_next() -> None:
    """Law: three attempts are three bars with pauses between them; a failed one is pale, since another followed."""
    run = run_of(troubled)
    svg = draw_timeline(run)
    attempts = bars(svg, "flaky")
    assert [state for state, _, _ in attempts] == ["failed retried", "failed retried", "succeeded"]
    assert attempts[0][2] < attempts[1][1] and attempts[1][2] < attempts[2][1]
    scale = (attempts[0][2] - attempts[0][1]) / 1.0  # an attempt takes a second
    times = [attempt.started for attempt in run.nodes["flaky"].attempts]
    assert (attempts[1][1] - attempts[0][1]) / scale == pytest.approx(times[1] - times[0], rel=0.02)
    assert any(one.get("class") == "pause" for one in elements(svg))
    assert "3 tries" in " ".join(texts(svg))


def test_only_a_final_failure_looks_like_one() -> None:
    """Law: of attempts that all fail, the last is the failure; a run without one has none in its legend."""

    @pw.task(retry=pw.Retry(attempts=3, base=2.0))
    def hopeless() -> int:
        spend(1.0)
        raise ConnectionError("the server said 503")

    @pw.workflow
    def work() -> Any:
        return hopeless()

    svg = draw_timeline(simulate(work))
    assert [state for state, _, _ in bars(svg, "hopeless")] == ["failed retried", "failed retried", "failed"]
    assert {"failed", "failed, tried again"} <= set(texts(svg))

    @pw.workflow
    def mended() -> Any:
        return flaky()

    drawn = set(texts(draw_timeline(simulate(mended))))
    assert "failed, tried again" in drawn and "failed" not in drawn


def test_what_waits_to_be_tried_again_is_a_short_bar_and_a_dashed_line() -> None:
    """Law: live, and cancelled meanwhile: the bar ends where the attempt did."""

    @pw.task(retry=pw.Retry(attempts=5, base=600.0, cap=600.0))
    def refused() -> int:
        spend(1.0)
        raise ConnectionError("refused")

    @pw.workflow
    def work() -> Any:
        return refused()

    async def main() -> list[str]:
        run = await pw.start(work)
        await asyncio.sleep(10.0)
        live = draw_timeline(run)
        run.cancel()
        await run.wait(check=False)
        return [live, draw_timeline(run)]

    for svg in run_virtually(main):
        ((state, left, right),) = bars(svg, "refused")
        (pause,) = (one for one in elements(svg) if one.tag == "line" and one.get("class") == "pause")
        assert state == "failed retried"
        assert float(pause.attrib["x1"]) == pytest.approx(right, abs=0.2)
        assert float(pause.attrib["x2"]) - left == pytest.approx(10 * (right - left), rel=0.02)


def test_waiting_for_room_is_drawn_before_each_attempt() -> None:
    """Law: a retried node that finds its pool full waits for room after its pause, and did before its first attempt."""

    @pw.task(pool="one")
    def other() -> int:
        spend(3.0)
        return 1

    @pw.task(pool="one", retry=pw.Retry(attempts=2, base=0.5))
    def again() -> int:
        spend(1.0)
        if pw.context().attempt < 2:
            raise ConnectionError("the server said 503")
        return 1

    @pw.workflow(pools={"one": 1})
    def work() -> Any:
        return [other(), again(), other.using(id="then")()]

    svg = draw_timeline(simulate(work))
    (row,) = (one for one in elements(svg) if one.get("class") == "row" and (one[0].text or "").startswith("again"))
    assert [one.get("class") for one in row if one.tag == "line"] == ["room", "room", "pause"]
    assert "ready, waiting for room" in texts(svg)


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
    assert not any("waiting for room" in text for text in drawn)
    single = texts(draw_timeline(run_of(pw_single)))
    assert not any(text.startswith(("critical path", "pause", "ready")) for text in single)
    assert "waiting" in texts(draw_timeline(run_of(report, number=1)))


def test_the_legend_says_how_much_of_the_critical_path_was_waiting_for_room() -> None:
    """Law: what more room would shorten is told apart from work."""

    @pw.task(pool="one")
    def guarded() -> int:
        spend(1.0)
        return 1

    @pw.workflow(pools={"one": 1})
    def queue() -> Any:
        return merge(guarded(), guarded(), guarded())

    assert "critical path: 2 nodes, 3.5 s, of which 2 s waiting for room" in texts(draw_timeline(simulate(queue)))


@pw.workflow
def pw_single() -> int:
    """One node."""
    return load()


def test_the_path_is_drawn_only_where_time_goes_on() -> None:
    """Law: its lines lead to the right or down, from the end of a bar to the start of the next."""
    for group in elements(draw_timeline(run_of(mapped(30)))):
        if group.get("class") == "path" and group.tag == "g":
            for line in group:
                assert float(line.attrib["x2"]) >= float(line.attrib["x1"]) - 0.1


def test_words_of_users_are_text_in_a_timeline_too() -> None:
    """Law: only our elements, whatever tasks raise."""
    svg = draw_timeline(run_of(troubled))
    assert {one.tag for one in elements(svg)} <= {"svg", "title", "g", "rect", "path", "line", "polygon", "text"}
    assert "alert(1)" in svg and "<script" not in svg and HOSTILE not in svg


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 8), st.text("il1WM_…,", min_size=1, max_size=30), st.integers(0, 10**6))
def test_what_fits_into_a_third_of_the_width_is_never_cut(depth: int, name: str, number: int) -> None:
    """Law: labels stand there in full, however deep, and so do the words on the right."""
    label = f"{name} {number:,}"
    counts = ((NodeState.UPSTREAM_FAILED, number), (NodeState.SUCCEEDED, 1))
    row = Row(label, depth, None, (), True, (), counts)
    timeline = replace(timeline_of(run_of(pw_single)), rows=(row,))
    drawn = texts(f"<svg>{draw_timeline_body(timeline).body}</svg>")
    assert f"{number:,} upstream failed" in drawn
    if text_width_points(label, 10) + 12 * depth + 14 < 1040 / 3:
        assert label in drawn


@pytest.mark.parametrize("what", [pw_single, report, troubled, mapped(300)])
def test_the_same_run_gives_the_same_bytes(what: Any) -> None:
    """Law: drawing has no memory, no clock and no chance in it."""
    run: Run[Any] = run_of(what, **({"number": 1} if what is report else {}))
    assert draw_timeline(run) == draw_timeline(run)
