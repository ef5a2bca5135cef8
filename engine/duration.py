"""Durations as people write them: numbers of seconds, and timedeltas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any


def in_seconds(given: Any) -> Any:
    """A duration as a number of seconds; whatever else is given as it is.

    >>> in_seconds(timedelta(minutes=1)), in_seconds(2.5)
    (60.0, 2.5)
    """
    return given.total_seconds() if isinstance(given, timedelta) else given
