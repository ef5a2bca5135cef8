"""Coroutines: async functions that suspend or do not, against a loop written by hand with a task for each node."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import planweave as pw
from benchmarks.bare import BARE, REFERENCE, at_reference, reference_loop
from benchmarks.measure import Match, Piece, Turn
from benchmarks.row import OURS, Row, Unit, judged
from benchmarks.setting import Setting
from benchmarks.shapes import Shape, layered, successors
from benchmarks.tasks import graph_of, nothing_async, straight, suspending, suspends

NODES = 10_000
BY_HAND = "asyncio by hand"

STRAIGHT_BOUND = 3e-6
"""Seconds a node, at reference, where nothing suspends."""
EXTRA = 5e-6
"""Seconds a node, at reference, that may be added to ``SUSPENDING_BOUND`` times the loop by hand."""
SUSPENDING_BOUND = 1.5
SUSPENDING_TIME_BOUND = 12e-6
"""Seconds a node, at reference, where every node suspends once."""


def rows(setting: Setting) -> Iterator[Row]:
    """Coroutines that never suspend, and such that suspend once."""
    shape = layered(NODES)
    graph = graph_of(shape, straight)
    pieces = {
        OURS: Piece(lambda: pw.run(graph), NODES),
        BY_HAND: by_hand(shape, suspend=False),
        BARE: reference_loop(),
    }
    case = f"never suspends, layered {NODES:,}"
    match = Match(pieces)
    yield judged(
        case, match, setting, at_reference(OURS), beside=BY_HAND, unit=Unit.REFERENCE_SECONDS, bound=STRAIGHT_BOUND
    )

    other = graph_of(shape, suspends)
    pieces |= {OURS: Piece(lambda: pw.run(other), NODES), BY_HAND: by_hand(shape, suspend=True)}
    case = f"suspends once, layered {NODES:,}"
    match = Match(pieces)
    yield judged(case, match, setting, less_extra, beside=BY_HAND, bound=SUSPENDING_BOUND, note="less 5 µs*")
    yield judged(case, match, setting, at_reference(OURS), unit=Unit.REFERENCE_SECONDS, bound=SUSPENDING_TIME_BOUND)


def less_extra(turn: Turn) -> float:
    """How many times the loop by hand a node takes, once ``EXTRA`` is taken off it."""
    return (turn[OURS] - EXTRA * turn[BARE] / REFERENCE) / turn[BY_HAND]


def by_hand(shape: Shape, *, suspend: bool) -> Piece:
    """What a careful programmer would write: an asyncio task for each node, made when those before it have ended."""
    after = successors(shape)
    work = suspending if suspend else nothing_async

    async def drive() -> None:
        missing = [len(before) for before in shape]
        left = len(shape)
        ended = asyncio.get_running_loop().create_future()
        tasks: dict[int, asyncio.Task[None]] = {}  # the loop itself holds tasks only weakly

        async def node(i: int) -> None:
            nonlocal left
            await work()
            del tasks[i]
            left -= 1
            if not left:
                ended.set_result(None)
            for j in after[i]:
                missing[j] -= 1
                if not missing[j]:
                    tasks[j] = asyncio.create_task(node(j))

        for i, count in enumerate(missing):
            if not count:
                tasks[i] = asyncio.create_task(node(i))
        await ended

    return Piece(lambda: asyncio.run(drive()), len(shape))
