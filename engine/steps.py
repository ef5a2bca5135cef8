"""Drives a coroutine by hand until it suspends, and then as part of the task that awaits it.

Most coroutines of a large graph never suspend; making an asyncio task for each would cost more than they do. A
*carrier* (an asyncio task of the scheduler) runs one node after another; only when a node really suspends does the
carrier stay with it, and another one takes over the rest. So for its whole life a coroutine has one and the same
``asyncio.current_task()``, as ``asyncio.timeout`` and ``TaskGroup`` need it.
"""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator
from contextvars import Context
from typing import Any


@types.coroutine
def rest(coroutine: Coroutine[Any, Any, Any], context: Context, wish: Any) -> Generator[Any, Any, Any]:
    """Await what is left of ``coroutine``, which has been sent None once and wished for ``wish``."""
    run, send, throw = context.run, coroutine.send, coroutine.throw
    while True:
        try:
            answer = yield wish
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:
            step: Any = throw
            answer = error
        else:
            step = send
        try:
            wish = run(step, answer)
        except StopIteration as end:
            return end.value


async def whole(coroutine: Coroutine[Any, Any, Any], context: Context) -> Any:
    """Await all of ``coroutine`` in its own ``context``."""
    try:
        wish = context.run(coroutine.send, None)
    except StopIteration as end:
        return end.value
    return await rest(coroutine, context, wish)
