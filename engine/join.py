"""Join rules: whether a node may run, given how its predecessors ended. One table, pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from planweave.engine.policy import Join
from planweave.engine.state import BROKEN, NodeState


class Verdict(Enum):
    """What becomes of a node when its predecessors have ended."""

    RUN = "run"
    SKIP = "skip"
    FAIL = "fail"


Ends = Sequence[tuple[NodeState, bool]]
"""For each predecessor, how it ended, and whether the node needs its value (and does not only wait for it)."""


def all_success(ends: Ends) -> Verdict:
    """Run when nothing broke and every needed value is there; a skipped node that is only waited for does not matter.

    >>> all_success([(NodeState.SUCCEEDED, True), (NodeState.SKIPPED, False)])
    <Verdict.RUN: 'run'>
    """
    if any(state in BROKEN for state, _ in ends):
        return Verdict.FAIL
    return Verdict.SKIP if any(state is NodeState.SKIPPED and needed for state, needed in ends) else Verdict.RUN


def all_done(ends: Ends) -> Verdict:
    """Run however they ended."""
    return Verdict.RUN


def one_success(ends: Ends) -> Verdict:
    """Run as soon as one of them succeeded.

    >>> one_success([(NodeState.SKIPPED, True), (NodeState.FAILED, True)])
    <Verdict.FAIL: 'fail'>
    """
    if not ends or any(state is NodeState.SUCCEEDED for state, _ in ends):
        return Verdict.RUN
    return Verdict.FAIL if any(state in BROKEN for state, _ in ends) else Verdict.SKIP


def none_failed(ends: Ends) -> Verdict:
    """Run when nothing broke, whether it succeeded or was skipped."""
    return Verdict.FAIL if any(state in BROKEN for state, _ in ends) else Verdict.RUN


RULES: dict[Join, Callable[[Ends], Verdict]] = {
    "all_success": all_success,
    "all_done": all_done,
    "one_success": one_success,
    "none_failed": none_failed,
}
"""The rule behind each value of ``join=``."""

FAILS_AT_ONCE: frozenset[Join] = frozenset({"all_success", "none_failed"})
"""The rules that one broken predecessor settles, whatever the others do."""
