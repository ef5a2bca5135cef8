"""``planweave worker``: go on with the runs that nobody goes on with."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Annotated

import typer

from planweave.cli.errors import DONE, INTERRUPTED, UsageError, shown
from planweave.cli.options import Debug, Json
from planweave.cli.progress.wording import counted
from planweave.cli.resume import import_from_here
from planweave.cli.stores import NONE, StoreUrl, recording
from planweave.cli.streams import Output
from planweave.engine.state import RunState
from planweave.engine.store.store import Store
from planweave.engine.worker import CONCURRENCY, Worker

GRACE = 30.0
"""Seconds that what runs is given to end when the worker is asked to stop."""


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Stop when there is nothing left to go on with.")] = False,
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="How many runs go on at once.")] = CONCURRENCY,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Go on with runs whose process has ended, and with those that wait no more, as long as it is let.

    Several workers may share a store, on several machines if that is PostgreSQL. SIGTERM and Ctrl-C end it: nothing new
    is started, what runs may end within half a minute, and the runs are given back for others to go on with.
    """
    output: Output = context.obj
    import_from_here()
    with recording(store) as there:
        if there is None:
            raise UsageError(f"--store {NONE} holds no runs to go on with", mend="name a store")
        states = asyncio.run(_work(there, output, once=once, concurrency=concurrency))
    if output.json:
        output.document({"runs": [{"id": run, "state": state} for run, state in states.items()]})
    else:
        output.line(f"worker {os.getpid()} ends: it went on with {counted(len(states), 'run')}")
    return DONE


async def _work(store: Store, output: Output, *, once: bool, concurrency: int) -> dict[str, RunState]:
    def tell(run: str, what: str) -> None:
        output.line(f"{time.strftime('%H:%M:%S')}  {run}  {shown(what)}")

    one = Worker(store, concurrency=concurrency, tell=tell)
    loop = asyncio.get_running_loop()
    asked = False

    def stop(number: signal.Signals) -> None:
        nonlocal asked
        if asked:
            os._exit(INTERRUPTED)  # whoever goes on with the runs finds this process gone
        asked = True
        output.line(f"{time.strftime('%H:%M:%S')}  {number.name}: {counted(len(one.live), 'run')} to be given back")
        one.stop()
        loop.call_later(GRACE, os._exit, INTERRUPTED)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    output.line(f"worker {os.getpid()} on {store.url}")
    return await one.work(once=once)
