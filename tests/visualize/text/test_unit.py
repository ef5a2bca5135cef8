"""Times and counts are short, exact enough, and never lie about their order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.visualize.text.unit import clock, duration, plural, size

SECONDS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def value(text: str) -> float:
    """The seconds that a duration says."""
    return sum(
        float(number.replace(",", "")) * SECONDS[unit]
        for number, unit in re.findall(r"([\d.,]+) (µs|ms|s|min|h|d)", text)
    )


@given(st.floats(1e-7, 1e8))
def test_a_duration_says_the_time_to_one_part_in_ten(seconds: float) -> None:
    """Law: what is written is within 5.1 % of the time, and within a microsecond's half where it is shorter."""
    assert value(duration(seconds)) == pytest.approx(seconds, rel=0.051, abs=5e-8)


@given(st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_longer_time_is_never_written_as_a_shorter_one(one: float, other: float) -> None:
    """Law: writing keeps the order."""
    short, long = sorted((one, other))
    assert value(duration(short)) <= value(duration(long)) + 1e-12


@pytest.mark.parametrize("seconds", [59.949, 59.96, 3599.6, 86399.9, 0.99949, 0.0009996, 14_380, 172_000])
def test_no_unit_is_filled_up(seconds: float) -> None:
    """Law: there is no "60 s", "60 min", "24 h" or "1000 ms"."""
    text = duration(seconds)
    assert not re.search(r"\b(60 s|60 min|24 h|1000 ms|1000 µs)\b", text), text


def test_a_clock_that_stands_beyond_the_calendar_is_still_written() -> None:
    """Law: a virtual clock may stand at any number of seconds."""
    assert clock(1e20) == "1e+20 s"


def test_a_count_of_one_is_singular() -> None:
    """Law: one node, two nodes; thousands are grouped."""
    assert (plural(1, "node"), plural(12000, "node")) == ("1 node", "12,000 nodes")
    assert size(2_500_000) == "2.5 million characters"
