"""What is certain in every order of steps that a partial order leaves.

A fact is true before a step in every order if it is so initially or something before the step makes it so, and if each
thing that may undo it comes after the step, or is followed, before the step, by something that makes it so again. This
is exact for unconditional effects. A conditional effect is taken to happen, or not, as it did in the order that the
plan lists, as long as that is certain itself; else it may undo, and nothing relies on it. (This is no circle: the first
step of an order to behave otherwise would have only steps before it that behave as they are taken to.)

Source: the modal truth criterion of D. Chapman, "Planning for conjunctive goals", 1987; its limits with conditional
effects, B. Nebel, C. Bäckström, "On the computational complexity of temporal projection, planning, and plan
validation", 1994.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from planweave.engine.plan import Fact
from planweave.planners.htn.formula import TRUE
from planweave.planners.htn.model import Problem
from planweave.planners.htn.truth import Literal, Outcome, reasons
from planweave.planners.htn.verification.order import Order, bits, covers
from planweave.planners.htn.verification.state import Facts


@dataclass(frozen=True, slots=True)
class Actor:
    """Something that changes facts.

    Attributes:
        below: a mask of the actors that come before it in every order.
        outcomes: what it may change, each with whether it did in the order that the plan lists.
    """

    below: int
    outcomes: Sequence[tuple[Outcome, bool]]


@dataclass
class Certainty:
    """What is certain at each moment, given the actors in an order that is possible."""

    problem: Problem
    actors: Sequence[Actor]
    """The steps, then what else changes facts."""
    order: Order
    """Of the steps."""
    sure: dict[Literal, int] = field(default_factory=dict, init=False)
    """A mask of the actors that make the literal so, whatever the order."""
    possible: dict[Literal, int] = field(default_factory=dict, init=False)
    """A mask of the actors that may make it so."""
    facts: Facts = field(init=False)

    def __post_init__(self) -> None:
        changed = (one.fact for actor in self.actors for one, _ in actor.outcomes if one.becomes)
        self.facts = Facts([*self.problem.state, *changed])
        unsure: set[tuple[int, int]] = set()
        self._tabulate(unsure)
        while self._doubt(unsure):
            self._tabulate(unsure)

    def _doubt(self, unsure: set[tuple[int, int]]) -> bool:
        """Add the outcomes whose conditions are not certain, by actor and place; whether there were any."""
        before = len(unsure)
        for i, actor in enumerate(self.actors):
            now = Moment(self, actor.below, i)
            for j, (one, happens) in enumerate(actor.outcomes):
                if one.condition != TRUE and reasons(one.condition, happens, {}, now) is None:
                    unsure.add((i, j))
        return len(unsure) > before

    def _tabulate(self, unsure: set[tuple[int, int]]) -> None:
        """Tabulate who makes what so."""
        self.sure, self.possible = {}, {}
        for i, actor in enumerate(self.actors):
            surely: set[Literal] = set()
            maybe: dict[Literal, None] = {}
            for j, (one, happens) in enumerate(actor.outcomes):
                if happens or (i, j) in unsure:
                    maybe[one.fact, one.becomes] = None
                if happens and (i, j) not in unsure:
                    surely.add((one.fact, one.becomes))
            for fact, becomes in maybe:  # deletes happen before adds
                if becomes or (fact, True) not in surely:
                    self.possible[fact, becomes] = self.possible.get((fact, becomes), 0) | 1 << i
                if (fact, becomes) in surely and (becomes or (fact, True) not in maybe):
                    self.sure[fact, becomes] = self.sure.get((fact, becomes), 0) | 1 << i

    def threats(self, literal: Literal, below: int, own: int | None) -> Iterable[int]:
        """The actors that may undo a literal before a moment, in some order.

        Args:
            literal: a fact, and whether it is to be true.
            below: a mask of the actors before the moment.
            own: the actor whose moment it is; None: nobody's.
        """
        fact, wanted = literal
        left = self.possible.get((fact, not wanted), 0) & ~self.later_steps(below, own)
        helpers = self.sure.get(literal, 0) & below
        while left and helpers:
            helper = helpers.bit_length() - 1
            over = self.actors[helper].below | 1 << helper
            left &= ~over
            helpers &= ~over  # because those before it help against less
        return [one for one in bits(left) if one != own and not self._is_later(one, below, own)]

    def later_steps(self, below: int, own: int | None) -> int:
        """A mask of the steps after a moment in every order; none are found where the ends of tasks play a part."""
        above = self.order.above
        if own is not None:
            return above[own] if own < len(above) else 0
        if below >> len(above):
            return 0
        mask = (1 << len(above)) - 1
        for one in covers(below, self.order.below):
            mask &= above[one]
        return mask

    def _is_later(self, actor: int, below: int, own: int | None) -> bool:
        before = self.actors[actor].below
        return bool(before >> own & 1) if own is not None else not below & ~before and not below >> actor & 1

    def is_certain(self, literal: Literal, below: int, own: int | None) -> bool:
        """Whether a literal holds at a moment in every order."""
        fact, wanted = literal
        if (fact in self.problem.state) is not wanted and not self.sure.get(literal, 0) & below:
            return False
        return not self.threats(literal, below, own)


@dataclass(frozen=True, slots=True)
class Moment:
    """The world as far as it is certain before an actor, or after all the actors of a mask and before all else."""

    certainty: Certainty
    below: int
    own: int | None = None

    @property
    def problem(self) -> Problem:
        """The problem whose objects quantifiers range over."""
        return self.certainty.problem

    def holds(self, fact: Fact) -> bool | None:
        """Whether a fact is true in every order, or false in every order; None: it depends."""
        for wanted in (True, False):
            if self.certainty.is_certain((fact, wanted), self.below, self.own):
                return wanted
        return None

    def matching(self, predicate: str, arguments: Sequence[str | None]) -> list[Fact]:
        """The facts of a predicate that are certainly true and may have these objects; None: any object."""
        return [fact for fact in self.certainty.facts.matching(predicate, arguments) if self.holds(fact)]
