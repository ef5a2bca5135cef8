"""``pw_clock``: what would only wait does not, on the loops, threads and stores that are really used.

No test here measures time: those that wait for days would not end within anybody's patience if the clock did not skip.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import open_store
from planweave.testing import simulate
from planweave.testing.pytest.clock import Clock, skipping
from tests.postgres import Server

DAY = 86400.0
SLACK = 600.0
"""Real time passes, too; no test takes so many seconds."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Where runs are recorded."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("server")
        return server.url()
    return None if request.param == "memory" else f"sqlite:///{tmp_path / 'runs.db'}"


@pw.task(retry=pw.Retry(3, base=DAY, cap=DAY))
def unlucky() -> str:
    """A thread, which fails twice."""
    if pw.context().attempt < 3:
        raise ConnectionError("not today")
    return "at last"


@pw.task
async def slow(seconds: float) -> float:
    """A coroutine that sleeps."""
    await asyncio.sleep(seconds)
    return seconds


@pw.task(timeout=DAY)
async def endless() -> None:
    """A coroutine that nobody waits for so long."""
    await asyncio.sleep(365 * DAY)


@pw.workflow
def patient() -> list[object]:
    """Everything that waits: a sleep, pauses between attempts, a slow coroutine, an approval that expires."""
    rest = pw.sleep(timedelta(days=3))
    signed = pw.approve("Now?", timeout=timedelta(days=2), on_timeout="reject", after=[rest], id="sign")
    return [unlucky.using(after=[rest])(), slow.using(after=[rest])(DAY), signed]


@pw.workflow
def asking() -> pw.Approval:
    return pw.approve("Now?", timeout=timedelta(days=2), on_timeout="reject", id="sign")


@pw.workflow
def nap(seconds: float) -> None:
    pw.sleep(seconds)


def took(run: pw.Run[Any]) -> float:
    """The seconds from the first event of a run to its last."""
    return run.events[-1].time - run.events[0].time


async def asked(run: pw.Run[Any]) -> None:
    """Wait until a run asks something, as a test would."""
    while not run.questions:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.01)


def check_patient(run: pw.Run[Any], clock: Clock) -> None:
    values = run.result
    assert values[:2] == ["at last", DAY]
    assert isinstance(values[2], pw.Approval) and not values[2].approved
    assert abs(took(run) - 5 * DAY) < SLACK
    assert abs(clock.skipped - 5 * DAY) < SLACK
    started, ended = run.nodes["slow"].started, run.nodes["slow"].ended
    assert started is not None and ended is not None and ended - started >= DAY


# ---------------------------------------------------------------------- run, start, resume


def test_run_skips_all_that_only_waits(pw_clock: Clock, store: str | None) -> None:
    """Five days pass at once: wherever the run is recorded, and they are recorded as five days."""
    check_patient(pw.run(patient, store=store), pw_clock)


def test_start_skips_on_a_loop_that_runs(pw_clock: Clock, store: str | None) -> None:
    """The loop may have been made, and have begun to run, before anything of planweave does."""

    async def main() -> pw.Run[Any]:
        run = await pw.start(patient, store=store)
        return await run.wait()

    check_patient(asyncio.run(main()), pw_clock)


def test_a_run_within_a_running_loop_skips_in_its_own_thread(pw_clock: Clock) -> None:
    """``pw.run`` in a coroutine has a loop of its own, while the other stands still."""

    async def main() -> pw.Run[Any]:
        await asyncio.sleep(DAY)
        return pw.run(nap, {"seconds": DAY})

    asyncio.run(main())
    assert abs(pw_clock.skipped - 2 * DAY) < SLACK


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_a_run_that_was_left_goes_on_when_it_is_due(pw_clock: Clock, store: str) -> None:
    """The run is given out of hand, days pass, and it is due; a resumed run skips what is left to wait for."""
    left = pw.run(patient, store=store, run_id="r", leave=0.0, check=False)
    assert left.state is pw.RunState.WAITING
    assert pw_clock.skipped < SLACK, "leaving it took no days"
    again = pw.resume("r", store=store, leave=0.0, check=False)
    assert again.state is pw.RunState.WAITING, "it is not due"
    pw_clock.advance(timedelta(days=3))
    asyncio.run(pw_worked(store))
    check_patient(pw.resume("r", store=store), pw_clock)


async def pw_worked(store: str) -> None:
    """Let a worker do what is due."""
    opened = open_store(store)
    assert opened.claimable() == ["r"]
    opened.close()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_answers_are_late_by_the_clock_of_the_store(pw_clock: Clock, store: str) -> None:
    """What is asked until tomorrow can be answered today, and cannot the day after."""
    for run in ("in time", "late"):
        pw.run(asking, store=store, run_id=run, leave=0.0, check=False)
    pw_clock.advance(timedelta(days=1))
    pw.answer("in time", "sign", approve=True, store=store)
    pw_clock.advance(timedelta(days=1, minutes=1))
    with pytest.raises(pw.AnsweredLate):
        pw.answer("late", "sign", approve=True, store=store)
    assert pw.resume("in time", store=store).result.approved
    assert not pw.resume("late", store=store).result.approved


# ---------------------------------------------------------------------- what is not skipped


def test_a_question_is_answered_before_it_expires(pw_clock: Clock, store: str | None) -> None:
    """The timers of a test count, too: it looks again and again, and answers; no day passes meanwhile."""

    async def main() -> pw.Run[Any]:
        run = await pw.start(asking, store=store)
        await asked(run)
        run.answer("sign", approve=True)
        return await run.wait()

    assert asyncio.run(main()).result.approved
    assert pw_clock.skipped < SLACK


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_an_event_that_was_sent_comes_before_the_end_of_the_wait(pw_clock: Clock, store: str) -> None:
    """What others have written is taken before time passes."""

    @pw.workflow
    def waiting() -> int:
        return pw.wait_for("number", int, timeout=timedelta(days=1), after=[pw.sleep(timedelta(days=1))], id="number")

    async def main() -> pw.Run[Any]:
        run = await pw.start(waiting, store=store)
        run.send("number", 7)
        return await run.wait()

    run = asyncio.run(main())
    assert run.result == 7
    assert abs(took(run) - DAY) < SLACK


def test_what_threads_and_processes_do_takes_the_time_that_it_takes(pw_clock: Clock) -> None:
    """While they work, no timer is skipped: a timeout of a minute is a minute to them."""

    @pw.workflow
    def flow() -> list[object]:
        return [hard_work(0.05), other_work(0.05), to_thread(0.05)]

    assert pw.run(flow).result == [0.05, 0.05, 0.05]
    assert pw_clock.skipped < 30


@pw.task(timeout=60)
def hard_work(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@pw.task(timeout=60, executor="process")
def other_work(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@pw.task(timeout=60)
async def to_thread(seconds: float) -> float:
    await asyncio.to_thread(time.sleep, seconds)
    return seconds


def test_what_comes_by_a_socket_or_a_pipe_is_waited_for(pw_clock: Clock) -> None:
    """A server that answers after a while is no reason for a timeout; nor is a program that takes a while."""

    @pw.task(timeout=60)
    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = await reader.read()
        writer.close()
        return answer

    @pw.task(timeout=60)
    async def start() -> int:
        code = "import time; time.sleep(0.05)"
        process = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", code, stdout=subprocess.PIPE)
        await process.communicate()
        return process.returncode or 0

    @pw.workflow
    def flow() -> list[object]:
        return [ask(), start()]

    pw_clock.patience = 60.0
    with late_server() as port:
        assert pw.run(flow).result == [b"here", 0]
    assert pw_clock.skipped < 30


def test_a_socket_that_stays_open_and_says_nothing_does_not_hold_up_the_clock_for_ever(pw_clock: Clock) -> None:
    """After the patience of the clock it is taken for idle, as a connection that is kept for later is."""

    async def main() -> pw.Run[Any]:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        pw_clock.patience = 0.05
        run = await pw.start(nap, {"seconds": DAY})
        await run.wait()
        server.close()
        return run

    assert abs(took(asyncio.run(main())) - DAY) < SLACK


class late_server:  # noqa: N801  # a context manager
    """A server that answers after a while; gives its port."""

    def __enter__(self) -> int:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        port: int = self._socket.getsockname()[1]
        return port

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        time.sleep(0.05)
        connection.sendall(b"here")
        connection.close()

    def __exit__(self, *error: object) -> None:
        self._thread.join()
        self._socket.close()


# ---------------------------------------------------------------------- by hand


def test_a_clock_that_is_held_passes_by_hand(pw_clock: Clock, store: str | None) -> None:
    """Nothing is skipped within ``held``: the approval waits, until the clock is set on."""

    async def main() -> pw.Run[Any]:
        with pw_clock.held():
            run = await pw.start(asking, store=store)
            await asked(run)
            pw_clock.advance(timedelta(days=1))
            await asyncio.sleep(0.01)
            assert run.state is pw.RunState.RUNNING
            assert DAY <= pw_clock.skipped < DAY + 1
            pw_clock.advance(DAY)
            return await run.wait()

    assert not asyncio.run(main()).result.approved
    assert pw_clock.skipped == 2 * DAY


def test_it_may_be_set_on_from_another_thread(pw_clock: Clock) -> None:
    """A loop that sleeps in another thread notices."""
    runs: list[pw.Run[Any]] = []
    with pw_clock.held():
        thread = threading.Thread(target=lambda: runs.append(pw.run(nap, {"seconds": DAY})))
        thread.start()
        while thread.is_alive():
            pw_clock.advance(3600)
            time.sleep(0.001)
        thread.join()
    assert runs[0].state is pw.RunState.SUCCEEDED


@pytest.mark.parametrize("wrong", [-1, timedelta(days=-1), float("nan"), float("inf"), "a day", True])
def test_it_is_not_set_back(pw_clock: Clock, wrong: Any) -> None:
    """A clock of a run never runs backwards."""
    with pytest.raises(ValueError, match="advance"):
        pw_clock.advance(wrong)
    assert pw_clock.skipped == 0


def test_it_shows_what_runs_take_for_the_time(pw_clock: Clock, tmp_path: Path) -> None:
    """In UTC, and in seconds since 1970; stores have it, too."""
    store = open_store(tmp_path / "runs.db")
    pw_clock.advance(timedelta(days=7))
    before = pw_clock.time()
    run = pw.run(nap, {"seconds": 0.0}, store=store)
    assert before <= run.events[0].time <= store.now() <= pw_clock.now().timestamp()
    assert pw_clock.time() - time.time() >= 7 * DAY - 1
    store.close()


# ---------------------------------------------------------------------- leases, other loops, the end


def test_a_run_that_goes_on_keeps_its_lease_when_time_passes(pw_clock: Clock, tmp_path: Path) -> None:
    """The thread that renews leases could not know of the days: a run that waits is not taken for a dead one."""
    store = tmp_path / "runs.db"

    async def main() -> pw.Run[Any]:
        with pw_clock.held():
            run = await pw.start(asking, store=store, run_id="r")
            await asked(run)
            pw_clock.advance(timedelta(days=1))
            with pytest.raises(pw.RunHeld):
                await pw.start_resumed("r", store=store)
            run.answer("sign", approve=True)
            return await run.wait()

    assert asyncio.run(main()).result.approved


def test_runs_in_several_threads_do_not_take_time_from_each_other(pw_clock: Clock) -> None:
    """While a thread works for one run, no other lets its time pass."""

    @pw.workflow
    def work() -> float:
        return hard_work(0.1)

    flows = [(work, {}), (nap, {"seconds": 30.0}), (nap, {"seconds": 50.0})] * 2
    runs: list[pw.Run[Any]] = []
    threads = [threading.Thread(target=lambda one=one: runs.append(pw.run(*one, check=False))) for one in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.state for one in runs} == {pw.RunState.SUCCEEDED}
    for run in runs:
        assert took(run) >= run.inputs.get("seconds", 0.1)


def test_a_virtual_clock_is_left_alone(pw_clock: Clock) -> None:
    """``simulate`` has a clock of its own."""
    run = simulate(nap, {"seconds": DAY})
    assert took(run) == DAY
    assert pw_clock.skipped == 0


def test_afterwards_time_passes_as_ever(tmp_path: Path) -> None:
    """A loop that goes on keeps what was skipped, so that it never runs backwards, and waits as others do."""
    plain = [vars(one)[name] for one, name in PATCHED]
    loop = asyncio.new_event_loop()
    before = loop.time()
    for number in (1, 2):
        with skipping():
            loop.run_until_complete(asyncio.sleep(DAY))
        after = loop.time()
        assert abs(after - before - number * DAY) < SLACK
        assert loop.run_in_executor.__func__ is asyncio.BaseEventLoop.run_in_executor  # type: ignore[attr-defined]
    run = loop.run_until_complete(started(nap, {"seconds": 0.01}))
    assert 0.01 <= took(run) < SLACK
    assert abs(run.events[0].time - time.time()) < SLACK, "runs have the real time again"
    loop.close()
    assert [vars(one)[name] for one, name in PATCHED] == plain


PATCHED: list[tuple[type, str]] = [(asyncio.BaseEventLoop, "run_forever"), (pw.Run, "_execute"), (SqliteStore, "_now")]


async def started(what: Any, inputs: dict[str, Any]) -> pw.Run[Any]:
    return await (await pw.start(what, inputs)).wait()


def test_another_kind_of_loop_is_refused(pw_clock: Clock) -> None:
    """A loop that is not asyncio's own cannot be made to skip: that is said, and not time wasted."""

    class Foreign:
        """Stands for uvloop, say."""

    with pytest.raises(RuntimeError, match=r"pw_clock cannot skip time on a .*Foreign: use an event loop of asyncio"):
        pw_clock.adopt(Foreign())  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_forks_share_the_clock(pw_clock: Clock) -> None:
    """A process that is killed leaves its time to the next: a run that is resumed does not go back."""
    child = os.fork()
    if not child:
        try:
            pw.run(nap, {"seconds": DAY})
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert abs(pw_clock.skipped - DAY) < SLACK
