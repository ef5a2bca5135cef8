"""What explains each state, in one table."""

from __future__ import annotations

from collections.abc import Callable

from planweave.engine.explanation import before, ends, going
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.reason import Reason, Why
from planweave.engine.state import NodeState

_S = NodeState

BY_STATE: dict[NodeState, Callable[[Evidence, int], Why]] = {
    _S.PENDING: before.pending,
    _S.READY: before.ready,
    _S.RUNNING: going.started,
    _S.RETRY_WAIT: before.retry_wait,
    _S.WAITING: going.waiting,
    _S.EXPANDED: going.expanded,
    _S.SUCCEEDED: ends.succeeded,
    _S.FAILED: ends.failed,
    _S.CANCELLED: ends.cancelled,
    _S.SKIPPED: ends.skipped,
    _S.UPSTREAM_FAILED: ends.upstream_failed,
    _S.COMPENSATING: ends.undone,
    _S.COMPENSATED: ends.undone,
    _S.COMPENSATION_FAILED: ends.undone,
}


def reason_of(run: Evidence, position: int) -> Reason:
    """Why the node at a position is in the state that it is in."""
    state = run.state[position]
    why, causes = BY_STATE[state](run, position)
    return Reason(run.id(position), state, tuple(why), tuple(map(run.id, causes)))
