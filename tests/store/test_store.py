"""The contract of stores, which SQLite and PostgreSQL keep alike: what one call does, and what it refuses."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planweave.engine.errors import (
    AlreadyAnswered,
    AnsweredLate,
    LeaseLost,
    PolicyError,
    RunExists,
    RunHeld,
    StoreError,
    UnknownQuestion,
    UnknownRun,
    WrongToken,
)
from planweave.engine.store import reading
from planweave.engine.store.entry import START, Entry
from planweave.engine.store.rows import RunRow, Write
from planweave.engine.store.store import Store, open_store
from tests.store.common import HERE, THERE, Chain, accepted, created, never, question

# ---------------------------------------------------------------------- create


def test_a_new_run_is_there_with_its_first_entry_and_its_holder(store: Store) -> None:
    """Law: what is created is recorded as a whole, by the clock of the store, and held from the start."""
    before = store.now()
    chain = created(store, seconds=60)
    row = store.row("r")
    assert (row.workflow, row.state, row.token, row.holder) == ("work", "running", 1, HERE)
    assert before <= row.created == row.updated <= store.now() and row.lease_until == row.created + 60
    assert (row.entries, row.head) == (1, chain.entries[0].hash)
    assert list(store.entries("r")) == chain.entries


def test_every_field_of_a_run_is_kept(store: Store) -> None:
    """Law: a run is read as it was created, whatever is in its texts."""
    text = 'é ∀ 𝔸 "quoted" \\ ? %s $1 \n\t'
    row = RunRow(
        "a/b ?%s", text, "queued", 0, 0, text, '{"nodes":[]}', text, text, text, "parent", "node", wanted="undo"
    )
    store.create(row, Chain(row.id).write(due=5.5, reason=text), HERE, 1.0)
    kept = store.row(row.id)
    set_by_the_store = ("created", "updated", "token", "holder", "lease_until", "entries", "head", "sealed", "seal")
    expected = dataclasses.replace(
        row, due=5.5, reason=text, **{name: getattr(kept, name) for name in set_by_the_store}
    )
    assert kept == expected


def test_a_run_is_created_once(store: Store) -> None:
    """Law: an id that is taken is refused, even to its own holder, and nothing of the second run is written."""
    chain = created(store)
    for holder in (HERE, THERE):
        with pytest.raises(RunExists):
            store.create(RunRow("r", "other", "queued"), Chain().write("[1]"), holder, 60)
    assert store.row("r").workflow == "work" and list(store.entries("r")) == chain.entries


# ---------------------------------------------------------------------- commit


def test_a_commit_appends_and_moves_the_run_on(store: Store) -> None:
    """Law: the entries, the state, the reason and the due time are there together."""
    chain = created(store)
    assert accepted(store, chain.write("[2]", state="waiting", reason="for Ada", due=12.5)) == [True]
    row = store.row("r")
    assert (row.state, row.reason, row.due, row.holder) == ("waiting", "for Ada", 12.5, HERE)
    assert accepted(store, chain.write("[3]")) == [True]
    row = store.row("r")
    assert (row.state, row.reason, row.due) == ("waiting", "for Ada", 12.5), "what is not said stays"
    assert accepted(store, chain.write("[4]", reason="for Bob")) == [True]
    row = store.row("r")
    assert (row.state, row.reason, row.due) == ("waiting", "for Bob", None), "the due time is said with any of these"
    assert (row.entries, row.head) == (4, chain.entries[-1].hash) and list(store.entries("r")) == chain.entries


def test_the_row_of_a_run_that_is_held_tells_of_its_entries_later(store: Store) -> None:
    """Law: an append leaves the row alone, and whoever asks is told of it all the same; at each claim, renewal, release
    and change of the state the row itself tells of all entries."""
    chain = created(store)

    def told(sealed: int) -> None:
        row, last = store.row("r"), chain.entries
        assert (row.entries, row.head) == (len(last), last[-1].hash)
        assert (row.sealed, row.seal) == (sealed, last[sealed - 1].hash)
        assert [replace(row, graph=None)] == store.rows(is_brief=True) and [row] == store.rows()

    told(1)
    assert accepted(store, chain.write(), chain.write()) == [True, True]
    told(1)
    store.renew(HERE, 60)
    told(3)
    assert accepted(store, chain.write()) == [True]
    told(3)
    row = store.claim("r", THERE, 60, is_dead=lambda holder: True)
    chain.token = 2
    assert (row.entries, row.head, row.sealed) == (4, chain.entries[-1].hash, 4)
    assert accepted(store, chain.write()) == [True]
    told(4)
    assert accepted(store, chain.write(state="waiting")) == [True]
    told(6)
    assert accepted(store, chain.write()) == [True]
    assert accepted(store, Write("r", 2, is_release=True)) == [True]
    told(7)


def test_a_tail_that_is_cut_off_is_missed(store: Store) -> None:
    """Law: behind entries that the row tells of and that are not there nothing is written."""
    chain = created(store)
    accepted(store, chain.write(), chain.write(state="running"))
    store._write(lambda cursor: cursor.execute("DELETE FROM entry WHERE number = 2"))  # type: ignore[attr-defined]  # because no store deletes an entry by itself
    assert store.row("r").entries == 3
    assert accepted(store, Write("r", 1, (Entry.after(START, 2, "[9]"),))) == [False]


def test_one_write_may_bring_no_entry_or_several(store: Store) -> None:
    """Law: what is written about a run need not be as it mostly is: one entry."""
    chain = created(store)
    assert accepted(store, Write("r", 1, due=7.0)) == [True]
    assert (store.row("r").entries, store.row("r").due) == (1, 7.0)
    several = (*chain.write("[2]").entries, *chain.write("[3]").entries)
    assert accepted(store, Write("r", 1, several), Write("r", 1, state="failed")) == [True, True]
    assert list(store.entries("r")) == chain.entries and store.row("r").state == "failed"


def test_a_release_leaves_the_run_to_anybody(store: Store) -> None:
    """Law: whoever gives a run out of his hands holds it no more, and another may claim it at once."""
    chain = created(store)
    assert accepted(store, chain.write(is_release=True)) == [True]
    assert (store.row("r").holder, store.row("r").lease_until) == (None, None)
    assert store.claim("r", THERE, 60, is_dead=never).holder == THERE


def test_who_has_let_go_of_a_run_writes_nothing(store: Store) -> None:
    """Law: after a release nothing is written by the one who held the run, though nobody has taken it over yet."""
    chain = created(store)
    assert accepted(store, chain.write(is_release=True)) == [True]
    before = store.row("r")
    late = chain.write()
    for write in (late, replace(late, state="failed"), Write("r", 1, due=7.0), Write("r", 1, is_release=True)):
        assert isinstance(store.commit([write])[0], LeaseLost)
    assert store.row("r") == before and list(store.entries("r")) == chain.entries[:2]


def test_a_group_of_writes_is_kept_in_order(store: Store) -> None:
    """Law: several writes about several runs are one commit, and those of one run follow each other."""
    first, second = created(store, "a"), created(store, "b")
    writes = [
        second.write("[1]"),
        first.write("[1]", state="waiting"),
        second.write("[2]"),
        first.write(state="failed"),
    ]
    assert accepted(store, *writes) == [True] * 4
    assert list(store.entries("a")) == first.entries and list(store.entries("b")) == second.entries
    assert store.row("a").state == "failed" and accepted(store) == []


def test_a_write_with_an_old_token_writes_nothing(store: Store) -> None:
    """Law: after a run was taken over, nothing of its former holder is taken: no entry, no state, no question."""
    chain = created(store, questions=(question("open"),))
    other = created(store, "other")
    taken = store.claim("r", THERE, 60, is_dead=lambda holder: True)
    stale = chain.write("[2]", state="failed", reason="no", questions=(question(),), closed=("open",), is_release=True)
    refused, kept = store.commit([stale, other.write("[2]")])
    assert isinstance(refused, LeaseLost) and kept is None, "the others of the group are not concerned"
    assert store.row("r") == taken and list(store.entries("r")) == chain.entries[:1]
    assert [(one.node, one.closed_at) for one in store.questions("r")] == [("open", None)]
    assert isinstance(store.commit([Write("unknown", 1)])[0], LeaseLost)
    assert isinstance(store.commit([Write("r", 1, state="failed")])[0], LeaseLost)


def test_a_commit_that_fails_has_written_nothing(store: Store) -> None:
    """Law: a group is written as a whole or not at all."""
    chain, other = created(store), created(store, "other")
    before = store.row("r"), store.row("other")
    next_number = store.row("r").entries
    twice = Write("r", 1, (Entry.after(START, next_number, "[9]"), Entry.after(START, next_number, "[9]")), "failed")
    with pytest.raises(StoreError):
        store.commit([other.write("[2]"), twice])
    assert (store.row("r"), store.row("other")) == before and list(store.entries("r")) == chain.entries
    assert accepted(store, chain.write("[2]")) == [True], "the store goes on"


def test_nothing_is_written_behind_a_gap(store: Store) -> None:
    """Law: what follows an entry that is not there is refused, even from the holder, and so is what was there."""
    chain = created(store)
    count = store.row("r").entries
    for number in (count - 1, count + 1):
        (error,) = store.commit([Write("r", 1, (Entry.after(START, number, "[9]"),), "failed")])
        assert error is not None
    assert list(store.entries("r")) == chain.entries and store.row("r").state != "failed"


# ---------------------------------------------------------------------- claim and renew


def test_a_held_run_is_claimed_by_nobody(store: Store) -> None:
    """Law: while a lease lasts and its holder may live, the claim of another is refused and says for how long."""
    created(store, seconds=60)
    with pytest.raises(RunHeld, match="process 11 on one") as caught:
        store.claim("r", THERE, 60, is_dead=never)
    assert 0 < caught.value.seconds <= 60 and caught.value.until == pytest.approx(store.row("r").lease_until)
    with pytest.raises(RunHeld):
        store.claim("r", HERE, 60, is_dead=lambda holder: True)
    assert store.row("r").token == 1


def test_a_claim_gives_a_greater_token_than_any_before(store: Store) -> None:
    """Law: a dead holder's run, one with a lease that has ended, and one that was given back can be claimed."""
    created(store)
    row = store.claim("r", THERE, -1, is_dead=lambda holder: holder == HERE)
    assert (row.token, row.holder) == (2, THERE)
    assert store.claim("r", HERE, 60, is_dead=never).token == 3, "that lease had ended before it began"
    assert accepted(store, Write("r", 3, is_release=True)) == [True]
    row = store.claim("r", HERE, 60, is_dead=never)
    assert row.token == 4 and row == store.row("r") and row.lease_until == row.updated + 60


def test_an_unknown_run_is_told(store: Store) -> None:
    """Law: whatever needs a run says that there is none; what lists gives nothing."""
    with pytest.raises(UnknownRun, match="'nobody'"):
        store.row("nobody")
    with pytest.raises(UnknownRun):
        store.claim("nobody", HERE, 60, is_dead=never)
    with pytest.raises(UnknownRun):
        store.want("nobody", "cancel")
    with pytest.raises(UnknownRun):
        store.answer("nobody", "n", "true", "ada", None)
    assert list(store.entries("nobody")) == [] and store.questions("nobody") == [] and store.rows() == []


def test_leases_are_renewed_together(store: Store) -> None:
    """Law: renewing concerns all that the holder still holds, and nothing else, and says which runs these are."""
    for run in ("kept", "lost", "left"):
        created(store, run, seconds=1)
    other = created(store, "other", THERE, seconds=1)
    before = store.row("other")
    store.claim("lost", THERE, 60, is_dead=lambda holder: True)
    store.commit([Write("left", 1, is_release=True)])
    assert store.renew(HERE, 500) == {"kept"} and store.renew("three|b|3|3|x", 500) == set()
    assert (store.row("kept").lease_until or 0) > store.now() + 400
    assert store.row("other") == before and store.row("left").lease_until is None
    assert accepted(store, other.write()) == [True]


CLAIMABLE: dict[str, tuple[dict[str, Any], bool]] = {
    "left alone": ({"state": "running", "is_release": True}, True),
    "held": ({"state": "running"}, False),
    "ended": ({"state": "succeeded", "is_release": True}, False),
    "blocked": ({"state": "blocked", "is_release": True}, False),
    "waiting": ({"state": "waiting", "is_release": True}, False),
    "waiting for later": ({"state": "waiting", "due": 1e12, "is_release": True}, False),
    "due": ({"state": "waiting", "due": 1.0, "is_release": True}, True),
    "due but held": ({"state": "waiting", "due": 1.0}, False),
    "asking": ({"state": "waiting", "questions": (question(run="x"),), "is_release": True}, False),
}


@pytest.mark.parametrize("case", CLAIMABLE)
def test_a_run_is_claimable_when_somebody_should_take_it_up(store: Store, case: str) -> None:
    """Law: nobody holds it, and there is something to do: it runs, it is due, it was answered, or it is to end."""
    write, is_claimable = CLAIMABLE[case]
    created(store, "x", **write)
    assert store.claimable() == (["x"] if is_claimable else [])


def test_a_waiting_run_becomes_claimable_by_what_others_say(store: Store) -> None:
    """Law: an answer or a wish is something to do, and so is a lease that has ended; the first created comes first."""
    for run in ("c", "b", "a"):
        created(store, run, state="waiting", questions=(question(run=run),), is_release=run != "a", seconds=-1)
    assert store.claimable() == []
    store.answer("b", "n", "true", "ada", None)
    store.want("c", "cancel")
    store.want("a", "cancel")
    assert store.claimable() == ["c", "b", "a"]


# ---------------------------------------------------------------------- questions


def test_a_question_is_answered_once_and_for_all(store: Store) -> None:
    """Law: the first answer stays; the second is refused, whoever gives it."""
    created(store, questions=(question(until=1e12),))
    answered = store.answer("r", "n", "true", "ada", "t")
    assert (answered.answer, answered.answered_by) == ("true", "ada") and answered.until == 1e12
    assert answered.answered_at == pytest.approx(store.now(), abs=60)
    for by in ("ada", "bob"):
        with pytest.raises(AlreadyAnswered, match="ada"):
            store.answer("r", "n", "true", by, None)
    assert store.questions() == [answered] == store.questions("r") and store.questions("q") == []


def test_each_refusal_of_an_answer_is_an_error_of_its_own(store: Store) -> None:
    """Law: unknown, with another token, late, and closed are told apart, and change nothing."""
    chain = created(store, questions=(question("late", until=1.0), question("open"), question("closed")))
    store.commit([chain.write(closed=("closed", "never asked"))])
    before = store.questions("r")
    with pytest.raises(UnknownQuestion, match="'none'") as caught:
        store.answer("r", "none", "true", "ada", "t")
    assert caught.value.node == "none"
    with pytest.raises(WrongToken):
        store.answer("r", "open", "true", "ada", "T")
    for node in ("late", "closed"):
        with pytest.raises(AnsweredLate):
            store.answer("r", node, "true", "ada", "t")
    assert store.questions("r") == before and [one.node for one in before] == ["closed", "late", "open"]


def test_a_question_is_closed_by_what_closes_it(store: Store) -> None:
    """Law: closing concerns the questions named, keeps an answer, and the time of the first closing."""
    chain = created(store, questions=(question("a"), question("b"), question("c")))
    store.answer("r", "a", "1", "ada", None)
    store.commit([chain.write(closed=("a", "b"))])
    first = store.questions("r")
    assert [one.closed_at is None for one in first] == [False, False, True] and first[0].answer == "1"
    store.commit([chain.write(closed=("a",), questions=(question("d"),))])
    assert store.questions("r")[:3] == first


def test_a_question_that_is_asked_and_closed_at_once_is_closed(store: Store) -> None:
    """Law: of one write the questions come first, then what is closed."""
    chain = created(store)
    store.commit([chain.write(questions=(question("a"), question("b")), closed=("a",))])
    assert [(one.node, one.closed_at is None) for one in store.questions()] == [("a", False), ("b", True)]
    store.commit([chain.write(questions=(question("a"), question("b")), closed=("a", "b"))])
    assert [(one.node, one.closed_at is None) for one in store.questions()] == [("a", False), ("b", False)]


def test_the_first_wish_stays(store: Store) -> None:
    """Law: a wish is on record until the run has ended; one about a run that has ended is not taken."""
    created(store)
    assert store.want("r", "cancel").wanted == "cancel" == store.row("r").wanted
    assert store.want("r", "undo").wanted == "cancel"
    created(store, "over", state="succeeded")
    assert store.want("over", "cancel").wanted is None


# ---------------------------------------------------------------------- reading


def test_runs_are_listed_by_when_they_were_created(store: Store) -> None:
    """Law: those created last come first; states choose among them."""
    for run, state in (("a", "failed"), ("c", "running"), ("b", "failed")):
        created(store, run, state=state)
    assert [one.id for one in store.rows()] == ["b", "c", "a"]
    assert [one.id for one in store.rows(["failed"])] == ["b", "a"]
    assert [one.id for one in store.rows(["failed", "running", "?"])] == ["b", "c", "a"] and store.rows(
        ["queued"]
    ) == []


def test_entries_are_read_in_order_from_any_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: however many entries are read at a time, each comes once, in order."""
    chain = created(store)
    for i in range(11):
        store.commit([chain.write(f'["{i}"]')])
    for chunk in (1, 3, 4, 12, 100):
        monkeypatch.setattr(reading, "CHUNK", chunk)
        for start in (0, 1, 5, 11, 12, 99):
            assert list(store.entries("r", start)) == chain.entries[start:]


def test_entries_may_be_read_while_others_write(store: Store) -> None:
    """Law: whoever reads entries one by one holds nobody up."""
    chain = created(store)
    reader = store.entries("r")
    assert next(reader) == chain.entries[0]
    assert accepted(store, chain.write()) == [True]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=2000))
def test_any_text_is_read_as_it_was_written(store: Store, text: str) -> None:
    """Law: entries and values come back to the letter."""
    run = f"run {time.monotonic_ns()}"
    chain = created(store, run, text=text)
    store.keep(run, text, run)
    assert list(store.entries(run)) == chain.entries and store.cached(run) == text


def test_the_first_value_of_equal_calls_is_kept(store: Store) -> None:
    """Law: a value is kept under its key once; another key has none."""
    store.keep("key", "[1]", "r")
    store.keep("key", "[2]", "r")
    assert store.cached("key") == "[1]" and store.cached("Key") is None


def test_large_values_are_kept_by_name(store: Store) -> None:
    """Law: a blob comes back as it was put; putting it again changes nothing."""
    data = bytes(range(256)) * 8000
    store.put_blob("ab12", data)
    store.put_blob("ab12", data)
    store.put_blob("empty", b"")
    assert store.get_blob("ab12") == data and store.get_blob("empty") == b"" and store.get_blob("none") is None


# ---------------------------------------------------------------------- the store itself


def test_a_store_is_found_again_by_its_url(store: Store) -> None:
    """Law: what one has acknowledged another reads, opened by the same URL."""
    chain = created(store)
    other = open_store(store.url)
    try:
        assert other.url == store.url and list(other.entries("r")) == chain.entries
        assert accepted(other, chain.write()) == [True] and list(store.entries("r")) == chain.entries
    finally:
        other.close()


def test_a_closed_store_says_so(store: Store) -> None:
    """Law: after it was closed a store refuses, with an error of its own, and can be closed again."""
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.rows()
    with pytest.raises(StoreError):
        store.commit([Write("r", 1)])


def test_a_store_is_a_store(store: Store) -> None:
    """Law: each has all that the protocol names, and tells the time."""
    assert isinstance(store, Store) and store.now() == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("where", ["mysql://host/runs", "sqlite:///", "postgresql://", "", "://x"])
def test_what_is_no_place_for_runs_is_refused(where: str) -> None:
    """Law: a place that names no store is a mistake, told with what to write instead."""
    with pytest.raises(PolicyError, match="is no place for runs") as caught:
        open_store(where)
    assert "sqlite:///" in str(caught.value)
