"""Choices that hypothesis makes. This module imports hypothesis: it is imported where a strategy is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

_FLAG = st.integers(0, 7)
"""Whether there is a thing: unless it is 0."""


@lru_cache(maxsize=256)
def _below(count: int) -> st.SearchStrategy[int]:
    """Made once for each count: hypothesis takes longer to make a strategy than to draw from it."""
    return st.integers(0, count - 1)


class Drawn:
    """Choices that hypothesis makes, so that what is made by them shrinks."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, count: int) -> int:
        """A number from 0 to ``count - 1``."""
        return self._draw(_below(count)) if count > 1 else 0

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        """From ``least`` to ``most`` things, made one after another."""
        found: list[T] = []

        def thing(flag: int) -> None:
            if flag or len(found) < least:
                found.append(make())

        # each thing is a draw of its own, whose simplest value is that there is none
        for _ in range(least + self.below(most - least + 1)):
            self._draw(_FLAG.map(thing))
        return found
