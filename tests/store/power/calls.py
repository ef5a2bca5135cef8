"""What Python code does to files: the functions of ``os`` that make, sync, rename and delete are wrapped.

What is written goes through objects of Python that nobody can wrap. So the files are looked at before each of these
calls: what has come to them since was written, and is not synced.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.store.power.operation import (
    DELETE,
    FOLDER,
    MAKE,
    RENAME,
    SYNC,
    SYNC_FOLDER,
    WRITE,
    Operation,
)


class Calls:
    """Notes what Python code does to the files of a folder from now on, in this process.

    Args:
        note: told each operation once it is done.
        folder: of the files that are of interest.
    """

    def __init__(self, note: Callable[[Operation], None], folder: str) -> None:
        self._note = note
        self._folder = folder
        self._opened: dict[int, str] = {}
        self._content: dict[str, bytes] = {}
        self._right = {name: getattr(os, name) for name in ("open", "fsync", "replace", "unlink", "mkdir")}
        for name, wrapped in (
            ("open", self._open),
            ("fsync", self._fsync),
            ("replace", self._replace),
            ("rename", self._replace),
            ("unlink", self._unlink),
            ("remove", self._unlink),
            ("mkdir", self._mkdir),
        ):
            setattr(os, name, wrapped)

    def _path(self, given: Any) -> str | None:
        """Where it is, if it is of interest."""
        path = os.path.abspath(os.fsdecode(given))
        return path if path.startswith(self._folder) else None

    def _look(self) -> None:
        """Note what was written since."""
        for path, known in self._content.items():
            found = Path(path).read_bytes() if os.path.exists(path) else known
            if found != known:
                pairs = enumerate(zip(known, found, strict=False))
                start = next((i for i, (old, new) in pairs if old != new), len(known))
                self._note(Operation(WRITE, path, start, found[start:]))
                self._content[path] = found

    def _open(self, given: Any, flags: int, *args: Any, **named: Any) -> int:
        path = self._path(given)
        is_new = path is not None and bool(flags & os.O_CREAT) and not os.path.lexists(path)
        opened = int(self._right["open"](given, flags, *args, **named))
        if path is not None:
            self._opened[opened] = path
            if is_new:
                self._note(Operation(MAKE, path))
                self._content[path] = b""
        else:
            self._opened.pop(opened, None)
        return opened

    def _fsync(self, opened: int) -> None:
        self._look()
        self._right["fsync"](opened)
        path = self._opened.get(opened)
        if path is not None:
            self._note(Operation(SYNC_FOLDER if os.path.isdir(path) else SYNC, path))

    def _replace(self, given: Any, to: Any, **named: Any) -> None:
        self._look()
        self._right["replace"](given, to, **named)
        path, target = self._path(given), self._path(to)
        if path is not None and target is not None:
            self._note(Operation(RENAME, path, to=target))
            self._content[target] = self._content.pop(path)

    def _unlink(self, given: Any, **named: Any) -> None:
        self._right["unlink"](given, **named)
        path = self._path(given)
        if path is not None:
            self._note(Operation(DELETE, path))
            self._content.pop(path, None)

    def _mkdir(self, given: Any, *args: Any, **named: Any) -> None:
        self._right["mkdir"](given, *args, **named)
        path = self._path(given)
        if path is not None:
            self._note(Operation(FOLDER, path))
