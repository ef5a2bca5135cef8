"""What a store keeps, as values: runs, questions, and what is written about a run in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from planweave.engine.store.entry import START, Entry


@dataclass(frozen=True, slots=True)
class RunRow:
    """What a store knows of a run.

    Times are seconds since the epoch, by the clock of the store.

    Attributes:
        id: of the run.
        workflow: the name of what is run.
        state: a value of ``RunState``.
        created: when it was submitted.
        updated: when something was last recorded of it.
        reference: how another process finds the workflow; None: it cannot.
        graph: the graph as a JSON document; None: it cannot be written as one.
        fingerprints: of the nodes by id, as JSON.
        inputs: by name, as JSON.
        options: pools, threads, ... it was started with, as JSON.
        parent: the run that it is a rerun of.
        parent_node: the node from which on it is one.
        token: grows with each holder; what is written with a smaller one is refused.
        holder: who holds it; None: nobody.
        lease_until: until when.
        entries: how many there are.
        head: the hash of the last one.
        due: when there is something to do for it that only needs time.
        wanted: what somebody else asked for: ``"cancel"`` or ``"undo"``.
        reason: why it is blocked, or how it ended, in one line.
        pruned: when its records were deleted; what is left of them are their count and the last hash.
    """

    id: str
    workflow: str
    state: str
    created: float = 0.0
    updated: float = 0.0
    reference: str | None = None
    graph: str | None = None
    fingerprints: str = "{}"
    inputs: str = "{}"
    options: str = "{}"
    parent: str | None = None
    parent_node: str | None = None
    token: int = 0
    holder: str | None = None
    lease_until: float | None = None
    entries: int = 0
    head: bytes = START
    due: float | None = None
    wanted: str | None = None
    reason: str | None = None
    pruned: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a run asks the world: a person's decision, or an event.

    Attributes:
        run, node: who asks.
        kind: ``"approval"`` or ``"event"``.
        token: what an answer may have to bring along; it is good for one answer.
        body: what is asked, and of whom, as JSON.
        until: when it is too late for an answer; None: never.
        answer: as JSON; None: there is none yet.
        answered_by: who gave it.
        answered_at: when.
        closed_at: when the run stopped asking.
    """

    run: str
    node: str
    kind: str
    token: str
    body: str
    until: float | None = None
    answer: str | None = None
    answered_by: str | None = None
    answered_at: float | None = None
    closed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """What the holder of a run writes about it at once.

    Attributes:
        run: which.
        token: of the holder.
        entries: to be appended, in order.
        state: of the run from now on; None: as before.
        reason: why; None: as before.
        due: when there is something to do that only needs time; None: never.
        questions: that it asks from now on.
        closed: the nodes that ask no more.
        is_release: whether the holder gives the run out of its hands.
    """

    run: str
    token: int
    entries: tuple[Entry, ...] = ()
    state: str | None = None
    reason: str | None = None
    due: float | None = None
    questions: tuple[Question, ...] = ()
    closed: tuple[str, ...] = ()
    is_release: bool = False
