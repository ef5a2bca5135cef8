"""What a store tells of a run, read without touching it."""

from __future__ import annotations

import json
from typing import Any

from planweave.engine.graph import Graph
from planweave.engine.journal import MemoryJournal
from planweave.engine.launch import run_of, sizes_of
from planweave.engine.run import Run
from planweave.engine.store.aside import reader
from planweave.engine.store.beginning import graph_of, inputs_of
from planweave.engine.store.replay import replay
from planweave.engine.store.store import Store


def told(store: Store, run_id: str, graph: Graph | None = None) -> Run[Any]:
    """A run as it is recorded, wherever it may be going on meanwhile; nothing is written.

    Args:
        store: where it is recorded.
        run_id: of the run.
        graph: what is run, where it cannot be found by what is recorded.

    Raises:
        UnknownRun: there is none of that id.
        RunBlocked, RecordsUnreadable: what is recorded cannot be told.
    """
    row = store.row(run_id)
    made_of = graph_of(row) if graph is None else graph
    options = json.loads(row.options)
    sizes = sizes_of(made_of, options.get("pools", {}), options["threads"], options["processes"])
    journal = MemoryJournal()
    run = run_of(made_of, inputs_of(row, made_of, {}), run_id, journal, sizes, 0.0, (), is_resumed=True)
    replay(run._scheduler, journal.records, store.entries(run_id), read=reader(store))
    return run
