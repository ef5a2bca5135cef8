"""What a caller may say about how a picture is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from planweave.engine.errors import RenderError

__all__ = ["Direction", "Options"]

Direction = Literal["auto", "down", "right"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a picture is made; the defaults suit a screen.

    Attributes:
        items: how many items of a fan-out, rounds of a loop or links of a chain are shown before the rest becomes a
            count.
        nodes: how many vertices a picture may have before it is condensed to an overview.
        rows: how many rows a timeline may have before the rest becomes a count.
        direction: where edges lead: ``"down"``, ``"right"``, or whichever makes the better page.
        time_limit: seconds that Graphviz may take.

    >>> Options.of({"items": 30}).items
    30
    """

    items: int = 12
    nodes: int = 1_500
    rows: int = 150
    direction: Direction = "auto"
    time_limit: float = 120.0

    @classmethod
    def of(cls, given: Mapping[str, Any], **defaults: Any) -> Options:
        """The options that a caller gave by name.

        Args:
            given: what the caller said.
            defaults: what a format prefers where the caller said nothing.

        Raises:
            RenderError: an unknown name, or a value out of its range.
        """
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise RenderError(f"there is no option {name!r} of a picture", mend=f"use: {', '.join(known)}")
        made = cls(**{**defaults, **given})
        for name, least in (("items", 2), ("nodes", 10), ("rows", 10)):
            value = getattr(made, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise RenderError(
                    f"{name}={value!r} is no limit for a picture", mend=f"use a whole number from {least}"
                )
        if made.direction not in get_args(Direction):
            raise RenderError(
                f"direction={made.direction!r} leads nowhere", mend=f"use one of: {', '.join(get_args(Direction))}"
            )
        seconds = made.time_limit
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds < math.inf:
            raise RenderError(f"time_limit={seconds!r} is no time", mend="use a number of seconds above 0")
        return made
