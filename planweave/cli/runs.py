"""``planweave runs``: list the runs that are recorded, and ``planweave runs prune``: delete what is old of them."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Annotated, Any

import typer

from planweave.cli.document import moment
from planweave.cli.errors import DONE, UsageError
from planweave.cli.options import Debug, Json
from planweave.cli.progress.wording import counted, duration
from planweave.cli.stores import NoStore, StoreUrl, opened, shown_store
from planweave.cli.streams import Output
from planweave.cli.tables import table, terminal_width
from planweave.engine.state import RunState
from planweave.engine.store.holder import Holder
from planweave.engine.store.rows import RunRow

_UNDER_WAY = (RunState.RUNNING, RunState.CANCELLING, RunState.COMPENSATING, RunState.QUEUED)
INTERRUPTED = "interrupted"
"""What people are told of a run that should be running, and that no process holds."""

BLOB_AGE = 86_400.0
"""Seconds for which a large value that nothing refers to is kept: the record that refers to it may be on its way."""

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
"""Seconds of each unit of an age."""


def runs(context: typer.Context, store: StoreUrl = None, as_json: Json = False, debug: Debug = False) -> int:
    """List the runs that are recorded, the last one first."""
    if context.invoked_subcommand is not None:
        return DONE
    output: Output = context.obj
    found: list[RunRow] = []
    now = time.time()
    try:
        with opened(store) as there:
            found, now = there.rows(is_brief=True), there.now()
    except NoStore:
        if store is not None:
            raise
    if output.json:
        output.document([row_document(row, now) for row in found])
        return DONE
    lines = [[row.id, row.workflow, standing(row, now), when(row.created), took(row, now)] for row in found]
    for line in table(["RUN", "WORKFLOW", "STATE", "WHEN", "TOOK"], lines, flexible=[1, 0], width=terminal_width()):
        if found:
            output.line(line)
    counts = Counter(line[2] for line in lines)
    if counts[INTERRUPTED]:
        output.line(
            f"\n{counted(counts[INTERRUPTED], 'run')} {INTERRUPTED}: planweave resume RUN goes on with one, "
            "planweave worker with all"
        )
    output.line(f"{'' if not found else chr(10)}{counted(len(found), 'run')} in {shown_store(store)}")
    return DONE


def prune(
    context: typer.Context,
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="Runs that ended longer ago: 30d, 12h, 90m, 2w.", show_default=False)
    ],
    keep: Annotated[int, typer.Option(min=0, metavar="N", help="Leave the last N that ended, however old.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Delete the records of runs that ended long ago: their values, questions and events.

    A run that has not ended is never touched. Of each pruned run a row stays, with its state and the last hash of its
    records, so that the audit still holds. The room in a file is used again; the file does not shrink.
    """
    output: Output = context.obj
    age = seconds_of(older_than)
    with opened(store) as there:
        chosen = old_runs(there.rows(is_brief=True), there.now() - age, keep)
        entries = 0 if dry_run else sum(there.prune(row.id) for row in chosen)
        blobs = 0 if dry_run else there.drop_blobs(older_than=BLOB_AGE)
    if output.json:
        document = {"runs": [row.id for row in chosen], "dry_run": dry_run, "entries": entries, "values": blobs}
        output.document(document)
        return DONE
    for row in chosen:
        output.line(f"{row.id}  {row.workflow}  {row.state}  {when(row.updated)}")
    if dry_run:
        output.line(f"{counted(len(chosen), 'run')} would be pruned")
    else:
        more = f" and {counted(blobs, 'large value')}" if blobs else ""
        words = "entry of their records" if entries == 1 else "entries of their records"
        output.line(f"{counted(len(chosen), 'run')} pruned: {entries:,} {words}{more} deleted")
    return DONE


def old_runs(rows: list[RunRow], before: float, keep: int) -> list[RunRow]:
    """The runs that are to be pruned, those that ended first first.

    >>> rows = [RunRow(name, "w", "failed", updated=time) for name, time in (("a", 1.0), ("b", 2.0), ("c", 9.0))]
    >>> [row.id for row in old_runs(rows, before=5.0, keep=0)], old_runs(rows, before=5.0, keep=3)
    (['a', 'b'], [])
    """
    ended = [row for row in rows if RunState(row.state).is_end and row.pruned is None]
    ended.sort(key=lambda row: (row.updated, row.id))
    return [row for row in ended[: max(0, len(ended) - keep)] if row.updated <= before]


def seconds_of(age: str) -> float:
    """The seconds of an age as people type it.

    >>> seconds_of("30d"), seconds_of("1.5h")
    (2592000.0, 5400.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", age.strip())
    if found is None:
        raise UsageError(f"{age!r:.40} is no age", mend="write a number and a unit: 30d, 12h, 90m, 2w")
    return float(found[1]) * UNITS[found[2]]


def row_document(row: RunRow, now: float) -> dict[str, Any]:
    """A run in a list, as values."""
    return {
        "id": row.id,
        "workflow": row.workflow,
        "state": row.state,
        "created": moment(row.created),
        "updated": moment(row.updated),
        "seconds": round(seconds_taken(row, now), 3),
        "held": is_held(row, now),
        "due": moment(row.due),
        "parent": row.parent,
        "from": row.parent_node,
        "reason": row.reason,
        "pruned": moment(row.pruned),
    }


def is_held(row: RunRow, now: float) -> bool:
    """Whether a process has the run in hands, as far as is known here."""
    if row.holder is None or row.lease_until is None or row.lease_until <= now:
        return False
    return not Holder.read(row.holder).is_surely_dead()


def standing(row: RunRow, now: float) -> str:
    """How a run stands, in a word: its state, or that nobody is there who runs it."""
    state = RunState(row.state)
    if state in _UNDER_WAY and not is_held(row, now):
        return INTERRUPTED
    return str(state)


def seconds_taken(row: RunRow, now: float) -> float:
    """How long a run has taken, or takes so far."""
    return max(0.0, (row.updated if RunState(row.state).is_end else now) - row.created)


def took(row: RunRow, now: float) -> str:
    """The same in words."""
    return duration(seconds_taken(row, now))


def when(seconds: float) -> str:
    """A time as the clock on the wall shows it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
