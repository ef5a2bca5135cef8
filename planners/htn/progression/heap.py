"""A binary heap in a row of integers, the least first.

Written for lists and arrays alike, because it is compiled where numba is there.
"""

from __future__ import annotations

from planweave.planners.htn.progression.tables import Array


def push(heap: Array, size: int, item: int) -> int:
    """Add an item to a heap of this size; its new size.

    >>> heap = [3, 5, 0]
    >>> push(heap, 2, 1), heap[0]
    (3, 1)
    """
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if heap[above] <= item:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = item
    return size + 1


def pop(heap: Array, size: int) -> int:
    """Take the least item, ``heap[0]``, off a heap of this size; its new size.

    >>> heap = [1, 5, 3]
    >>> pop(heap, 3), heap[0]
    (2, 3)
    """
    size -= 1
    item = heap[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= item:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = item
    return size
