"""The inbox: what others write about a run while a process runs it: answers, events, and that it is to end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import planweave as pw
from planweave.engine.errors import LeaseLost, StoreBusy, StoreError
from planweave.engine.store.inbox import Inbox, Mailbox
from planweave.engine.store.rows import News
from planweave.engine.store.store import Store, open_store
from tests.store import asking_flows as flows
from tests.store.asking_flows import Payment
from tests.store.children import child, is_asked, until
from tests.store.common import HERE, Chain, created, question


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Where a new store may be that is a file."""
    return f"sqlite:///{tmp_path / 'runs.db'}"


def beside(url: str, flow: Any, act: Callable[[Store], None], **inputs: Any) -> pw.Run[Any]:
    """A run, and what is done through another connection to its store meanwhile, in another thread."""
    store = open_store(url)
    with ThreadPoolExecutor(1) as pool:
        acted = pool.submit(act, store)
        run = pw.run(flow, inputs, store=url, run_id="r", check=False)
        acted.result()
    store.close()
    return run


# ---------------------------------------------------------------------- answers and events


def test_a_running_process_takes_what_others_answer(url: str) -> None:
    """Law: an answer that another process gives reaches the run while it is waited for."""

    def act(store: Store) -> None:
        until(lambda: is_asked(store))
        pw.answer("r", "approve", store=store, approve=True, by="ann")

    run = beside(url, flows.publishing, act, text="news")
    assert run.result[0] == "published draft of news"


def test_events_are_taken_in_the_order_in_which_they_were_sent_each_once(url: str) -> None:
    """Law: an event waits for the run, and the run for an event; none is taken twice, none is lost."""

    def act(store: Store) -> None:
        until(store.rows)
        pw.send("r", "other", "kept, and nobody waits for it", store=store)
        pw.send("r", "paid", Payment(1, "ann"), store=store, id="one")
        pw.send("r", "paid", Payment(9, "ann"), store=store, id="one")  # the same, sent once more
        until(lambda: is_asked_at(store, "second"))
        pw.send("r", "paid", {"amount": "2", "payer": "bob"}, store=store, by="a shop")

    run = beside(url, flows.paying, act)
    assert run.result == (Payment(1, "ann"), Payment(2, "bob"))
    told = [event.data for event in run.events if event.kind == "answered"]
    assert [(one["by"], one["number"]) for one in told] == [("", 1), ("a shop", 2)]
    with pytest.raises(pw.AnsweredLate):
        pw.send("r", "paid", Payment(3, "ann"), store=url)


def is_asked_at(store: Store, node: str) -> bool:
    return any(one.node == node and one.is_open for one in store.questions())


def test_many_waits_for_one_event_share_what_is_sent(place: str) -> None:
    """Law: each of several nodes that wait for events of one name gets one of its own."""

    def act(store: Store) -> None:
        until(lambda: len(store.questions()) == 5)
        for number in range(5):
            pw.send("r", "number", number, store=store)

    run = beside(place, flows.drawing, act, count=5)
    assert sorted(run.result) == [0, 1, 2, 3, 4]


def test_a_value_of_the_wrong_type_is_refused_where_it_is_sent(place: str) -> None:
    """Law: it changes nothing, whether the run waits for the event already or will."""
    pw.run(flows.resting_first, {}, store=place, run_id="before", leave=0)
    pw.run(flows.paying, {}, store=place, run_id="r", leave=0)
    wrong: Any
    for run in ("before", "r"):
        for wrong in ({"amount": "much", "payer": "ann"}, 5, None):
            with pytest.raises(pw.ValueRefused, match="Payment"):
                pw.send(run, "paid", wrong, store=place)
    with pytest.raises(pw.ValueRefused, match="Payment"):
        pw.answer("r", "wait_for", value=5, store=place)
    for wrong in ("", 3):
        with pytest.raises(pw.ValueRefused):
            pw.send("r", wrong, 1, store=place)
    with pytest.raises(pw.ValueRefused, match="262,144"):
        pw.send("r", "free", "x" * 300_000, store=place)
    pw.answer("r", "wait_for", value=Payment(1, "ann"), by="ann", store=place)
    with pytest.raises(pw.AlreadyAnswered):
        pw.answer("r", "wait_for", value=Payment(1, "ann"), store=place)
    assert pw.resume("r", store=place, leave=0).nodes["wait_for"].value == Payment(1, "ann")


def test_a_value_that_only_the_run_can_judge_fails_the_node(place: str) -> None:
    """Law: what the sender could not check is checked where the event is taken, and said there."""
    store = open_store(place)
    pw.run(flows.paying, {}, store=store, run_id="r", leave=0)
    store.send("r", "paid", '{"amount":"much","payer":"ann"}', "", "1")
    run = pw.resume("r", store=store, check=False)
    error = run.nodes["wait_for"].error
    assert isinstance(error, pw.ValueRefused) and "Payment" in error.what
    assert store.claimable() == []


def test_an_event_that_came_before_its_time_was_over_is_taken(place: str) -> None:
    """Law: the last look is after the end of the time; an event that comes later fails nothing, and is kept."""
    store = open_store(place)
    pw.run(flows.impatient, {}, store=store, run_id="r", leave=0)
    pw.send("r", "late", "in time", store=store)
    until(lambda: all(one.until is not None and store.now() > one.until for one in store.questions()))
    assert pw.resume("r", store=store).result == "in time"
    pw.run(flows.impatient, {}, store=store, run_id="q", leave=0)
    run = pw.resume("q", store=store, check=False)
    assert isinstance(run.nodes["wait_for"].error, pw.Unanswered)


# ---------------------------------------------------------------------- cancel


def test_a_run_that_others_cancel_starts_nothing_more(url: str, tmp_path: Path) -> None:
    """Law: once cancel has returned, no attempt starts, whoever runs the run."""
    path = tmp_path / "ledger"
    counts = []

    def act(store: Store) -> None:
        until(lambda: path.exists() and path.read_text().count("\n") > 3)
        assert pw.cancel("r", store=store) in ("cancelling", "cancelled")
        counts.append(path.read_text().count("\n"))

    run = beside(url, flows.ticking, act, path=str(path))
    assert str(run.state) == "cancelled"
    assert path.read_text().count("\n") == counts[0]
    assert pw.cancel("r", store=url) == "cancelled"


def test_a_cancel_that_was_acknowledged_holds_after_a_crash(place: str, tmp_path: Path) -> None:
    """Law: whoever goes on with a run that is to be cancelled cancels it, and starts nothing."""
    path, store = tmp_path / "ledger", open_store(place)
    with child(tmp_path, lambda: pw.run(flows.ticking, {"path": str(path)}, store=place, run_id="r")) as process:
        until(lambda: path.exists() and path.read_text().count("\n") > 3)
        process.stop()
        assert pw.cancel("r", store=store, wait=0) == "running"
        process.kill()
    count = path.read_text().count("\n")
    assert store.row("r").wanted == "cancel" and store.claimable(is_dead=lambda holder: True) == ["r"]
    run = pw.resume("r", store=store, check=False)
    assert (str(run.state), path.read_text().count("\n")) == ("cancelled", count)
    assert {str(node.state) for node in run.nodes.values()} <= {"succeeded", "cancelled"}
    store.close()


def test_a_run_that_nobody_holds_is_cancelled_by_the_call(url: str) -> None:
    """Law: it ends CANCELLED without starting anything, and nobody may answer it any more."""
    pw.run(flows.publishing, {"text": "news"}, store=url, run_id="r", leave=0)
    assert pw.cancel("r", store=url) == "cancelled"
    with pytest.raises(pw.AnsweredLate):
        pw.answer("r", "approve", approve=True, by="ann", store=url)
    with pytest.raises(pw.RunCancelled):
        pw.resume("r", store=url)
    with pytest.raises(pw.UnknownRun):
        pw.cancel("q", store=url)


def test_cancelling_on_the_loop_of_the_run_does_not_wait_for_itself(place: str) -> None:
    """Law: on a running loop the call returns at once; the run hears of it at its next look."""

    async def main() -> pw.Run[Any]:
        run = await pw.start(flows.expiring, {"seconds": 1000.0}, store=place, run_id="r")
        assert pw.cancel("r", store=place) == "running"
        return await run.wait(check=False)

    assert str(asyncio.run(main()).state) == "cancelled"


def test_a_live_run_in_a_store_is_answered_by_its_own_object(place: str) -> None:
    """Law: run.answer, run.send and run.questions are those of the store."""

    async def main() -> Any:
        run = await pw.start(flows.publishing, {"text": "news"}, store=place, run_id="r")
        await asyncio.to_thread(until, lambda: run.questions)
        assert run.questions == tuple(pw.questions("r", store=place))
        run.send("nothing", 1)
        with pytest.raises(pw.NotAllowed):
            run.answer("approve", approve=True)
        run.answer("approve", approve=False, by="ann")
        assert run.questions == ()
        return (await run.wait()).result[0]

    assert asyncio.run(main()) == "kept back"


# ---------------------------------------------------------------------- the store


def test_news_are_told_until_they_are_taken(store: Store) -> None:
    """Law: what is wanted, answered and sent is told of the runs asked for, in order, until the holder has taken it."""
    chain = created(store, questions=(question("a"), question("b")))
    created(store, "q")
    assert store.news(["r", "q"], ["r"], [("r", "paid")]) == []
    store.want("q", "cancel")
    store.answer("r", "b", "1", "ann", None)
    for number in range(3):
        store.send("r", "paid" if number else "other", str(number), "", f"id {number}")
    store.send("r", "paid", "9", "", "id 1")
    told = store.news(["r", "q"], ["r", "q"], [("r", "paid"), ("q", "paid")])
    assert [(one.run, one.kind, one.name, one.text, one.number) for one in told] == [
        ("q", "wanted", "cancel", "", -1),
        ("r", "answer", "b", "1", -1),
        ("r", "event", "paid", "1", 1),
        ("r", "event", "paid", "2", 2),
    ]
    assert store.news(["r"], [], [("r", "other")])[0].text == "0"
    store.commit([chain.write(closed=("b",), taken=(1,))])
    assert [one.text for one in store.news(["r"], ["r"], [("r", "paid")])] == ["2"]
    many = [f"run {number}" for number in range(2_000)]
    assert store.news([*many, "q"], many, [(run, "paid") for run in many]) == [News("q", "wanted", "cancel")]


def test_a_waiting_run_is_due_when_its_event_has_come(store: Store) -> None:
    """Law: of what is sent only that for which a run waits makes it claimable."""
    created(store, state="waiting", questions=(question("a", event="paid"), question("b")), is_release=True)
    store.send("r", "other", "1", "", "1")
    assert store.claimable() == []
    store.send("r", "paid", "1", "", "2")
    assert store.claimable() == ["r"]


def test_the_last_moment_of_a_question_is_decided_once(store: Store) -> None:
    """Law: closing a question tells whether it was answered before, and is refused to who holds the run no more."""
    created(store, questions=(question("a"), question("b")))
    store.answer("r", "a", "1", "ann", None)
    assert (store.stop_asking("r", "a", 1).answer, store.stop_asking("r", "a", 1).closed_at) == ("1", None)
    assert store.stop_asking("r", "b", 1).closed_at is not None
    with pytest.raises(pw.AnsweredLate):
        store.answer("r", "b", "1", "ann", None)
    with pytest.raises(pw.UnknownQuestion):
        store.stop_asking("r", "c", 1)
    with pytest.raises(LeaseLost):
        store.stop_asking("r", "b", 2)


def test_a_question_may_be_asked_again(store: Store) -> None:
    """Law: what a node asks anew takes the place of what it asked before, with its answer."""
    chain = created(store, questions=(question("a"),))
    store.answer("r", "a", "1", "ann", None)
    chain_again(store, chain)
    (again,) = store.questions("r")
    assert (again.token, again.answer, again.closed_at) == ("new", None, None)
    assert store.answer("r", "a", "2", "ann", "new").answer == "2"


def chain_again(store: Store, chain: Chain) -> None:
    """Ask at the same node once more."""
    store.commit([chain.write(closed=("a",))])
    assert store.commit([chain.write(questions=(replace(question("a"), token="new"),))]) == [None]


class Flaky:
    """A store that fails in some calls, of which it has as many as are said."""

    def __init__(self, store: Store, failures: int) -> None:
        self.store = store
        self.failures = failures

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise StoreBusy("busy")
            return getattr(self.store, name)(*arguments)

        return call


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_look_that_fails_is_made_again(store: Store, failures: int) -> None:
    """Law: nothing is lost when the store fails for a while: neither news, nor that a time is over."""
    created(store, questions=(question("a"), question("b")))
    store.answer("r", "a", "1", "ann", None)
    told: list[tuple[list[str], list[str]]] = []
    box = Mailbox("r", 1, lambda news, late: told.append(([one.name for one in news], list(late))), is_asking=True)
    flaky = Flaky(store, failures)
    inbox = Inbox(flaky, every=1000)
    inbox.hold(box)
    box.late.extend(["a", "b", "nothing is asked here"])
    for _ in range(failures + 1):
        inbox.look()
    inbox.let_go("r")
    assert {name for names, _ in told for name in names} == {"a"}
    assert sorted(name for _, late in told for name in late) == ["a", "b"]
    assert {thread.name for thread in threading.enumerate()}.isdisjoint({"planweave inbox"})
    with pytest.raises(StoreError):
        store.answer("r", "b", "1", "ann", None)
    assert store.row("r").holder == HERE
