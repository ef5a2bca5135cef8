"""The nodes of a run whose records cannot be told to a graph: what its own records say of each, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from planweave.engine.errors import StoreError, describe
from planweave.engine.journal import NODE_KINDS
from planweave.engine.state import UNDOING, NodeState
from planweave.engine.store.entry import Told, read_text
from planweave.engine.store.failure import read_error
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store

STATES = {name: kind for kind, name in NODE_KINDS.items() if isinstance(kind, NodeState)}
"""The state that each kind of record about a node leads to."""


class Sketch(NamedTuple):
    """What the records say of a node."""

    id: str
    state: str
    attempts: int = 0
    started: float | None = None
    ended: float | None = None
    note: str = ""


def sketched(store: Store, row: RunRow) -> Iterator[Sketch]:
    """What is recorded of each node that anything is recorded of; nodes of expansions have numbers instead of ids."""
    names = list(json.loads(row.fingerprints))
    found: dict[int, Sketch] = {}
    try:
        for entry in store.entries(row.id):
            for told in read_text(entry.text):
                if told.kind in STATES:
                    name = names[told.position] if told.position < len(names) else f"node {told.position}"
                    found[told.position] = _after(found.get(told.position, Sketch(name, "pending")), told)
    except (StoreError, ValueError, RecursionError):
        pass  # what is readable is told, up to here
    yield from (found[position] for position in sorted(found))


def _after(sketch: Sketch, told: Told) -> Sketch:
    state = STATES[told.kind]
    changed: dict[str, Any] = {"state": str(state)}
    if state is NodeState.RUNNING:
        changed |= {"attempts": sketch.attempts + 1, "started": sketch.started or told.time}
    if state.is_end and state not in UNDOING:
        changed["ended"] = told.time
    if isinstance(told.data, dict) and "error" in told.data:
        changed["note"] = describe(read_error(told.data["error"]))
    return sketch._replace(**changed)
