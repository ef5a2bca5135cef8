"""What happens when the steps of a claim are taken in their order: when tasks begin and end, and why each may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.errors import InvalidPlan
from planweave.planners.htn.formula import TRUE
from planweave.planners.htn.verification.attempt import Attempt, Event
from planweave.planners.htn.verification.claim import Claim
from planweave.planners.htn.verification.fit import Fit, Rulebook, fits
from planweave.planners.htn.verification.keeping import Keeping


@dataclass(frozen=True)
class Timeline:
    """A claim with all that happens, in order, the goal last; and in which way the subtasks of each task fit."""

    claim: Claim
    events: tuple[Event, ...]
    fits: Mapping[int, Fit]


def timeline(
    claim: Claim, rulebook: Rulebook, *, ordered: bool, keeping: Keeping | None = None, deadline: Deadline | None = None
) -> Timeline:
    """What happens when the steps of a claim are taken in their order.

    Args:
        claim: with names and trees that have been checked.
        rulebook: of the problem.
        ordered: whether the orderings that methods and the problem impose are kept.
        keeping: which must keep them too; None: only the order of the claim must.
        deadline: when to give up; None: never.

    Raises:
        InvalidPlan: the first rule that is broken.
        PlanningTimeout: a limit is reached.
    """
    deadline = Deadline() if deadline is None else deadline
    numbers = (claim.top, *range(claim.count, claim.top))
    options = [fits(claim, number, rulebook, ordered=ordered) for number in numbers]
    if keeping is not None:
        options = [keeping.keeping(number, some) for number, some in zip(numbers, options, strict=True)]
    makes = any(rulebook.effects(claim.entries[number].task.name)[1] != TRUE for number in numbers)
    first: InvalidPlan | None = None
    for chosen in product(*options):
        chosen_fits = dict(zip(numbers, chosen, strict=True))
        for decisions in _decisions():
            attempt = Attempt(claim, chosen_fits, rulebook, decisions, deadline)
            failure = attempt.run()
            if failure is None:
                return Timeline(claim, tuple(attempt.events), chosen_fits)
            first = first or failure
        if first is not None and first.rule in ("precondition", "goal") and not makes:
            break  # which no other choice mends
    assert first is not None
    raise first


def _decisions() -> Iterator[list[bool]]:
    """All answers to however many questions are asked; whoever asks appends the answers taken, yes before no."""
    decisions: list[bool] = []
    while True:
        yield decisions
        while decisions and not decisions[-1]:
            decisions.pop()
        if not decisions:
            return
        decisions[-1] = False
