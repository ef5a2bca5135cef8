"""A partial order of steps, as masks: bit ``i`` of ``below[j]`` says that step ``i`` comes before step ``j``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property


class Order:
    """The transitive closure of pairs of positions, each of which goes forward.

    >>> order = Order(3, [(0, 1), (1, 2)])
    >>> order.below, order.above
    ([0, 1, 3], [6, 4, 0])
    """

    def __init__(self, count: int, pairs: Iterable[tuple[int, int]]) -> None:
        direct: list[list[int]] = [[] for _ in range(count)]
        for one, two in pairs:
            direct[two].append(one)
        self.below = [0] * count
        for two, some in enumerate(direct):
            for one in some:
                self.below[two] |= self.below[one] | 1 << one

    @cached_property
    def above(self) -> list[int]:
        """For each step, a mask of those that come after it."""
        above = [0] * len(self.below)
        for two in range(len(above) - 1, -1, -1):
            for one in covers(self.below[two], self.below):
                above[one] |= above[two] | 1 << two
        return above


def bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, the highest first.

    >>> list(bits(0b1010))
    [3, 1]
    """
    while mask:
        highest = mask.bit_length() - 1
        yield highest
        mask ^= 1 << highest


def covers(mask: int, below: Sequence[int] | Mapping[int, int]) -> Iterator[int]:
    """Of the steps before another, those that come before none of these.

    >>> list(covers(0b11, [0, 0b1]))
    [1]
    """
    while mask:
        highest = mask.bit_length() - 1
        yield highest
        mask &= ~(below[highest] | 1 << highest)
