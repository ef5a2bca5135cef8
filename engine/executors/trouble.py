"""What goes wrong between a run and its processes: exceptions that cross, values that cannot, processes that die."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from typing import Any, NamedTuple

from planweave.engine.errors import NodeError, ProcessDied, ValueRefused
from planweave.engine.executors.wire import WireBroken, WireGarbled, pack, unpack
from planweave.engine.node import Node


class Trouble(NamedTuple):
    """An exception on its way from a process to its run.

    Attributes:
        packed: the exception, as far as it can be packed.
        words: its class and message, for when it does not survive the trip.
        note: in which process it was raised, and where.
    """

    packed: bytes
    words: str
    note: str

    @classmethod
    def of(cls, error: BaseException) -> Trouble:
        """What to send of an exception."""
        text = "".join(traceback.format_exception(error)).rstrip()
        try:
            packed = bytes(pack(error))
        except Exception:  # an exception class of the user's that does not survive the trip, or what it carries
            packed = b""
        return cls(packed, words(error), f"in process {os.getpid()}:\n{text}")

    def error(self) -> BaseException:
        """The exception with the note, or its words where it cannot be unpacked here."""
        found: Any = None
        with suppress(Exception):  # its class may not exist here, or want other arguments than it keeps
            found = unpack(memoryview(self.packed))
        error = found if isinstance(found, BaseException) else NodeError(self.words)
        with suppress(Exception):  # an exception may be frozen; it counts more than its note
            error.add_note(self.note)
        return error


def words(error: BaseException) -> str:
    """The class and the message of an exception.

    >>> words(ValueError("no disk"))
    'ValueError: no disk'
    """
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # its __str__ is the user's
        return type(error).__name__


REFUSALS = {
    "unsent": ("the arguments of '{}' cannot be sent to another process", "pass"),
    "unreadable": ("the arguments of '{}' cannot be read in its process", "pass"),
    "unsendable": ("the value of '{}' cannot be sent back from its process", "return"),
    "unread": ("the value of '{}' cannot be read back from its process", "return"),
}
"""The ways in which values fail to cross, and what the task should do with plain ones instead."""


def refused(node: Node, way: str, error: BaseException) -> ValueRefused:
    """The error of a node whose arguments or value cannot cross."""
    what, verb = REFUSALS[way]
    return ValueRefused(
        f"{what.format(node.id)}: {words(error)}",
        node=node.id,
        where=node.where,
        mend=f'{verb} plain values, or use executor="thread"',
    )


def dropped(label: str, error: BaseException) -> tuple[str, dict[str, Any]]:
    """The report that stands for one that cannot cross: a line in the log."""
    message = f"a report of '{label}' was dropped, since it cannot leave its process: {words(error)}"
    return "log", {"level": "WARNING", "message": message}


def died(node: Node, has_started: bool, exit_code: int | None, broken: WireBroken) -> ProcessDied:
    """The error of a node whose process gave no answer."""
    if not has_started:
        what = f"the process of '{node.id}' ended while it started (exit code {exit_code})"
        mend = 'look at what it printed; a script must start its run under `if __name__ == "__main__":`'
    elif isinstance(broken, WireGarbled):
        what = f"the process of '{node.id}' was killed, because what it sent cannot be read ({broken})"
        mend = "something in it wrote to a file that it had not opened"
    else:
        what = f"the process of '{node.id}' ended without an answer (exit code {exit_code})"
        mend = "it was killed or crashed; look at its memory use, or at native code that it calls"
    return ProcessDied(what, node=node.id, where=node.where, mend=mend)
