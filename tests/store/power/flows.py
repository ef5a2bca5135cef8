"""A workflow with values too large for a row, beside those of ``tests.crash.flows``."""

from __future__ import annotations

import planweave as pw
from tests.crash.flows import ledger

LARGE = 600
"""Values that take more characters than that are set aside in these tests."""


@pw.task(executor="inline", crash_limit=None)
def draft(number: int) -> str:
    ledger().record("draft", number)
    return f"draft {number} " * 300


@pw.task(executor="inline", crash_limit=None, cache=True)
def polish(text: str) -> str:
    return text.upper()


@pw.task(executor="inline", crash_limit=None)
def bind(texts: list[str]) -> str:
    ledger().record("bind", len(texts))
    return "".join(texts)


@pw.task(crash_limit=None)
def measure(text: str) -> int:
    ledger().record("measure")
    return len(text)


@pw.workflow
def book(chapters: list[int]) -> int:
    """Large values that follow from each other, some from the cache."""
    return measure(bind(polish.map(draft.map(chapters))))
