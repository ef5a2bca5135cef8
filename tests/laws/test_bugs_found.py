"""Bugs that the laws have found, each as the small workflow that showed it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any

import pytest

import planweave as pw
from planweave.testing import VirtualLoop, check_laws, run_virtually, simulate
from tests.laws.journals import DelayingJournal, DiskFull


@pw.task
async def give(x: Any = 0) -> Any:
    return x


@pw.task
async def fail() -> int:
    raise ValueError("no")


@pw.task
async def nap(x: float) -> float:
    await asyncio.sleep(x)
    return x


@pw.workflow
def three() -> Any:
    return give(give(give(7)))


@pw.workflow
def nothing() -> int:
    return 5


THREE = three.graph()
NOTHING = nothing.graph()


@pw.task(cache=True)
async def grows(x: int) -> Any:
    await asyncio.sleep(1)
    return THREE


@pw.task
async def gives_nothing() -> Any:
    return NOTHING


def test_a_branch_may_join_by_one_success_what_has_failed_outside_already() -> None:
    """A node of a branch that cannot run ends at once, and those after it there are judged by their own rule."""

    @pw.workflow
    def branch() -> Any:
        broken = fail()
        nap(1.0)

        def then() -> Any:
            held = give(broken)
            return give.using(join="one_success", id="either", after=[give.using(id="fine")(1)])(held)

        return pw.when(give.using(after=[nap.using(id="first")(2.0)])(True), then)

    run = simulate(branch)
    check_laws(run)
    assert run.nodes["when/either"].state is pw.NodeState.SUCCEEDED
    assert run.nodes["when/give"].cause == "fail"


def test_the_cached_value_of_a_task_that_returns_a_graph_is_what_the_graph_gives() -> None:
    """An equal call waits until the graph has ended, and gets its value, not None."""

    @pw.workflow
    def twice() -> list[Any]:
        return [grows(1), grows(1)]

    run = simulate(twice)
    check_laws(run)
    assert run.result == [7, 7]
    assert run.nodes["grows-2"].cached


def test_a_task_may_return_a_graph_without_nodes() -> None:
    """It gives what the graph gives."""

    @pw.workflow
    def one() -> Any:
        return gives_nothing()

    run = simulate(one)
    check_laws(run)
    assert run.result == 5


def test_a_value_from_the_cache_counts_for_no_rate() -> None:
    """What is not run does not start, so it neither waits for the rate nor keeps others waiting."""

    @pw.task(cache=True, rate=pw.Rate(1, per=10.0))
    async def ask(x: int) -> int:
        await asyncio.sleep(1)
        return x

    @pw.workflow
    def asks() -> list[int]:
        first = ask(1)
        return [first, ask(1), ask.using(after=[first])(1), ask.using(after=[first])(2)]

    run = simulate(asks)
    check_laws(run)
    begin = run.events[0].time
    assert run.result == [1, 1, 1, 2]
    assert [one.ended - begin for one in run.nodes.values() if one.ended is not None] == [1.0, 10.0, 10.0, 11.0]


def test_coroutines_that_wait_for_the_journal_are_not_driven_by_hundreds_of_tasks() -> None:
    """When the journal has written the start of a coroutine, one task of the loop takes it up."""

    @pw.workflow
    def one() -> Any:
        return give(1)

    async def main() -> int:
        run = await pw.start(one, store=DelayingJournal(1, 1))
        await run.wait()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        return loop.calls

    assert run_virtually(main) < 30


def test_a_graph_that_a_task_returns_after_the_run_was_cancelled_does_not_run() -> None:
    """A coroutine that does not heed the cancel may still return a graph: nothing of it is laid, and the run ends."""

    @pw.task
    async def stubborn() -> Any:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(5)
        return THREE

    @pw.workflow
    def one() -> Any:
        return stubborn()

    async def main() -> pw.Run[Any]:
        run = await pw.start(one)
        await asyncio.sleep(1)
        run.cancel()
        return await run.wait(check=False)

    run = run_virtually(main)
    check_laws(run)
    assert Counter(node.state.value for node in run.nodes.values()) == {"cancelled": 1}


class BrokenJournal:
    """A journal that raises by itself, at the write that is asked for."""

    def __init__(self, fails_at: int) -> None:
        self.records: list[Any] = []
        self.group = 1
        self.left = fails_at

    def flush(self) -> None:
        self.left -= 1
        if not self.left:
            raise DiskFull("no space left")


class SlowJournal:
    """A journal each of whose writes takes a second."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.group = 1
        self.written = 0

    def flush(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        saved = loop.create_future()
        loop.call_later(1, self._done, saved)
        return saved

    def _done(self, saved: asyncio.Future[None]) -> None:
        saved.set_result(None)
        self.written += 1


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_journal_that_raises_ends_the_run_wherever_it_does(fails_at: int) -> None:
    """Also from a timer or from the last write, where nobody awaits it; the error is the journal's."""

    @pw.workflow
    def timers() -> Any:
        first = nap(1.0)
        pw.sleep(2, after=[first])
        return nap.using(after=[first])(1.0)

    with pytest.raises(DiskFull):
        simulate(timers, store=BrokenJournal(fails_at))


def test_a_cancel_while_the_last_write_fails_raises_from_the_run_and_not_from_the_cancel() -> None:
    """``run.cancel()`` itself never raises what the journal does."""

    @pw.workflow
    def one() -> Any:
        return nap(5.0)

    async def main() -> None:
        run = await pw.start(one, store=BrokenJournal(3))
        await asyncio.sleep(1)
        run.cancel()
        with pytest.raises(DiskFull):
            await run.wait()

    run_virtually(main)


def test_a_run_that_is_interrupted_during_its_first_write_leaves_the_journal_alone() -> None:
    """The future of a write is the journal's: a cancelled run waits for it, and then ends as cancelled."""

    @pw.workflow
    def one() -> Any:
        return give(1)

    async def main() -> tuple[int, list[str]]:
        journal = SlowJournal()
        starting = asyncio.create_task(pw.start(one, store=journal))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task(), starting}:
            task.cancel()
        run = await starting
        with pytest.raises(asyncio.CancelledError):
            await run.wait()
        assert run.state is pw.RunState.CANCELLED
        return journal.written, [str(kind) for kind in journal.records[1::4]]

    written, kinds = run_virtually(main)
    assert (written, kinds[0], kinds[-1]) == (2, "running", "cancelled")


def test_a_clock_that_shows_1970_is_believed() -> None:
    """An epoch of 0 is an epoch: the time of events does not come from the machine then."""
    run = simulate(three, start_at=0.0)
    assert {event.time for event in run.events} == {0.0}
