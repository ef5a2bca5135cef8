"""Kills find planted bugs: a check that nothing can fail proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from planweave.testing.crash.everywhere import crash_everywhere
from tests.crash.flows import ledger_in, three
from tests.crash.mutants import MUTANTS
from tests.laws.mutants import Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_kills_at_every_write_find(mutant: Mutant, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At some boundary, what is recorded and what was done no longer agree, or the run does not come to its end."""
    ledger = ledger_in(folder, monkeypatch)
    mutant.plant(monkeypatch)
    with pytest.raises(AssertionError, match=r"killed (before|after) the write of") as caught:
        crash_everywhere(three, {"count": 3}, folder=folder, effects=ledger.effects, patience=5)
    for wrong in ("AttributeError", "NameError"):
        assert wrong not in str(caught.value), "the bug is planted wrongly"
