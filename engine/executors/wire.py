"""The wire between a run and one of its processes: messages with a plain head, and content that is opened later.

A head says for whom a message is and can always be read. What users' classes do when they are unpacked can then upset
only the one whom the content belongs to, and never the wire. Values cross only between a process and its own child.
"""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

from planweave.engine.executors.job import Place

_LENGTH = 4
"""Bytes that tell how long a head is."""


class Order(NamedTuple):
    """The head of a job on its way to a process; its content are the arguments, ``(args, kwargs)``."""

    place: Place
    label: str
    reference: str
    run_id: str


class WireBroken(Exception):
    """Nothing more can be said over this wire: the other end is gone."""


class WireGarbled(WireBroken):
    """What arrived over this wire is no message, and nobody knows where the next one would begin."""


class Wire:
    """One end of a pipe that carries messages; any thread may send, one receives."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, head: Any, content: memoryview) -> None:
        """Send a message, whole, however many threads do so at once.

        Raises:
            WireBroken: the other end is gone.
        """
        packed = pack(head)
        message = b"".join((len(packed).to_bytes(_LENGTH, "big"), packed, content))
        try:
            with self._lock:
                self._pipe.send_bytes(message)
        except OSError as error:
            raise WireBroken(str(error)) from error

    def receive(self) -> tuple[Any, memoryview]:
        """Wait for a message; gives its head, and its content still packed.

        Raises:
            WireBroken: the other end is gone.
            WireGarbled: what arrived is no message.
        """
        try:
            message = memoryview(self._pipe.recv_bytes())
            start = _LENGTH + int.from_bytes(message[:_LENGTH], "big")
            return unpack(message[_LENGTH:start]), message[start:]
        except OSError as error:
            raise WireBroken(str(error)) from error
        except EOFError as error:
            raise WireBroken("the other end is closed") from error
        except Exception as error:  # whatever unpacking makes of bytes that nobody packed
            raise WireGarbled(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Close this end. It stays usable in one way: to send is refused, at once, in a fork of this process too."""
        self._lock = threading.Lock()  # the old one may be held by a thread that the fork does not have
        self._pipe.close()


def pack(value: Any) -> memoryview:
    """The value as bytes.

    Raises:
        Exception: whatever the value raises when it is packed.
    """
    return ForkingPickler.dumps(value)


def unpack(content: memoryview) -> Any:
    """The value again.

    Raises:
        Exception: whatever the value raises when it is unpacked.
    """
    return ForkingPickler.loads(content)


NOTHING = memoryview(bytes(pack(None)))  # a copy: what packs would complain at the end of the program that it is in use
"""The content of a message that has none."""
