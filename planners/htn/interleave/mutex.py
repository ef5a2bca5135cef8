"""Mutexes: pairs of facts that never hold together, in any state that actions lead to.

The pairs that can hold together grow from those of the initial state until no action makes another one; all others are
mutex (A. Blum, M. Furst, "Fast planning through planning graph analysis", 1997; P. Haslum, H. Geffner, "Admissible
heuristics for optimal planning", AIPS 2000: h2). What the hierarchy rules out is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from planweave.planners.htn.deadline import Deadline
from planweave.planners.htn.interleave.masks import Act, Facts, Masks, bits, mask

EFFORT = 1_000_000
"""So many actions and pairs are looked at, fewer where there are many facts; what takes more has no mutexes but those
that are known anyway."""
LEAST = 4
"""So often every action is looked at, at least, before nothing changes."""


def mutexes(masks: Masks, deadline: Deadline) -> list[Facts]:
    """For each fact, those that never hold together with it.

    Raises:
        PlanningTimeout: a limit is reached.
    """
    together = _together(masks, deadline)
    if together is None:
        return _opposites(masks)
    return [masks.everything & ~some for some in together]


def _opposites(masks: Masks) -> list[Facts]:
    """What is known anyway: that a fact and its absence never hold together."""
    numbers = {one: number for number, one in enumerate(masks.grounded.facts)}
    return [
        mask([numbers[fact, not truth]] if (fact, not truth) in numbers else ()) for fact, truth in masks.grounded.facts
    ]


def _together(masks: Masks, deadline: Deadline) -> list[Facts] | None:
    """For each fact, those that may hold together with it, itself among them; None: it takes too much work."""
    count = masks.everything.bit_length()
    effort, each = EFFORT, 1 + count // 500
    if each * len(masks.acts) * LEAST > effort:
        return None
    together = [0] * count
    reached = masks.initial
    for fact in bits(reached):
        together[fact] = masks.initial
    acts = [(tuple(bits(act.condition)), tuple(bits(act.may_set)), act) for act in masks.acts]
    changed = True
    while changed:
        changed = False
        for number, (condition, sets, act) in enumerate(acts):
            if number % 500 == 0:
                deadline.check("looking for mutexes")
            beside = _beside(together, condition, act, reached)
            new = 0
            if beside is not None:
                reached |= act.may_set
                new = _join(together, sets, beside | act.may_set)
            changed = changed or new > 0
            effort -= each * (4 + new) // 4
            if effort < 0:
                return None
    return together


def _beside(together: Sequence[Facts], condition: Sequence[int], act: Act, reached: Facts) -> Facts | None:
    """What may hold once an action is done and held before it; None: its condition never holds, as far as is known."""
    beside = -1
    for fact in condition:
        beside &= together[fact]
    if act.condition & ~beside:
        return None
    return (beside if condition else reached) & ~act.clears


def _join(together: list[Facts], sets: Sequence[int], beside: Facts) -> int:
    """Note that these facts may hold together with others; how many pairs are new."""
    count = 0
    for fact in sets:
        new = beside & ~together[fact]
        if new:
            together[fact] |= new
            for other in bits(new):
                together[other] |= 1 << fact
                count += 1
    return count
