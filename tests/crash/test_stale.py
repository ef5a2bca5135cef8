"""Processes that lose their runs while they stand still are fenced when they wake up."""

from __future__ import annotations

from pathlib import Path

import pytest

from planweave.engine.compile import compile as compile_graph
from planweave.testing.crash.faults import SIDES, Point
from tests.crash.flows import five, ledger_in
from tests.crash.stale import Sleepers, unfenced, wake_before_the_first_write
from tests.crash.storm import Flow

POINTS = [Point(number, side) for number in range(2, 10) for side in SIDES] + [Point(1, "after")]


@pytest.fixture
def sleepers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sleepers:
    ledger = ledger_in(folder, monkeypatch)
    flow = Flow.of(compile_graph(five), {"count": 3}, ledger)
    return Sleepers(f"sqlite:///{folder / 'runs.db'}", folder, ledger, flow)


def test_those_who_wake_up_late_write_nothing(sleepers: Sleepers) -> None:
    """Stopped at any write of the run, a process that lost its lease is told, and changes nothing."""
    sleepers.check(POINTS)


@pytest.mark.parametrize("at", POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_whoever_wakes_up_before_the_heir_has_written_is_fenced(sleepers: Sleepers, at: Point) -> None:
    """As soon as another process has claimed the run, nothing of the first is taken any more."""
    wake_before_the_first_write(sleepers, at)


@pytest.mark.parametrize("at", POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_without_the_check_of_the_token_they_write(sleepers: Sleepers, at: Point) -> None:
    """The very same scenarios fail when the store does not look at the token."""
    sleepers.guard = unfenced
    with pytest.raises(AssertionError, match=r"has written|has not been told|cannot be used"):
        sleepers.check([at])


@pytest.mark.parametrize("at", POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_without_the_check_of_the_token_they_go_on(sleepers: Sleepers, at: Point) -> None:
    """The very same scenario fails when the store does not look at the token."""
    sleepers.guard = unfenced
    with pytest.raises(AssertionError, match=r"has written|has not been told"):
        wake_before_the_first_write(sleepers, at)
