"""Simulated runs: threads and processes that are none, spent time, and errors that say what is stuck."""

from __future__ import annotations

import asyncio

import pytest

import planweave as pw
from planweave.testing import Deadlock, check_laws, simulate, spend


@pw.task
def thread_task(seconds: float) -> float:
    spend(seconds)
    return seconds


@pw.task(executor="process", timeout=1.5)
def process_task(seconds: float) -> float:
    spend(seconds)
    return seconds


@pw.task(timeout=1.5)
def late_task(seconds: float) -> float:
    spend(seconds)
    return seconds


def test_threads_take_the_time_that_they_spend_and_share_their_slots() -> None:
    """Five tasks of a second in two threads take three seconds, and never are there three."""

    @pw.workflow
    def five() -> list[float]:
        return thread_task.map([1.0] * 5)

    run = simulate(five, threads=2)
    check_laws(run)
    assert run.result == [1.0] * 5
    assert run.events[-1].time - run.events[0].time == 3.0


def test_a_thread_past_its_timeout_keeps_its_slot() -> None:
    """The run goes on without the thread at 1.5 s, but the next one starts only when it has returned."""

    @pw.workflow
    def two() -> list[float]:
        return late_task.map([3.0, 1.0], failures="drop")

    run = simulate(two, threads=1)
    check_laws(run)
    begin = run.events[0].time
    first, second = run.nodes["late_task[0]"], run.nodes["late_task[1]"]
    assert isinstance(first.error, pw.NodeTimeout) and first.ended == begin + 1.5
    assert second.started == begin + 3.0
    assert run.result == [1.0]


def test_a_process_past_its_timeout_is_killed() -> None:
    """A process gives its slot back at once."""

    @pw.workflow
    def two() -> list[float]:
        return process_task.map([3.0, 1.0], failures="drop")

    run = simulate(two, processes=1)
    check_laws(run)
    assert isinstance(run.nodes["process_task[0]"].error, pw.NodeTimeout)
    assert run.nodes["process_task[1]"].started == run.events[0].time + 1.5
    assert run.result == [1.0]


def test_threads_that_do_not_end_in_time_are_named() -> None:
    """After the grace time of a cancelled run the threads that still run are left, as with real ones."""
    runs: list[pw.Run[float]] = []

    @pw.task
    async def cancels() -> None:
        await asyncio.sleep(1)
        runs[0].cancel()

    @pw.workflow
    def stuck() -> float:
        cancels()
        return thread_task(1000.0)

    def remember(event: pw.Event) -> None:
        pass

    async def main() -> pw.Run[float]:
        run = await pw.start(stuck, grace=5.0, on_event=remember)
        runs.append(run)
        return await run.wait(check=False)

    from planweave.testing import run_virtually

    run = run_virtually(main)
    assert run.state is pw.RunState.CANCELLED
    assert "thread_task" in str(run.error)
    assert run.events[-1].time - run.events[0].time == 6.0


def test_a_stuck_run_says_which_nodes_have_not_ended() -> None:
    """A deadlock of a run names the nodes, not only the engine's own tasks."""

    @pw.task
    async def waits_for_ever() -> int:
        await asyncio.get_running_loop().create_future()
        return 1

    @pw.task
    async def comes_after(x: int) -> int:
        return x

    @pw.workflow
    def stuck() -> int:
        return comes_after(waits_for_ever())

    with pytest.raises(Deadlock) as caught:
        simulate(stuck)
    assert "'waits_for_ever' is running, 'comes_after' is pending" in caught.value.__notes__[0]


def test_bad_inputs_are_refused_as_in_any_run() -> None:
    """What is wrong with the inputs is said before anything is simulated."""

    @pw.workflow
    def needs(x: int) -> int:
        return x

    with pytest.raises(pw.InputError, match="is not given: x"):
        simulate(needs)


def test_a_simulation_starts_at_the_time_that_is_asked_for() -> None:
    """Events bear the time of the virtual clock, also from 1970 on."""

    @pw.workflow
    def nap() -> None:
        pw.sleep(2)

    assert [event.time for event in simulate(nap, start_at=0.0).events][-1] == 2.0
