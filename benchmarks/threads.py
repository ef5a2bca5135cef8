"""Threads: sync functions in eight threads, against plain thread pools that walk the same graph."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from queue import SimpleQueue

import planweave as pw
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, judged, ratio
from benchmarks.setting import Setting
from benchmarks.shapes import Shape, layered, successors
from benchmarks.tasks import graph_of, nothing, threaded

NODES = 10_000
THREADS = 8
BOUND = 1.0
"""Times a plain pool that is driven the way that its documentation shows."""


def rows(setting: Setting) -> Iterator[Row]:
    """A row for each way to drive a plain pool, in processor time; and the documented way by the clock on the wall."""
    shape = layered(NODES)
    graph = graph_of(shape, threaded)
    ours = Piece(lambda: pw.run(graph, threads=THREADS), NODES)
    case = f"layered {NODES:,}, {THREADS} threads"
    match = Match({OURS: ours} | {name: Piece(partial(drive, shape), NODES) for name, drive in POOLS.items()})
    for name in POOLS:
        bound = BOUND if name == DOCUMENTED else None
        yield judged(case, match, setting, ratio(name), beside=name, bound=bound)
    by_wall = Match({OURS: ours, DOCUMENTED: Piece(partial(waited, shape), NODES)}, time.perf_counter)
    yield judged(case, by_wall, setting, ratio(DOCUMENTED), beside=DOCUMENTED, note="time on the wall")


def waited(shape: Shape) -> None:
    """Submit what is ready, and wait for the first to complete: the documented way."""
    after, missing = successors(shape), [len(before) for before in shape]
    with ThreadPoolExecutor(THREADS) as pool:
        pending = {pool.submit(nothing): i for i, count in enumerate(missing) if not count}
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                future.result()
                for j in after[pending.pop(future)]:
                    missing[j] -= 1
                    if not missing[j]:
                        pending[pool.submit(nothing)] = j


def called_back(shape: Shape) -> None:
    """Submit what is ready, and let callbacks put what is done into a queue: the leanest way."""
    after, missing = successors(shape), [len(before) for before in shape]
    done: SimpleQueue[tuple[int, Future[None]]] = SimpleQueue()
    with ThreadPoolExecutor(THREADS) as pool:

        def submit(i: int) -> None:
            pool.submit(nothing).add_done_callback(lambda future: done.put((i, future)))

        for i, count in enumerate(missing):
            if not count:
                submit(i)
        for _ in shape:
            i, future = done.get()
            future.result()
            for j in after[i]:
                missing[j] -= 1
                if not missing[j]:
                    submit(j)


def from_asyncio(shape: Shape) -> None:
    """Hand what is ready to the pool from an event loop, as ``asyncio.to_thread`` does."""
    after, missing = successors(shape), [len(before) for before in shape]

    async def drive() -> None:
        loop = asyncio.get_running_loop()
        left, ended = len(shape), loop.create_future()
        with ThreadPoolExecutor(THREADS) as pool:

            def submit(i: int) -> None:
                loop.run_in_executor(pool, nothing).add_done_callback(partial(end, i))

            def end(i: int, future: asyncio.Future[None]) -> None:
                nonlocal left
                future.result()
                left -= 1
                if not left:
                    ended.set_result(None)
                for j in after[i]:
                    missing[j] -= 1
                    if not missing[j]:
                        submit(j)

            for i, count in enumerate(missing):
                if not count:
                    submit(i)
            await ended

    asyncio.run(drive())


DOCUMENTED = "pool, futures.wait"

POOLS: dict[str, Callable[[Shape], None]] = {
    DOCUMENTED: waited,
    "pool, callbacks": called_back,
    "pool, run_in_executor": from_asyncio,
}
