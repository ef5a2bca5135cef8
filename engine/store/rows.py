"""What a store keeps, as values: runs, questions, and what is written about a run in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

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
        updated: when its state last changed, or who holds it.
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
        sealed: how many entries the row itself tells of; while the run is held there may be more.
        seal: the hash of the last one of these.
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
    sealed: int = 0
    seal: bytes = START
    due: float | None = None
    wanted: str | None = None
    reason: str | None = None
    pruned: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a run asks the world: a person's decision, or an event.

    Attributes:
        run, node: who asks.
        kind: ``"approval"``, ``"event"``, or ``"crash"``: what to do about an attempt whose process has ended.
        token: what an answer may have to bring along; it is good for one answer.
        body: what is asked, and of whom, as JSON.
        until: when it is too late for an answer; None: never.
        answer: as JSON; None: there is none yet.
        answered_by: who gave it.
        answered_at: when.
        closed_at: when the run stopped asking.
        event: the name of the event that would answer it, too; None: none would.
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
    event: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for its answer still; that it is not too late only the clock knows."""
        return self.answer is None and self.closed_at is None

    @property
    def title(self) -> str:
        """What is asked, in one line."""
        return str(json.loads(self.body).get("title", ""))

    @property
    def about(self) -> str | None:
        """What it is about: markdown, or JSON; None: nothing."""
        about = json.loads(self.body).get("about")
        return None if about is None else str(about)

    @property
    def by(self) -> tuple[str, ...] | None:
        """Who may answer; None: anybody."""
        names = json.loads(self.body).get("by")
        return None if names is None else tuple(names)

    @property
    def not_by(self) -> tuple[str, ...]:
        """Who may not answer."""
        return tuple(json.loads(self.body).get("not_by") or ())


class News(NamedTuple):
    """Something that somebody else has written about a run.

    Attributes:
        run: which.
        kind: ``"wanted"``, ``"answer"`` or ``"event"``.
        name: what is wanted, the node whose question is answered, the name of the event.
        text: the answer, or the value of the event, as JSON.
        by: who has written it; empty: nobody knows.
        at: when, by the clock of the store.
        number: of an event: in the order in which those of the run were sent.
    """

    run: str
    kind: str
    name: str
    text: str = ""
    by: str = ""
    at: float = 0.0
    number: int = -1


@dataclass(frozen=True, slots=True)
class Write:
    """What the holder of a run writes about it at once.

    Attributes:
        run: which.
        token: of the holder.
        entries: to be appended, in order.
        state: of the run from now on; None: as before.
        reason: why; None: as before.
        due: when there is something to do that only needs time; None: never, if any of state, reason and release is
            said, else as before.
        questions: that it asks from now on.
        closed: the nodes that ask no more.
        taken: the numbers of the events that have been taken.
        is_release: whether the holder gives the run out of its hands.
        kept: values of calls for equal ones of other runs: a key and JSON each.
    """

    run: str
    token: int
    entries: tuple[Entry, ...] = ()
    state: str | None = None
    reason: str | None = None
    due: float | None = None
    questions: tuple[Question, ...] = ()
    closed: tuple[str, ...] = ()
    taken: tuple[int, ...] = ()
    is_release: bool = False
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def is_about_the_run(self) -> bool:
        """Whether it says anything of the run beside its entries, questions and events."""
        return self.is_release or (self.state, self.reason, self.due) != (None, None, None)

    @property
    def is_append(self) -> bool:
        """Whether it is as nearly all are: one entry, and nothing else."""
        others = self.questions or self.closed or self.taken or self.kept
        return len(self.entries) == 1 and not (others or self.is_about_the_run)
