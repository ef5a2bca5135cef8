"""The compiled form of a WebAssembly module, kept on disk between processes.

Compiling Graphviz takes a second or two; reading the machine code back takes milliseconds. Reading it back also means
running it, so a kept file is trusted only if it is a regular file of this user, in a folder of this user, both closed
to everybody else, and if it carries the digest of its own content. Whatever does not pass is compiled anew; whatever
cannot be written is not kept. A cache never makes a picture fail.

Several processes may come at once: a file is written under a name of its own and then renamed, so a reader sees a whole
one or none.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import wasmtime

__all__ = ["cache_folder", "compiled_module"]

_log = logging.getLogger(__name__)
_SUFFIX = ".compiled"
_DIGEST_BYTES = hashlib.sha256().digest_size
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)  # each of them 0 where the system lacks it
_KEPT_SECONDS = 90 * 24 * 3600  # forms of older versions go when a new one is written


def compiled_module(engine: wasmtime.Engine, wasm: bytes, *, settings: str) -> wasmtime.Module:
    """The module ``wasm`` compiled for ``engine``: read from the cache if it is sound there, else compiled and kept.

    Parameters:
        engine: the engine that will run the module.
        wasm: the module in WebAssembly's binary format.
        settings: a word for the settings of the engine; other settings, other machine code.

    Raises:
        wasmtime.WasmtimeError: if ``wasm`` cannot be compiled.
    """
    import wasmtime

    folder = cache_folder()
    file = None if folder is None else folder / (_name(wasm, settings) + _SUFFIX)
    if file is not None and (code := _read(file)) is not None:
        try:
            return wasmtime.Module.deserialize(engine, code)
        except wasmtime.WasmtimeError as error:  # made for another processor, say: wasmtime checks that itself
            _log.debug("%s cannot be used here: %s", file, error)
    module = wasmtime.Module(engine, wasm)
    if file is not None:
        _write(file, bytes(module.serialize()))
    return module


def cache_folder() -> Path | None:
    """The folder for compiled code, or None if there is no home.

    It lies in `PLANWEAVE_CACHE`, else in `planweave` in the user's cache folder: `XDG_CACHE_HOME` or `~/.cache`,
    `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows (XDG Base Directory Specification 0.8; as there, a relative
    `XDG_CACHE_HOME` is ignored).
    """
    try:
        if chosen := os.environ.get("PLANWEAVE_CACHE"):
            return Path(chosen).expanduser().absolute() / "graphviz"
        if sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        elif sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME", ""))
            base = base if base.is_absolute() else Path.home() / ".cache"
    except (RuntimeError, OSError):  # no home, or no working folder any more
        return None
    return base / "planweave" / "graphviz"


def _name(wasm: bytes, settings: str) -> str:
    """A name made of all that the machine code depends on: module, compiler, settings, system, processor."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        compiler = version("wasmtime")
    except PackageNotFoundError:  # bundled into a program; wasmtime also checks by itself what it is given
        compiler = "unknown"
    system = (sys.platform, platform.machine(), _processor_features())
    return hashlib.sha256(
        "\n".join((hashlib.sha256(wasm).hexdigest(), compiler, settings, *system)).encode()
    ).hexdigest()


def _processor_features() -> str:
    """What tells processors of one family apart, so that machines sharing a home folder keep a file each."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(("flags", "Features", "isa")):  # x86, ARM, RISC-V
                return line
    return platform.processor()


def _read(file: Path) -> bytes | None:
    """The code in ``file``, if the file is private and whole."""
    try:
        status = os.lstat(file.parent)
        if not (_ours(status, stat.S_ISDIR) and _closed(status)):
            return None
        with open(os.open(file, os.O_RDONLY | _NO_LINKS), "rb") as stream:
            status = os.fstat(stream.fileno())
            if not (_ours(status, stat.S_ISREG) and _closed(status)):
                _log.debug("%s is not ours alone: not used", file)
                return None
            content = stream.read()
    except OSError:
        return None
    digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if digest != hashlib.sha256(code).digest():
        _log.debug("%s is damaged: not used", file)
        return None
    return code


def _write(file: Path, code: bytes) -> None:
    """Keep ``code``, if there is a place where that is safe."""
    folder = file.parent
    part = None
    try:
        if not _may_write_below(folder):
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = os.lstat(folder)
        if not _ours(status, stat.S_ISDIR):
            return
        if not _closed(status):
            folder.chmod(0o700)
        handle, part = tempfile.mkstemp(dir=folder, suffix=".part")  # 0600
        with open(handle, "wb") as stream:
            stream.write(hashlib.sha256(code).digest())
            stream.write(code)
        os.replace(part, file)
        part = None
        _forget_old(folder)
    except OSError as error:
        _log.debug("compiled code is not kept: %s", error)
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                os.unlink(part)


def _ours(status: os.stat_result, right_kind: Callable[[int], bool]) -> bool:
    """Whether it is of the right kind (not a link) and belongs to this user; Windows has no such owners."""
    return right_kind(status.st_mode) and (os.name != "posix" or status.st_uid == os.geteuid())


def _closed(status: os.stat_result) -> bool:
    """Whether it is closed to everybody else; Windows sees to that by other means."""
    return os.name != "posix" or not status.st_mode & 0o077


def _may_write_below(folder: Path) -> bool:
    """Whether the place is not in the home of somebody else.

    `sudo` may keep HOME, and what root would leave there its owner could not replace.
    """
    if os.name != "posix":
        return True
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    return nearest.stat().st_uid in (0, os.geteuid())


def _forget_old(folder: Path) -> None:
    """Remove what other versions left."""
    horizon = time.time() - _KEPT_SECONDS
    for entry in folder.iterdir():
        if entry.suffix in (_SUFFIX, ".part") and entry.lstat().st_mtime < horizon:
            entry.unlink(missing_ok=True)
