"""The virtual clock: time jumps, interleavings follow from the seed, and nothing hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planweave.testing import CallbackFailed, Deadlock, Livelock, VirtualLoop, run_virtually

SEEDS = st.none() | st.integers(-(2**40), 2**70)


def order_of(seed: int | None, fill: Callable[[list[int]], Any]) -> list[int]:
    """The order in which ``fill`` makes numbers arrive in a list."""
    arrived: list[int] = []
    run_virtually(lambda: fill(arrived), seed=seed)
    return arrived


@given(SEEDS, st.lists(st.floats(0, 1e6), max_size=6))
def test_sleeping_takes_virtual_time_only(seed: int | None, naps: list[float]) -> None:
    """The clock shows the sum of what was slept, to the last bit, whatever the seed."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for nap in naps:
            before = loop.time()
            await asyncio.sleep(nap)
            assert loop.time() == (before + nap if nap > 0 else before)

    run_virtually(main, seed=seed)


@given(SEEDS)
def test_plain_callbacks_are_called_in_the_order_in_which_they_were_given(seed: int | None) -> None:
    """What asyncio promises of ``call_soon`` holds under every seed, also across turns and for ``threadsafe``."""

    async def fill(arrived: list[int]) -> None:
        loop = asyncio.get_running_loop()
        for number in range(10):
            (loop.call_soon if number % 2 else loop.call_soon_threadsafe)(arrived.append, number)
        loop.call_soon(loop.call_soon, arrived.append, 10)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert order_of(seed, fill) == list(range(11))


def test_seeds_shuffle_the_steps_of_tasks() -> None:
    """asyncio does not promise which of several ready tasks goes first: seeds try every order, None keeps asyncio's."""

    async def fill(arrived: list[int]) -> None:
        async def step(number: int) -> None:
            arrived.append(number)

        await asyncio.gather(*(step(number) for number in range(3)))

    assert order_of(None, fill) == [0, 1, 2]
    assert len({tuple(order_of(seed, fill)) for seed in range(60)}) == 6
    assert order_of(7, fill) == order_of(7, fill)


def test_seeds_shuffle_timers_of_the_same_instant_only() -> None:
    """Timers that are due together come in any order, and never before those that are due earlier."""

    async def fill(arrived: list[int]) -> None:
        loop = asyncio.get_running_loop()
        for number in range(6):
            loop.call_at(float(number // 3), arrived.append, number)
        await asyncio.sleep(2)

    orders = {tuple(order_of(seed, fill)) for seed in range(100)}
    assert len(orders) > 20
    assert all(set(order[:3]) == {0, 1, 2} for order in orders)


@given(SEEDS)
def test_a_pause_of_no_length_lets_everything_run_that_was_ready(seed: int | None) -> None:
    """After ``await asyncio.sleep(0)`` every task that was ready before has taken a step."""

    async def main() -> None:
        arrived: list[int] = []

        async def step(number: int) -> None:
            arrived.append(number)

        tasks = [asyncio.create_task(step(number)) for number in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sorted(arrived) == list(range(5))
        await asyncio.gather(*tasks)

    run_virtually(main, seed=seed)


@given(SEEDS)
def test_the_tools_of_asyncio_work(seed: int | None) -> None:
    """Queues, locks, semaphores, time-outs, groups and generators do what they do elsewhere."""

    async def main() -> list[int]:
        queue: asyncio.Queue[int] = asyncio.Queue(2)
        lock, gate, done = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Event()
        inside = 0
        taken: list[int] = []

        async def produce(first: int) -> None:
            nonlocal inside
            for number in range(first, first + 5):
                async with gate, lock:
                    inside += 1
                    assert inside == 1
                    await asyncio.sleep(0.5)
                    inside -= 1
                await queue.put(number)

        async def numbers() -> AsyncIterator[int]:
            while True:
                yield await queue.get()

        async def consume() -> None:
            async for number in numbers():
                taken.append(number)
                if len(taken) == 10:
                    done.set()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await done.wait()
        reader = asyncio.create_task(consume())
        async with asyncio.TaskGroup() as group:
            group.create_task(produce(0))
            group.create_task(produce(5))
        await asyncio.wait_for(done.wait(), 100)
        reader.cancel()
        return taken

    taken = run_virtually(main, seed=seed)
    assert sorted(taken) == list(range(10))
    assert [number for number in taken if number < 5] == list(range(5))


def test_interleavings_do_not_follow_the_order_of_sets() -> None:
    """A group that fails cancels its tasks in the order of a set, that is of addresses: still the seed decides."""

    async def fill(arrived: list[int]) -> None:
        async def wait(number: int) -> None:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                arrived.append(number)
                raise

        async def fail() -> None:
            await asyncio.sleep(1)
            raise KeyError

        async def all_together() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(12):
                    group.create_task(wait(number))
                group.create_task(fail())

        with pytest.raises(ExceptionGroup):
            await all_together()

    ballast = []
    orders = set()
    for size in range(8):
        ballast.append([object() for _ in range(size * 997)])  # so that the tasks get other addresses each time
        orders.add(tuple(order_of(3, fill)))
    assert len(orders) == 1


def test_a_deadlock_names_who_waits_and_where() -> None:
    """When nothing can ever happen again, the error says so at once, with the line of each task that waits."""

    async def wait_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    async def main() -> None:
        await asyncio.gather(wait_for_ever(), asyncio.sleep(5))

    with pytest.raises(Deadlock) as caught:
        run_virtually(main)
    assert "at 5.0 s" in str(caught.value)
    assert any("wait_for_ever" in one and f"{__file__}:" in one for one in caught.value.waiting)
    assert len(caught.value.waiting) == 2


def test_a_program_that_never_waits_is_stopped() -> None:
    """A loop that only yields would go on for ever while the clock stands still."""

    async def main() -> None:
        while True:  # noqa: ASYNC110  # because that is what is wrong with it
            await asyncio.sleep(0)

    with pytest.raises(Livelock, match="1,001 callbacks ran"):
        run_virtually(main, patience=1000)


def test_a_program_that_never_ends_is_stopped() -> None:
    """A loop that waits would go on for ever as the clock runs."""

    async def main() -> None:
        while True:  # noqa: ASYNC110  # because that is what is wrong with it
            await asyncio.sleep(60)

    with pytest.raises(Livelock, match="3600 virtual seconds"):
        run_virtually(main, horizon=3600)


def test_errors_that_nobody_takes_end_the_program() -> None:
    """What asyncio would only log, a test must hear of: a callback that raises, a task that nobody awaits."""

    async def callback() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    async def forgotten() -> None:
        async def fail() -> None:
            raise KeyError("lost")

        task = asyncio.create_task(fail())
        await asyncio.sleep(1)
        del task

    with pytest.raises(CallbackFailed) as caught:
        run_virtually(callback)
    assert isinstance(caught.value.errors[0], ZeroDivisionError)
    with pytest.raises(CallbackFailed) as caught:
        run_virtually(forgotten)
    assert isinstance(caught.value.errors[0], KeyError)


def test_what_is_left_is_cancelled_and_closed() -> None:
    """As after ``asyncio.run``, tasks and generators that are left over end before the program does."""
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            await asyncio.sleep(1)
            ended.append("task")

    async def count() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            ended.append("generator")

    kept: list[Any] = []

    async def main() -> None:
        kept.append(asyncio.create_task(linger()))
        kept.append(count())
        assert await anext(kept[1]) == 1
        await asyncio.sleep(1)

    run_virtually(main)
    assert ended == ["task", "generator"]


def test_other_threads_are_refused() -> None:
    """What another thread does could not follow from the seed, so the loop takes nothing from there and starts none."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        refused: list[BaseException] = []

        def intrude() -> None:
            try:
                loop.call_soon_threadsafe(print)
            except RuntimeError as error:
                refused.append(error)

        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
        assert "one thread" in str(refused[0])
        with pytest.raises(RuntimeError, match="len wants a thread"):
            await asyncio.to_thread(len, "")

    run_virtually(main)


def test_it_refuses_to_run_inside_another_loop() -> None:
    """As ``asyncio.run`` does, and the coroutine that it was given is closed."""

    async def main() -> None:
        with pytest.raises(RuntimeError, match="one is running in this thread already"):
            run_virtually(asyncio.sleep(1))

    asyncio.run(main())


@pytest.mark.parametrize("start", [0.0, 1_000_000_000.0])
def test_the_clock_starts_when_it_is_told_to(start: float) -> None:
    """``epoch`` turns the time of the loop into seconds since 1970, and a run reads it, from 0 on."""
    loop = VirtualLoop(start=start)
    assert (loop.time(), loop.epoch) == (0.0, start)
    loop.close()
