"""Choices: where random scripts and graphs take their chances from, be it a seeded generator or hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """A source of choices. Small ones are simple ones: that is what a failing example shrinks to."""

    def below(self, count: int) -> int:
        """A number from 0 to ``count - 1``."""
        ...

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        """From ``least`` to ``most`` things, made one after another."""
        ...


class Dice:
    """Choices of a seeded generator: the same for the same seed, in every process.

    >>> Dice(7).below(100) == Dice(7).below(100)
    True
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, count: int) -> int:
        """A number from 0 to ``count - 1``, each as likely."""
        return self._random.randrange(count)

    def several(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        """From ``least`` to ``most`` things, each count as likely."""
        return [make() for _ in range(least + self.below(most - least + 1))]


def pick(choices: Choices, options: Sequence[T]) -> T:
    """One of ``options``; the first is the simplest."""
    return options[choices.below(len(options))]


def chance(choices: Choices, percent: int) -> bool:
    """True in ``percent`` of 100 cases; False is simpler."""
    return choices.below(100) >= 100 - percent


def name_of(index: int) -> str:
    """``a``, ``b``, ..., ``z``, ``a1``, ``b1``, ...

    >>> name_of(0), name_of(27)
    ('a', 'b1')
    """
    turn, letter = divmod(index, 26)
    return "abcdefghijklmnopqrstuvwxyz"[letter] + (str(turn) if turn else "")
