"""The plugin for pytest that comes with planweave: ``pw_crash``, ``pw_ledger``, ``pw_clock``; see docs/testing.md.

It stands outside of the package, since pytest imports it at each start, for tests that may have nothing to do with
planweave: the package is imported by the first test that asks for a fixture, and not before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planweave.testing.crash.ledger import Ledger
    from planweave.testing.pytest.clock import Clock
    from planweave.testing.pytest.crash import Crash


@pytest.fixture
def pw_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A file in which tasks note what they really do: ``pw_ledger.record("mail sent", key=address)``.

    It is on disk when that returns, and belongs to no engine: what it has is what happened. Any process of the test
    finds it by ``planweave.testing.ledger()``.
    """
    from planweave.testing.crash.ledger import VARIABLE, Ledger

    found = Ledger(tmp_path / "planweave-ledger")
    monkeypatch.setenv(VARIABLE, str(found.path))
    return found


@pytest.fixture
def pw_crash(pw_ledger: Ledger, tmp_path: Path) -> Crash:
    """Kills a workflow before and after every write of its journal: ``pw_crash(workflow, inputs)``.

    Each time another process goes on with it, and it must end as if nothing had been.
    """
    if not hasattr(os, "fork"):
        pytest.skip("pw_crash kills copies of this process, and this platform has no os.fork to make them")
    from planweave.testing.pytest.crash import Crash

    return Crash(pw_ledger, tmp_path)


@pytest.fixture
def pw_clock() -> Iterator[Clock]:
    """Lets time that only passes pass at once: sleeps of days, pauses between attempts, the end of an approval.

    ``pw_clock.advance(timedelta(days=1))`` sets it on by hand, ``with pw_clock.held():`` lets it pass only so.
    """
    from planweave.testing.pytest.clock import skipping

    with skipping() as clock:
        yield clock
