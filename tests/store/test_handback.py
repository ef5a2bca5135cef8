"""A stored run whose process is to end is given back as it is, and goes on wherever it is resumed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.resume import start_resumed
from planweave.engine.state import RunState
from planweave.engine.store.store import open_store

PATIENCE = 30.0

BEGUN: list[str] = []
"""What has begun, by the id of its node and the number of its attempt."""

HELD = threading.Event()
"""Holds up the threads of the test."""


@pytest.fixture(autouse=True)
def anew() -> None:
    BEGUN.clear()
    HELD.clear()


def begin() -> int:
    """Note that an attempt has begun; gives its number."""
    here = pw.context()
    BEGUN.append(f"{here.node_id} {here.attempt}")
    return here.attempt


async def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


@pw.task
async def endless() -> str:
    """Has no end in its first attempt."""
    if begin() == 1:
        await asyncio.sleep(3600)
    return "endless"


@pw.task
def thread() -> str:
    """In its first attempt it ends only when it is told to stop, half-way, and gives something all the same."""
    if begin() == 1:
        while not pw.context().cancelled:
            time.sleep(0.005)
        return "half"
    return "thread"


@pw.task(on_crash="ask")
def once() -> str:
    """Must not be made again; takes its time."""
    begin()
    assert HELD.wait(PATIENCE)
    return "once"


@pw.task
def after(*values: str) -> str:
    begin()
    return " ".join(values)


@pw.workflow
def flow() -> str:
    return after(endless(), thread(), once())


async def stopped(store: Path, stop: Callable[[pw.Run[Any]], object], **options: Any) -> pw.Run[Any]:
    """A run of the flow, stopped while all three of its first nodes run."""
    run: pw.Run[Any] = await pw.start(flow, store=store, run_id="r", **options)
    await until(lambda: len(BEGUN) == 3)
    stop(run)
    await asyncio.sleep(0.05)
    HELD.set()
    await run.wait(check=False)
    return run


def test_a_stopped_run_goes_on_elsewhere_with_what_was_done(tmp_path: Path) -> None:
    """Law: what may be made again is stopped and made again, what may not is let end, and nothing else starts."""
    store = tmp_path / "runs.db"
    run = asyncio.run(stopped(store, lambda run: run.stop()))
    assert sorted(BEGUN) == ["endless 1", "once 1", "thread 1"]
    assert run.state is RunState.RUNNING
    with pytest.raises(pw.RunStopped, match="was stopped in the midst") as caught:
        run.check()
    assert caught.value.run is run
    assert "planweave resume r" in str(caught.value)
    states = {name: str(node.state) for name, node in run.nodes.items()}
    assert states == {"endless": "retry_wait", "thread": "retry_wait", "once": "succeeded", "after": "pending"}
    resumed = pw.resume("r", store=store)
    assert resumed.result == "endless thread once"
    assert BEGUN[3:] and sorted(BEGUN[3:]) == ["after 1", "endless 2", "thread 2"]
    assert resumed.nodes["endless"].attempts[0].error is not None


@pw.task(retry=pw.Retry(2, base=0.001, cap=0.001))
async def unlucky() -> int:
    """Is stopped twice, fails once, and ends then."""
    attempt = begin()
    if attempt <= 2:
        await asyncio.sleep(3600)
    if attempt == 3:
        raise ConnectionError("the first of two tries")
    return attempt


@pw.workflow
def luckless() -> int:
    return unlucky()


def test_stops_do_not_count_as_tries(tmp_path: Path) -> None:
    """Law: an attempt that was stopped is nobody's failure: its policy still allows as many as it says."""
    store = tmp_path / "runs.db"

    async def stop_at(attempt: int, run: pw.Run[int]) -> None:
        await until(lambda: f"unlucky {attempt}" in BEGUN)
        run.stop()
        await run.wait(check=False)
        assert isinstance(run.error, pw.RunStopped)

    async def work() -> None:
        await stop_at(1, await pw.start(luckless, store=store, run_id="r"))
        await stop_at(2, await start_resumed("r", store=open_store(store)))

    asyncio.run(work())
    run = pw.resume("r", store=store)
    assert run.result == 4
    assert [one.number for one in run.nodes["unlucky"].attempts] == [1, 2, 3, 4]


@pytest.mark.parametrize("where", ["another thread", "a cancel of its task"])
def test_other_ways_to_stop(tmp_path: Path, where: str) -> None:
    """Law: whoever cancels the task that runs it, or stops it from another thread, leaves a run that goes on."""
    store = tmp_path / "runs.db"

    async def cancel() -> None:
        waiting = asyncio.ensure_future(pw.start(flow, store=store, run_id="r"))
        run = await waiting
        await until(lambda: len(BEGUN) == 3)
        assert run._task is not None
        run._task.cancel()
        HELD.set()
        with pytest.raises(asyncio.CancelledError):
            await run.wait()

    if where == "another thread":
        asyncio.run(stopped(store, lambda run: threading.Thread(target=run.stop).start()))
    else:
        asyncio.run(cancel())
    assert pw.resume("r", store=store).result == "endless thread once"


def test_a_run_that_is_not_stored_is_cancelled() -> None:
    """Law: nobody else could go on with it."""

    async def work() -> pw.Run[Any]:
        run = await pw.start(flow)
        await until(lambda: len(BEGUN) == 3)
        HELD.set()
        run.stop()
        return await run.wait(check=False)

    run = asyncio.run(work())
    assert run.state is RunState.CANCELLED
    assert isinstance(run.error, pw.RunCancelled)


def test_a_thread_that_does_not_end_is_left_and_stands_as_under_way(tmp_path: Path) -> None:
    """Law: after the grace time the run is given back; what must not be repeated is asked about."""
    store = tmp_path / "runs.db"

    async def work() -> pw.Run[Any]:
        run = await pw.start(flow, store=store, run_id="r", grace=0.1)
        await until(lambda: len(BEGUN) == 3)
        run.stop()
        return await run.wait(check=False)

    run = asyncio.run(work())
    HELD.set()
    assert str(run.nodes["once"].state) == "running"
    assert isinstance(run.error, pw.RunStopped)
    again = pw.resume("r", store=store, leave=0, check=False)
    assert again.state is RunState.WAITING
    assert [(one.node, one.kind) for one in pw.questions("r", store=store)] == [("once", "crash")]


def test_a_second_stop_and_a_stop_after_the_end_are_nothing(tmp_path: Path) -> None:
    """Law: stopping is idempotent."""
    store = tmp_path / "runs.db"

    def twice(run: pw.Run[Any]) -> None:
        run.stop()
        run.stop()

    run = asyncio.run(stopped(store, twice))
    run.stop()
    resumed = pw.resume("r", store=store)
    resumed.stop()
    assert (resumed.state, resumed.error) == (RunState.SUCCEEDED, None)


def test_a_stop_before_anything_has_begun(tmp_path: Path) -> None:
    """Law: stopped at once, a run is there, with nothing begun; it goes on."""
    store = tmp_path / "runs.db"

    async def work() -> pw.Run[Any]:
        run = await pw.start(flow, store=store, run_id="r")
        run.stop()
        return await run.wait(check=False)

    run = asyncio.run(work())
    assert isinstance(run.error, pw.RunStopped)
    HELD.set()
    assert pw.resume("r", store=store).state is RunState.SUCCEEDED


@pw.task(executor="inline")
def interrupting() -> int:
    if begin() == 1:
        raise KeyboardInterrupt
    return 1


@pw.workflow
def interrupted() -> int:
    return interrupting()


def test_an_interrupt_in_an_inline_body_is_no_failure_of_it(tmp_path: Path) -> None:
    """Law: KeyboardInterrupt on the thread of the loop stops a stored run; its node is made again."""
    store = tmp_path / "runs.db"
    with pytest.raises(KeyboardInterrupt):
        pw.run(interrupted, store=store, run_id="r")
    assert pw.resume("r", store=store).result == 1
