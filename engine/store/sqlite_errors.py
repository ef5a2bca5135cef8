"""What SQLite raises, as what a store raises."""

from __future__ import annotations

import sqlite3
from types import TracebackType

from planweave.engine.errors import StoreBusy, StoreError, StoreUnusable

_MENDS = {
    sqlite3.SQLITE_CANTOPEN: "see that its folder is there and may be written to",
    sqlite3.SQLITE_READONLY: "see that the file and its folder may be written to",
    sqlite3.SQLITE_FULL: "make room on the disk; what was acknowledged is safe",
    sqlite3.SQLITE_CORRUPT: "restore it from a backup; planweave audit verify names what is wrong",
    sqlite3.SQLITE_NOTADB: "name the file of a store, or a new one",
    sqlite3.SQLITE_IOERR: "look at the disk; what was acknowledged is safe as far as the disk keeps it",
}


class Told:
    """Within it, what SQLite raises becomes what a store raises. It may be entered by many at once, and again.

    Args:
        url: of the store.
        patience: seconds that a writer waits for others.
    """

    __slots__ = ("_patience", "_url")

    def __init__(self, url: str, patience: float) -> None:
        self._url = url
        self._patience = patience

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        if isinstance(error, sqlite3.Error):
            raise self._of(error) from error
        if isinstance(error, OSError | UnicodeDecodeError):  # what SQLite says of a damaged file may not even be text
            raise StoreUnusable(f"{self._url} cannot be used: {error}") from error

    def _of(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusy(
                f"{self._url} has been locked by others for {self._patience:g} s",
                mend="look for a process that keeps a transaction open",
            )
        return StoreUnusable(f"{self._url} cannot be used: {error}", mend=_MENDS.get(code))
