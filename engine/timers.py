"""Timers: what a run does later, each under a key by which it can be forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planweave.engine.scheduler import Scheduler


class Timers:
    """The timers of a run."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._handles: dict[Hashable, asyncio.TimerHandle] = {}

    def start(self, key: Hashable, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Call something after a while, unless the run is cancelled before, or the key is stopped."""

        def due() -> None:
            del self._handles[key]
            self._scheduler.guarded(call, *args)

        self._handles[key] = self._scheduler.loop.call_later(max(0.0, seconds), due)

    def stop(self, key: Hashable) -> None:
        """Forget what was to be called later."""
        timer = self._handles.pop(key, None)
        if timer is not None:
            timer.cancel()

    def clear(self) -> None:
        """Forget all that was to be called later."""
        for timer in self._handles.values():
            timer.cancel()
        self._handles.clear()
