"""The shapes of the graphs that are measured: for each node, the nodes before it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

Shape = tuple[tuple[int, ...], ...]
"""For each node the positions of those before it; all of them come earlier."""


@cache
def layered(nodes: int, width: int = 100, edges: int = 3) -> Shape:
    """Layers of ``width`` nodes, each node after ``edges`` of the layer before, drawn with a fixed seed.

    >>> layered(3, width=1, edges=1)
    ((), (0,), (1,))
    """
    draw = random.Random(1)
    first = [()] * min(nodes, width)
    later = [tuple(draw.sample(range(i - i % width - width, i - i % width), edges)) for i in range(width, nodes)]
    return (*first, *later)


def chain(nodes: int) -> Shape:
    """One node after another.

    >>> chain(3)
    ((), (0,), (1,))
    """
    return ((), *((i,) for i in range(nodes - 1)))


def fan(nodes: int) -> Shape:
    """One node, all the others after it, and a last one after those.

    >>> fan(4)
    ((), (0,), (0,), (1, 2))
    """
    return ((), *[(0,)] * (nodes - 2), tuple(range(1, nodes - 1)))


SHAPES: dict[str, Callable[[int], Shape]] = {"layered": layered, "chain": chain, "fan": fan}


def successors(shape: Shape) -> list[list[int]]:
    """For each node, those after it.

    >>> successors(chain(3))
    [[1], [2], []]
    """
    after: list[list[int]] = [[] for _ in shape]
    for position, before in enumerate(shape):
        for i in before:
            after[i].append(position)
    return after
