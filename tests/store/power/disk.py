"""A disk that may lose its power: what of a history of operations is there afterwards.

What was synced is there. Of what was not, anything may be:

- of the writes to a file any of them, in any combination, some in part: a disk writes sectors of 512 bytes as a whole,
  and one that it was writing may hold anything; bytes beside those that are written are not touched;
- a file may have grown to where a write that was lost would have ended, with zeros or anything in it;
- of the names in a folder some beginning of what was done to them, as a journal of a file system keeps it; a file that
  was synced may yet have no name until its folder is synced.

These are the rules that SQLite counts on. Source: https://www.sqlite.org/atomiccommit.html (section 2, hardware
assumptions), https://www.sqlite.org/psow.html; T. S. Pillai et al., "All file systems are not created
equal", OSDI 2014.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from tests.store.power.operation import CUT, DELETE, FOLDER, MAKE, RENAME, SYNC, SYNC_FOLDER, WRITE, Operation

SECTOR = 512


@dataclass
class _File:
    """What a file holds for certain, and what was done to it since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Operation] = field(default_factory=list)
    is_folder: bool = False

    def sync(self) -> None:
        for one in self.pending:
            _do(self.synced, one)
        self.pending.clear()

    def left(self, source: Random, kept: float) -> bytes:
        """What may be there after a loss of power; each write is kept with a probability of ``kept``."""
        content = bytearray(self.synced)
        for one in self.pending:
            if source.random() < kept:
                _do(content, one)
            elif one.kind == WRITE:
                _do_in_part(content, one, source)
        return bytes(content)


class Disk:
    """A disk.

    Args:
        syncs_names: whether what syncs a file syncs the names in its folder, too, as most file systems do; an SQLite
            that was built to do so relies on it.
    """

    def __init__(self, *, syncs_names: bool = False) -> None:
        self._syncs_names = syncs_names
        self._names: dict[str, _File] = {}
        self._synced_names: dict[str, _File] = {}
        self._pending: dict[str, list[tuple[Operation, _File | None]]] = defaultdict(list)

    def do(self, one: Operation) -> None:
        """Do an operation; what was told is none."""
        folder = os.path.dirname(one.path)
        if one.kind in (MAKE, FOLDER):
            file = _File(is_folder=one.kind == FOLDER)
            self._names[one.path] = file
            self._pending[folder].append((one, file))
        elif one.kind in (DELETE, RENAME):
            _rename(self._names, one, None)
            self._pending[folder].append((one, None))
        elif one.kind in (WRITE, CUT):
            self._names[one.path].pending.append(one)
        elif one.kind == SYNC:
            self._names[one.path].sync()
            if self._syncs_names:
                self._sync_folder(folder)
        elif one.kind == SYNC_FOLDER:
            self._sync_folder(one.path)

    def _sync_folder(self, folder: str) -> None:
        for one, file in self._pending.pop(folder, ()):
            _rename(self._synced_names, one, file)

    def after_loss(self, source: Random) -> dict[str, bytes | None]:
        """What may be there if the power fails now: files by path; None: a folder."""
        names = dict(self._synced_names)
        for pending in self._pending.values():
            for one, file in pending[: source.randint(0, len(pending))]:
                _rename(names, one, file)
        kept = source.choice((0.0, 0.0, 0.3, 0.7, 1.0, source.random()))
        found = {path: None if file.is_folder else file.left(source, kept) for path, file in names.items()}
        return {path: data for path, data in found.items() if _has_folder(path, found, self._names)}


def _has_folder(path: str, found: dict[str, bytes | None], names: dict[str, _File]) -> bool:
    """Whether the folder of a file is there, or was before anything happened."""
    folder = os.path.dirname(path)
    return folder in found or folder not in names


def _rename(names: dict[str, _File], one: Operation, file: _File | None) -> None:
    if one.kind in (MAKE, FOLDER):
        assert file is not None
        names[one.path] = file
        return
    gone = names.pop(one.path, None)
    if one.kind == RENAME and gone is not None:
        names[one.to] = gone


def _do(content: bytearray, one: Operation) -> None:
    if one.kind == CUT:
        del content[one.at :]
    else:
        _put(content, one.at, one.data)


def _put(content: bytearray, at: int, data: bytes) -> None:
    if at > len(content):
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


def _do_in_part(content: bytearray, one: Operation, source: Random) -> None:
    """A write that did not come to its end: nothing of it, some of its sectors, or only its place."""
    torn = source.choice(("nothing", "some", "any", "grown"))
    if torn == "nothing":
        return
    end = one.at + len(one.data)
    if torn == "grown":
        missing = end - len(content)
        if missing > 0:
            content.extend(source.randbytes(missing) if source.random() < 0.5 else bytes(missing))
        return
    start = one.at
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if source.random() < 0.5:
            _put(content, start, one.data[start - one.at : stop - one.at])
        elif torn == "any" and source.random() < 0.3:
            _put(content, start, source.randbytes(stop - start))
        start = stop
