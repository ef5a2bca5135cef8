"""Presence: whether the files of a database still are where they were when it was opened.

SQLite does not notice when they are deleted or replaced: it goes on with files that nobody else will find. To look at
each after each commit would be simple, but a look at the times of a file makes the next write to it note them anew,
which costs a third of a commit where the system keeps fine times. So the folder is looked at: as long as it is what it
was, no name in it was made, taken away or given to another file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

_SETTLED, _SETTLED_COARSELY = 0.1, 3.0
"""Seconds after which another change of a folder shows in its time; where times are whole seconds it takes longer."""

_SECOND = 1_000_000_000


class Presence:
    """The files of a database, as they are now.

    Args:
        paths: of files in one folder; what is not there must stay away.

    Raises:
        OSError: the folder cannot be looked at; so does ``holds``.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._folder = os.path.dirname(paths[0])
        self._known = self._files()
        self._seen: tuple[int, ...] | None = None

    def holds(self) -> bool:
        """Whether all of them are there still."""
        try:
            folder = os.stat(self._folder)
        except FileNotFoundError:
            return False
        shown = folder.st_dev, folder.st_ino, folder.st_mtime_ns
        if shown == self._seen:
            return True
        if self._files() != self._known:
            return False
        coarse = folder.st_mtime_ns % _SECOND == 0
        is_settled = time.time() - folder.st_mtime > (_SETTLED_COARSELY if coarse else _SETTLED)
        self._seen = shown if is_settled else None
        return True

    def _files(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in self._paths]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
