"""A run that is cancelled at any instant starts nothing more, ends, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import EXITS, NodeState, RunState
from planweave.testing import run_virtually
from tests.engine import bodies
from tests.engine.common import add, give, yes

PATIENCE = 30.0
"""Seconds after which something that does not end is taken for stuck."""


def left_behind() -> list[str]:
    """Threads of runs, and child processes, that are still there."""
    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("planweave")]
    return threads + [str(process) for process in multiprocessing.active_children()]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Law of every test here: in the end there is no thread and no process of any run."""
    yield
    assert left_behind() == []


def wait_for_number_in(path: Path) -> int:
    """The number that a process writes into a file when it begins."""
    for _ in range(int(PATIENCE / 0.01)):
        if path.exists() and path.read_text(encoding="utf-8").endswith("\n"):
            return int(path.read_text(encoding="utf-8"))
        threading.Event().wait(0.01)
    raise AssertionError("no process has begun")


class Bodies:
    """Tasks of every kind, which count the bodies that are at work."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.working = 0
        self.pause = pw.task(self._pause)
        self.flaky = pw.task(retry=pw.Retry(attempts=3, base=0.001))(self._flaky)
        self.thread = pw.task(self._thread)
        self.inline = pw.task(executor="inline")(self._inline)

    async def _pause(self, x: Any) -> Any:
        self.begun.append(pw.context().node_id)
        self.working += 1
        try:
            await asyncio.sleep(0.001)
            return x
        finally:
            self.working -= 1

    async def _flaky(self, x: Any) -> Any:
        self.begun.append(pw.context().node_id)
        if pw.context().attempt < 3:
            raise ConnectionError
        return x

    def _thread(self, x: Any) -> Any:
        self.begun.append(pw.context().node_id)
        return x

    def _inline(self, x: Any) -> Any:
        self.begun.append(pw.context().node_id)
        return x


def everything(tasks: Bodies, gate: asyncio.Event) -> Callable[[], Any]:
    """A workflow with threads, coroutines, inline nodes, sleeps, retries, a map, a branch and a loop, after a gate."""

    def build() -> Any:
        opened = pw.task(gate.wait)()
        first = tasks.thread.using(after=[opened])([1, 2])
        items = tasks.pause.map(first, failures="drop")
        loop = pw.repeat(tasks.inline, opened, until=lambda x: yes(), limit=2)
        branch = pw.when(yes(), then=lambda: tasks.thread(items), otherwise=lambda: tasks.inline(0))
        pause = pw.sleep(0.002, after=[opened])
        return tasks.inline.using(after=[pause])([items, loop, branch, tasks.flaky(opened)])

    return build


async def run_and_cancel_at(number: int, tasks: Bodies) -> pw.Run[Any]:
    """A run that its observer cancels, when it hears of the event with this number, in the midst of what happens."""
    live: list[pw.Run[Any]] = []
    gate = asyncio.Event()

    def observe(event: pw.Event) -> None:
        if event.number == number:
            live[0].cancel()

    run: pw.Run[Any] = await pw.start(pw.workflow(everything(tasks, gate)), on_event=observe, threads=2)
    live.append(run)
    gate.set()
    await asyncio.wait_for(run.wait(check=False), PATIENCE)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return run


def check_cancelled(run: pw.Run[Any], tasks: Bodies) -> None:
    """What is true of every cancelled run: nothing started after it, and all its states are ends that can be."""
    assert run.state is RunState.CANCELLED
    kinds = [event.kind for event in run.events]
    cancelled = kinds.index("run_cancelling")
    assert "started" not in kinds[cancelled:]
    assert kinds[-1] == "run_cancelled" and run.events[-1].number == len(kinds) - 1
    assert all(node.state.is_end for node in run.nodes.values())
    assert tasks.working == 0
    started = [event.node for event in run.events if event.kind == "started"]
    assert all(tasks.begun.count(name) <= started.count(name) for name in tasks.begun)
    check_states(run)
    with pytest.raises(pw.RunCancelled, match="was cancelled"):
        run.check()
    assert isinstance(run.error, pw.RunCancelled) and run.error.run is run


def check_states(run: pw.Run[Any]) -> None:
    """The states of each node as its events tell them are a legal way, and end where the node says it is."""
    names = {"started": "running", "retrying": "retry_wait"}
    for name, node in run.nodes.items():
        state = NodeState.PENDING
        for event in run.events:
            if event.node == name:
                after = NodeState(names.get(event.kind, event.kind))
                assert after in EXITS[state], f"{name}: {state} -> {after}"
                state = after
        assert state is node.state


def test_a_run_can_be_cancelled_at_every_one_of_its_events() -> None:
    """Law: whatever the event at which an observer cancels, nothing starts after it and all ends are told."""
    whole = asyncio.run(run_and_cancel_at(-1, Bodies()))
    assert whole.state is RunState.SUCCEEDED
    first = 5  # what happens before the gate opens: the run, and the first nodes, start
    cancelled = 0
    for number in range(first, len(whole.events)):
        tasks = Bodies()
        run = asyncio.run(run_and_cancel_at(number, tasks))
        assert left_behind() == []
        if run.state is RunState.CANCELLED:
            cancelled += 1
            check_cancelled(run, tasks)
    assert cancelled >= len(whole.events) - first - 2  # at the end of its last node, and at its own, it is too late


@pytest.mark.parametrize(
    "executor", ["inline", "thread", "coroutine", "coroutine that waited", "coroutine that goes on"]
)
def test_a_body_may_cancel_its_own_run(executor: str) -> None:
    """Law: the body that cancels goes on to its end (a coroutine to its next pause); nothing after it starts."""
    live: list[pw.Run[Any]] = []
    ended = []

    def stop(x: int) -> int:
        live[0].cancel()
        ended.append(x)
        return x

    async def stop_soon(x: int) -> int:
        if executor.endswith("waited"):
            await asyncio.sleep(0)
        stop(x)
        if executor.endswith("goes on"):
            await asyncio.sleep(3600)
        return x

    async def main() -> pw.Run[Any]:
        gate = asyncio.Event()
        wait = pw.task(gate.wait)
        task: Any = pw.task(stop_soon) if "coroutine" in executor else pw.task(executor=executor)(stop)  # type: ignore[call-overload]
        run = await pw.workflow(lambda: add(task.using(id="stop", after=[wait()])(1))).start()
        live.append(run)
        gate.set()
        return await asyncio.wait_for(run.wait(check=False), PATIENCE)

    run = asyncio.run(main())
    assert ended == [1]
    assert run.state is RunState.CANCELLED
    assert run.nodes["add"].state is NodeState.CANCELLED
    assert run.nodes["stop"].state is (NodeState.CANCELLED if executor.endswith("goes on") else NodeState.SUCCEEDED)
    check_states(run)


def test_cancelling_tells_coroutines_and_waits_until_they_have_tidied_up() -> None:
    """Law: a running coroutine gets CancelledError, and the run ends when its finally clauses have."""
    tidied = []

    @pw.task
    async def body(x: int) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(5)
            tidied.append(x)

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(lambda: body.map([1, 2])).start()
        await asyncio.sleep(1)
        run.cancel()
        assert run.state is RunState.CANCELLING
        await run.wait(check=False)
        assert asyncio.get_running_loop().time() == 6
        return run

    run = run_virtually(main)
    assert sorted(tidied) == [1, 2]
    assert {str(node.state) for node in run.nodes.values()} == {"cancelled"}


def test_sleeps_pauses_and_queues_end_at_once_when_cancelled() -> None:
    """Law: what only waits (for a time, a retry, a pool, a rate, an equal call) is cancelled at that instant."""

    @pw.task(retry=pw.Retry(attempts=2, base=3600, cap=3600))
    async def failing() -> None:
        raise ValueError

    @pw.task(pool="one")
    async def pooled(x: int) -> None:
        await asyncio.sleep(3600)

    @pw.task(rate=pw.Rate(1, per=3600))
    async def rated(x: int) -> None: ...

    @pw.task(cache=True)
    async def cached(x: int) -> None:
        await asyncio.sleep(3600)

    @pw.workflow(pools={"one": 1})
    def flow() -> None:
        failing()
        pooled.map([1, 2])
        rated.map([1, 2])
        cached.map([1, 1])
        pw.sleep(3600)

    async def main() -> pw.Run[Any]:
        run = await flow.start()
        await asyncio.sleep(1)
        run.cancel()
        await run.wait(check=False)
        assert asyncio.get_running_loop().time() == 1
        return run

    run = run_virtually(main)
    ended = {name for name, node in run.nodes.items() if node.state is not NodeState.CANCELLED}
    assert ended == {"rated[0]"}


def test_cancelling_kills_processes(tmp_path: Path) -> None:
    """Law: processes are killed, those that run a body and those that have just been asked to."""

    async def main() -> pw.Run[Any]:
        path = tmp_path / "running"

        def build() -> Any:
            return bodies.doze(str(path))

        run: pw.Run[Any] = await pw.start(pw.workflow(build), processes=1)
        await asyncio.to_thread(wait_for_number_in, path)
        run.cancel()
        return await asyncio.wait_for(run.wait(check=False), PATIENCE)

    run = asyncio.run(main())
    assert not os.path.exists(f"/proc/{wait_for_number_in(tmp_path / 'running')}")
    assert {str(node.state) for node in run.nodes.values()} == {"cancelled"}


@pytest.mark.parametrize("turns", [0, 1, 2, 5])
def test_a_process_that_is_only_being_started_is_stopped_too(tmp_path: Path, turns: int) -> None:
    """Law: a cancel that comes before a process has its job does not wait for the job's end."""

    async def main() -> pw.Run[Any]:
        items = [str(tmp_path / str(i)) for i in range(3)]

        def build() -> Any:
            return bodies.doze.map(items)

        run: pw.Run[Any] = await pw.start(pw.workflow(build), processes=2)
        for _ in range(turns):
            await asyncio.sleep(0)
        run.cancel()
        return await asyncio.wait_for(run.wait(check=False), PATIENCE / 2)

    run = asyncio.run(main())
    assert {str(node.state) for node in run.nodes.values()} == {"cancelled"}
    check_states(run)


def test_cancelling_waits_for_threads_and_names_those_that_do_not_end() -> None:
    """Law: within the grace time a run waits for its threads; afterwards it ends, and its error names them."""
    release, begun = threading.Event(), threading.Event()

    @pw.task
    def stuck() -> None:
        begun.set()
        release.wait(PATIENCE)

    async def main() -> pw.Run[Any]:
        run: pw.Run[Any] = await pw.start(pw.workflow(stuck), grace=0.02, run_id="r")
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        run.cancel()
        return await run.wait(check=False)

    run = asyncio.run(main())
    assert run.nodes["stuck"].state is NodeState.CANCELLED
    assert isinstance(run.error, pw.RunCancelled)
    assert run.error.what == ("run 'r' of 'stuck' was cancelled; threads left behind after the grace time: stuck")
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("planweave"):
            thread.join(PATIENCE)


def test_a_thread_that_looks_sees_that_its_run_is_cancelled() -> None:
    """Law: context().cancelled lets a long sync task end by itself, and the run end without waiting for the grace."""
    saw = []
    begun = threading.Event()

    @pw.task
    def polite() -> str:
        begun.set()
        while not pw.context().cancelled:
            threading.Event().wait(0.002)
        saw.append(True)
        return "half done"

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(lambda: give(polite())).start()
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        run.cancel()
        return await run.wait(check=False)

    run = asyncio.run(main())
    assert saw == [True]
    assert (run.nodes["polite"].value, run.nodes["polite"].state) == ("half done", NodeState.SUCCEEDED)
    assert run.nodes["give"].state is NodeState.CANCELLED


def test_cancel_may_come_from_another_thread() -> None:
    """Law: run.cancel() is safe from any thread, and when it returns nothing starts any more."""

    @pw.task
    async def step(x: int) -> int:
        await asyncio.sleep(0.001)
        return x + 1

    started_when_it_returned: list[int] = []

    def cancel(run: pw.Run[Any]) -> None:
        run.cancel()
        started_when_it_returned.append(sum(event.kind == "started" for event in run.events))

    async def main() -> pw.Run[Any]:
        run = await pw.workflow(lambda: pw.repeat(step, 0, until=lambda x: give(False), limit=10_000)).start()
        thread = threading.Thread(target=cancel, args=(run,))
        thread.start()
        await asyncio.wait_for(run.wait(check=False), PATIENCE)
        thread.join()
        return run

    run = asyncio.run(main())
    assert run.state is RunState.CANCELLED
    assert started_when_it_returned == [sum(event.kind == "started" for event in run.events)]


def test_cancelling_twice_or_too_late_changes_nothing() -> None:
    """Law: a run that is cancelling or has ended takes no notice."""

    async def main() -> tuple[pw.Run[Any], pw.Run[Any]]:
        done = await (await pw.workflow(lambda: add(1)).start()).wait()
        done.cancel()
        run = await pw.workflow(lambda: pw.sleep(60)).start()
        run.cancel()
        run.cancel()
        await run.wait(check=False)
        run.cancel()
        return done, run

    done, run = asyncio.run(main())
    done.cancel()
    assert (done.state, done.result) == (RunState.SUCCEEDED, 2)
    assert [event.kind for event in run.events if event.node is None] == [
        "run_started",
        "run_cancelling",
        "run_cancelled",
    ]


# ---------------------------------------------------------------------- cancelling those who wait


def test_who_waits_for_a_run_can_be_cancelled_without_the_run() -> None:
    """Law: cancelling the task that awaits wait() leaves the run alone."""

    async def main() -> Any:
        gate = asyncio.Event()
        run = await pw.workflow(lambda: give(pw.task(gate.wait)())).start()
        waiter = asyncio.create_task(run.wait())
        await asyncio.sleep(0)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert run.state is RunState.RUNNING
        gate.set()
        return (await run.wait()).result

    assert asyncio.run(main()) is True


def test_who_starts_a_run_and_is_cancelled_takes_the_run_along() -> None:
    """Law: when start() is cancelled nobody has the run, so it ends before start() does."""
    begun = []

    @pw.task
    async def body() -> None:
        begun.append("begun")
        await asyncio.sleep(3600)

    async def main() -> None:
        starter = asyncio.create_task(pw.workflow(body).start())
        await asyncio.sleep(0)
        starter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starter
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_loop_that_ends_while_a_run_is_live_leaves_nothing(tmp_path: Path) -> None:
    """Law: asyncio.run cancels what is left on its loop: the run ends, with its coroutines, threads and processes."""
    runs: list[pw.Run[Any]] = []
    both, tidied = threading.Barrier(3), []

    @pw.task
    async def body() -> None:
        try:
            await asyncio.to_thread(both.wait, PATIENCE)
            await asyncio.sleep(3600)
        finally:
            tidied.append("tidied")

    @pw.task
    def thread() -> None:
        both.wait(PATIENCE)
        while not pw.context().cancelled:
            threading.Event().wait(0.002)
        tidied.append("ended")

    async def main() -> None:
        def build() -> Any:
            return body(), thread(), bodies.doze(str(tmp_path / "x")), give(pw.when(yes(), then=lambda: pw.sleep(60)))

        runs.append(await pw.workflow(build).start())
        await asyncio.to_thread(both.wait, PATIENCE)

    asyncio.run(main())
    (run,) = runs
    assert run.state is RunState.CANCELLED
    assert sorted(tidied) == ["ended", "tidied"]
    assert all(node.state.is_end for node in run.nodes.values())


# ---------------------------------------------------------------------- interrupts


@pytest.mark.parametrize("kind", ["inline", "coroutine", "coroutine that waited"])
def test_an_interrupt_in_a_body_ends_the_run_and_reaches_the_caller(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: KeyboardInterrupt on the thread of the loop is no failure of a node: the run ends and it is raised, once."""
    observed: list[pw.Event] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def interrupt_soon() -> None:
        if kind.endswith("waited"):
            await asyncio.sleep(0)
        raise KeyboardInterrupt

    task: Any = pw.task(interrupt_soon) if "coroutine" in kind else pw.task(executor="inline")(interrupt)

    @pw.workflow
    def flow() -> Any:
        return give(task.using(id="interrupted")()), pw.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        pw.run(flow, on_event=observed.append)
    assert observed[-1].kind == "run_cancelled"
    assert "run_cancelling" in [event.kind for event in observed]
    gc.collect()  # asyncio tells of errors that nobody took when their task is thrown away
    assert [record for record in caplog.records if record.name == "asyncio" and record.levelname == "ERROR"] == []


SCRIPT = """
import asyncio, signal, sys, threading, time
import planweave as pw
from tests.engine import bodies

@pw.task
async def coroutine() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        sys.stdout.write("tidied\\n")

@pw.task
def thread() -> None:
    while not pw.context().cancelled:
        time.sleep(0.005)
    sys.stdout.write("ended\\n")

@pw.workflow
def flow() -> None:
    coroutine()
    thread()
    bodies.doze(sys.argv[1])
    pw.sleep(60)

async def notebook() -> None:
    flow.run()

if __name__ == "__main__":
    try:
        asyncio.run(notebook()) if sys.argv[2] == "inside a loop" else flow.run()
    except KeyboardInterrupt:
        left = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
        print("interrupted", left, flush=True)
        sys.exit(130)
"""


@pytest.mark.parametrize("where", ["by itself", "inside a loop"])
def test_control_c_ends_a_run_and_everything_in_it(tmp_path: Path, where: str) -> None:
    """Law: SIGINT cancels the run: bodies tidy up, threads and processes end, and KeyboardInterrupt is raised."""
    script, started = tmp_path / "script.py", tmp_path / "started"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, str(script), str(started), where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=tmp_path,
    )
    try:
        child = wait_for_number_in(started)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert sorted(output.splitlines()) == ["ended", "interrupted []", "tidied"], errors
    assert (process.returncode, errors) == (130, "")
    assert not os.path.exists(f"/proc/{child}")


def test_a_cancel_from_another_thread_waits_for_a_body_that_keeps_the_loop() -> None:
    """Law: once ``cancel`` returns, no attempt starts, however long the loop takes to hear of it."""
    begun, go_on, at_work = [], threading.Event(), threading.Event()

    @pw.task(executor="inline")
    def keep(x: int) -> int:
        begun.append(x)
        at_work.set()
        assert go_on.wait(PATIENCE)
        return x + 1

    @pw.task
    async def pause() -> int:
        await asyncio.sleep(0.05)  # until then, the caller of start has its run
        return 0

    @pw.workflow
    def chain() -> int:
        return keep(keep(keep(pause())))

    async def drive() -> tuple[pw.Run[int], list[int]]:
        run = await chain.start()
        seen: list[int] = []

        def cancel() -> None:
            assert at_work.wait(PATIENCE)
            timer = threading.Timer(1.2, go_on.set)
            timer.start()
            run.cancel()
            seen.extend(begun)
            timer.join()

        thread = threading.Thread(target=cancel)
        thread.start()
        await run.wait(check=False)
        await asyncio.to_thread(thread.join)
        return run, seen

    run, seen = asyncio.run(drive())
    assert run.state is RunState.CANCELLED
    assert seen == begun == [0]
