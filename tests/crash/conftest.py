"""Where the tests by killing keep their files, and which stores they kill in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.setting import POSTGRES, STORES, ServerOnDemand, Setting, new_folder, setting
from tests.postgres import Server


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder, in memory where that can be had."""
    made = new_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    server = ServerOnDemand()
    yield server.get()
    server.close()


@pytest.fixture(params=STORES)
def here(request: pytest.FixtureRequest, folder: Path) -> Iterator[Setting]:
    """A new store of each kind, and a ledger."""
    server = ServerOnDemand(request.getfixturevalue("server")) if request.param == POSTGRES else ServerOnDemand()
    with setting(request.param, folder, server) as made:
        yield made
