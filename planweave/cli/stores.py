"""Where runs are recorded unless the command says otherwise, and which run is meant by RUN."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from planweave.cli.errors import UsageError
from planweave.engine.store.address import without_password
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store, open_store

VARIABLE = "PLANWEAVE_STORE"
"""The environment variable that names another store."""

FILE = "runs.db"
"""The file in the folder for the user's data."""

NONE = "none"
"""Instead of a store: the run is recorded in memory only."""

LAST = "last"
"""Instead of the id of a run: the one that was created last."""

HELP = f"Where runs are recorded: a file, sqlite:///runs.db or postgresql://...; else {VARIABLE}, else a file of yours."

StoreUrl = Annotated[str | None, typer.Option("--store", metavar="URL", help=HELP, show_default=False)]
RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help=f"A run: its id, the beginning of one, or {LAST!r}.", show_default=False),
]


def data_folder() -> Path:
    """The folder for the user's data of this program, where the platform has such folders."""
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        given = Path(os.environ.get("XDG_DATA_HOME") or "")
        base = given if given.is_absolute() else home / ".local" / "share"  # the standard says to ignore relative ones
    return base / "planweave"


def default_store() -> str:
    """The store that is meant where none is named."""
    return os.environ.get(VARIABLE) or str(data_folder() / FILE)


@contextlib.contextmanager
def recording(url: str | None) -> Iterator[Store | None]:
    """The store that a new run is recorded in, while it is needed; None: in none.

    Its file is made if it is not there, and the folder of the usual one.

    Raises:
        UsageError: that folder cannot be made.
    """
    where = url or default_store()
    if where == NONE:
        yield None
        return
    if where == str(data_folder() / FILE):
        _make_folder(data_folder())
    store = open_store(where)
    try:
        yield store
    finally:
        store.close()


def _make_folder(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {str(folder)!r} for the records of runs cannot be made: {error.strerror}",
            mend=f"name another place: --store FILE, or {VARIABLE}; --store {NONE} records nothing",
        ) from error


@contextlib.contextmanager
def opened(url: str | None) -> Iterator[Store]:
    """A store that is there, while it is needed.

    Raises:
        UsageError: it is not there: looking for runs makes no file.
    """
    where = url or default_store()
    if where == NONE:
        raise UsageError(f"--store {NONE} holds no runs", mend="name the store that the run was recorded in")
    file = _file_of(where)
    if file is not None and not file.exists():
        raise NoStore(f"there is no store {str(file)!r}", mend="planweave run makes one; --store names another")
    store = open_store(where)
    try:
        yield store
    finally:
        store.close()


class NoStore(UsageError):
    """There is no store yet."""


def _file_of(where: str) -> Path | None:
    """The file of a store; None: it is none in a file."""
    scheme, separator, rest = where.partition("://")
    if not separator:
        return Path(where).expanduser()
    return Path(rest.removeprefix("/")).expanduser() if scheme == "sqlite" else None


def shown_store(url: str | None) -> str:
    """The store, as it may be shown."""
    return without_password(url or default_store())


def row_of(store: Store, name: str) -> RunRow:
    """The run that is meant by its id, the beginning of one, or ``last``.

    Raises:
        UsageError: none is, or more than one.
    """
    rows = store.rows(is_brief=True)
    found = [row for row in rows if row.id == name]
    if not found and name == LAST:
        found = rows[:1]
    if not found:
        found = [row for row in rows if row.id.startswith(name)]
    if len(found) == 1:
        return store.row(found[0].id)
    if not found:
        raise UsageError(f"there is no run {name!r:.80} in {store.url}", mend="planweave runs lists those there are")
    some = ", ".join(row.id for row in found[:4])
    more = f" and {len(found) - 4:,} more" if len(found) > 4 else ""
    raise UsageError(f"{name!r:.80} is the beginning of several runs: {some}{more}", mend="type more of the id")
