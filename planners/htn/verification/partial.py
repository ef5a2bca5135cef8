"""Whether every order of steps that a plan leaves can be executed and reaches the goal.

Nothing is enumerated: each condition is shown to be certain (``certain.py``). Beginnings and ends of tasks are put into
the order at one place each, and no more steps than the plan orders may get ordered by that: after what the orderings
put before them and after what made their conditions true in the order that the plan lists; for a beginning, right
before all steps of the task is tried as well. Facts that tasks make happen after all earlier events that touch them.
"""

from __future__ import annotations

from collections.abc import Iterable

from planweave.engine.plan import CausalLink, Fact
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.formula import TRUE
from planweave.planners.htn.truth import Literal, Outcome, reasons, witness
from planweave.planners.htn.verification.attempt import Event, Kind, bound
from planweave.planners.htn.verification.certain import Actor, Certainty, Moment
from planweave.planners.htn.verification.fit import Rulebook
from planweave.planners.htn.verification.keeping import Keeping
from planweave.planners.htn.verification.linkcheck import LinkCheck
from planweave.planners.htn.verification.rules import refuse
from planweave.planners.htn.verification.timeline import Timeline


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
    first = _Walk(timeline, keeping, rulebook, list(keeping.order.below), ordered)
    for event in timeline.events:
        first.place(event)
    second = _Walk(timeline, keeping, rulebook, first.below, ordered)
    second.makers = first.makers
    actors = [Actor(below, first.changes[i]) for i, below in enumerate(first.below)]
    second.certainty = Certainty(rulebook.problem, actors)
    for event in timeline.events:
        second.check(event)
    links_check = LinkCheck(keeping, second.certainty, second.makers)
    for link in links:
        links_check.check(link)


class _Walk:
    """One walk through what happens in the order that the plan lists.

    Actors are the steps, then the ends of tasks that make something. All masks are masks of actors.
    """

    certainty: Certainty

    def __init__(
        self, timeline: Timeline, keeping: Keeping, rulebook: Rulebook, below: list[int], ordered: bool
    ) -> None:
        self.claim = timeline.claim
        self.keeping = keeping
        self.rulebook = rulebook
        self.below = below
        """For each actor, those before it in every order."""
        self.makers: dict[int, int] = {}
        """The actor that the end of a task is."""
        self.changes: dict[int, tuple[tuple[Outcome, bool], ...]] = {}
        """What each actor may change."""
        self.begins: dict[int, int] = {}
        """For each task, those before its beginning."""
        self.ends: dict[int, int] = {}
        """For each entry, those before all that comes after it."""
        self.made: dict[Literal, int] = {}
        """For each literal, the last that made it so, and those before that."""
        self.touched: dict[Fact, int] = {}
        """For each fact, those that changed or needed it."""
        self.fits = timeline.fits
        self.earlier: dict[int, list[int]] = {}
        for fit in self.fits.values() if ordered else ():
            for one, two in fit.orderings:
                self.earlier.setdefault(two, []).append(one)

    # ---------------------------------------------------------------------- where everything stands

    def place(self, event: Event) -> None:
        """Put an event into the order, the first time."""
        number = event.number
        if event.kind is Kind.STEP:
            for maker in self.makers.values():
                if not self.below[maker] & self._steps & ~self.below[number]:
                    self.below[number] |= 1 << maker
            self.changes[number] = event.outcomes
            self._pass(event, self.below[number] | 1 << number)
        elif event.kind is Kind.BEGIN:
            self.begins[number] = self._before_begin(number) | self._producers(event)
            self._touch(event, self.begins[number])
        elif event.kind is Kind.END:
            before = self._before_end(number) | self._producers(event)
            if self.rulebook.effects(self.claim.entries[number].task.name)[1] != TRUE:
                for fact in (*event.adds, *event.deletes):
                    before |= self.touched.get(fact, 0)
                own = self.makers[number] = len(self.below)
                self.changes[own] = event.outcomes
                self.below.append(before)
                before |= 1 << own
            self._pass(event, before)

    def _before_begin(self, number: int) -> int:
        before = 0 if number == self.claim.top else self.begins[self.claim.parents[number]]
        for one in self.earlier.get(number, ()):
            before |= self.ends[one]
        return before

    def _before_end(self, number: int) -> int:
        before = self.begins[number]
        for child in self.claim.entries[number].children:
            before |= self.ends[child]
        return before

    @property
    def _steps(self) -> int:
        return (1 << self.claim.count) - 1

    def _pass(self, event: Event, before: int) -> None:
        """Remember what an event made and touched."""
        self.ends[event.number] = before
        self._touch(event, before)
        for fact, becomes in [*((one, True) for one in event.adds), *((one, False) for one in event.deletes)]:
            self.made[fact, becomes] = before

    def _touch(self, event: Event, before: int) -> None:
        some: Iterable[Literal] = (*event.reasons, *event.conditions)
        for fact in (*(one for one, _ in some), *event.adds, *event.deletes):
            self.touched[fact] = self.touched.get(fact, 0) | before

    def _producers(self, event: Event) -> int:
        before = 0
        for literal in event.reasons:
            before |= self.made.get(literal, 0)
        return before

    # ---------------------------------------------------------------------- whether it may stand there

    def check(self, event: Event) -> None:
        """Check an event, with all actors known."""
        match event.kind:
            case Kind.STEP:
                self._check_step(event)
            case Kind.BEGIN:
                self._check_begin(event)
            case Kind.END:
                self._check_end(event)
            case Kind.GOAL:
                everything = (1 << len(self.below)) - 1
                problem = self.rulebook.problem
                if reasons(problem.goal, True, {}, Moment(self.certainty, everything)) is None:
                    raise refuse("goal", f"the goal does not hold in every order{self._why(event, everything)}")

    def _check_step(self, event: Event) -> None:
        number = event.number
        entry = self.claim.entries[number]
        if self._before_begin(number) & self._steps & ~self.below[number]:
            raise self._early(number)
        operator = self.rulebook.problem.domain.operators[entry.task.name]
        now = Moment(self.certainty, self.below[number], number)
        if reasons(operator.precondition, True, bound(operator.parameters, entry.task), now) is None:
            why = self._why(event, self.below[number], number)
            raise refuse("precondition", f"the precondition of {entry} does not hold in every order{why}", entry.id)
        self._pass(event, self.below[number] | 1 << number)

    def _check_begin(self, event: Event) -> None:
        number = event.number
        entry = self.claim.entries[number]
        structure = self._before_begin(number)
        common = self.keeping.common[number]
        if structure & self._steps & ~common:
            raise self._early(number)
        places = [structure | self._producers(event)]
        if self.keeping.steps[number]:
            makers = sum(1 << one for one in self.makers.values() if not self.below[one] & self._steps & ~common)
            places.append(structure | common | makers)
        for place in places:
            if not place & self._steps & ~common and self._may_begin(number, place):
                self.begins[number] = place
                self._touch(event, place)
                return
        what = f"the precondition of the method '{entry.method}' of {entry} does not hold in every order"
        raise refuse("method-precondition", f"{what}{self._why(event, places[0])}", entry.id)

    def _may_begin(self, number: int, place: int) -> bool:
        pattern = self.rulebook.pattern(self.claim.entries[number].method or "")
        now = Moment(self.certainty, place)
        some = self.fits[number].bindings
        return any(witness(pattern.unsettled, pattern.condition, True, one, now) is not None for one in some)

    def _check_end(self, event: Event) -> None:
        number = event.number
        entry = self.claim.entries[number]
        place = self._before_end(number) | self._producers(event)
        own = self.makers.get(number)
        if own is not None and place & ~self.below[own]:
            raise self._early(number)
        place = place if own is None else self.below[own]
        known = self.rulebook.problem.domain.tasks.get(entry.task.name)
        if known is not None:
            checked = self.rulebook.effects(known.name)[0]
            now = Moment(self.certainty, place, own)
            if reasons(checked, True, bound(known.parameters, entry.task), now) is None:
                what = f"what {entry} declares as its effect does not hold in every order"
                raise refuse("task-effect", f"{what}{self._why(event, place, own)}", entry.id)
        self._pass(event, place if own is None else place | 1 << own)

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
