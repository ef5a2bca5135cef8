"""Who made what so last, in a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.planners.htn.truth import Literal
from planweave.planners.htn.verification.attempt import Event


def changes(event: Event) -> Iterator[Literal]:
    """What an event makes so."""
    yield from ((fact, True) for fact in event.adds)
    yield from ((fact, False) for fact in event.deletes)


class Producers:
    """For each event and each literal that allows it, the event that made it so last; None: it is so initially.

    Literals that decide about conditional effects count as well.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.of: list[dict[Literal, int | None]] = []
        self.used: set[tuple[int, Literal]] = set()
        """Events with the literals that others need them for."""
        last: dict[Literal, int] = {}
        for i, event in enumerate(events):
            found = {literal: last.get(literal) for literal in (*event.reasons, *event.conditions)}
            self.used.update((one, literal) for literal, one in found.items() if one is not None)
            self.of.append(found)
            last.update(dict.fromkeys(changes(event), i))
