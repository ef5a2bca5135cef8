"""Blobs: large values in files of their own, each named by its sha256.

A file bears its name only when it is whole and on disk, so that a record may refer to it as soon as ``put`` returns.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Set
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from planweave.engine.errors import UnreadableValue
from planweave.engine.store.forms.refused import LARGEST

_NAME = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{32}\.part)?")
_DAY = 86_400.0


class Blobs:
    """The blobs in one folder, which is made when the first is put.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     blobs = Blobs(folder)
    ...     blobs.get(blobs.put(b"long"))
    b'long'
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def put(self, data: bytes) -> str:
        """Keep data; gives their name. When it returns, they are on disk.

        Raises:
            ValueError: they are too large.
            OSError: they cannot be written.
        """
        if len(data) > LARGEST:
            raise ValueError(f"it takes {len(data):,} bytes; a blob takes at most {LARGEST // 2**20} MiB")
        name = sha256(data).hexdigest()
        path = self.folder / name
        if not self._is_there(path, len(data)):
            self._write(path, data)
        _sync_folder(self.folder)  # also for one that is there: who wrote it may not have come so far
        return name

    def get(self, name: str) -> bytes:
        """The data of a name.

        Raises:
            ValueError: it is no name of a blob.
            UnreadableValue: they are missing or damaged.
        """
        path = self.folder / _checked(name, _NAME)
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            what = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
            raise UnreadableValue(f"the blob {name} {what}", mend=f"put the file back into {self.folder}") from error
        if sha256(data).hexdigest() != name:
            raise UnreadableValue(f"the blob {name} is damaged", mend=f"put the file back into {self.folder}")
        return data

    def unused(self, keep: Set[str], *, older_than: float = _DAY) -> list[str]:
        """The names of blobs that are not in ``keep``, and of files that a process left when it died.

        Args:
            keep: the names that records refer to.
            older_than: seconds. A younger one is left alone: the record that refers to it may be on its way.
        """
        before = time.time() - older_than
        return sorted(
            entry.name
            for entry in (os.scandir(self.folder) if self.folder.is_dir() else ())
            if _FILE.fullmatch(entry.name) and entry.name not in keep and entry.stat().st_mtime < before
        )

    def delete(self, name: str) -> None:
        """Delete a blob, or a file that was left; one that is gone already is fine.

        Raises:
            ValueError: it is no name of one.
        """
        (self.folder / _checked(name, _FILE)).unlink(missing_ok=True)

    def _is_there(self, path: Path, size: int) -> bool:
        """Whether there is such a blob already; it counts as new from now on."""
        try:
            if path.stat().st_size != size:
                return False
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def _write(self, path: Path, data: bytes) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_folder(self.folder.parent)
        part = path.with_name(f"{path.name}.{uuid4().hex}.part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def _checked(name: str, form: re.Pattern[str]) -> str:
    if not isinstance(name, str) or not form.fullmatch(name):
        raise ValueError(f"{name!r:.80} is no name of a blob")
    return name


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
