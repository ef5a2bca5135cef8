"""A run is killed at every write of its journal, before it and after it, and goes on as if nothing had been."""

from __future__ import annotations

from pathlib import Path

import pytest

import planweave as pw
from planweave.testing.crash.everywhere import NotTheSame, crash_everywhere
from tests.crash.flows import REPLIES, asking, counting, failing, five, ledger_in


def test_five_nodes_survive_a_kill_at_every_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed anywhere, the run ends as without kills: each success is recorded once, each effect explained."""
    ledger = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(five, {"count": 3}, folder=folder, effects=ledger.effects)
    assert len(survived) >= 20, "a start, a retry, a sleep, a map and a sum are at least ten writes"
    assert {one.account.run.result for one in survived} == {"the sum is 5"}
    assert any(one.account.interrupted for one in survived), "kills between start and end interrupt attempts"
    assert any(one.account.extra > 1 for one in survived), "kills between effect and record have effects again"
    first, *_, last = survived
    assert (first.account.resumes, last.account.resumes) == (0, 0), "there is no run yet, and it has ended"
    assert all(one.account.resumes == 1 for one in survived[1:-1]), "in between it goes on where it was"


def test_a_run_that_asks_survives_a_kill_at_every_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked twice, and no answer is lost."""
    ledger = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(asking, {"count": 1}, folder=folder, effects=ledger.effects, replies=REPLIES)
    assert {one.account.run.result for one in survived} == {"the sum is 7"}
    assert sum("the write of answer" in one.boundary for one in survived) >= 4, "answers are killed at, too"


def test_a_run_that_fails_fails_alike_after_a_kill(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is recorded once, too: what was tried in vain is not tried again."""
    ledger = ledger_in(folder, monkeypatch)
    survived = crash_everywhere(failing, folder=folder, effects=ledger.effects)
    assert {str(one.account.run.state) for one in survived} == {"failed"}
    for one in survived:
        assert isinstance(one.account.run.error, pw.RunFailed)
        assert list(one.account.run.error.causes) == ["refuse"]


def test_a_result_that_a_kill_changes_is_told_with_the_boundary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow that cannot stand interruptions is found out, and where."""
    ledger = ledger_in(folder, monkeypatch)
    with pytest.raises(NotTheSame, match=r"killed after the write of started 'count': it ended with .*2.*1"):
        crash_everywhere(counting, folder=folder, effects=ledger.effects)
