"""Launching: what is refused before a run starts, and what the caller learns of a run that cannot start or go on."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import planweave as pw
from planweave.engine.journal import Event, MemoryJournal
from planweave.engine.state import NodeState, RunState
from tests.engine.common import run_of


async def listens_in_vain(event: Event) -> None:
    """Nobody awaits this."""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on_event": None}, "on_event=None cannot be called"),
        ({"on_event": [print, 5]}, "on_event=5 cannot be called"),
        ({"on_event": listens_in_vain}, "is async, and an observer is not awaited"),
        ({"store": 5}, "store=5 is no store"),
        ({"store": "ftp://runs"}, "store='ftp://runs' is no place for runs"),
        ({"grace": -1}, "grace=-1 is no time"),
        ({"grace": "x"}, "grace='x' is no time"),
        ({"grace": float("nan")}, "grace=nan is no time"),
        ({"run_id": ""}, "run_id='' cannot name a run"),
        ({"run_id": "a\nb"}, r"run_id='a\nb' cannot name a run"),
        ({"run_id": "nightly-\udce4"}, r"run_id='nightly-\udce4' cannot name a run"),
        ({"threads": 0}, "threads=0 leaves no room to run anything"),
        ({"threads": 2.5}, "threads=2.5 leaves no room to run anything"),
    ],
)
def test_options_that_cannot_be_are_refused_in_the_line_of_the_caller(options: dict[str, Any], said: str) -> None:
    """Law: nothing runs, and the error says what is wrong, where, and what to do."""
    with pytest.raises(pw.PolicyError) as caught:
        pw.run(run_graph(), **options)
    assert said in caught.value.what
    assert caught.value.where is not None and caught.value.where.file == __file__
    assert caught.value.mend


def run_graph() -> pw.Graph:
    return pw.workflow_from({"one": lambda: 1}, {}).graph()


class Broken(MemoryJournal):
    """A journal that can write nothing."""

    def flush(self) -> Any:
        raise OSError("disk full")


def test_a_journal_that_cannot_record_the_start_is_heard_of() -> None:
    """Law: a run whose start is not recorded does not begin, and raises from every door."""
    with pytest.raises(OSError, match="disk full"):
        pw.run(run_graph(), store=Broken())
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(pw.start(run_graph(), store=Broken()))


def test_start_gives_the_run_before_any_body_holds_up_the_loop() -> None:
    """Law: whoever starts a run can cancel it before its first body."""
    ran: list[int] = []

    @pw.task(executor="inline")
    def body() -> None:
        ran.append(1)

    async def drive() -> pw.Run[Any]:
        run: pw.Run[Any] = await pw.start(pw.workflow_from({"body": body}, {}))
        assert ran == []
        run.cancel()
        return await run.wait(check=False)

    assert asyncio.run(drive()).state is RunState.CANCELLED
    assert ran == []


@pytest.mark.parametrize("kind", ["run_started", "started", "failed", "upstream_failed", "run_failed"])
@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt()])
def test_an_observer_that_ends_the_program_ends_it(kind: str, raised: BaseException) -> None:
    """Law: Ctrl-C or sys.exit in an observer ends the run with nothing left, in the midst of any transition."""

    @pw.task
    def broken() -> None:
        raise ValueError

    def observe(event: Event) -> None:
        if event.kind == kind:
            raise raised

    graph = pw.workflow_from({"broken": broken, "next": str}, {"next": ["broken"]}).graph()
    with pytest.raises(type(raised)):
        pw.run(graph, on_event=observe)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("planweave")] == []


def test_an_interrupt_in_the_midst_of_the_engine_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: Ctrl-C that hits the engine's own code leaves nothing that waits for ever."""
    from planweave.engine.frontier import Frontier

    succeed = Frontier.succeed

    def cut(self: Frontier, position: int, now: float, data: Any = None) -> None:
        self.move(position, NodeState.SUCCEEDED, now, data)
        monkeypatch.setattr(Frontier, "succeed", succeed)
        raise KeyboardInterrupt

    monkeypatch.setattr(Frontier, "succeed", cut)
    with pytest.raises(KeyboardInterrupt):
        pw.run(pw.workflow_from({"one": lambda: 1, "two": str}, {"two": ["one"]}))


def test_a_fault_of_the_engine_in_a_callback_is_raised_from_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: whatever goes wrong between the end of a thread and the next start ends the run: it never hangs."""
    monkeypatch.setattr(pw.Retry, "pause", lambda *_: 1 / 0)

    @pw.task(retry=pw.Retry(attempts=2))
    def broken() -> None:
        raise ValueError

    with pytest.raises(ZeroDivisionError):
        pw.run(pw.workflow_from({"broken": broken}, {}))


def test_a_coroutine_that_cancels_its_own_task_and_goes_on_harms_nobody() -> None:
    """Law: what a body does to its asyncio task does not reach the nodes after it."""

    @pw.task
    async def careless() -> int:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            return 1
        raise AssertionError

    @pw.task(timeout=0.01)
    async def late(x: int) -> None:
        await asyncio.sleep(10)

    run = run_of(lambda: late(careless()))
    assert run.state is RunState.FAILED
    assert isinstance(run.nodes["late"].error, pw.NodeTimeout)


def test_an_exception_that_cannot_say_what_it_is_is_told_all_the_same() -> None:
    """Law: the error of a run can always be made, whatever class a body raises."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

        def __len__(self) -> int:
            return 0

    @pw.task
    def broken() -> None:
        raise Mute

    with pytest.raises(pw.RunFailed) as caught:
        pw.run(pw.workflow_from({"broken": broken}, {}))
    assert "failed at 'broken': Mute: (its text cannot be made)" in caught.value.what
    assert isinstance(caught.value.causes["broken"], Mute)
