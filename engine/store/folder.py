"""A folder of values by name, beside a database in a file: each is there as a whole, or not at all.

Only its owner reads it, since values may be private.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Collection
from pathlib import Path

_OURS = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{32}")
"""The names of values, and of what becomes one."""


class Folder:
    """A folder of values.

    Args:
        path: of the folder; made with the first value.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_there = False

    def put(self, name: str, data: bytes) -> None:
        """Keep a value; on disk when this returns. What is there under that name, and as long, stays.

        Raises:
            OSError: it cannot be written; nothing is there then.
        """
        file = self.path / name
        if not self._is_there:
            self.path.mkdir(mode=0o700, exist_ok=True)
            _sync(self.path.parent)
            self._is_there = True
        if self._is_put(file, len(data)):
            _sync(self.path)  # whoever put it there may not have come to that
            return
        draft = self.path / f".{uuid.uuid4().hex}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                written.write(data)
                written.flush()
                os.fsync(written.fileno())
            draft.replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        _sync(self.path)

    def drop(self, used: Collection[str], *, older_than: float) -> int:
        """Delete values that are not used, and what a process left when it died; gives how many values these were.

        What is neither is not ours, and stays.

        Args:
            used: the names of what stays.
            older_than: what was put, once more or for the first time, within so many seconds stays too: the record that
                refers to it may be on its way.
        """
        before, count = time.time() - older_than, 0
        for file in self.path.iterdir() if self.path.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):
                if _OURS.fullmatch(file.name) and file.name not in used and file.stat().st_mtime < before:
                    file.unlink()
                    count += not file.name.startswith(".")
        return count

    def get(self, name: str) -> bytes | None:
        """The value of that name; None: there is none."""
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None

    def _is_put(self, file: Path, size: int) -> bool:
        """Whether there is such a value already; it counts as new from now on, and so is not dropped."""
        try:
            if file.stat().st_size != size:
                return False  # half of it, as a system may leave it that loses power
            os.utime(file)
        except FileNotFoundError:
            return False
        return file.exists()


def _sync(folder: Path) -> None:
    """What was renamed or made in a folder is on disk when this returns."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
