"""The disk fails under a whole run: the program hears of it, nothing that was acknowledged is lost, and it goes on."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from planweave.engine.errors import StoreBusy, StoreUnusable
from tests.store import disk_flows as flows
from tests.store.disk_flows import FAULTS, RESULT, begun, check_kept, finish, resumed
from tests.store.test_sqlite import files_at_most


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the store is; the ledger is elsewhere, on a disk that is well."""
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    FAULTS.clear()
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk" / "runs.db"


# ---------------------------------------------------------------------- there is no room


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(path: Path) -> None:
    """Law: wherever the disk ends, the run says so or is on disk to its end; with room it comes to its end."""
    seen: Counter[str] = Counter()
    for room in [4_096, 30_000, *range(40_000, 400_000, 14_000)]:
        for file in [flows.ledger(), *path.parent.rglob("*")]:
            if file.is_file():
                file.unlink()
        with files_at_most(room):
            outcome = begun(path)
        if outcome.error is None:
            assert (outcome.state, outcome.result, check_kept(path).state) == ("succeeded", RESULT, "succeeded")
            seen["succeeded"] += 1
            continue
        assert isinstance(outcome.error, StoreUnusable), outcome.error
        seen["refused" if not flows.attempts() else "cut"] += 1
        finish(path)
    assert seen["succeeded"] and seen["refused"] and seen["cut"] > 5, seen
