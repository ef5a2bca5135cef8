"""Whether a partial order of steps keeps the orderings that methods impose."""

from __future__ import annotations

from functools import cached_property

from planweave.engine.plan import Plan
from planweave.planners.htn.verification.claim import Claim, Entry
from planweave.planners.htn.verification.fit import Fit, whose
from planweave.planners.htn.verification.order import Order, bits
from planweave.planners.htn.verification.rules import refuse


def order_of(plan: Plan) -> Order:
    """The order that the orderings and links of a plan impose.

    Raises:
        InvalidPlan: one of them names no step, or steps are listed in another order.
    """
    number = {step.id: i for i, step in enumerate(plan.steps)}
    links = [(link.producer or link.consumer, link.consumer, f"the causal link for {link.fact}") for link in plan.links]
    orderings = [(one, two, f"the ordering {one} < {two}") for one, two in plan.orderings]
    for rule, some in (("ordering", orderings), ("link", links)):
        for one, two, what in some:
            for end in (one, two):
                if end not in number:
                    raise refuse(rule, f"{what} names the step '{end}', which the plan does not have", end)
            if number[one] > number[two] or (rule == "ordering" and one == two):
                raise refuse(rule, f"{what} wants '{one}' before '{two}', which the plan lists before it", two)
    pairs = [(number[one], number[two]) for one, two, _ in (*orderings, *links) if one != two]
    return Order(len(plan.steps), pairs)


class Keeping:
    """A claim whose steps come in any of the orders that a partial order leaves."""

    def __init__(self, claim: Claim, order: Order) -> None:
        self.claim = claim
        self.order = order

    @cached_property
    def common(self) -> list[int]:
        """For each entry, a mask of the steps that come before all its steps; of all where it has none."""
        common = [*self.order.below, *[-1] * (len(self.claim.entries) - self.claim.count)]
        for number in self.claim.postorder:
            for child in self.claim.entries[number].children:
                common[number] &= common[child]
        return common

    @cached_property
    def steps(self) -> list[int]:
        """For each entry, a mask of its steps."""
        steps = [1 << i if i < self.claim.count else 0 for i in range(len(self.claim.entries))]
        for number in self.claim.postorder:
            for child in self.claim.entries[number].children:
                steps[number] |= steps[child]
        return steps

    def keeping(self, number: int, some: tuple[Fit, ...]) -> tuple[Fit, ...]:
        """Those ways to fit in which the order keeps what the method of a task imposes.

        Raises:
            InvalidPlan: there are none.
        """
        broken = [self._broken(number, fit) for fit in some]
        found = tuple(fit for fit, pair in zip(some, broken, strict=True) if pair is None)
        if not found and broken[0] is not None:
            one, two = broken[0]
            early, late = self._unordered(one, two)
            what = f"{whose(self.claim, number)} does {self.claim.entries[one]} before {self.claim.entries[two]}, "
            raise refuse("ordering", f"{what}but the plan does not put {early} before {late}", late.id)
        return found

    def _broken(self, number: int, fit: Fit) -> tuple[int, int] | None:
        """Two subtasks whose order is not kept; None: all are kept."""
        children = self.claim.entries[number].children
        place = {child: i for i, child in enumerate(children)}
        before = [0] * len(children)
        for one, two in fit.orderings:
            before[place[two]] |= 1 << place[one]
        for middle in range(len(children)):  # all that come before, because a subtask without steps orders others
            for i, mask in enumerate(before):
                if mask >> middle & 1:
                    before[i] |= before[middle]
        for i, two in enumerate(children):
            for j in bits(before[i]):
                if self.steps[children[j]] & ~self.common[two]:
                    return children[j], two
        return None

    def _unordered(self, one: int, two: int) -> tuple[Entry, Entry]:
        """A step of one task and a step of another that does not come after it."""
        for late in bits(self.steps[two]):
            for early in bits(self.steps[one] & ~self.order.below[late]):
                return self.claim.entries[early], self.claim.entries[late]
        raise AssertionError("all steps are in order")
