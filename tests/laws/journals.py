"""A journal for the laws: its writes take time, and one of them may fail."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from planweave.engine.journal import RECORD_FIELDS

DELAYS = (0.0, 0.001, 0.25, 1.0)
"""Virtual seconds that a write may take; some coincide with what tasks take."""


class DiskFull(Exception):
    """What a write that fails raises."""


class DelayingJournal:
    """A journal whose writes take a random time, or none, and may overtake each other.

    Attributes:
        durable: how many records are written for good.
        fails_at: the write, counted from 1, that fails; None: none. Those after it do not, so that it must be noticed.
    """

    def __init__(self, seed: int, group: int, fails_at: int | None = None) -> None:
        self.records: list[Any] = []
        self.group = group
        self.durable = 0
        self.flushes = 0
        self.fails_at = fails_at
        self._random = random.Random(f"journal {seed}")

    def flush(self) -> asyncio.Future[None] | None:
        loop = asyncio.get_running_loop()
        covered = len(self.records) // RECORD_FIELDS
        self.flushes += 1
        failing = self.flushes == self.fails_at
        if failing and self._random.random() < 0.3:
            raise DiskFull("no space left")
        if covered == self.durable and not failing and self._random.random() < 0.5:
            return None
        saved = loop.create_future()
        if self._random.random() < 0.2:
            self._written(saved, covered, failing)  # done before anybody waits for it
        else:
            loop.call_later(self._random.choice(DELAYS), self._written, saved, covered, failing)
        return saved

    def _written(self, saved: asyncio.Future[None], covered: int, failing: bool) -> None:
        if failing:
            saved.set_exception(DiskFull("no space left"))
            return
        self.durable = max(self.durable, covered)
        saved.set_result(None)
