"""The stores that the tests try: a file, and a schema of a PostgreSQL server that runs as long as the tests do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from planweave.engine.store.store import Store, open_store
from tests.postgres import Server

PROCESSES = 3


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server."""
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'runs.db'}"
    server: Server = request.getfixturevalue("server")
    return server.url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A new store."""
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Other processes."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield pool
