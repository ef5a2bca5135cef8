"""One walk along a timeline, that knows at each event what comes before it in every order of the steps.

All masks are masks of actors: the steps, then the ends of tasks that make something. They are closed: with an actor
they hold all that come before it.
"""

from __future__ import annotations

from planweave.planners.htn.truth import Literal
from planweave.planners.htn.verification.attempt import Event, Kind
from planweave.planners.htn.verification.producers import Producers, changes
from planweave.planners.htn.verification.timeline import Timeline


class Walk:
    """What was passed so far.

    Attributes:
        begins: for each task, a mask of those before its beginning.
        ends: for each entry, a mask of those before all that comes after it.
    """

    def __init__(self, timeline: Timeline, *, ordered: bool) -> None:
        self.claim = timeline.claim
        self.producers = Producers(timeline.events)
        self.begins: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self._made: dict[Literal, int] = {}
        """For each literal, the last that made it so and those before that."""
        self._needed: dict[Literal, int] = {}
        """For each literal, those that must come before whatever undoes it."""
        self._undone: dict[Literal, int] = {}
        """For each literal, those that undid it."""
        self._earlier: dict[int, list[int]] = {}
        for fit in timeline.fits.values() if ordered else ():
            for one, two in fit.orderings:
                self._earlier.setdefault(two, []).append(one)

    def before_begin(self, number: int) -> int:
        """What the tasks that an entry stands in put before it."""
        before = 0 if number == self.claim.top else self.begins[self.claim.parents[number]]
        for one in self._earlier.get(number, ()):
            before |= self.ends[one]
        return before

    def before_end(self, number: int) -> int:
        """What comes before the end of a task because it belongs to it."""
        before = self.begins[number]
        for child in self.claim.entries[number].children:
            before |= self.ends[child]
        return before

    def structure(self, event: Event) -> int:
        """What the decomposition puts before an event."""
        if event.kind is Kind.GOAL:
            return (1 << self.claim.count) - 1
        return self.before_end(event.number) if event.kind is Kind.END else self.before_begin(event.number)

    def enabling(self, event: Event) -> int:
        """What made the conditions of an event so, and those that decide about its effects."""
        before = 0
        for literal in (*event.reasons, *event.conditions):
            before |= self._made.get(literal, 0)
        return before

    def threatened(self, i: int, event: Event) -> int:
        """What must be over before the event with this place in the timeline changes anything.

        What needs that it is not yet changed; and what would change it back, where later events rely on the change.
        """
        before = 0
        for fact, becomes in changes(event):
            before |= self._needed.get((fact, not becomes), 0)
            if (i, (fact, becomes)) in self.producers.used:
                before |= self._undone.get((fact, becomes), 0)
        return before

    def remember(self, event: Event, over: int) -> None:
        """Pass an event, with which the actors of a mask are over."""
        if event.kind is Kind.BEGIN:
            self.begins[event.number] = over
        else:
            self.ends[event.number] = over
        for literal in (*event.reasons, *event.conditions):
            self._needed[literal] = self._needed.get(literal, 0) | over
        for fact, becomes in changes(event):
            self._made[fact, becomes] = over
            self._undone[fact, not becomes] = self._undone.get((fact, not becomes), 0) | over
