"""The states of nodes and runs, what is true in each, and the legal ways between them.

One table for nodes (``EXITS``), one for runs (``RUN_EXITS``). The one function that moves a node is
``Frontier.move`` in ``engine/frontier.py``. See docs/design.md, "The contract of a run".
"""

from __future__ import annotations

from enum import StrEnum


class NodeState(StrEnum):
    """What is true of a node now.

    >>> NodeState.SUCCEEDED.is_end, NodeState.WAITING.is_end
    (True, False)
    """

    PENDING = "pending"
    """Something that it waits for has not ended."""
    READY = "ready"
    """It may start as soon as its executor, pool and rate have room."""
    RUNNING = "running"
    """An attempt has started and has not ended."""
    RETRY_WAIT = "retry_wait"
    """An attempt failed; the next one is due at a recorded time."""
    WAITING = "waiting"
    """It waits for a time, an event or a person; no attempt is running."""
    EXPANDED = "expanded"
    """It ended in a graph that has taken its place and has not ended."""
    SUCCEEDED = "succeeded"
    """It has a value."""
    FAILED = "failed"
    """Its last attempt failed: it is the root of a failure."""
    CANCELLED = "cancelled"
    """The run was cancelled, or its plan given up, before it ended."""
    SKIPPED = "skipped"
    """A branch was not taken, or what it needs comes from one that was not."""
    UPSTREAM_FAILED = "upstream_failed"
    """It cannot run (or cannot end) because of a failure elsewhere, which it names."""
    COMPENSATING = "compensating"
    """It succeeded, and what it did is being undone, since the run did not come to a good end."""
    COMPENSATED = "compensated"
    """What it did has been undone."""
    COMPENSATION_FAILED = "compensation_failed"
    """What it did could not be undone: somebody must look after it."""

    @property
    def is_end(self) -> bool:
        """Whether its own work is over: nothing can happen to it any more, but for an undo of what it did."""
        return self in ENDS

    @property
    def is_broken(self) -> bool:
        """Whether the node ended without the value that it was meant to have, by a failure or a cancel."""
        return self in BROKEN


_S = NodeState
EXITS: dict[NodeState, frozenset[NodeState]] = {
    _S.PENDING: frozenset({_S.READY, _S.SKIPPED, _S.UPSTREAM_FAILED, _S.CANCELLED}),
    # a result found in the cache ends a node without an attempt
    _S.READY: frozenset({_S.RUNNING, _S.SUCCEEDED, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.RETRY_WAIT, _S.WAITING, _S.EXPANDED, _S.SKIPPED, _S.CANCELLED}),
    _S.RETRY_WAIT: frozenset({_S.READY, _S.CANCELLED}),
    # a person may have an interrupted attempt made again
    _S.WAITING: frozenset({_S.READY, _S.SUCCEEDED, _S.FAILED, _S.CANCELLED}),
    # a loop expands again for its next round
    _S.EXPANDED: frozenset({_S.EXPANDED, _S.SUCCEEDED, _S.FAILED, _S.SKIPPED, _S.UPSTREAM_FAILED, _S.CANCELLED}),
    _S.SUCCEEDED: frozenset({_S.COMPENSATING}),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.SKIPPED: frozenset(),
    _S.UPSTREAM_FAILED: frozenset(),
    _S.COMPENSATING: frozenset({_S.COMPENSATED, _S.COMPENSATION_FAILED}),
    _S.COMPENSATED: frozenset(),
    _S.COMPENSATION_FAILED: frozenset(),
}
"""From each state of a node, the states that it may go to."""

UNDOING = frozenset({_S.COMPENSATING, _S.COMPENSATED, _S.COMPENSATION_FAILED})
"""The states of nodes that succeeded, and are undone."""

ENDS = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.SKIPPED, _S.UPSTREAM_FAILED}) | UNDOING
"""The states in which the work of a node is over."""

BROKEN = frozenset({_S.FAILED, _S.CANCELLED, _S.UPSTREAM_FAILED})
"""The ends that leave those who need the node without its value."""


class RunState(StrEnum):
    """What is true of a run now."""

    QUEUED = "queued"
    """It is recorded and nothing has started."""
    RUNNING = "running"
    """Its nodes may start."""
    WAITING = "waiting"
    """Nothing of it runs and no process need hold it: it waits for a time, an event or a person."""
    BLOCKED = "blocked"
    """It cannot go on as it is: a person must decide."""
    CANCELLING = "cancelling"
    """A cancel is acknowledged: nothing starts any more, and what runs is being stopped."""
    COMPENSATING = "compensating"
    """It failed or was cancelled, and what its nodes did is being undone."""
    SUCCEEDED = "succeeded"
    """Its result is there."""
    FAILED = "failed"
    """A failure reached its end; the error names the root causes."""
    CANCELLED = "cancelled"
    """It was cancelled, and nothing of it runs any more."""

    @property
    def is_end(self) -> bool:
        """Whether nothing can happen to the run any more."""
        return not RUN_EXITS[self]


_R = RunState
RUN_EXITS: dict[RunState, frozenset[RunState]] = {
    _R.QUEUED: frozenset({_R.RUNNING, _R.CANCELLING}),
    _R.RUNNING: frozenset({_R.SUCCEEDED, _R.FAILED, _R.CANCELLING, _R.COMPENSATING, _R.WAITING, _R.BLOCKED}),
    _R.WAITING: frozenset({_R.RUNNING, _R.COMPENSATING}),
    _R.BLOCKED: frozenset({_R.RUNNING, _R.COMPENSATING}),
    _R.CANCELLING: frozenset({_R.CANCELLED, _R.COMPENSATING}),
    _R.COMPENSATING: frozenset({_R.FAILED, _R.CANCELLED, _R.WAITING, _R.BLOCKED}),
    _R.SUCCEEDED: frozenset(),
    _R.FAILED: frozenset(),
    _R.CANCELLED: frozenset(),
}
"""From each state of a run, the states that it may go to."""

GOING = frozenset({_R.RUNNING, _R.COMPENSATING})
"""The states of a run in which nodes start."""
