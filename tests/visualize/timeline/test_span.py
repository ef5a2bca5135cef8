"""Spans say when what happened to a node, and the critical path what determined the end of the run."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.testing import Scenario, run_virtually, simulate, spend, workflows
from planweave.visualize.picture.snapshot import snapshot_of
from planweave.visualize.timeline.span import (
    Span,
    Times,
    critical_path,
    read_times,
    waited_on,
)
from tests.visualize.samples import load, looped, mapped, merge, parse, run_of

RUNS = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


@RUNS
@given(workflows(), st.integers(0, 2**16))
def test_spans_lie_within_the_run_and_in_order(scenario: Scenario, seed: int) -> None:
    """Law: ready, start, end, close never go back, and all of them lie between the first event and the last."""
    times = read_times(snapshot_of(scenario.simulate(seed)))
    for span in times.spans.values():
        assert times.start <= span.begin <= span.start <= span.end <= span.close <= times.end
        marks = [time for stretch in sorted(span.waits + span.pauses) for time in stretch]
        assert marks == sorted(marks) and all(span.begin <= time <= span.close for time in marks)


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


def test_a_span_knows_what_took_its_place() -> None:
    """Law: the own work of an expanded node ends where its parts begin."""
    spans = read_times(snapshot_of(run_of(mapped(3)))).spans
    outer, item = spans["check"], spans["check[0]"]
    assert isinstance(outer, Span) and outer.expanded and not item.expanded
    assert outer.end <= item.start and outer.close >= item.close


# ---------------------------------------------------------------------- waiting


@pw.task(pool="one")
def guarded(*before: Any) -> int:
    """Takes a second, and the only slot of its pool."""
    spend(1.0)
    return 1


@pw.workflow(pools={"one": 1})
def queue() -> Any:
    """Three that want one slot."""
    return merge(guarded(), guarded(), guarded())


def test_the_wait_for_room_is_counted_into_the_critical_path_and_told_apart() -> None:
    """Law: of a path whose last guarded node waited two seconds, those two seconds are waiting for room."""
    times = read_times(snapshot_of(simulate(queue)))
    path = critical_path(times)
    assert waited_on(path) == 2.0
    assert path[-1].end - path[0].begin == 3.5
    assert waited_on(critical_path(read_times(snapshot_of(run_of(looped(3)))))) == 0.0


@pw.task(pool="one", retry=pw.Retry(attempts=2, base=2.0))
def stubborn(*before: Any) -> int:
    """Succeeds in its second attempt."""
    spend(1.0)
    if pw.context().attempt < 2:
        raise ConnectionError("the server said 503")
    return 1


def test_a_retried_node_waits_for_room_before_each_attempt_and_pauses_between_them() -> None:
    """Law: waits and pauses are told apart, and the first wait is not forgotten."""

    @pw.workflow(pools={"one": 1})
    def work() -> Any:
        return [guarded(), stubborn(), guarded(), guarded(), guarded()]

    span = read_times(snapshot_of(simulate(work))).spans["stubborn"]
    first, second = span.record.attempts
    assert len(span.waits) == 2 and len(span.pauses) == 1
    assert span.waits[0] == (span.begin, first.started) and span.begin < first.started
    assert span.pauses[0][0] == first.ended and span.pauses[0][1] == span.waits[1][0] < second.started
    assert span.waits[1][1] == second.started


# ---------------------------------------------------------------------- live runs


@pw.task
async def held() -> int:
    """Runs until it is cancelled."""
    await asyncio.Event().wait()
    return 1


def times_after(seconds: float, what: Any) -> tuple[Times, Times]:
    """The times of a live run after a while, and after it was cancelled then."""

    async def main() -> tuple[Times, Times]:
        run = await pw.start(what)
        await asyncio.sleep(seconds)
        live = read_times(snapshot_of(run))
        run.cancel()
        await run.wait(check=False)
        assert snapshot_of(run).now is None
        return live, read_times(snapshot_of(run))

    return run_virtually(main)


def test_time_goes_on_in_a_live_run_although_nothing_is_recorded() -> None:
    """Law: what runs has run until now, by the clock of the run; once it has ended, no clock counts."""

    @pw.workflow
    def work() -> Any:
        return [held(), load()]

    live, ended = times_after(7.0, work)
    assert live.end - live.start == 7.0
    assert live.spans["held"].close == live.spans["held"].end == live.end
    assert live.spans["load"].close < live.end
    assert ended.end == ended.spans["held"].close == live.end


def test_a_node_that_waits_to_be_tried_again_pauses_and_does_not_run() -> None:
    """Law: its attempt ended when it ended; from then on it pauses, until now or until it was cancelled."""

    @pw.task(retry=pw.Retry(attempts=5, base=600.0, cap=600.0))
    def refused() -> int:
        spend(0.1)
        raise ConnectionError("refused")

    @pw.workflow
    def work() -> Any:
        return refused()

    for times in times_after(2.0, work):
        (span,) = times.spans.values()
        (attempt,) = span.record.attempts
        assert attempt.ended is not None
        assert span.pauses == ((attempt.ended, times.end),) and attempt.ended < times.end
