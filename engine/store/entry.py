"""Entries: what a run committed together, as one row of its journal, chained by hashes.

The text of an entry is a JSON list of records, each ``[time, kind, position, data?]``. Its hash covers the hash of the
entry before it, so that no entry can be changed, moved or taken away without breaking the chain.

Source: S. Haber, W. S. Stornetta, "How to time-stamp a digital document", Journal of Cryptology 3, 1991.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

START = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a journal.

    Attributes:
        number: its place in the journal of its run, from 0.
        text: the records, as JSON.
        hash: of the hash of the entry before it, its number and its text; 32 bytes.
    """

    number: int
    text: str
    hash: bytes

    @classmethod
    def after(cls, previous: bytes, number: int, text: str) -> Entry:
        """The entry that follows the one with the hash ``previous``.

        >>> Entry.after(START, 0, "[]").follows(START)
        True
        """
        return cls(number, text, hash_of(previous, number, text))

    def follows(self, previous: bytes) -> bool:
        """Whether its hash is right, given that of the entry before it."""
        return self.hash == hash_of(previous, self.number, self.text)


def hash_of(previous: bytes, number: int, text: str) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"%b%d:%b" % (previous, number, text.encode())).digest()


class Told(NamedTuple):
    """A record as it was written.

    Attributes:
        time: seconds since the epoch.
        kind: ``"started"``, ``"succeeded"``, ...: a value of ``NODE_KINDS`` or ``RUN_KINDS``.
        position: of the node; -1: the run.
        data: what the kind carries, as JSON.
    """

    time: float
    kind: str
    position: int
    data: Any = None


def write_record(time: float, kind: str, position: int, data: str | None) -> str:
    """A record as text; ``data`` is JSON already.

    >>> write_record(1.5, "started", 3, None)
    '[1.5,"started",3]'
    """
    return f'[{time!r},"{kind}",{position}]' if data is None else f'[{time!r},"{kind}",{position},{data}]'


def write_text(records: Sequence[str]) -> str:
    """The text of an entry."""
    return f"[{','.join(records)}]"


def read_text(text: str) -> list[Told]:
    """The records of an entry.

    Raises:
        ValueError: it is no text of an entry.

    >>> read_text('[[1.5,"started",3],[1.5,"succeeded",3,{"value":4}]]')[1]
    Told(time=1.5, kind='succeeded', position=3, data={'value': 4})
    """
    written = json.loads(text)
    if not isinstance(written, list):
        raise ValueError(f"{text[:80]} is no list of records")
    found = []
    for one in written:
        match one:
            case [int() | float() as time, str() as kind, int() as position, *rest] if len(rest) <= 1:
                found.append(Told(float(time), kind, position, rest[0] if rest else None))
            case _:
                raise ValueError(f"{str(one)[:80]} is no record")
    return found
