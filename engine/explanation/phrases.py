"""Phrases that explanations are made of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from planweave.engine.policy import Join
from planweave.engine.wording import clip

WANTS: dict[Join, str] = {
    "all_success": "all must succeed",
    "all_done": "all must end, however they do",
    "one_success": "one must succeed",
    "none_failed": "none may fail",
}
"""What each join rule wants of the nodes before."""


def rule(join: Join) -> str:
    """A join rule in words."""
    return f"its rule is {join}: {WANTS[join]}"


def room(name: str) -> str:
    """What a limit limits, in words."""
    kind, _, pool = name.partition(" ")
    return f"pool {clip(pool)}" if kind == "pool" else f"the room for {kind} tasks"


def kinds(classes: Sequence[type]) -> str:
    """The names of classes."""
    return ", ".join(kind.__name__ for kind in classes)


def span(seconds: float) -> str:
    """A time span in words.

    >>> span(94.62), span(480), span(30_000), span(400_000)
    ('94.6 s', '8 min', '8.3 h', '4.6 d')
    """
    for unit, size, digits in (("d", 86_400, 1), ("h", 3600, 1), ("min", 60, 0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.{digits}f} {unit}"
    return f"{seconds:.1f} s"


def clock(moment: float) -> str:
    """A moment by the local clock."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def quoted(text: Any) -> str:
    """A text in brackets; nothing where there is none."""
    return f" ({clip(text)})" if isinstance(text, str) and text else ""


def or_until(end: str) -> str:
    """When a wait ends; nothing where it does not."""
    return f"; {end}" if end else ""
