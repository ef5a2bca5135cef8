"""The stamp of a run: the hash of what it began with, which its first record carries.

The graph, the inputs and the options of a run stand in a row of their own, beside its entries. By the stamp they belong
to the chain of these: a bit that changes there is noticed as one in an entry is. Runs of older planweaves have none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from planweave.engine.errors import RecordsUnreadable
from planweave.engine.state import RunState
from planweave.engine.store.entry import START, Entry, read_text
from planweave.engine.store.rows import RunRow

_KEY = "beginning"
_MEND = "planweave audit verify; restore the store from a backup"


def stamp_of(row: RunRow) -> str:
    """The hash of what a run began with."""
    parts = (row.id, row.workflow, row.graph, row.fingerprints, row.inputs, row.options)
    origin = () if row.parent is None else (row.parent, row.parent_node)
    return hashlib.sha256(json.dumps((*parts, *origin)).encode()).hexdigest()


def stamped(row: RunRow) -> str:
    """What the first record of a run carries, as JSON."""
    return f'{{"{_KEY}":"{stamp_of(row)}"}}'


def stamp_in(first: Entry) -> str | None:
    """The stamp in the first entry of a run; None: it has none.

    >>> stamp_in(Entry(0, '[[1.5,"run_started",-1,{"beginning":"ab"}]]', START))
    'ab'
    """
    try:
        data = read_text(first.text)[0].data
    except (ValueError, RecursionError, IndexError):  # whoever reads the entry says so
        return None
    found = data.get(_KEY) if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def check_beginning(row: RunRow, entries: Iterable[Entry]) -> None:
    """See that what a run began with is what was recorded, before any of it is used.

    Args:
        row: the run, not a brief one.
        entries: its own, of which the first is looked at.

    Raises:
        RecordsUnreadable: it is not, or it cannot be read.
    """
    if row.state not in set(RunState):
        raise RecordsUnreadable(f"run '{row.id}' is said to be {row.state!r}, which none can be", entry=0, mend=_MEND)
    if row.pruned is not None:
        return  # nothing is left of it
    first = next(iter(entries), None)
    stamp = None if first is None else stamp_in(first)
    texts = ((row.fingerprints, ()), (row.inputs, ()), (row.options, ("threads", "processes")))
    if stamp not in (None, stamp_of(row)) or not all(_has(text, keys) for text, keys in texts):
        raise RecordsUnreadable(
            f"what run '{row.id}' began with (its graph, inputs, options) is not what was recorded",
            entry=0,
            mend=_MEND,
        )


def _has(text: str, keys: Collection[str]) -> bool:
    """Whether a text is a JSON object that has these keys."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and all(key in found for key in keys)


def chained(entries: Iterable[Entry], row: RunRow) -> Iterator[Entry]:
    """The entries of a run that nobody else writes to, each after it is seen to follow from the one before.

    Raises:
        RecordsUnreadable: one does not, or the last one is not the last that the run knows.
    """
    head = START
    for number, entry in enumerate(entries):
        if entry.number != number or not entry.follows(head):
            raise RecordsUnreadable(
                f"entry {number} of run '{row.id}' is missing, or is not what was recorded", entry=number, mend=_MEND
            )
        head = entry.hash
        yield entry
    if head != row.head:
        raise RecordsUnreadable(
            f"the last entry of run '{row.id}' is not the one that the run knows", entry=row.entries, mend=_MEND
        )
