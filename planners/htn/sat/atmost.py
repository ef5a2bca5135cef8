"""At most one of many: pairwise for few, else by rows and columns.

J. Chen, "A new SAT encoding of the at-most-one constraint", ModRef 2010: each literal stands in a row and a column of a
rectangle; at most one row is used, and at most one column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from math import isqrt

FEW = 5
"""So many literals are excluded pairwise."""


def at_most_one(literals: Sequence[int], variable: Callable[[], int]) -> Iterator[list[int]]:
    """Clauses that leave at most one of the literals true.

    Args:
        literals: of which one at most may be true.
        variable: gives a new variable.

    >>> list(at_most_one([1, 2, 3], iter(range(4, 9)).__next__))
    [[-1, -2], [-1, -3], [-2, -3]]
    """
    if len(literals) <= FEW:
        for one, two in combinations(literals, 2):
            yield [-one, -two]
        return
    width = isqrt(len(literals) - 1) + 1
    columns = [variable() for _ in range(width)]
    rows = [variable() for _ in range(0, len(literals), width)]
    for i, literal in enumerate(literals):
        yield [-literal, rows[i // width]]
        yield [-literal, columns[i % width]]
    yield from at_most_one(rows, variable)
    yield from at_most_one(columns, variable)
