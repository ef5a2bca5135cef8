"""Cancelling a run from any process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planweave.engine.answering import opened
from planweave.engine.errors import RunBlocked, RunHeld, StoreError
from planweave.engine.resume import resume
from planweave.engine.state import RunState
from planweave.engine.store.holder import Holder
from planweave.engine.store.rows import RunRow
from planweave.engine.store.store import Store

EVERY = 0.05
"""Seconds from one look at the run to the next."""


def cancel(run_id: str, *, store: Store | str | Path, undo: bool = False, wait: float = 30.0) -> RunState:
    """Cancel a run, wherever it is: no attempt starts any more once this returns ``CANCELLING`` or ``CANCELLED``.

    That it is to be cancelled is on disk before anything else is done: whoever holds it, or takes it up, cancels it. A
    run that nobody holds is cancelled here. One whose code is not here, or has changed its shape, stays blocked; it
    starts nothing, and is cancelled by whoever resumes it.

    Args:
        run_id: of the run.
        store: where it is recorded.
        undo: undo what has succeeded, as far as its tasks say how, the last first; see ``@task(undo=...)``.
        wait: seconds to wait until the process that runs it has heard of it. On a running event loop nothing is waited
            for, since it may be that which runs it.

    Returns:
        The state of the run then; that of a run which had ended is as before.

    Raises:
        UnknownRun: there is none of that id.
        StoreError: it is being cancelled already, and without undoing anything.
    """
    with opened(store) as there:
        row = there.want(run_id, "undo" if undo else "cancel")
        if undo:
            check_undo(row)
        until = time.monotonic() + (0.0 if _is_on_loop() else wait)
        while True:
            state = RunState(row.state)
            if state.is_end or state in (RunState.CANCELLING, RunState.COMPENSATING):
                return state
            if not _is_held(row, there.now()):
                try:
                    return resume(run_id, store=there, inputs=_Unneeded(), wait=False, check=False).state
                except RunHeld:
                    pass  # somebody was faster
                except RunBlocked:
                    return RunState.BLOCKED
            if time.monotonic() >= until:
                return state
            time.sleep(EVERY)
            row = there.row(run_id)


def check_undo(row: RunRow) -> None:
    """Raise StoreError if it was asked before that the run be cancelled, and nothing undone."""
    if row.wanted == "cancel" and not RunState(row.state).is_end:
        raise StoreError(
            f"run '{row.id}' is being cancelled already, and nothing is undone",
            mend="undo by hand what it has done: planweave show lists it",
        )


def _is_held(row: RunRow, now: float) -> bool:
    """Whether somebody may be running it."""
    if row.holder is None or (row.lease_until or 0.0) <= now:
        return False
    return not Holder.read(row.holder).is_surely_dead()


def _is_on_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Unneeded(Mapping[str, Any]):
    """Inputs that were not recorded: a run that is cancelled uses none."""

    def __getitem__(self, name: str) -> Any:
        return None

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
