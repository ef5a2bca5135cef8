"""Whatever several holders and others do to a store, in any order, it does what a few dictionaries would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
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

EXAMPLES, STEPS = 500, 30
FEWER = 25
"""In PostgreSQL each new store takes a hundred times as long."""
SHARE = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck))
QUICK = settings(SHARE, database=None, derandomize=True, phases=[Phase.generate])


@pytest.fixture
def new(tmp_path: Path) -> Callable[[], Store]:
    """Opens a store in a new file: a copy of one that is empty."""
    empty = tmp_path / "empty.db"
    SqliteStore(empty).close()
    count = 0

    def new() -> Store:
        nonlocal count
        count += 1
        return SqliteStore(Path(shutil.copy(empty, tmp_path / f"{count}.db")))

    return new


def again(store: Store) -> Store:
    return open_store(store.url)


def test_a_store_in_a_file_does_what_the_model_does(new: Callable[[], Store]) -> None:
    """Fenced holders write nothing, chains have no gaps, answers are given once, and nothing is lost."""
    run_state_machine_as_test(machine(new, again), settings=SHARE)


def test_a_store_in_postgresql_does_what_the_model_does(server: Server) -> None:
    """The same laws hold there."""
    fewer = settings(SHARE, max_examples=FEWER)
    run_state_machine_as_test(machine(lambda: open_store(server.url()), again), settings=fewer)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_machine_finds(mutant: type[Around], new: Callable[[], Store]) -> None:
    """A store that forgets a rule does something that the model does not."""
    wrong = machine(lambda: cast(Store, mutant(new())), lambda store: cast(Store, mutant(again(store))))
    with pytest.raises(AssertionError):
        run_state_machine_as_test(wrong, settings=QUICK)
