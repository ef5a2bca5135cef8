"""The whole of the crash tests: it finds planted bugs in each store, and its command says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.__main__ import main
from tests.crash.mutants import BUGS
from tests.crash.setting import POSTGRES, SQLITE, STORES, ServerOnDemand
from tests.crash.whole import Whole

FOUND = [
    ("no-fencing", "stale"),
    ("success-before-effect", "storm"),
    ("success-before-effect", "points"),
    ("two-transactions", "points"),
]
"""Each by what is sure to find it; storms find all of them, some after many kills (``--plant`` shows it)."""


def find(bug: str, words: set[str], folder: Path, patch: pytest.MonkeyPatch, server: ServerOnDemand) -> None:
    """Plant a bug, and see it found."""
    told: list[str] = []
    BUGS[bug](patch)
    whole = Whole(0, frozenset(words), told.append, server, folder)
    assert any(not replace(whole, seed=seed).go(KILLS) for seed in range(SEEDS)), told
    text = "\n".join(told)
    assert "again: make crash ARGS='--only" in text
    for wrong in ("AttributeError", "NameError", "TypeError"):
        assert wrong not in text, "the bug is planted wrongly"


KILLS, SEEDS = 40, 10
"""So many kills are made, so often, before a bug is taken for not found."""


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("bug", "kind"), FOUND)
def test_planted_bugs_are_found(
    bug: str, kind: str, store: str, folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Without fencing, with success before effect, with two transactions: what is recorded is not what was done."""
    server = ServerOnDemand(request.getfixturevalue("server") if store == POSTGRES else None)
    find(bug, {kind, store, *({"five"} if kind == "points" else ())}, folder, monkeypatch, server)


def test_the_command_tells_figures_and_whether_all_is_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Its table has a line for each kind and store; it ends with 1 as soon as anything is wrong."""
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setattr("tests.crash.setting.MEMORY", folder)
    only = ["--only", SQLITE, "--only", "stale"]
    assert main(only) == 0
    out, progress = capsys.readouterr()
    assert "all is well" in out and "stale" in out and "naps" in out
    assert "of 2,000 kills" in progress
    assert main([*only, "--plant", "no-fencing"]) == 1
    out, progress = capsys.readouterr()
    assert "WRONG" in out
    assert "again: make crash ARGS='--only stale --only sqlite'" in progress.replace("\n", "")
