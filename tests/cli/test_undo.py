"""Undo from the command line: a run that fails, one that is killed while it undoes, and one that is cancelled."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cli.commands import TIME_LIMIT, Call
from tests.cli.durable import flows, ledger, reached, started

BOOKING = """\
import planweave as pw
from flows import hold, note


def unbook(what: str) -> None:
    note(f"unbook {what}")
    hold(f"unbook-{what}")


@pw.task(undo=unbook)
def book(what: str) -> str:
    note(f"book {what}")
    return what


@pw.task
def pay(seat: str, room: str) -> str:
    hold("pay")
    raise ValueError("no money")


@pw.workflow(on_failure="undo")
def trip() -> str:
    seat = book.using(id="seat")("seat")
    return pay(seat, book.using(id="room", after=[seat])("room"))


@pw.workflow
def asking() -> str:
    seat = book.using(id="seat")("seat")
    good = pw.approve("Really?", about=seat, id="good")
    return pw.when(good, then=lambda: pay(seat, seat), otherwise=lambda: seat)
"""


@pytest.fixture
def booking(tmp_path: Path) -> Path:
    (tmp_path / "booking.py").write_text(BOOKING)
    flows(tmp_path)
    return tmp_path


def test_what_was_undone_is_told_and_shown(call: Call, booking: Path) -> None:
    """Law: the last success is undone first; the failure says how many were, and every verb knows the states."""
    done = call("run", "booking.py:trip", "--store", "here.db")
    assert done.code == 1
    assert "undoing 2 nodes" in done.err
    assert "failed at 'pay': ValueError: no money; 2 nodes were undone" in done.err
    assert ledger(booking) == ["book seat", "book room", "unbook room", "unbook seat"]
    shown = call("show", "last", "--store", "here.db").out
    assert "seat       compensated" in shown
    assert "seat@undo  succeeded" in shown
    why = call("explain", "last", "seat", "--store", "here.db").out
    assert "it had succeeded, and its run failed at 'pay', so 'seat@undo' undoes it" in why
    assert call("audit", "verify", "--store", "here.db").code == 0


def test_a_run_that_is_killed_while_it_undoes_goes_on_undoing(call: Call, booking: Path) -> None:
    """Law: what was undone is not undone again; what was being undone is, and then the rest."""
    (booking / "unbook-seat.hold").touch()
    process = started(booking, "run", "booking.py:trip", "-q", "--store", "here.db")
    reached(booking, "unbook-seat")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=TIME_LIMIT)
    assert "interrupted" in call("runs", "--store", "here.db").out
    why = call("explain", "last", "seat", "--store", "here.db").out
    assert why.startswith("seat (compensating)\n")
    (booking / "unbook-seat.hold").unlink()
    assert ledger(booking) == ["book seat", "book room", "unbook room", "unbook seat"]
    assert call("resume", "last", "-q", "--store", "here.db").code == 1
    assert ledger(booking) == ["unbook seat"]
    nodes = call("show", "last", "--store", "here.db", "--json").document["nodes"]
    assert (nodes["room"]["state"], nodes["seat"]["state"]) == ("compensated", "compensated")


def test_a_cancel_undoes_if_it_is_told_to(call: Call, booking: Path) -> None:
    """Law: of a run that nobody holds, what succeeded is undone by the command itself."""
    assert call("run", "booking.py:asking", "-q", "--store", "here.db").code == 0
    done = call("cancel", "last", "--undo", "--store", "here.db")
    assert (done.code, done.out.endswith(" is cancelled\n")) == (0, True)
    assert ledger(booking) == ["book seat", "unbook seat"]
    nodes = call("show", "last", "--store", "here.db", "--json").document["nodes"]
    assert {name: node["state"] for name, node in nodes.items()} == {
        "seat": "compensated",
        "good": "cancelled",
        "when": "cancelled",
        "seat@undo": "succeeded",
    }


def test_a_cancel_elsewhere_undoes_there(call: Call, booking: Path) -> None:
    """Law: the process that runs it hears of it, and undoes what succeeded."""
    (booking / "pay.hold").touch()
    process = started(booking, "run", "booking.py:trip", "-q", "--store", "here.db")
    reached(booking, "pay")
    done = call("cancel", "last", "--undo", "--store", "here.db")
    assert done.code == 0
    (booking / "pay.hold").unlink()
    process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 130
    assert ledger(booking) == ["book seat", "book room", "unbook room", "unbook seat"]
    assert call("show", "last", "--store", "here.db", "--json").document["state"] == "cancelled"
