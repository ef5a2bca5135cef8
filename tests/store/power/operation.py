"""Operations: what a process did to the disk, in order, and what it was told meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MAKE, WRITE, CUT, SYNC = "make", "write", "cut", "sync"
"""A new file; bytes of it; a new size; all of it is on disk."""
DELETE, RENAME, FOLDER, SYNC_FOLDER = "delete", "rename", "folder", "sync folder"
"""A name goes, or becomes another; a new folder; the names in a folder are on disk."""
TOLD = "told"
"""The process was told that something is on record: from now on, it must not be lost."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that was done, or told.

    Attributes:
        kind: one of the words above.
        path: what was done it to; of what was told: what that is about, such as ``"entry"``.
        at: from which byte on, or to which size.
        data: what was written; of what was told: as JSON.
        to: the new name.
    """

    kind: str
    path: str
    at: int = 0
    data: bytes = b""
    to: str = ""

    def words(self) -> str:
        """As it is shown.

        >>> Operation(WRITE, "/d/runs.db-wal", 32, bytes(24)).words()
        'write runs.db-wal 32+24'
        """
        name = self.path.rpartition("/")[2]
        where = f" {self.at}+{len(self.data)}" if self.kind == WRITE else ""
        return f"{self.kind} {name}{where}"


def write_history(path: Path, history: Iterable[Operation]) -> None:
    """Keep operations in a file."""
    with path.open("w") as file:
        for one in history:
            row = [one.kind, one.path, one.at, base64.b64encode(one.data).decode(), one.to]
            file.write(json.dumps(row) + "\n")


def read_history(path: Path) -> list[Operation]:
    """The operations that a file has."""
    with path.open() as file:
        rows = [json.loads(line) for line in file]
    return [Operation(kind, name, at, base64.b64decode(data), to) for kind, name, at, data, to in rows]
