"""A run as the model knows it: who holds it, what it has recorded, what it asks, and what was sent to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from tests.store.machine.said import LATER, Asked, Said

ENDED = ("succeeded", "failed")
"""How runs end here."""


@dataclass
class Asking:
    """A question as it stands."""

    asked: Asked
    answer: str | None = None
    by: str | None = None
    is_closed: bool = False


@dataclass
class Sent:
    """An event."""

    id: str
    name: str
    value: str
    is_taken: bool = False


@dataclass
class Going:
    """A run.

    Attributes:
        holder: who holds it; None: nobody.
        is_live: whether the lease goes on.
        texts: of its entries, until it is pruned.
        count, head: how many entries it has or had, and the hash of the last one.
    """

    holder: str | None
    is_live: bool
    token: int = 1
    state: str = "queued"
    reason: str | None = None
    due: float | None = None
    wanted: str | None = None
    is_pruned: bool = False
    texts: list[str] = field(default_factory=list)
    count: int = 0
    head: bytes = bytes(32)
    asking: dict[str, Asking] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED

    def is_written_by(self, token: int) -> bool:
        """Whether who has this token may write: it is the last one, and its holder has not let go of the run."""
        return self.token == token and self.holder is not None

    def take(self, said: Said) -> None:
        """Do all that its holder says."""
        for text in said.texts:
            self.head = hashlib.sha256(self.head + f"{self.count}:{text}".encode()).digest()
            self.texts.append(text)
            self.count += 1
        if said.is_about_the_run:
            self.due = said.due
        self.state, self.reason = said.state or self.state, said.reason or self.reason
        self.asking |= {node: Asking(asked) for node, asked in said.asks}
        for node in said.closes:
            if node in self.asking:
                self.asking[node].is_closed = True
        for number in said.takes:
            self.sent[number].is_taken = True
        if said.releases:
            self.holder, self.is_live = None, False

    def prune(self) -> int:
        """Forget all but what the row tells; gives how many entries were forgotten."""
        count = len(self.texts)
        self.texts, self.asking, self.sent, self.is_pruned = [], {}, [], True
        return count

    def is_something_to_do(self) -> bool:
        """Whether somebody should take it up, if nobody holds it."""
        if self.is_over or self.state == "blocked":
            return False
        is_due = self.due is not None and self.due < LATER
        is_told = any(self._is_told(one) for one in self.asking.values())
        return self.state != "waiting" or self.wanted is not None or is_due or is_told

    def _is_told(self, one: Asking) -> bool:
        came = any(sent.name == one.asked.event and not sent.is_taken for sent in self.sent)
        return not one.is_closed and (one.answer is not None or came)
