"""Deadlines: limits of processor time and of memory."""

from __future__ import annotations

import time

import pytest

from planweave.planners.htn.deadline import Deadline, _peak, held
from planweave.planners.htn.errors import PlanningTimeout


def test_a_deadline_without_limits_never_ends() -> None:
    """No limit, no error."""
    Deadline().check("waiting")
    assert Deadline().left == float("inf")


def test_time_that_is_used_up_is_said_with_what_was_going_on() -> None:
    """The error names the limit, its amount and the work; it is a TimeoutError too."""
    deadline = Deadline.after(0.01)
    deadline.check("starting")
    while deadline.left:
        time.process_time()
    with pytest.raises(PlanningTimeout, match=r"0\.01 seconds of processor time.*counting sheep") as caught:
        deadline.check("counting sheep")
    assert isinstance(caught.value, TimeoutError)


def test_memory_that_is_used_up_is_said_with_what_was_going_on() -> None:
    """The limit is that of the whole process, with what is about to be taken."""
    deadline = Deadline.after(60, memory=held() + 2**30)
    deadline.check("loading")
    with pytest.raises(PlanningTimeout, match="no memory is left: loading needs more than"):
        deadline.check("loading", more=2**31)


def test_a_deadline_within_another_ends_no_later() -> None:
    """The earlier end wins; memory is handed on."""
    outer = Deadline.after(10, memory=2**40)
    assert outer.within(100) is outer
    inner = outer.within(1)
    assert inner.until < outer.until
    assert inner.memory == outer.memory
    assert inner.seconds == 1


def test_what_the_process_holds_grows_with_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system tells nothing of now, the peak is taken."""
    before = held()
    block = bytearray(64 * 2**20)
    block[::4096] = b"x" * len(block[::4096])
    assert held() - before > 32 * 2**20
    monkeypatch.setattr("planweave.planners.htn.deadline._STATUS", "/nowhere/at/all")
    assert held() == _peak() > 0
