"""Whether every order of steps that a plan leaves can be executed and reaches the goal.

Nothing is enumerated: each condition is shown to be certain (``certain.py``). Beginnings and ends of tasks are put into
the order at one place each, and no more steps than the plan orders may get ordered by that: after what the orderings
put before them and after what made their conditions true in the order that the plan lists; for a beginning, right
before all steps of the task is tried as well. Ends that make facts come after what these threaten, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from planweave.engine.plan import CausalLink
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.formula import TRUE
from planweave.planners.htn.truth import reasons, witness
from planweave.planners.htn.verification.attempt import Event, Kind, bound
from planweave.planners.htn.verification.certain import Actor, Certainty, Moment
from planweave.planners.htn.verification.fit import Rulebook
from planweave.planners.htn.verification.keeping import Keeping
from planweave.planners.htn.verification.linkcheck import LinkCheck
from planweave.planners.htn.verification.rules import refuse
from planweave.planners.htn.verification.timeline import Timeline
from planweave.planners.htn.verification.walk import Walk


def check_every_order(
    timeline: Timeline, keeping: Keeping, rulebook: Rulebook, links: Iterable[CausalLink], *, ordered: bool
) -> None:
    """Check every order that a plan leaves, and its causal links.

    Args:
        timeline: what happens in the order that the plan lists.
        keeping: the orders that it leaves.
        rulebook: of the problem.
        links: the causal links of the plan.
        ordered: whether the orderings that methods and the problem impose are kept.

    Raises:
        InvalidPlan: the first rule that cannot be shown to be kept in all of them.
    """
    actors, makers = _actors(timeline, keeping, rulebook, ordered)
    certainty = Certainty(rulebook.problem, actors, keeping.order)
    check = _Check(timeline, keeping, rulebook, certainty, makers, ordered)
    for event in timeline.events:
        check.event(event)
    links_check = LinkCheck(keeping, certainty, makers)
    for link in links:
        links_check.check(link)


def _actors(
    timeline: Timeline, keeping: Keeping, rulebook: Rulebook, ordered: bool
) -> tuple[list[Actor], dict[int, int]]:
    """The steps, then the ends of tasks that make something; and the actor that each of these tasks' ends is."""
    count = timeline.claim.count
    steps = (1 << count) - 1
    walk = Walk(timeline, ordered=ordered)
    below = list(keeping.order.below)
    changed = [event.outcomes for event in sorted(timeline.events, key=_number) if event.kind is Kind.STEP]
    makers: dict[int, int] = {}
    for i, event in enumerate(timeline.events):
        if event.kind is Kind.STEP:
            for maker in makers.values():
                if not below[maker] & steps & ~below[event.number]:
                    below[event.number] |= 1 << maker
            before = below[event.number] | 1 << event.number
        else:
            before = walk.structure(event) | walk.enabling(event)
            task = timeline.claim.entries[event.number].task
            if event.kind is Kind.END and rulebook.effects(task.name)[1] != TRUE:
                before |= walk.threatened(i, event)
                makers[event.number] = len(below)
                below.append(before)
                changed.append(event.outcomes)
                before |= 1 << makers[event.number]
        walk.remember(event, before)
    return [Actor(mask, some) for mask, some in zip(below, changed, strict=True)], makers


def _number(event: Event) -> int:
    return event.number


class _Check:
    """The check of what happens, event by event."""

    def __init__(
        self,
        timeline: Timeline,
        keeping: Keeping,
        rulebook: Rulebook,
        certainty: Certainty,
        makers: dict[int, int],
        ordered: bool,
    ) -> None:
        self.claim = timeline.claim
        self.fits = timeline.fits
        self.keeping = keeping
        self.rulebook = rulebook
        self.problem = rulebook.problem
        self.certainty = certainty
        self.makers = makers
        self.walk = Walk(timeline, ordered=ordered)
        self.steps = (1 << self.claim.count) - 1

    def event(self, event: Event) -> None:
        """Check an event, and pass it."""
        check = {Kind.STEP: self._step, Kind.BEGIN: self._begin, Kind.END: self._end, Kind.GOAL: self._goal}
        self.walk.remember(event, check[event.kind](event))

    def _goal(self, event: Event) -> int:
        everything = (1 << len(self.certainty.actors)) - 1
        if reasons(self.problem.goal, True, {}, Moment(self.certainty, everything)) is None:
            raise refuse("goal", f"the goal does not hold in every order{self._why(event, everything)}")
        return everything

    def _step(self, event: Event) -> int:
        number = event.number
        entry = self.claim.entries[number]
        below = self.certainty.actors[number].below
        if self.walk.structure(event) & self.steps & ~below:
            raise self._early(number)
        operator = self.problem.domain.operators[entry.task.name]
        now = Moment(self.certainty, below, number)
        if reasons(operator.precondition, True, bound(operator.parameters, entry.task), now) is None:
            why = self._why(event, below, number)
            raise refuse("precondition", f"the precondition of {entry} does not hold in every order{why}", entry.id)
        return below | 1 << number

    def _begin(self, event: Event) -> int:
        number = event.number
        entry = self.claim.entries[number]
        structure = self.walk.structure(event)
        common = self.keeping.common[number]
        if structure & self.steps & ~common:
            raise self._early(number)
        places = [structure | self.walk.enabling(event)]
        if self.keeping.steps[number]:
            actors = self.certainty.actors
            ends = sum(1 << one for one in self.makers.values() if not actors[one].below & self.steps & ~common)
            places.append(structure | common | ends)
        for place in places:
            if not place & self.steps & ~common and self._may_begin(number, place):
                return place
        what = f"the precondition of the method '{entry.method}' of {entry} does not hold in every order"
        raise refuse("method-precondition", f"{what}{self._why(event, places[0])}", entry.id)

    def _may_begin(self, number: int, place: int) -> bool:
        pattern = self.rulebook.pattern(self.claim.entries[number].method or "")
        now = Moment(self.certainty, place)
        some = self.fits[number].bindings
        return any(witness(pattern.unsettled, pattern.condition, True, one, now) is not None for one in some)

    def _end(self, event: Event) -> int:
        number = event.number
        entry = self.claim.entries[number]
        place = self.walk.structure(event) | self.walk.enabling(event)
        own = self.makers.get(number)
        if own is not None:
            if place & ~self.certainty.actors[own].below:
                raise self._early(number)
            place = self.certainty.actors[own].below
        known = self.problem.domain.tasks.get(entry.task.name)
        if known is not None:
            checked = self.rulebook.effects(known.name)[0]
            now = Moment(self.certainty, place, own)
            if reasons(checked, True, bound(known.parameters, entry.task), now) is None:
                what = f"what {entry} declares as its effect does not hold in every order"
                raise refuse("task-effect", f"{what}{self._why(event, place, own)}", entry.id)
        return place if own is None else place | 1 << own

    # ---------------------------------------------------------------------- what went wrong

    def _early(self, number: int) -> InvalidPlan:
        entry = self.claim.entries[number]
        what = f"{entry} may come before what a task before it waits for"
        return refuse("method-precondition", what, entry.id)

    def _why(self, event: Event, place: int, own: int | None = None) -> str:
        """Why a condition is not certain, where that can be said of one fact."""
        for fact, wanted in event.reasons:
            if not self.certainty.is_certain((fact, wanted), place, own):
                what = f"{fact} may be made {'false' if wanted else 'true'}"
                for one in self.certainty.threats((fact, wanted), place, own):
                    return f": {what} by {self._name(one)}"
                return f": in some of them nothing makes {fact} {'true' if wanted else 'false'} before"
        return ""

    def _name(self, actor: int) -> str:
        number = {own: task for task, own in self.makers.items()}.get(actor, actor)
        entry = self.claim.entries[number]
        return f"{entry} ({entry.id})" if entry.id is not None else f"the end of {entry}"
