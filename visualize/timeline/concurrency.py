"""How many nodes ran at once, over time. Pure."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["concurrency", "most_at_once"]


def concurrency(intervals: Iterable[tuple[float, float]], start: float, seconds: float, bins: int) -> list[float]:
    """The mean number of intervals that are open, in each of ``bins`` equal parts of a stretch of time.

    Args:
        intervals: begin and end of each, in seconds; what lies outside the stretch does not count.
        start: seconds, where the stretch begins.
        seconds: how long it is.
        bins: how many parts.

    >>> concurrency([(0, 2), (1, 4)], 0, 4, 4)
    [1.0, 2.0, 1.0, 1.0]
    """
    width = seconds / bins
    within = [0.0] * bins
    change = [0] * (bins + 1)  # what begins and ends to be open through whole parts
    for begin, end in intervals:
        left, right = ((time - start) / width for time in (begin, end))
        left, right = max(0.0, left), min(float(bins), right)
        if right <= left:
            continue
        first, last = int(left), min(int(right), bins - 1)
        if first == last:
            within[first] += right - left
            continue
        within[first] += first + 1 - left
        within[last] += right - last
        change[first + 1] += 1
        change[last] -= 1
    found, open_through = [], 0
    for place in range(bins):
        open_through += change[place]
        found.append(within[place] + open_through)
    return found


def most_at_once(intervals: Iterable[tuple[float, float]]) -> int:
    """The largest number of intervals that are open at one instant; one that begins as another ends is not with it.

    >>> most_at_once([(0, 2), (1, 4), (2, 3)])
    2
    """
    steps = sorted(step for begin, end in intervals if end > begin for step in ((begin, 1), (end, -1)))
    most = now = 0
    for _, change in steps:  # an end comes before a beginning at the same time
        now += change
        most = max(most, now)
    return most
