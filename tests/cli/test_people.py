"""`planweave approve`, `send` and `cancel`: what people tell a run, from another process than its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import TIME_LIMIT, Call, command
from tests.cli.durable import flows, killed, ledger, reached, started

ASKING = """\
import planweave as pw


@pw.task
def draft(x: int) -> str:
    return f"draft {x}"


@pw.task
def send(text: str, amount: int) -> str:
    return f"sent {text} for {amount}"


@pw.task
def drop(text: str) -> str:
    return f"dropped {text}"


@pw.workflow
def ask(x: int = 1, timeout: float = 3600.0) -> str:
    text = draft(x)
    good = pw.approve("Send it?", about=text, not_by="bob", timeout=timeout, id="good")
    amount = pw.wait_for("paid", int)
    return pw.when(good, then=lambda: send(text, amount), otherwise=lambda: drop(text))


@pw.task(on_crash="ask")
def risky(x: int) -> int:
    from flows import hold, note

    note("risky")
    hold("risky")
    return x


@pw.workflow
def careful(x: int = 1) -> int:
    return risky(x)
"""


@pytest.fixture
def asking(call: Call, tmp_path: Path) -> Call:
    """A run that waits for a decision and an event is the last one; its process has ended."""
    (tmp_path / "asking.py").write_text(ASKING)
    flows(tmp_path)
    done = call("run", "asking.py:ask")
    assert (done.code, done.out) == (0, "")
    return call


def test_a_run_that_waits_for_people_is_left_with_what_answers_it(asking: Call) -> None:
    """Law: the process ends though the run has not, and says what answers; so say `show` and its document."""
    document = asking("show", "last", "--json").document
    assert (document["state"], document["held"]) == ("waiting", False)
    run = document["id"]
    answers = {
        "good": f"planweave approve {run} good (or --reject)",
        "wait_for": f"planweave send {run} paid VALUE",
    }
    assert {one["node"]: one["kind"] for one in document["questions"]} == {"good": "approval", "wait_for": "event"}
    good = next(one for one in document["questions"] if one["node"] == "good")
    assert (good["title"], good["about"], good["not_by"]) == ("Send it?", "draft 1", ["bob"])
    told = asking("show", "last").out
    assert all(answer in told for answer in answers.values())
    done = asking("resume", "last")
    assert (done.code, done.out) == (0, "")
    assert all(answer in done.err for answer in answers.values())
    assert "it asks for a decision ('Send it?'), and nobody has given it" in asking("explain", "last", "good").out


def test_what_people_answer_is_taken_by_whoever_goes_on(asking: Call, tmp_path: Path) -> None:
    """Law: the answer is on record at once; the run goes on with it elsewhere, and says who gave it."""
    done = asking("approve", "last", "good", "--as", "ann", "--comment", "fine")
    assert done.out.startswith("'good' is approved by ann; planweave resume ")
    assert asking("send", "last", "paid", "42").code == 0
    done = command("worker", "--once", "--store", str(_store(asking)), cwd=tmp_path)
    assert " succeeded" in done.out
    document = asking("show", "last", "--json").document
    assert document["result"] == "sent draft 1 for 42"
    assert document["nodes"]["good"]["value"]["by"] == "ann"
    assert document["nodes"]["good"]["value"]["comment"] == "fine"


def _store(call: Call) -> str:
    return call("runs").out.splitlines()[-1].rpartition(" in ")[2]


def test_a_rejection_takes_the_other_branch(asking: Call) -> None:
    """Law: --reject is a no, which the run hears as one."""
    assert "'good' is rejected by ann" in asking("approve", "last", "good", "--reject", "--as", "ann").out
    asking("send", "last", "paid", "1")
    assert asking("resume", "last", "-q").out == "dropped draft 1\n"


def test_every_refusal_is_an_error_of_its_own(asking: Call) -> None:
    """Law: unknown, not allowed, wrong token, answered before, and too late are told apart; none changes anything."""
    refused = [
        (2, "nothing is asked at 'nope'", ["approve", "last", "nope"]),
        (2, "waits for the event 'paid', and asks for no decision", ["approve", "last", "wait_for"]),
        (1, "'bob' may not answer", ["approve", "last", "good", "--as", "bob"]),
        (1, "the token is not that of the question", ["approve", "last", "good", "--token", "x", "--as", "ann"]),
        (2, "is not JSON", ["send", "last", "paid", "abc"]),
        (2, "there is no run 'x'", ["approve", "x", "good"]),
    ]
    for code, words, arguments in refused:
        done = asking(*arguments)
        assert (done.code, words in done.error) == (code, True), done
    document = asking("show", "last", "--json").document
    token = next(one["token"] for one in document["questions"] if one["node"] == "good")
    answered = asking("approve", "last", "good", "--as", "ann", "--token", token, "--json").document
    assert (answered["answer"], answered["by"]) == ("approved", "ann")
    done = asking("approve", "last", "good", "--as", "eve")
    assert (done.code, "has been answered by ann" in done.error) == (1, True)


def test_a_late_answer_is_refused(call: Call, tmp_path: Path) -> None:
    """Law: after its time nobody answers, and the run fails for that."""
    (tmp_path / "asking.py").write_text(ASKING)
    call("run", "asking.py:ask", "-i", "timeout=0.2", "-q")
    done = call("approve", "last", "good", "--as", "ann")
    assert (done.code, "too late" in done.error) == (1, True)


def test_text_is_sent_as_it_is(asking: Call) -> None:
    """Law: with --text the value is a text, whatever it looks like; a value of another type is refused at once."""
    done = asking("send", "last", "paid", "abc", "--text")
    assert "does not take this value" in done.error
    assert asking("send", "last", "other", "42", "--text").code == 0


def test_a_node_whose_process_ended_asks_what_to_do(call: Call, tmp_path: Path) -> None:
    """Law: with on_crash="ask" nothing is done again until a person says so; --reject fails the node instead."""
    for arguments, state in ((["--as", "ann"], "succeeded"), (["--reject"], "failed")):
        (tmp_path / "asking.py").write_text(ASKING)
        flows(tmp_path)
        (tmp_path / "risky.reached").unlink(missing_ok=True)
        (tmp_path / "risky.hold").touch()
        process = started(tmp_path, "run", "asking.py:careful", "-q", "--store", "here.db")
        reached(tmp_path, "risky")
        process.kill()
        process.communicate(timeout=TIME_LIMIT)
        (tmp_path / "risky.hold").unlink()
        assert ledger(tmp_path) == ["risky"]
        done = call("resume", "last", "--store", "here.db")
        assert done.code == 0
        assert "--reject to fail it" in done.err
        assert ledger(tmp_path) == []
        assert call("approve", "last", "risky", "--store", "here.db", *arguments).code == 0
        done = call("resume", "last", "--store", "here.db", "--json")
        assert done.document["state"] == state
        assert ledger(tmp_path) == (["risky"] if state == "succeeded" else [])


# ---------------------------------------------------------------------- cancel


def test_a_run_in_another_process_is_cancelled(call: Call, tmp_path: Path) -> None:
    """Law: the process that runs it hears of it and ends; what had not started is cancelled."""
    flows(tmp_path)
    (tmp_path / "total.hold").touch()
    process = started(tmp_path, "run", "flows.py:flow", "-q", "--store", "here.db")
    reached(tmp_path, "total")
    done = call("cancel", "last", "--store", "here.db")
    assert done.code == 0
    assert "is being cancelled" in done.out or "is cancelled" in done.out
    (tmp_path / "total.hold").unlink()
    process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 130
    document = call("show", "last", "--store", "here.db", "--json").document
    assert (document["state"], document["nodes"]["report"]["state"]) == ("cancelled", "cancelled")
    assert "report" not in ledger(tmp_path)


def test_a_run_without_a_process_is_cancelled_here(asking: Call, tmp_path: Path) -> None:
    """Law: a run that waits, or whose process is gone, is cancelled by the command itself, and starts nothing."""
    done = asking("cancel", "last")
    assert (done.code, done.out.endswith(" is cancelled\n")) == (0, True)
    killed(tmp_path, "flow", "total", tmp_path / "here.db")
    ledger(tmp_path)
    assert asking("cancel", "last", "--store", "here.db", "--json").document["state"] == "cancelled"
    assert ledger(tmp_path) == []
    assert asking("resume", "last", "--store", "here.db", "-q").code == 130


def test_what_has_ended_is_not_cancelled(call: Call, workflows: Path) -> None:
    """Law: an end stays: cancelling what has ended is refused, and says how it ended."""
    call("run", "workflows.py:doubled", "-i", "x=1", "-q")
    done = call("cancel", "last")
    assert (done.code, "has ended before: it succeeded" in done.error) == (1, True)
