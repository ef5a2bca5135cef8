"""A shim between SQLite and the disk: a VFS that notes what is written, cut, synced and deleted, and passes it on.

It stands in the very library that the module ``sqlite3`` uses, and becomes what all connections of the process use that
are opened from then on. A child process can do that; see ``planweave.testing.crash.child``.

Source: https://www.sqlite.org/vfs.html, https://www.sqlite.org/c3ref/vfs.html, https://www.sqlite.org/c3ref/io_methods.html
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p
from typing import Any

import pytest

from tests.store.power.operation import CUT, DELETE, MAKE, SYNC, SYNC_FOLDER, WRITE, Operation

_OK = sqlite3.SQLITE_OK

_CLOSE = CFUNCTYPE(c_int, c_void_p)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_OPEN_FOLDER = CFUNCTYPE(c_int, c_char_p, POINTER(c_int))
_SET_CALL = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)
_GET_CALL = CFUNCTYPE(c_void_p, c_void_p, c_char_p)


class _Methods(Structure):
    """What SQLite does with an open file: ``sqlite3_io_methods``."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("rest", c_void_p * 13),
    )
    _sizes = (0, 12, 16, 18)
    """How many functions each version has."""


class _File(Structure):
    """The beginning of an open file: ``sqlite3_file``."""

    _fields_ = (("methods", POINTER(_Methods)),)


class _Vfs(Structure):
    """What SQLite does with files by name: ``sqlite3_vfs``."""

    _fields_ = (
        ("version", c_int),
        ("size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("rest", c_void_p * 10),
        ("current_time", c_void_p),
        ("set_call", c_void_p),
        ("get_call", c_void_p),
        ("next_call", c_void_p),
    )


_LIVING: list[Shim] = []
"""SQLite calls them until the process ends."""


class Shim:
    """Notes what SQLite does to the files of a folder from now on, in this process.

    Args:
        note: told each operation once it is done.
        folder: of the files that are of interest.
    """

    def __init__(self, note: Callable[[Operation], None], folder: str) -> None:
        self._note = note
        self._folder = folder
        self._paths: dict[int, str] = {}
        self._kept: list[Any] = []
        self._patched: dict[int, Any] = {}
        self._opened_folders: list[str] = []
        library = library_of_sqlite()
        self._default = library.sqlite3_vfs_find(None)
        vfs = self._vfs = _Vfs.from_buffer_copy(self._default.contents)
        self._open = _OPEN(vfs.open)
        self._delete = _DELETE(vfs.delete)
        vfs.name = b"noting"
        vfs.open = self._pointer(_OPEN, self._opened)
        vfs.delete = self._pointer(_DELETE, self._deleted)
        self._watch_folders()
        if library.sqlite3_vfs_register(byref(vfs), 1) != _OK:
            raise OSError("the shim cannot be registered")
        _LIVING.append(self)

    def _pointer(self, kind: Any, function: Callable[..., int]) -> int | None:
        """A function as C calls it; it is kept for ever."""
        made = kind(function)
        self._kept.append(made)
        return ctypes.cast(made, c_void_p).value

    def _watch_folders(self) -> None:
        """The names in a folder are synced by what syncs a new log, and out of sight of the other functions."""
        name, where = b"openDirectory", ctypes.cast(self._default, c_void_p)
        found = _GET_CALL(self._vfs.get_call)(where, name)
        open_folder = _OPEN_FOLDER(found)

        def opened(path: bytes, found: Any) -> int:
            code = int(open_folder(path, found))
            if code == _OK:
                self._opened_folders.append(os.path.dirname(path.decode()))
            return code

        _SET_CALL(self._vfs.set_call)(where, name, self._pointer(_OPEN_FOLDER, opened))

    def _note_folders(self) -> None:
        for one in self._opened_folders:
            self._note(Operation(SYNC_FOLDER, one))
        self._opened_folders.clear()

    # ------------------------------------------------------------------ files by name

    def _opened(self, vfs: int, name: int | None, file: int, flags: int, found: Any) -> int:
        path = ctypes.string_at(name).decode() if name else ""  # SQLite keeps the pointer: a copy would not do
        is_ours = path.startswith(self._folder)
        is_new = is_ours and not os.path.lexists(path)
        code = int(self._open(ctypes.cast(self._default, c_void_p), name, file, flags, found))
        if code == _OK and is_ours:
            if is_new:
                self._note(Operation(MAKE, path))
            self._paths[file] = path
            self._patch(_File.from_address(file))
        return code

    def _deleted(self, vfs: int, name: bytes, with_folder: int) -> int:
        path = name.decode()
        code = int(self._delete(ctypes.cast(self._default, c_void_p), name, with_folder))
        if code == _OK and path.startswith(self._folder):
            self._note(Operation(DELETE, path))
        self._note_folders()
        return code

    # ------------------------------------------------------------------ open files

    def _patch(self, file: _File) -> None:
        """From now on, what is done to an open file passes through here."""
        right = file.methods.contents
        address = ctypes.addressof(right)
        if address not in self._patched:
            size = _Methods.rest.offset + ctypes.sizeof(c_void_p) * (_Methods._sizes[min(right.version, 3)] - 5)
            made = _Methods()
            ctypes.memmove(byref(made), address, size)
            made.close = self._pointer(_CLOSE, self._closing(_CLOSE(right.close)))
            made.write = self._pointer(_WRITE, self._writing(_WRITE(right.write)))
            made.truncate = self._pointer(_TRUNCATE, self._cutting(_TRUNCATE(right.truncate)))
            made.sync = self._pointer(_SYNC, self._syncing(_SYNC(right.sync)))
            self._patched[address] = made
        file.methods = ctypes.pointer(self._patched[address])

    def _closing(self, right: Any) -> Callable[..., int]:
        def close(file: int) -> int:
            self._paths.pop(file, None)
            return int(right(file))

        return close

    def _writing(self, right: Any) -> Callable[..., int]:
        def write(file: int, data: int, size: int, at: int) -> int:
            code = int(right(file, data, size, at))
            if code == _OK:
                self._note(Operation(WRITE, self._paths[file], at, ctypes.string_at(data, size)))
            return code

        return write

    def _cutting(self, right: Any) -> Callable[..., int]:
        def cut(file: int, size: int) -> int:
            code = int(right(file, size))
            if code == _OK:
                self._note(Operation(CUT, self._paths[file], size))
            return code

        return cut

    def _syncing(self, right: Any) -> Callable[..., int]:
        def sync(file: int, flags: int) -> int:
            code = int(right(file, flags))
            if code == _OK:
                self._note(Operation(SYNC, self._paths[file]))
            self._note_folders()
            return code

        return sync


def library_of_sqlite() -> Any:
    """The library that the module ``sqlite3`` uses; the test is skipped where it cannot be reached."""
    import _sqlite3

    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    try:
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        library.sqlite3_vfs_find.argtypes = [c_char_p]
        library.sqlite3_vfs_register.argtypes = [c_void_p, c_int]
        library.sqlite3_libversion.restype = c_char_p
    except AttributeError:
        pytest.skip("SQLite is part of this Python, and its functions cannot be called")
    if library.sqlite3_libversion().decode() != sqlite3.sqlite_version:
        pytest.skip("the SQLite that can be reached is not the one that this Python uses")
    return library


def syncs_folders() -> bool:
    """Whether this SQLite syncs the folder of a new log; else it relies on file systems that do."""
    connection = sqlite3.connect(":memory:")
    try:
        return ("DISABLE_DIRSYNC",) not in connection.execute("PRAGMA compile_options").fetchall()
    finally:
        connection.close()
