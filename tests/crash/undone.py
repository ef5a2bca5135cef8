"""Workflows that undo what they did, and whose tasks leave a line in a ledger."""

from __future__ import annotations

import asyncio

import planweave as pw
from planweave.testing.crash.replies import Cancel
from tests.crash.flows import Refused, ledger


def give_back(seat: str) -> None:
    """Fails when it is tried for the first time."""
    ledger().record("give back", seat)
    if pw.context().attempt == 1:
        raise Refused("the first attempt is in vain")


@pw.task(crash_limit=None, retry=pw.Retry(6, base=0.002, cap=0.002), undo=give_back)
def take(seat: str) -> str:
    ledger().record("take", seat)
    return seat


@pw.task(crash_limit=None)
def pay(seats: list[str]) -> str:
    raise Refused("no money")


@pw.workflow(on_failure="undo")
def booking(seats: list[str]) -> str:
    """A map whose items are undone, as what comes after it fails."""
    return pay(take.map(seats))


@pw.task(crash_limit=None)
async def linger(seats: list[str]) -> str:
    """Comes to its end only if nobody cancels it."""
    ledger().record("linger")
    await asyncio.sleep(3600)
    return "too late"


@pw.workflow
def cancelled(seats: list[str]) -> str:
    """A map; then one node runs and one asks, and the run is cancelled."""
    taken = take.map(seats)
    pw.approve("Is it to go on?", after=[taken], id="stop")
    return linger(taken)


CANCEL, CANCEL_AND_UNDO = {"stop": Cancel()}, {"stop": Cancel(undo=True)}
"""What is answered there."""
