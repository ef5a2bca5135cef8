"""Whatever several holders and others do to a store, in any order, it does what a few dictionaries would."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from planweave.engine.store.sqlite import SqliteStore
from planweave.engine.store.store import Store, open_store
from tests.crash.proxy import Around
from tests.postgres import Server
from tests.store.machine.machine import machine
from tests.store.machine.mutants import MUTANTS

EXAMPLES, FEWER, STEPS = 500, 25, 30
"""In PostgreSQL an example takes several times as long as in a file."""
MEMORY = Path("/dev/shm")
"""Files there need no disk, to which much of the time would go; what survives a loss of power is tried elsewhere."""

USUAL = settings(stateful_step_count=STEPS, suppress_health_check=list(HealthCheck), deadline=None)
CERTAIN = settings(
    USUAL,
    max_examples=EXAMPLES,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
"""The same examples each time, up to the first that fails, which nobody needs made simpler."""


@pytest.fixture
def new() -> Iterator[Callable[[], Store]]:
    """Opens a store in a new file, a copy of one that is empty; the one before is gone."""
    with TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None, prefix="planweave-") as folder:
        empty, place = Path(folder) / "empty.db", Path(folder) / "example"
        SqliteStore(empty).close()

        def new() -> Store:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            return SqliteStore(Path(shutil.copy(empty, place / "runs.db")))

        yield new


def again(store: Store) -> Store:
    """Another opening of a store."""
    return open_store(store.url)


def test_a_store_in_a_file_does_what_the_model_does(new: Callable[[], Store]) -> None:
    """Law: fenced holders write nothing, chains have no gaps, answers are given once, events are taken once, and all is
    there after a store was opened again."""
    run_state_machine_as_test(machine(new, again), settings=settings(USUAL, max_examples=EXAMPLES))


def test_a_store_in_postgresql_does_what_the_model_does(server: Server) -> None:
    """Law: the same holds there."""
    new = machine(lambda: open_store(server.url()), again)
    run_state_machine_as_test(new, settings=settings(USUAL, max_examples=FEWER))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_machine_finds(mutant: type[Around], new: Callable[[], Store]) -> None:
    """Law: a store that forgets a rule does something that the model does not."""
    wrong = machine(lambda: cast(Store, mutant(new())), lambda store: cast(Store, mutant(again(store))))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(wrong, settings=CERTAIN)
