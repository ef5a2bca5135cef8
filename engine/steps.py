"""Drives a coroutine by hand until it suspends, and then as part of the task that awaits it.

Most coroutines of a large graph never suspend; making an asyncio task for each would cost more than they do. A
*carrier* (an asyncio task of the scheduler) runs one node after another; only when a node really suspends does the
carrier stay with it, and another one takes over the rest. So for its whole life a coroutine has one and the same
``asyncio.current_task()``, as ``asyncio.timeout`` and ``TaskGroup`` need it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any


@types.coroutine
def steps(
    coroutine: Coroutine[Any, Any, Any], context: Context, suspended: Callable[[], None]
) -> Generator[Any, Any, Any]:
    """Await ``coroutine`` in its own ``context``; call ``suspended`` once, if it does not end at its first step."""
    run, send, throw = context.run, coroutine.send, coroutine.throw
    try:
        wish = run(send, None)
    except StopIteration as end:
        return end.value
    suspended()
    while True:
        try:
            answer = yield wish
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:
            step, argument = throw, error
        else:
            step, argument = send, answer
        try:
            wish = run(step, argument)
        except StopIteration as end:
            return end.value
