"""Holders: who holds a run. A process is told apart from another that bears its number later by when it started."""

from __future__ import annotations

import os
import socket
import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FIRST_SPACE = "4026531836"
"""The number that Linux gives the first of its spaces of process numbers."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process.

    Attributes:
        host: the name of its machine; of its container, too, where processes have numbers of their own.
        boot: which boot of the machine it belongs to; empty where the system does not tell.
        process: its number.
        started: when it started, in the system's own terms; empty where the system does not tell.
        name: of the one in it that holds the run, as there may be several.
    """

    host: str
    boot: str
    process: int
    started: str
    name: str = ""

    def text(self) -> str:
        """As it is stored."""
        return "|".join((self.host, self.boot, str(self.process), self.started, self.name))

    @classmethod
    def read(cls, text: str) -> Holder:
        """The inverse of ``text``.

        >>> Holder.read(this_process("w").text()) == this_process("w")
        True
        """
        match text.split("|"):
            case host, boot, process, started, name if process.isdecimal():
                return cls(host, boot, int(process), started, name)
        return cls(text, "", 0, "")  # a damaged file may hold anything: nobody knows whether that lives

    def is_surely_dead(self) -> bool:
        """Whether it was a process of this machine that is gone; of another machine's nobody here knows."""
        here = this_process()
        if self.host != here.host:
            return False
        if self.boot != here.boot:
            return bool(self.boot and here.boot)
        started = _started(self.process)
        return started is None or bool(started and self.started and started != self.started)


def this_process(name: str = "") -> Holder:
    """The process that asks."""
    return _holder(os.getpid(), name)  # by its number: a fork is another process


@cache
def _holder(process: int, name: str) -> Holder:
    return Holder(_clean(_host()), _boot(), process, _started(process) or "", _clean(name))


def _clean(text: str) -> str:
    return text.replace("|", "_")


@cache
def _host() -> str:
    try:
        space = os.readlink("/proc/self/ns/pid").partition("[")[2].rstrip("]")
    except OSError:
        space = ""
    # containers may share a name and a boot, and yet each knows its own processes only
    return socket.gethostname() if space in ("", _FIRST_SPACE) else f"{socket.gethostname()}/{space}"


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # a machine that does not tell: what stays the same until it is started again, to the minute
        return str(uuid.uuid5(uuid.NAMESPACE_OID, str(int((time.time() - time.monotonic()) // 60))))


def _started(process: int) -> str | None:
    """When a process of this machine started; None: there is none; empty: the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _is_alive(process)  # no such process, no such files here, or none that we may see
    return None if fields[0] in "ZX" else fields[19]  # a zombie has ended; field 22 counted from the process number


def _is_alive(process: int) -> str | None:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except OSError:
        return ""  # it is another user's
    return ""
