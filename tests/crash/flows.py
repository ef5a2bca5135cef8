"""Workflows whose tasks leave a line in a ledger; what they give does not depend on how often they were interrupted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

import planweave as pw
from planweave.testing.crash.ledger import Ledger

VARIABLE = "PLANWEAVE_TEST_LEDGER"


def ledger() -> Ledger:
    """The ledger of the test, which its children inherit."""
    return Ledger(Path(os.environ[VARIABLE]))


def ledger_in(folder: Path, patch: pytest.MonkeyPatch) -> Ledger:
    """From now on, effects go to a ledger in a folder."""
    patch.setenv(VARIABLE, str(folder / "ledger"))
    return ledger()


class Refused(Exception):
    """The outside world does not want it this time."""


@pw.task(retry=pw.Retry(4, base=0.005, cap=0.005), crash_limit=None)
def fetch(count: int) -> list[int]:
    """Fails when it is tried for the first time."""
    ledger().record("fetch")
    if pw.context().attempt == 1:
        raise Refused("the first attempt is in vain")
    return list(range(count))


@pw.task(crash_limit=None)
async def square(number: int) -> int:
    ledger().record("square", number)
    await asyncio.sleep(0)
    return number * number


@pw.task(executor="inline", crash_limit=None)
def add(numbers: list[int]) -> int:
    ledger().record("add")
    return sum(numbers)


@pw.task(crash_limit=None)
def report(total: object) -> str:
    ledger().record("report", total)
    return f"the sum is {total}"


@pw.workflow
def five(count: int) -> str:
    """Five nodes: a retry, a sleep, a map, a sum, a report."""
    numbers = fetch(count)
    rest = pw.sleep(0.005, after=[numbers])
    squares = square.using(after=[rest]).map(numbers)
    return report(add(squares))


@pw.workflow
def three(count: int) -> str:
    """Three nodes: a retry, a sleep, a report."""
    numbers = fetch(count)
    return report.using(after=[pw.sleep(0.005, after=[numbers])])(numbers)


@pw.task(retry=pw.Retry(2, base=0.005, cap=0.005), crash_limit=None)
def refuse() -> int:
    """Fails whenever it is tried."""
    ledger().record("refuse")
    raise Refused("never")


@pw.workflow
def failing() -> int:
    """A node that fails, and one that must not run because of it."""
    return square(refuse())


@pw.task(crash_limit=None)
def count() -> int:
    """What it gives depends on how often it was interrupted, as that of no task should."""
    return pw.context().attempt


@pw.workflow
def counting() -> int:
    """One node, which is not fit to be interrupted."""
    return count()


@pw.task(executor="inline", crash_limit=None)
def step(value: int, number: int) -> int:
    ledger().record("step", number)
    return value + number


@pw.task(crash_limit=None, retry=pw.Retry(3, base=0.005, cap=0.005))
def shaky_step(value: int, number: int) -> int:
    """Fails when it is tried for the first time."""
    ledger().record("shaky step", number)
    if pw.context().attempt == 1:
        raise Refused("the first attempt is in vain")
    return value + number


@pw.task(crash_limit=None)
async def slow_step(value: int, number: int) -> int:
    ledger().record("slow step", number)
    await asyncio.sleep(0.005)
    return value + number


STEPS = (step, slow_step, step, shaky_step, step)


@pw.task(executor="inline", crash_limit=None)
def join(total: int, event: int) -> int:
    ledger().record("join")
    return total + event


REPLIES = {"sign": True, "arrival": 7}
"""What the workflows here are answered."""


def large_flow(width: int, length: int) -> pw.Workflow[[], str]:
    """A map over ``width`` items, a timer, an approval, an event, and a chain of ``length`` steps."""

    @pw.workflow
    def large() -> str:
        total = add(square.map(fetch(width)))
        rest = pw.sleep(0.05, after=[total])
        signed = pw.approve("May it go on?", about=total, on_reject="fail", after=[rest], id="sign")
        event = pw.wait_for("arrival", int, after=[total], id="arrival")
        total = join.using(after=[signed])(total, event)
        for number in range(length):
            total = STEPS[number % len(STEPS)](total, number)
        return report(total)

    return large


@pw.workflow
def asking(count: int) -> str:
    """Four nodes: a retry, an approval, an event, a sum."""
    numbers = fetch(count)
    signed = pw.approve("May it go on?", on_reject="fail", after=[numbers], id="sign")
    event = pw.wait_for("arrival", int, id="arrival")
    return report(join.using(after=[signed])(0, event))
