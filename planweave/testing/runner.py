"""Running a coroutine under a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from planweave.testing.clock import HORIZON, PATIENCE, START, VirtualLoop
from planweave.testing.errors import CallbackFailed, Deadlock, Livelock

T = TypeVar("T")


def run_virtually(
    main: Callable[[], Coroutine[Any, Any, T]] | Coroutine[Any, Any, T],
    *,
    seed: int | None = 0,
    start: float = START,
    patience: int = PATIENCE,
    horizon: float = HORIZON,
) -> T:
    """Run a coroutine under a virtual clock, as ``asyncio.run`` does under the real one.

    Args:
        main: a coroutine, or (so that it can be run again) a function that makes one.
        seed: which interleaving; None: the order of asyncio itself.
        start: what the clock shows at first, in seconds since 1970.
        patience: how many callbacks may run while the clock stands still.
        horizon: how many virtual seconds it may take.

    Returns:
        What ``main`` returns.

    Raises:
        Deadlock: everything waits, and nothing will ever happen.
        Livelock: the program never waits, or never ends.
        CallbackFailed: a callback, or a task that nobody awaited, raised.
        RuntimeError: another event loop is running in this thread.

    >>> async def race() -> str:
    ...     slow, fast = asyncio.create_task(asyncio.sleep(60, "slow")), asyncio.create_task(asyncio.sleep(1, "fast"))
    ...     done, _ = await asyncio.wait([slow, fast], return_when=asyncio.FIRST_COMPLETED)
    ...     return done.pop().result()
    >>> run_virtually(race)
    'fast'
    """
    return run_on(VirtualLoop(seed, start=start, patience=patience, horizon=horizon), main, lambda error: None)


def run_on(
    loop: VirtualLoop,
    main: Callable[[], Coroutine[Any, Any, T]] | Coroutine[Any, Any, T],
    stuck: Callable[[Deadlock | Livelock], object],
) -> T:
    """Run a coroutine on a loop, and close that.

    Args:
        loop: is closed in the end.
        main: a coroutine, or a function that makes one.
        stuck: sees a Deadlock or Livelock before what waits is cancelled.
    """
    if asyncio._get_running_loop() is not None:
        if isinstance(main, Coroutine):
            main.close()
        raise RuntimeError("a virtual clock brings its own event loop, and one is running in this thread already")
    try:
        try:
            value = loop.run_until_complete(main if isinstance(main, Coroutine) else main())
        except (Deadlock, Livelock) as error:
            stuck(error)
            _raise_failures(loop, error)
            raise
        finally:
            _end_tasks(loop)
        _raise_failures(loop, None)
        return value
    finally:
        loop.close()


def _end_tasks(loop: VirtualLoop) -> None:
    """Cancel the tasks that are left, and let them and the generators end."""
    tasks = loop.tasks()
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    for task in tasks:
        # asyncio tells of these when they are thrown away, and when that is depends on the garbage collector
        if task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
            name, error = task.get_name(), task.exception()
            loop.call_exception_handler({"message": f"nobody took the exception of '{name}'", "exception": error})
    loop.run_until_complete(loop.shutdown_asyncgens())


def _raise_failures(loop: VirtualLoop, cause: BaseException | None) -> None:
    if not loop.failures:
        return
    first = loop.failures[0]
    errors = tuple(context["exception"] for context in loop.failures if context.get("exception") is not None)
    said = f"{type(errors[0]).__name__}: {errors[0]}" if errors else str(first.get("message"))
    raise CallbackFailed(f"{first.get('message', 'an error')}: {said}", errors=errors) from (
        cause or next(iter(errors), None)
    )
