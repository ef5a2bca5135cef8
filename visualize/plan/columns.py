"""Breaks rows of equal height into columns, as a newspaper does, so that a long list becomes a page. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Column", "columns_of"]

_LEAST = 28  # rows of a column: shorter lists stand in one
_SHAPE = 1.2  # width over height of the page that columns make
_EARLY, _LATE = 0.8, 1.2  # where a column may end, in parts of the height that it should have
_LEVEL = 0.1  # such a part is as bad as beginning one level deeper


class Column(NamedTuple):
    """Rows from ``first`` to before ``end``."""

    first: int
    end: int


def columns_of(depths: Sequence[float], width: float, height: float) -> list[Column]:
    """The columns of a list.

    Args:
        depths: of each row, how deep it stands, or how bad it would be for another reason to begin a column with it.
        width: of a column, with the gap to the next.
        height: of a row.

    >>> columns_of([0] * 10, 300, 24)
    [Column(first=0, end=10)]
    >>> columns_of([0, 1, 1, 1] * 20, 400, 24)
    [Column(first=0, end=40), Column(first=40, end=80)]
    """
    rows = len(depths)
    wanted = math.sqrt(_SHAPE * rows * height / max(width, 1.0))
    number = max(1, min(round(wanted), rows // _LEAST))
    found: list[Column] = []
    first = 0
    while number > 1:
        size = (rows - first) / number
        ends = range(first + max(1, round(size * _EARLY)), min(rows - 1, first + round(size * _LATE)) + 1)
        end = min(ends, key=lambda one: depths[one] + abs(one - first - size) / (size * _LEVEL))
        found.append(Column(first, end))
        first, number = end, number - 1
    return [*found, Column(first, rows)]
