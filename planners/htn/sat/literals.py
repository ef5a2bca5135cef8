"""Literals over facts, and sets of them as integers, bit by bit.

A literal is ``2 * fact`` for a fact and ``2 * fact + 1`` for its absence. A set of literals that may hold describes
states: a fact that may be true and may be false has both of its bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Mask: TypeAlias = int
"""A set of literals."""


def mask_of(literals: Iterable[int]) -> Mask:
    """A set of literals.

    >>> mask_of([0, 3])
    9
    """
    found = 0
    for one in literals:
        found |= 1 << one
    return found


def bits(mask: Mask) -> Iterator[int]:
    """The literals of a set, in order.

    >>> list(bits(9))
    [0, 3]
    """
    if mask:
        digits = bin(mask)[:1:-1]
        at = digits.find("1")
        while at >= 0:
            yield at
            at = digits.find("1", at + 1)


def possible(facts: int) -> Mask:
    """The bit after those of so many facts, which no task changes: a set of states without it is empty."""
    return 1 << 2 * facts


class Opposites:
    """Turns sets of literals into the sets of their opposites.

    Args:
        facts: how many facts there are.
    """

    def __init__(self, facts: int) -> None:
        self.facts = mask_of(range(0, 2 * facts, 2))

    def of(self, mask: Mask) -> Mask:
        """The opposites of a set of literals.

        >>> Opposites(2).of(0b0110)
        9
        """
        return (mask & self.facts) << 1 | mask >> 1 & self.facts

    def certain(self, mask: Mask) -> Mask:
        """The literals that hold in all states in which no others than these hold."""
        return mask & ~self.of(mask)
