"""The setting: how thoroughly the benchmarks measure, and what they may read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """How to measure.

    Attributes:
        quick: fewer turns and smaller sizes: a look, not a verdict to rely on.
        data: a folder of data for benchmarks that read some; None where none was named.
        planners: those to measure, by name; none: the one that is asked unless another is named.
    """

    quick: bool = False
    data: Path | None = None
    planners: tuple[str, ...] = ()

    @property
    def turns(self) -> int:
        """How often each piece is timed at first."""
        return 3 if self.quick else 15

    @property
    def most_turns(self) -> int:
        """How often it is timed while chance could still turn the verdict."""
        return 3 if self.quick else 60
