"""Settings: where processes are killed; a store, a folder, and a ledger outside the engine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from planweave.testing.crash.ledger import Ledger
from tests.crash.flows import ledger_in
from tests.postgres import Server

SQLITE, POSTGRES = "sqlite", "postgres"
STORES = (SQLITE, POSTGRES)
"""Where runs are recorded."""

MEMORY = Path("/dev/shm")
"""Files in memory outlive a process that is killed as those on a disk do, and are many times as fast."""


@dataclass(frozen=True)
class Setting:
    """Where a piece takes place.

    Attributes:
        url: of the store.
        folder: for what processes tell.
        ledger: to which the tasks append.
        restart: what restarts the server of the database.
    """

    url: str
    folder: Path
    ledger: Ledger
    restart: Callable[[], object] = lambda: None


class ServerOnDemand:
    """A PostgreSQL server, once it is needed.

    Args:
        server: one that is there already, and stays.
    """

    def __init__(self, server: Server | None = None) -> None:
        self._given = server
        self._made: Server | None = None

    def get(self) -> Server:
        """The server."""
        if self._given is not None:
            return self._given
        if self._made is None:
            self._made = Server(fsync="off")  # processes are killed here, and the machine goes on
        return self._made

    def close(self) -> None:
        """Stop it, unless it was there before."""
        if self._made is not None:
            self._made.close()


def new_folder(within: Path | None = None) -> Path:
    """A new folder, in memory where that can be had."""
    if within is None and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**26:
        within = MEMORY
    return Path(tempfile.mkdtemp(prefix="planweave-", dir=within))


@contextmanager
def setting(store: str, folder: Path, server: ServerOnDemand) -> Iterator[Setting]:
    """Where a piece takes place."""
    with pytest.MonkeyPatch.context() as patch:
        ledger = ledger_in(folder, patch)
        if store == POSTGRES:
            there = server.get()
            yield Setting(there.url(), folder, ledger, there.restart)
        else:
            yield Setting(f"sqlite:///{folder / 'runs.db'}", folder, ledger)
