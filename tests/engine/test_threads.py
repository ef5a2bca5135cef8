"""Threads of a run: so many at once, kept by those that are late, and none left behind without being named."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextvars import copy_context
from queue import SimpleQueue
from random import Random
from typing import Any, cast

import pytest

import planweave as pw
from planweave.engine.executors.job import Job, Mailbox
from planweave.engine.executors.threads import Threads
from planweave.engine.staff import Staff
from planweave.engine.state import NodeState
from tests.engine.common import add, run_of

PATIENCE = 20.0
"""Seconds after which a test that waits for another thread takes it for lost."""


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Law of every test here: when it has ended, so have all threads that it started."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(("threads", "room"), [(None, 8), (1, 1), (3, 3)])
def test_so_many_threads_run_at_once_and_no_more(threads: int | None, room: int) -> None:
    """Law: eight unless said otherwise: so many bodies can meet, and never more are at work."""
    barrier = threading.Barrier(room)
    lock = threading.Lock()
    working = peak = 0
    seen = set()

    @pw.task
    def meet(x: int) -> int:
        nonlocal working, peak
        with lock:
            working += 1
            peak = max(peak, working)
            seen.add(threading.current_thread())
        barrier.wait(PATIENCE)
        with lock:
            working -= 1
        barrier.wait(PATIENCE)
        return x

    items = list(range(3 * room))
    options = {} if threads is None else {"threads": threads}
    assert run_of(lambda: meet.map(items), **options).result == items
    assert peak == room
    assert len(seen) == room


def test_no_more_threads_are_started_than_there_is_work_for() -> None:
    """Law: one node after another needs one thread."""
    seen = set()

    @pw.task
    def body(x: int) -> int:
        seen.add(threading.current_thread())
        return x + 1

    assert run_of(lambda: body(body(body(0)))).result == 3
    assert len(seen) == 1


def test_a_thread_past_its_timeout_fails_its_node_and_keeps_its_slot() -> None:
    """Law: the run goes on without a late thread, but starts nothing in its place until it has returned."""
    order = []
    inline_ran = threading.Event()

    @pw.task(timeout=0.02)
    def late() -> None:
        assert inline_ran.wait(PATIENCE)
        order.append("late returns")

    @pw.task
    def next_in_line(after: Any) -> None:
        order.append("next starts")

    @pw.task(executor="inline", join="all_done")
    def inline(after: Any) -> None:
        order.append("inline starts")
        inline_ran.set()

    def build() -> Any:
        given_up = late()
        return inline(given_up), next_in_line.using(join="all_done")(given_up)

    def observe(event: pw.Event) -> None:
        if event.kind == "started" and event.node == "next_in_line":
            order.append("next may start")

    run = run_of(build, threads=1, on_event=observe)
    assert order == ["inline starts", "late returns", "next may start", "next starts"]
    assert isinstance(run.nodes["late"].error, pw.NodeTimeout)
    assert run.nodes["late"].value is None
    assert run.nodes["next_in_line"].state is NodeState.SUCCEEDED


def test_a_run_waits_for_its_late_threads() -> None:
    """Law: when run returns, threads that were given up have ended too."""
    ended = []

    @pw.task(timeout=0.02)
    def late() -> None:
        context = pw.context()
        while not context.cancelled:
            threading.Event().wait(0.002)
        threading.Event().wait(0.05)
        ended.append("ended")

    run = run_of(late)
    assert ended == ["ended"]
    assert isinstance(run.nodes["late"].error, pw.NodeTimeout)


def test_what_a_late_thread_gives_is_dropped() -> None:
    """Law: a node that failed stays failed; a later attempt has the say, whatever the earlier one gives or raises."""
    release = threading.Event()

    @pw.task(timeout=0.05, retry=pw.Retry(attempts=2, base=0))
    def body() -> str:
        if pw.context().attempt == 1:
            assert release.wait(PATIENCE)
            return "too late"
        release.set()
        return "in time"

    run = run_of(body, threads=2)
    assert run.result == "in time"
    assert [type(attempt.error) for attempt in run.nodes["body"].attempts] == [pw.NodeTimeout, type(None)]


def test_threads_that_do_not_end_within_the_grace_time_are_named() -> None:
    """Law: a run that succeeded then raises ThreadsLeft with the ids of their nodes; its result is there."""
    release = threading.Event()

    @pw.task(timeout=0.02, retry=pw.Retry(attempts=2, base=0))
    def body() -> str:
        if pw.context().attempt == 1:
            release.wait(PATIENCE)
        return "done"

    run = run_of(body.using(id="stuck"), threads=2, grace=0.05)
    assert run.result == "done"
    with pytest.raises(pw.ThreadsLeft) as caught:
        run.check()
    assert caught.value.nodes == ("stuck",)
    assert caught.value.what == f"run '{run.id}' has its result, but left threads behind: stuck"
    assert caught.value.mend == 'look at pw.context().cancelled in long sync tasks, or use executor="process"'
    release.set()


def test_a_failed_run_names_the_threads_that_it_left_too() -> None:
    """Law: the error of the run says which threads still run."""
    release = threading.Event()

    @pw.task(timeout=0.02)
    def stuck() -> None:
        release.wait(PATIENCE)

    run = run_of(stuck, run_id="r", grace=0.05)
    assert isinstance(run.error, pw.RunFailed)
    assert run.error.what == (
        "run 'r' of 'stuck' failed at 'stuck': NodeTimeout: 'stuck' took longer than its timeout of 0.02 s"
        "; threads left behind after the grace time: stuck"
    )
    release.set()


def test_a_thread_that_was_left_behind_disturbs_nobody_when_it_ends() -> None:
    """Law: its end finds no loop and no run any more, and is dropped."""
    release, ended = threading.Event(), threading.Event()

    @pw.task(timeout=0.02)
    def stuck() -> None:
        release.wait(PATIENCE)
        ended.set()

    run = run_of(stuck, grace=0.01)
    before = run.events
    release.set()
    assert ended.wait(PATIENCE)
    assert run_of(lambda: add(1)).result == 2
    assert run.events == before


def test_values_of_a_run_do_not_outlive_it_in_its_threads() -> None:
    """Law: a thread holds nothing of a job that has ended, so that big values can be freed."""
    import gc
    import weakref

    class Big: ...

    references = []

    @pw.task
    def make() -> Any:
        big = Big()
        references.append(weakref.ref(big))
        return big

    @pw.task
    def drop(big: Any) -> int:
        return 1

    run = run_of(lambda: drop(make()))
    assert run.result == 1
    del run
    gc.collect()
    assert references[0]() is None


def test_a_job_that_is_given_up_before_a_thread_has_begun_it_is_never_begun() -> None:
    """Law: what waits for a thread when its run is cancelled does not run; its end is told like any other."""
    release, begun = threading.Event(), threading.Event()
    ran = []

    @pw.task
    def block() -> None:
        begun.set()
        release.wait(PATIENCE)

    @pw.task
    def body() -> None:
        ran.append("body")

    def build() -> Any:
        return [block(), body()]

    class Letters(SimpleQueue[Any]):
        is_listening = False

        def hush(self) -> None:
            """Nobody listens."""

    news = Letters()
    threads = Threads(1, cast(Mailbox, news), "run")
    for position, node in enumerate(pw.workflow(build).graph().nodes):
        threads.submit(Job((position, 1), node, (), {}, copy_context()), position + 1)
    assert begun.wait(PATIENCE)
    threads.abandon((1, 1))
    release.set()
    threads.close()
    threads.join()
    assert ran == []
    assert news.get() == ((0, 1), True, None)
    place, succeeded, error = news.get()
    assert (place, succeeded, error.what) == ((1, 1), False, "'body' was stopped before it started")


@pytest.mark.parametrize("listens", [True, False], ids=["listening", "deaf"])
def test_no_end_of_a_body_is_lost_however_long_it_takes(monkeypatch: pytest.MonkeyPatch, listens: bool) -> None:
    """Law: whether the loop listens for the ends of short bodies or sleeps until it is woken, it hears of them all."""
    monkeypatch.setattr(Threads, "DEAF" if listens else "LISTEN", 0)
    chance = Random(3)
    pauses = [chance.choice([0.0, 0.0, 0.00005, 0.0001, 0.0003, 0.002]) for _ in range(300)]

    @pw.task
    def rest(number: int, *before: int) -> int:
        if pauses[number]:
            time.sleep(pauses[number])
        return number

    def build() -> Any:
        made: list[Any] = []
        for number in range(300):
            made.append(rest(number, *chance.sample(made, min(len(made), 2))))
        return made

    assert run_of(build, threads=4).result == list(range(300))


def test_a_long_body_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: where the loop listens and the first body turns out to be long, another thread begins the next."""
    monkeypatch.setattr(Threads, "DEAF", 0)
    met = threading.Barrier(3, timeout=PATIENCE)

    @pw.task
    def meet(number: int) -> int:
        return met.wait()

    def build() -> Any:
        short = [add.using(executor="thread")(number) for number in range(20)]
        return [meet.using(after=short)(number) for number in range(3)]

    assert sorted(run_of(build, threads=3).result) == [0, 1, 2]


def test_an_interrupt_while_the_loop_listens_leaves_no_news_unread() -> None:
    """Law: news that came while the loop listened are read on the loop after all."""
    read: list[Any] = []

    async def main() -> None:
        mailbox = Mailbox(asyncio.get_running_loop(), lambda news: read.extend(iter(news.popleft, None)))

        class Interrupting:
            def get(self, timeout: float) -> None:
                mailbox.put("news")
                mailbox.put(None)
                raise KeyboardInterrupt

        mailbox._hushed = cast(Any, Interrupting())
        with pytest.raises(KeyboardInterrupt):
            mailbox.listen(1)
        assert not mailbox.is_listening and not read
        await asyncio.sleep(0)

    asyncio.run(main())
    assert read == ["news"]


def test_what_waits_for_threads_that_never_return_fails_and_names_them() -> None:
    """Law: a run whose every thread is late for the grace time ends; what found no thread says who holds them."""
    go_on = threading.Event()

    @pw.task(timeout=0.05)
    def stuck(x: int) -> int:
        go_on.wait(PATIENCE)
        return x

    @pw.workflow
    def flow() -> list[Any]:
        return stuck.map([0, 1, 2], failures="keep")

    heard: list[pw.Event] = []

    def hear(event: pw.Event) -> None:
        heard.append(event)
        if event.kind == "failed" and event.node == "stuck[2]":
            go_on.set()

    run = pw.run(flow, threads=2, grace=0.2, on_event=hear)
    error = run.nodes["stuck[2]"].error
    assert isinstance(error, pw.NodeError)
    assert error.what == "'stuck[2]' found no thread: all 2 are held by bodies past their timeout: stuck[0], stuck[1]"
    assert [value.state for value in run.result] == ["failed"] * 3


def test_the_grace_time_of_a_cancel_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: threads that do not hear of a cancel are left behind after the grace time, not after twice as long."""
    go_on, at_work = threading.Event(), threading.Event()
    waited: list[float] = []
    close = Staff.close

    async def closing(self: Staff, grace: float) -> list[str]:
        waited.append(grace)
        return await close(self, grace)

    monkeypatch.setattr(Staff, "close", closing)

    @pw.task
    def stuck() -> None:
        at_work.set()
        go_on.wait(PATIENCE)

    @pw.task
    async def cancel(holder: list[Any]) -> None:
        await asyncio.to_thread(at_work.wait, PATIENCE)
        holder[0].cancel()

    @pw.workflow
    def flow(holder: list[Any]) -> list[Any]:
        return [stuck(), cancel(holder)]

    async def drive() -> pw.Run[Any]:
        holder: list[pw.Run[Any]] = []
        holder.append(await pw.start(flow, {"holder": holder}, grace=0.2))
        return await holder[0].wait(check=False)

    run = asyncio.run(drive())
    go_on.set()
    assert waited == [0.0]
    assert run.error is not None and "threads left behind after the grace time: stuck" in str(run.error)
