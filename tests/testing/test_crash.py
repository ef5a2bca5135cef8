"""``pw_crash``, as somebody uses it for a workflow of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planweave.engine.store.store import open_store
from tests.postgres import Server
from tests.testing.conftest import Somebody

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    server = Server()
    yield server
    server.close()


MAIL = """
@pw.task(crash_limit=None)
def text(name: str) -> str:
    return f"Hello, {name}"

@pw.task(crash_limit=None, retry=pw.Retry(3, base=0.002, cap=0.002))
def mail(text: str) -> int:
    ledger().record("mail sent", key=text)
    return len(text)

@pw.workflow
def greet(names: list[str]) -> list[int]:
    return mail.map(text.map(names))
"""

ASKING = """
@pw.task(crash_limit=None)
def publish(signed: pw.Approval, number: int) -> str:
    return f"{signed.by}: {number}"

@pw.workflow
def ask() -> str:
    signed = pw.approve("Publish?", by=["ann", "bob"], not_by="ann", id="sign")
    number = pw.wait_for("number", int, id="number", after=[pw.sleep(0.002)])
    return publish(signed, number)
"""


def test_a_workflow_that_is_sound_survives_every_kill(somebody: Somebody) -> None:
    """What survived is told: where it was killed, how it ended, what it did."""
    told = somebody.tests(
        MAIL
        + """
def test_greet(pw_crash, pw_ledger):
    survived = pw_crash(greet, {"names": ["Ada", "Alan"]})
    assert len(survived) >= 10
    assert survived[0].boundary == "before the write of run_started"
    assert survived[-1].boundary.startswith("after the write of")
    assert {tuple(one.run.result) for one in survived} == {(10, 11)}
    for one in survived:
        assert one.count("mail sent", "Hello, Ada") in (1, 2)
    assert any(one.count() > 2 for one in survived), "what a killed attempt has done is done again"
    pw_ledger.assert_at_least_once("mail sent", "Hello, Alan")
    assert pw_ledger.count("mail sent") == 4 + sum(one.count() for one in survived), "and that of the two unharmed"
"""
    )
    told.assert_outcomes(passed=1)


def test_an_effect_that_is_had_twice_is_told_by_the_ledger(somebody: Somebody) -> None:
    """The message names the run, the node and its attempts; which kill it was is in the name of the run."""
    told = somebody.tests(
        MAIL
        + """
def test_greet(pw_crash, pw_ledger):
    pw_crash(greet, {"names": ["Ada"]})
    pw_ledger.assert_at_most_once("mail sent")
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.re_match_lines(
        [
            (
                r"E +.*NotOnce: 'mail sent' with the key 'Hello, Ada' happened 2 times in run 'killed-before-\d+'"
                r": by attempt 1 of 'mail\[0\]' \(process \d+\), and by attempt 2 of 'mail\[0\]' \(process \d+\)"
            )
        ]
    )


def test_a_task_that_looks_first_does_it_once(somebody: Somebody) -> None:
    """An interrupted attempt has had its effect: the next may find that out, and need not have it again."""
    told = somebody.tests(
        """
@pw.task(crash_limit=None)
def pay() -> str:
    key = pw.context().idempotency_key
    if not ledger().count("paid", key):
        ledger().record("paid", key)
    return f"paid as {key}"

@pw.workflow
def order() -> str:
    return pay()

def test_order(pw_crash, pw_ledger):
    survived = pw_crash(order)
    assert [one.count("paid") for one in survived] == [1] * len(survived)
    pw_ledger.assert_exactly_once("paid")
"""
    )
    told.assert_outcomes(passed=1)


def test_a_workflow_that_asks_is_answered(somebody: Somebody) -> None:
    """Approvals and events are answered by the node that asks, as somebody who may."""
    told = somebody.tests(
        ASKING
        + """
def test_ask(pw_crash):
    survived = pw_crash(ask, replies={"sign": True, "number": 7})
    assert {one.run.result for one in survived} == {"bob: 7"}
    assert sum("answer" in one.boundary for one in survived) >= 4, "it is killed where answers are written, too"

def test_rejected(pw_crash):
    survived = pw_crash(ask, replies={"sign": False, "number": 7}, sample=2)
    assert len(survived) == 2 and {one.run.result for one in survived} == {"bob: 7"}
"""
    )
    told.assert_outcomes(passed=2)


def test_a_question_without_a_reply_is_named(somebody: Somebody) -> None:
    """It does not wait for its patience to end: the node and the mend are told at once."""
    told = somebody.tests(
        ASKING
        + """
def test_ask(pw_crash):
    pw_crash(ask, replies={"number": 7})
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(["*'sign' asks \"Publish?\", and nobody answers: pass replies={'sign': True}*"])


def test_a_task_that_gives_another_result_each_time_is_found_without_any_kill(somebody: Somebody) -> None:
    """Two runs that nobody harms differ: the node that parts them is named."""
    told = somebody.tests(
        """
import random

@pw.task
def draw() -> float:
    return random.random()

@pw.task
def double(number: float) -> float:
    return 2 * number

@pw.workflow
def lottery() -> float:
    return double(draw())

def test_lottery(pw_crash):
    pw_crash(lottery)

def test_that_does_not_matter(pw_crash):
    survived = pw_crash(lottery, outcome=lambda run: run.state)
    assert len(survived) >= 6
"""
    )
    told.assert_outcomes(failed=1, passed=1)
    told.stdout.re_match_lines(
        [r"E +planweave.*NotTheSame: not killed, for the second time: it ended with .*first difference: 'draw' gave"]
    )
    told.stdout.no_fnmatch_line("*everywhere.py:*")


def test_what_a_process_remembers_is_gone_when_it_is_killed(somebody: Somebody) -> None:
    """A global variable makes a resumed run differ; the boundary and the node are named, and where the record is."""
    told = somebody.tests(
        """
SEEN = []

@pw.task(crash_limit=None)
def see(name: str) -> str:
    SEEN.append(name)
    return name

@pw.task(crash_limit=None)
def tell(last: str) -> list[str]:
    return SEEN + ["!"]

@pw.workflow
def walk() -> list[str]:
    return tell(see("lake"))

def test_walk(pw_crash):
    pw_crash(walk)
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.re_match_lines(
        [
            (
                r"E +planweave.*NotTheSame: killed (before|after) the write of \w+ '(see|tell)': it ended with "
                r".*\['!'\].*, without kills with .*\['lake', '!'\].*'tell' gave \['!'\] instead of \['lake', '!'\]"
            ),
            r"E +It is recorded as run 'killed-(before|after)-\d+'\.",
            r"E +Look at it: planweave show RUN --store .*runs\.db",
        ]
    )
    (store,) = {line.split("--store ")[1] for line in told.outlines if "--store " in line}
    opened = open_store(store)
    assert "unharmed" in {row.id for row in opened.rows()}, "what is recorded is kept for a look"
    opened.close()


def test_effects_that_differ_each_time_are_told(somebody: Somebody) -> None:
    """What happens to another key each time cannot be held against anything."""
    told = somebody.tests(
        """
import uuid

@pw.task(crash_limit=None)
def send() -> None:
    ledger().record("sent", key=uuid.uuid4())

@pw.workflow
def mail() -> None:
    send()

def test_mail(pw_crash):
    pw_crash(mail)
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.re_match_lines(
        [r"E +planweave.*Unusual: not killed, for the second time: 'send' had the effect 'sent' with the key '.*'"]
    )


def test_an_effect_that_gets_lost_is_told(somebody: Somebody) -> None:
    """A task that notes that it is done before it does it, and then believes itself, never does it."""
    told = somebody.tests(
        """
@pw.task(crash_limit=None)
def send(done: str) -> None:
    from pathlib import Path
    note = Path(done) / pw.context().run_id
    if note.exists():
        return
    note.touch()
    if pw.context().run_id.startswith("killed"):
        import time
        time.sleep(0.05)
    ledger().record("sent")

@pw.task(crash_limit=None)
async def wait() -> None:
    await asyncio.sleep(0.02)

@pw.workflow
def mail(done: str) -> None:
    send(done)
    wait()

def test_mail(pw_crash, tmp_path):
    pw_crash(mail, {"done": str(tmp_path)})
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.re_match_lines([r"E +planweave.*Unusual: killed .*: 'send' succeeded, and never had the effect 'sent'"])


def test_a_sample_is_drawn_by_its_seed(somebody: Somebody) -> None:
    """The same seed kills at the same boundaries; fewer than all, and more than there are is all."""
    told = somebody.tests(
        MAIL
        + """
def kills(pw_crash, **options):
    return [one.boundary for one in pw_crash(greet, {"names": ["Ada"]}, **options)]

def test_sample(pw_crash):
    everywhere = kills(pw_crash)
    some = kills(pw_crash, sample=3, seed=5)
    assert len(some) == 3 and set(some) < set(everywhere)
    assert some == sorted(some, key=everywhere.index)
    assert some == kills(pw_crash, sample=3, seed=5)
    assert some != kills(pw_crash, sample=3, seed=6)
    assert kills(pw_crash, sample=1000) == everywhere

@pytest.mark.parametrize("sample", [0, -1, True, "all"])
def test_no_sample(pw_crash, sample):
    with pytest.raises(pw.PolicyError, match="sample="):
        kills(pw_crash, sample=sample)
"""
    )
    told.assert_outcomes(passed=5)


def test_tasks_in_processes_find_the_ledger(somebody: Somebody) -> None:
    """``planweave.testing.ledger()`` is that of the test, wherever it is called."""
    told = somebody.tests(
        """
@pw.task(crash_limit=None, executor="process")
def far(number: int) -> int:
    ledger().record("far", key=number)
    return number

@pw.workflow
def flow() -> int:
    return far(3)

def test_flow(pw_crash, pw_ledger):
    survived = pw_crash(flow, sample=3)
    assert all(one.count("far", 3) >= 1 for one in survived)
    assert {one.process for one in pw_ledger.effects()}.isdisjoint({__import__("os").getpid()})
"""
    )
    told.assert_outcomes(passed=1)


def test_it_works_within_a_running_event_loop(somebody: Somebody) -> None:
    """A test that is a coroutine may kill workflows, too."""
    told = somebody.tests(
        MAIL
        + """
def test_greet(pw_crash):
    async def main():
        return pw_crash(greet, {"names": ["Ada"]}, sample=3)
    assert len(asyncio.run(main())) == 3
"""
    )
    told.assert_outcomes(passed=1)


def test_a_store_may_be_named_and_used_again(somebody: Somebody) -> None:
    """Runs of several tests, and of several calls, stand in one store side by side."""
    told = somebody.tests(
        MAIL
        + """
@pytest.mark.parametrize("time", [1, 2])
def test_greet(pw_crash, tmp_path_factory, time):
    store = tmp_path_factory.getbasetemp() / "mine.db"
    assert len(pw_crash(greet, {"names": ["Ada"]}, store=store, sample=2)) == 2
    assert len(pw_crash(greet, {"names": ["Ada"]}, store=f"sqlite:///{store}", sample=2)) == 2
"""
    )
    told.assert_outcomes(passed=2)


def test_the_store_may_be_in_postgresql(somebody: Somebody, server: Server) -> None:
    """The same at a server."""
    told = somebody.tests(
        MAIL
        + f"""
def test_greet(pw_crash):
    survived = pw_crash(greet, {{"names": ["Ada"]}}, store={server.url()!r}, sample=4)
    assert {{tuple(one.run.result) for one in survived}} == {{(10,)}}
"""
    )
    told.assert_outcomes(passed=1)


def test_a_workflow_that_never_ends_is_stuck(somebody: Somebody) -> None:
    """After its patience it is killed, and where it was is told."""
    told = somebody.tests(
        """
@pw.workflow
def flow() -> int:
    return pw.wait_for("godot", int)

def test_flow(pw_crash):
    pw_crash(flow, patience=1)
"""
    )
    told.assert_outcomes(failed=1)
    told.stdout.fnmatch_lines(["*Stuck: process * is stuck:*"])
