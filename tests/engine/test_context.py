"""pw.context() tells a running task who it is, and takes what it tells: log lines, progress, observations."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from contextvars import copy_context
from typing import Any

import pytest

import planweave as pw
from planweave.engine.context import idempotency_key
from tests.engine import bodies


def who() -> dict[str, Any]:
    """Tell everything that a task can tell, and who it is."""
    context = pw.context()
    context.logger.info("at %d of %d", 1, 2)
    context.progress(1, 2, "halfway")
    context.observe({"door": "open"})
    return {
        "run_id": context.run_id,
        "node_id": context.node_id,
        "attempt": context.attempt,
        "key": context.idempotency_key,
        "cancelled": context.cancelled,
    }


async def who_slowly() -> dict[str, Any]:
    """The same, before and after a pause."""
    await asyncio.sleep(0)
    found = who()
    await asyncio.sleep(0)
    return found


TASKS: dict[str, Any] = {
    "inline": pw.task(executor="inline", name="who")(who),
    "thread": pw.task(name="who")(who),
    "coroutine": pw.task(name="who")(who_slowly),
    "process": bodies.report.using(id="who"),
}
every_executor = pytest.mark.parametrize("executor", TASKS)


def run_of(executor: str) -> pw.Run[Any]:
    """A run of one node that tells what it can."""
    task = TASKS[executor]
    arguments = (1, 2) if executor == "process" else ()
    return pw.workflow(lambda: task(*arguments)).run()


@every_executor
def test_a_task_knows_who_it_is(executor: str) -> None:
    """Law: run id, node id, attempt and key are those of the run, wherever the task runs."""
    run = run_of(executor)
    assert run.result == {
        "run_id": run.id,
        "node_id": "who",
        "attempt": 1,
        "key": idempotency_key(run.id, "who"),
        "cancelled": False,
    }


@every_executor
def test_what_a_task_tells_are_events_of_its_node(executor: str) -> None:
    """Law: log lines, progress and observations stand among the events, between start and end, and in .notes."""
    run = run_of(executor)
    told = [
        (event.kind, event.node, event.data) for event in run.events if event.kind in ("log", "progress", "observed")
    ]
    assert told == [
        ("log", "who", {"level": "INFO", "message": "at 1 of 2"}),
        ("progress", "who", {"done": 1, "total": 2, "message": "halfway"}),
        ("observed", "who", {"facts": {"door": "open"}}),
    ]
    kinds = [event.kind for event in run.events if event.node == "who"]
    assert kinds == ["ready", "started", "log", "progress", "observed", "succeeded"]
    assert [note.kind for note in run.nodes["who"].notes] == ["log", "progress", "observed"]


@every_executor
def test_log_lines_go_to_the_logger_of_the_library_as_well(executor: str, caplog: pytest.LogCaptureFixture) -> None:
    """Law: a handler on planweave.task, or above, sees each line once, under the name of its node."""
    with caplog.at_level(logging.INFO, logger="planweave.task"):
        run_of(executor)
    assert [(one.name, one.levelno, one.getMessage()) for one in caplog.records if "planweave" in one.name] == [
        ("planweave.task.who", logging.INFO, "at 1 of 2")
    ]


@every_executor
def test_log_lines_are_events_whatever_the_level_of_other_loggers(
    executor: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: without any set-up of logging an INFO line is an event; nobody else hears of it then."""
    with caplog.at_level(logging.WARNING):
        run = run_of(executor)
    assert [event.data["message"] for event in run.events if event.kind == "log"] == ["at 1 of 2"]
    assert [one for one in caplog.records if "planweave" in one.name] == []


def test_a_process_prints_no_log_lines_of_its_own(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Law: where lines of a task in a process go is decided by the program, and not by the process as well."""
    pw.workflow(lambda: bodies.warn("careful")).run()
    assert [record.getMessage() for record in caplog.records if record.name == "planweave.task.warn"] == ["careful"]
    assert capfd.readouterr().err == ""


def test_the_library_logger_may_have_a_level_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    """Law: a level set on planweave.task is a wish: lines below it are not even events."""

    @pw.task(executor="inline")
    def chat() -> None:
        pw.context().logger.debug("fine")
        pw.context().logger.warning("odd")

    def lines() -> list[str]:
        return [event.data["message"] for event in pw.workflow(chat).run().events if event.kind == "log"]

    assert lines() == ["fine", "odd"]
    with caplog.at_level(logging.WARNING, logger="planweave.task"):
        assert lines() == ["odd"]


def test_a_log_line_with_wrong_arguments_does_not_fail_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: as everywhere in logging, a line that cannot be formatted is a matter of logging's own settings."""
    monkeypatch.setattr(logging, "raiseExceptions", False)

    @pw.task(executor="inline")
    def chat() -> str:
        pw.context().logger.info("%d", "not a number")
        return "done"

    assert pw.workflow(chat).run().result == "done"


def test_nodes_do_not_see_the_context_of_others() -> None:
    """Law: interleaved coroutines and threads each see their own node, at every moment."""

    @pw.task
    async def coroutine(x: int) -> list[str]:
        seen = []
        for _ in range(3):
            seen.append(pw.context().node_id)
            await asyncio.sleep(0)
        return seen

    barrier = threading.Barrier(3)

    @pw.task
    def thread(x: int) -> list[str]:
        before = pw.context().node_id
        barrier.wait(10)
        return [before, pw.context().node_id]

    @pw.workflow
    def flow() -> Any:
        return coroutine.map([1, 2, 3]), thread.map([1, 2, 3])

    assert flow.run().result == (
        [[f"coroutine[{i}]"] * 3 for i in range(3)],
        [[f"thread[{i}]"] * 2 for i in range(3)],
    )


def test_inline_nodes_in_a_row_each_see_themselves() -> None:
    """Law: the context is that of the node whose body runs now, also when no loop turn lies between two."""

    @pw.task(executor="inline")
    def name(*before: Any) -> str:
        return pw.context().node_id

    @pw.workflow
    def flow() -> Any:
        first = name()
        return [first, name(first), name(), name.map([1, 2])]

    assert flow.run().result == ["name", "name-2", "name-3", ["name-4[0]", "name-4[1]"]]


def test_outside_of_a_run_there_is_no_context() -> None:
    """Law: at home, and while a workflow is traced, pw.context() says that no task is running."""

    @pw.workflow
    def flow() -> Any:
        return pw.context().run_id

    calls: list[Any] = [pw.context, flow.graph, who]
    for call in calls:
        with pytest.raises(pw.PlanweaveError) as caught:
            call()
        assert str(caught.value) == (
            "pw.context() is for the body of a task in a run\n  fix: call it inside the task, not while composing"
        )


def test_after_a_run_there_is_no_context_left() -> None:
    """Law: a run leaves nothing in the context of its caller."""
    run_of("inline")
    with pytest.raises(pw.PlanweaveError):
        pw.context()


def test_the_attempt_counts_and_the_key_stays() -> None:
    """Law: a retry has another attempt number and the same idempotency key."""
    seen = []

    @pw.task(executor="inline", retry=pw.Retry(attempts=3, base=0))
    def stubborn() -> None:
        seen.append((pw.context().attempt, pw.context().idempotency_key))
        raise ValueError

    pw.run(pw.workflow(stubborn), check=False)
    assert [attempt for attempt, _ in seen] == [1, 2, 3]
    assert len({key for _, key in seen}) == 1


def test_keys_differ_between_nodes_and_runs() -> None:
    """Law: the key is sha256 of both ids with their lengths, so that no two pairs of ids share one."""
    assert idempotency_key("run", "load") == hashlib.sha256(b"3:run/load").hexdigest()
    pairs = [("a", "b"), ("b", "a"), ("a/b", ""), ("", "a/b"), ("a", "/b"), ("1:a", "b"), ("ab", ""), ("", "ab")]
    assert len({idempotency_key(*pair) for pair in pairs}) == len(pairs)
    first, second = run_of("inline"), run_of("inline")
    assert first.result["key"] != second.result["key"]


def test_a_task_that_was_given_up_sees_that_it_is_cancelled() -> None:
    """Law: context().cancelled turns True for a thread past its timeout, and what it tells then is not recorded."""
    saw = []
    late = threading.Event()

    @pw.task(timeout=0.02)
    def slow() -> None:
        context = pw.context()
        saw.append(context.cancelled)
        while not context.cancelled:
            late.wait(0.002)
        saw.append(context.cancelled)
        context.logger.info("too late")

    run: pw.Run[Any] = pw.run(pw.workflow(slow), check=False)
    assert saw == [False, True]
    assert isinstance(run.nodes["slow"].error, pw.NodeTimeout)
    assert [event.kind for event in run.events if event.node == "slow"] == ["ready", "started", "failed"]


@pytest.mark.parametrize("amounts", [(float("nan"), 10), ("3", 10), (1, float("inf")), (True, 2), (1, "10")])
def test_progress_that_is_no_amount_is_refused(amounts: tuple[Any, Any]) -> None:
    """Law: what is no finite number fails the task that tells it, and disturbs no display."""

    @pw.task
    def tell() -> None:
        pw.context().progress(*amounts)

    run = pw.run(pw.workflow_from({"tell": tell}, {}), check=False)
    error = run.nodes["tell"].error
    assert isinstance(error, pw.ValueRefused) and "of 'tell' is no amount" in error.what


def test_a_thread_that_an_inline_task_leaves_behind_is_no_node() -> None:
    """Law: what a body leaves behind is never taken for the node that runs next, so it never gets another's key."""
    seen: list[str] = []
    go_on = threading.Event()

    def look() -> None:
        assert go_on.wait(20)
        try:
            seen.append(pw.context().node_id)
        except pw.PlanweaveError as error:
            seen.append(error.what)

    @pw.task(executor="inline")
    def pay() -> threading.Thread:
        thread = threading.Thread(target=copy_context().run, args=(look,))
        thread.start()
        return thread

    @pw.task(executor="inline")
    def refund(thread: threading.Thread) -> None:
        go_on.set()
        thread.join()

    pw.run(pw.workflow_from({"pay": pay, "refund": refund}, {"refund": ["pay"]}))
    assert seen == [
        "pw.context() was called outside the body of the task, in a thread or a callback that it left behind"
    ]
