"""Simulation: run a workflow to its end under a virtual clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from planweave.engine.launch import RunOptions, start
from planweave.engine.run import Run
from planweave.testing.clock import HORIZON, PATIENCE, START, VirtualLoop
from planweave.testing.errors import Deadlock, Livelock
from planweave.testing.runner import run_on

if TYPE_CHECKING:
    from planweave.engine.compile import Compilable
    from planweave.engine.graph import Graph
    from planweave.engine.workflow import Workflow

R = TypeVar("R")

SHOWN = 10
"""How many nodes that have not ended a ``Deadlock`` names."""


class Clock(RunOptions, total=False):
    """The keywords of ``simulate``: those of ``planweave.run``, and those of the clock."""

    start_at: float
    patience: int
    horizon: float


@overload
def simulate(
    what: Workflow[..., R],
    inputs: Mapping[str, Any] | None = None,
    *,
    seed: int | None = 0,
    **options: Unpack[Clock],
) -> Run[R]: ...
@overload
def simulate(
    what: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    seed: int | None = 0,
    **options: Unpack[Clock],
) -> Run[Any]: ...
def simulate(
    what: Graph | Compilable,
    inputs: Mapping[str, Any] | None = None,
    *,
    seed: int | None = 0,
    start_at: float = START,
    patience: int = PATIENCE,
    horizon: float = HORIZON,
    **options: Unpack[RunOptions],
) -> Run[Any]:
    """Run a workflow or a graph to its end under a virtual clock: no waiting, and the same events each time.

    Tasks that sleep, time out or pause between attempts take no real time. Coroutines run on the loop, as ever; sync
    tasks run on it too, one at a time, while the run takes them for tasks in threads or processes (``spend`` lets them
    take time). What tasks do outside (files, sockets, real threads) is real, and is not made to follow from the seed.

    Args:
        what: a workflow, a graph, ...
        inputs: by name.
        seed: which interleaving of what happens at the same instant; None: the order of asyncio itself. It names
            the run too (unless ``run_id=`` is given), so that the pauses between attempts follow from it.
        start_at: what the clock shows at first, in seconds since 1970.
        patience: how many callbacks may run while the clock stands still.
        horizon: how many virtual seconds it may take.
        options: those of ``planweave.run``: ``store``, ``pools``, ``threads``, ``on_event``, ... There are 8 threads
            and 4 processes unless said otherwise, whatever the machine has.

    Returns:
        The run, ended. It is not checked: look at ``run.state``, or call ``run.check()``.

    Raises:
        InputError: inputs are missing, unknown or of the wrong type.
        UndeclaredPoolError: a task names a pool that has no limit.
        Deadlock: the run waits for something that never comes; the nodes that have not ended are named.
        Livelock: it goes on and on, without ever waiting or without ever ending.
        CallbackFailed: the engine, or a task that nobody awaited, raised where nobody looks.

    >>> import planweave as pw
    >>> @pw.workflow
    ... def nap(seconds: float) -> None:
    ...     pw.sleep(seconds)
    >>> run = simulate(nap, {"seconds": 3600.0})
    >>> run.state.value, run.nodes["sleep"].ended - run.nodes["sleep"].started
    ('succeeded', 3600.0)
    """
    options.setdefault("run_id", f"simulation-{seed}")
    options.setdefault("processes", 4)
    started: list[Run[Any]] = []

    async def main() -> Run[Any]:
        run = await start(what, inputs, **options)
        started.append(run)
        return await run.wait(check=False)

    def explain(error: Deadlock | Livelock) -> None:
        for run in started:
            left = [f"'{node.id}' is {node.state}" for node in run.nodes.values() if not node.state.is_end]
            more = f", and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
            error.add_note(f"{run!r}: {', '.join(left[:SHOWN])}{more}" if left else f"{run!r}: every node has ended")

    return run_on(VirtualLoop(seed, start=start_at, patience=patience, horizon=horizon), main, explain)
