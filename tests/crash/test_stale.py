"""Processes that lose their runs while they stand still are fenced when they wake up."""

from __future__ import annotations

import pytest

from planweave.testing.crash.faults import Point
from tests.crash.flow import Flow
from tests.crash.flows import five
from tests.crash.pieces import SLEEP_POINTS
from tests.crash.setting import Setting
from tests.crash.stale import Sleepers, unfenced, wake_before_the_first_write


@pytest.fixture
def sleepers(here: Setting) -> Sleepers:
    return Sleepers(here.url, here.folder, here.ledger, Flow.of(five, {"count": 3}, here.ledger))


def test_those_who_wake_up_late_write_nothing(sleepers: Sleepers) -> None:
    """Stopped at any write of the run, a process that lost its lease is told, and changes nothing."""
    sleepers.check(SLEEP_POINTS)


@pytest.mark.parametrize("at", SLEEP_POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_whoever_wakes_up_before_the_heir_has_written_is_fenced(sleepers: Sleepers, at: Point) -> None:
    """As soon as another process has claimed the run, nothing of the first is taken any more."""
    wake_before_the_first_write(sleepers, at)


@pytest.mark.parametrize("at", SLEEP_POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_what_nobody_holds_is_written_by_nobody(sleepers: Sleepers, at: Point) -> None:
    """A run that has ended, and so was let go of, is safe from its first holder even if nobody looks at the token."""
    sleepers.guard = unfenced
    sleepers.check([at])


@pytest.mark.parametrize("at", SLEEP_POINTS[:3], ids=lambda at: f"{at.side}-{at.number}")
def test_without_the_check_of_the_token_they_go_on(sleepers: Sleepers, at: Point) -> None:
    """The very same scenario fails when the store does not look at the token."""
    sleepers.guard = unfenced
    with pytest.raises(AssertionError, match=r"has written|has not been told"):
        wake_before_the_first_write(sleepers, at)
