"""The axis has round marks, and concurrency adds up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.visualize.timeline.axis import axis_of, finer_marks
from planweave.visualize.timeline.concurrency import concurrency, most_at_once


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


@given(st.floats(1e-6, 1e7))
def test_finer_marks_are_ever_more_and_no_two_of_a_level_read_alike(seconds: float) -> None:
    """Law: a stretched axis can be read: each level has more marks than the one before, evenly spaced, other words."""
    levels = finer_marks(seconds)
    counts = [len(marks) for marks in levels]
    assert counts == sorted(set(counts)) and counts[-1] <= 300
    for marks in levels:
        assert len({word for _, word in marks}) == len(marks)


@given(st.floats(0, 2e9), st.floats(1e-3, 1e8), st.floats(0, 1))
def test_an_elastic_axis_counts_in_per_cent(start: float, seconds: float, share: float) -> None:
    """Law: the start is at 0 %, the end at 100 %, and what lies between lies between."""
    axis = axis_of(start, start + seconds, elastic=True)
    place = axis.x(start + share * axis.seconds)
    assert isinstance(place, str) and place.endswith("%")
    assert float(place[:-1]) == pytest.approx(100 * share, abs=0.1)
