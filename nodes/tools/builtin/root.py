"""A root: a folder that file tools cannot leave.

Paths are walked one part at a time by descriptors of the folders above, and links are never followed: whoever moves
folders or puts links in place meanwhile leads nobody out (what a check before the opening could not rule out).

Source: https://man7.org/linux/man-pages/man2/openat.2.html, "Rationale for openat()"; CWE-22, CWE-59, CWE-367.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from planweave.engine.errors import PermissionDenied, ValueRefused
from planweave.engine.wording import clip

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not hold up whoever opens it
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Entry:
    """A file or folder under a root.

    Attributes:
        path: from the root, with ``/`` between its parts.
        is_folder: whether it is a folder.
        size: bytes of a file.
    """

    path: str
    is_folder: bool
    size: int


class Root:
    """A folder that is not left.

    Args:
        folder: which; links in its own path are followed, as whoever names it means it.

    Raises:
        ValueRefused: it is no folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser().resolve()
        if not self.folder.is_dir():
            raise ValueRefused(f"{clip(str(folder))} is no folder", mend="name a folder that is there")

    def parts(self, path: str) -> tuple[str, ...]:
        """The parts of a path from the root, none of which leads upwards.

        Raises:
            PermissionDenied: it leads out of the root.
            ValueRefused: it is no path.
        """
        if not isinstance(path, str) or "\0" in path or "\\" in path:
            raise ValueRefused(f"{clip(path)} is no path", mend="write names with / between them")
        if path.startswith(("/", "~")):
            raise self._outside(path)
        found: list[str] = []
        for part in path.split("/"):
            if part == "..":
                raise self._outside(path)
            if part not in ("", "."):
                found.append(part)
        return tuple(found)

    def read(self, path: str, most: int) -> bytes:
        """The content of a file; raises ValueRefused where it has more than ``most`` bytes, or is no file."""
        parts = self._file_parts(path)
        with self._folder(parts[:-1], path) as above, self._told(path):
            opened = os.open(parts[-1], _FILE, dir_fd=above)
            with os.fdopen(opened, "rb") as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    raise ValueRefused(f"{clip(path)} is no file", mend="list_files tells what there is")
                content = file.read(most + 1)
        if len(content) > most:
            raise ValueRefused(f"{clip(path)} has more than {most:,} bytes", mend="read a smaller one")
        return content

    def write(self, path: str, content: bytes) -> None:
        """Write a file, and the folders that it stands in: all of it, or nothing is changed."""
        parts = self._file_parts(path)
        name = f".{secrets.token_hex(8)}.part"
        with self._folder(parts[:-1], path, is_made=True) as above, self._told(path):
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISDIR(os.stat(parts[-1], dir_fd=above, follow_symlinks=False).st_mode):
                    raise ValueRefused(f"{clip(path)} is a folder", mend="name a file")
            try:
                with os.fdopen(os.open(name, _NEW, 0o666, dir_fd=above), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, parts[-1], src_dir_fd=above, dst_dir_fd=above)  # a link is replaced
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=above)
                raise

    def walk(self, path: str = "") -> Iterator[Entry]:
        """The files and folders below a folder, by name; links are left out."""
        parts = self.parts(path)
        with self._folder(parts, path) as folder:
            yield from self._below(folder, parts)

    def _below(self, folder: int, parts: tuple[str, ...]) -> Iterator[Entry]:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
        for one in entries:
            here = (*parts, one.name)
            if one.is_symlink():
                continue
            if one.is_dir(follow_symlinks=False):
                yield Entry("/".join(here), True, 0)
                try:
                    inner = os.open(one.name, _FOLDER, dir_fd=folder)
                except OSError:  # it went, or may not be looked into
                    continue
                try:
                    yield from self._below(inner, here)
                finally:
                    os.close(inner)
            elif one.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    yield Entry("/".join(here), False, os.stat(one.name, dir_fd=folder, follow_symlinks=False).st_size)

    def _file_parts(self, path: str) -> tuple[str, ...]:
        parts = self.parts(path)
        if not parts:
            raise ValueRefused(f"{clip(path)} names no file", mend="list_files tells what there is")
        return parts

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...], path: str, *, is_made: bool = False) -> Iterator[int]:
        """A descriptor of a folder under the root, reached without following a link."""
        with self._told(path):
            here = os.open(self.folder, _FOLDER)
        try:
            for part in parts:
                with self._told(path):
                    if is_made:
                        with contextlib.suppress(FileExistsError):
                            os.mkdir(part, dir_fd=here)
                    inner = os.open(part, _FOLDER, dir_fd=here)
                os.close(here)
                here = inner
            yield here
        finally:
            os.close(here)

    @contextlib.contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Turn what the system says into what a tool says."""
        try:
            yield
        except FileNotFoundError as error:
            raise ValueRefused(f"there is no {clip(path)}", mend="list_files tells what there is") from error
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EMLINK):
                raise PermissionDenied(f"{clip(path)} leads over a link, and links are not followed") from error
            if error.errno == errno.ENOTDIR:
                raise PermissionDenied(f"{clip(path)} leads over a link or a file, which is no folder") from error
            raise ValueRefused(f"{clip(path)} cannot be used: {error.strerror}") from error

    def _outside(self, path: str) -> PermissionDenied:
        return PermissionDenied(
            f"{clip(path)} leads out of the folder that these tools may use", mend="name a path from that folder on"
        )
