"""Undoing in stored runs: across processes, on a cancel from elsewhere, after a rerun, and told without code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.recorded import recorded
from planweave.engine.rerun import prepare_rerun
from planweave.engine.resume import start_resumed
from planweave.engine.state import RunState
from planweave.engine.store.inbox import inbox_of
from planweave.engine.store.sqlite import SqliteStore
from planweave.testing.crash.faults import Point, faulty

DONE: list[str] = []
BROKEN: set[str] = set()
"""What does not work at the moment."""


@pytest.fixture(autouse=True)
def _empty() -> None:
    DONE.clear()
    BROKEN.clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "runs.db")
    yield made
    made.close()


def unbook(what: str) -> None:
    if "unbook" in BROKEN:
        raise OSError("nobody answers")
    DONE.append(f"un{what}")


@pw.task(executor="inline", undo=unbook, retry=pw.Retry(2, base=0.5))
def book(what: str) -> str:
    DONE.append(what)
    return what


@pw.task(executor="inline")
def pay(*what: str) -> str:
    if "pay" in BROKEN:
        raise ValueError("no money")
    return "paid"


@pw.workflow(on_failure="undo")
def trip() -> str:
    return pay(book.using(id="room")("room"), book.using(id="seat")("seat"))


@pw.workflow
def asking() -> Any:
    room = book.using(id="room")("room")
    return pw.approve("Pay?", after=[room], id="sign")


def states(run: pw.Run[Any]) -> dict[str, str]:
    return {name: str(node.state) for name, node in run.nodes.items()}


UNDONE = {
    "room": "compensated",
    "seat": "compensated",
    "pay": "failed",
    "seat@undo": "succeeded",
    "room@undo": "succeeded",
}


def test_a_run_that_waits_to_undo_goes_on_elsewhere(store: SqliteStore) -> None:
    """No process need live for the pause between two attempts of an undo."""
    BROKEN.update(("pay", "unbook"))
    run = pw.run(trip, store=store, run_id="r", leave=0, check=False)
    assert run.state is RunState.WAITING
    assert states(run) == {"room": "succeeded", "seat": "compensating", "pay": "failed"} | {
        "seat@undo": "retry_wait",
        "room@undo": "pending",
    }
    assert store.row("r").due is not None
    BROKEN.remove("unbook")
    resumed = pw.resume("r", store=store, check=False)
    assert resumed.state is RunState.FAILED
    assert states(resumed) == UNDONE
    assert DONE == ["room", "seat", "unseat", "unroom"]
    kinds = [one.kind for one in resumed.events if one.node is None]
    assert kinds == ["run_started", "run_compensating", "run_waiting", "run_resumed", "run_compensating", "run_failed"]


def test_a_cancel_from_elsewhere_undoes_what_a_run_that_waits_has_done(store: SqliteStore) -> None:
    run = pw.run(asking, store=store, run_id="r", leave=0, check=False)
    assert run.state is RunState.WAITING
    assert pw.cancel("r", store=store, undo=True) is RunState.CANCELLED
    assert DONE == ["room", "unroom"]
    told = pw.resume("r", store=store, check=False)
    assert states(told) == {"room": "compensated", "sign": "cancelled", "room@undo": "succeeded"}
    assert isinstance(told.error, pw.RunCancelled)
    assert "1 node was undone" in str(told.error)


def test_a_cancel_that_comes_while_a_run_is_taken_up_undoes_once(store: SqliteStore) -> None:
    """Law: it waits until what another process has left is judged; an undo that began here was not cut off there."""
    pw.run(asking, store=store, run_id="r", leave=0, check=False)

    def cancelled(point: Point, call: str, args: Any) -> None:
        if (point.side, call) == ("before", "commit") and not store.row("r").wanted:
            store.want("r", "undo")
            time.sleep(0.1)  # until the inbox has told the run

    async def resumed() -> pw.Run[Any]:
        where = faulty(store, cancelled)
        inbox_of(where, every=0.005)
        run = await start_resumed("r", store=where, leave=None)
        return await run.wait(check=False)

    run = asyncio.run(resumed())
    assert DONE == ["room", "unroom"]
    assert states(run) == {"room": "compensated", "sign": "cancelled", "room@undo": "succeeded"}
    assert len(run.nodes["room@undo"].attempts) == 1


def test_a_cancel_without_undo_cannot_be_changed_into_one_with(store: SqliteStore) -> None:
    pw.run(asking, store=store, run_id="r", leave=0, check=False)
    store.want("r", "cancel")
    with pytest.raises(pw.StoreError, match="is being cancelled already, and nothing is undone"):
        pw.cancel("r", store=store, undo=True)
    assert pw.cancel("r", store=store) is RunState.CANCELLED
    assert pw.cancel("r", store=store, undo=True) is RunState.CANCELLED, "it has ended, and says how"
    assert DONE == ["room"]


def test_a_rerun_keeps_nothing_that_was_undone(store: SqliteStore) -> None:
    BROKEN.add("pay")
    pw.run(trip, store=store, run_id="r", check=False)
    BROKEN.clear()
    again = pw.rerun("r", "pay", store=store)
    assert again.result == "paid"
    assert DONE == ["room", "seat", "unseat", "unroom", "room", "seat"]
    assert set(states(again)) == {"room", "seat", "pay"}, "what undid belongs to the earlier run"


def test_a_rerun_that_is_cancelled_undoes_what_it_has_kept(store: SqliteStore) -> None:
    """It has taken that over: nothing of the whole is left."""
    pw.run(asking, store=store, run_id="r", leave=0)
    pw.cancel("r", store=store)
    made = prepare_rerun(store, "r", "sign")
    assert DONE == ["room"]
    assert pw.cancel(made.run, store=store, undo=True) is RunState.CANCELLED
    assert DONE == ["room", "unroom"]


def test_a_rerun_treats_failures_as_the_earlier_run(store: SqliteStore) -> None:
    BROKEN.add("pay")
    pw.run(trip, store=store, run_id="r", check=False, on_failure="keep")
    assert pw.rerun("r", "pay", store=store, check=False).state is RunState.FAILED
    assert DONE == ["room", "seat"]


def test_a_run_is_told_without_its_code(store: SqliteStore) -> None:
    BROKEN.add("pay")
    run = pw.run(trip, store=store, run_id="r", check=False)
    assert states(run) == UNDONE
    told = recorded(store, store.row("r"))
    assert states(told) == UNDONE
    assert [(one.kind, one.node) for one in told.events] == [(one.kind, one.node) for one in run.events]


def test_the_code_of_an_undo_that_has_changed_blocks(store: SqliteStore) -> None:
    """Before it undoes what the old code has done."""
    task = pw.task(executor="inline", undo=unbook)(_load)
    flow = pw.workflow(name="flow")(lambda: pw.approve("Go on?", after=[task.using(id="load")()], id="sign"))
    pw.run(flow, store=store, run_id="r", leave=0, check=False)
    task = pw.task(executor="inline", undo=lambda value: DONE.append("other"))(_load)
    other = pw.workflow(name="flow")(lambda: pw.approve("Go on?", after=[task.using(id="load")()], id="sign"))
    store.want("r", "undo")
    with pytest.raises(pw.CodeChanged, match="load"):
        pw.resume("r", store=store, graph=other)
    assert DONE == []
    pw.resume("r", store=store, graph=other, accept_changes=True, check=False)
    assert DONE == ["other"]


def _load() -> str:
    return "loaded"
