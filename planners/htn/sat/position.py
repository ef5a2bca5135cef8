"""Positions: the places of a plan that is refined, each with what may be done there; moments are between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from planweave.planners.htn.sat.literals import Mask


class Moment(NamedTuple):
    """The literals of the formula that stand for the facts between two positions.

    Attributes:
        facts: for each fact, the literal.
        fixed: what holds there whatever the plan; the formula has constants for it.
    """

    facts: list[int]
    fixed: Mask

    def value(self, one: int) -> int:
        """The literal of the formula for a fact or its absence."""
        fact = self.facts[one >> 1]
        return -fact if one & 1 else fact


@dataclass(slots=True, eq=False)
class Position:
    """A place where one task is done, or none.

    Attributes:
        start: the moment before it.
        blank: whether it may be left empty.
        options: for each action and task that may be done there, the literal that says so.
        open: the literal that says that a compound task is done there; 0: none can be.
        depth: how often it was refined.
        before, after: what may hold before and after it, when this was last looked at.
        chosen: once it is refined: for each task, its methods, each with the literal that says that it is taken.
        parts: once it is refined, the positions that take its place.
    """

    start: Moment
    blank: bool
    options: dict[int, int] = field(default_factory=dict)
    open: int = 0
    depth: int = 0
    before: Mask = 0
    after: Mask = 0
    chosen: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    parts: list[Position] = field(default_factory=list)

    def is_open(self, actions: int) -> bool:
        """Whether a compound task may be done there: one with a number from that of all actions on."""
        return any(option >= actions for option in self.options)

    def must_be_open(self, actions: int) -> bool:
        """Whether nothing else can be done there."""
        return self.open != 0 and not self.blank and all(option >= actions for option in self.options)
