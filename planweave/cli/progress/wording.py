"""How progress is worded: durations, counts and states, for lines and for the live display alike."""

from __future__ import annotations

from collections.abc import Mapping

STATE_WORDS = {
    "failed": "failed",
    "cancelled": "cancelled",
    "upstream_failed": "could not run",
    "skipped": "skipped",
    "succeeded": "done",
}
"""How many nodes ended how, in the order in which a person wants to know."""


def duration(seconds: float) -> str:
    """A time span as short as it can be told.

    >>> duration(0.0123), duration(2.34), duration(75), duration(7384)
    ('12 ms', '2.3 s', '1:15', '2:03:04')
    """
    if seconds < 0.995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    return clock(seconds)


def clock(seconds: float) -> str:
    """A time span as a clock shows it, which does not flicker while it grows.

    >>> clock(2.34), clock(3675)
    ('0:02', '1:01:15')
    """
    whole = int(max(seconds, 0))
    minutes = f"{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 3600}:{minutes}" if whole >= 3600 else minutes.removeprefix("0")


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "node"), counted(12000, "node"), counted(2, "retry")
    ('1 node', '12,000 nodes', '2 retries')
    """
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def ends(counts: Mapping[str, int], *, besides: bool = False) -> list[str]:
    """How many nodes ended how, worst first; ``besides``: without those that just succeeded.

    >>> ends({"succeeded": 12, "failed": 1})
    ['1 failed', '12 done']
    """
    return [
        f"{counts[kind]:,} {word}"
        for kind, word in STATE_WORDS.items()
        if counts.get(kind) and not (besides and kind == "succeeded")
    ]
