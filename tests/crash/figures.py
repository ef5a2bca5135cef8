"""What came of runs whose processes were killed: figures that can be added up."""

from __future__ import annotations

from dataclasses import dataclass, fields

from planweave.testing.crash.account import Account


@dataclass
class Figures:
    """What came of it.

    Attributes:
        kills: processes that were killed while they worked.
        naps: processes that stood still for longer than their leases last, and then went on.
        restarts: of the database, at once.
        runs: that were acknowledged, or there all the same.
        resumes: how often one of them was resumed.
        interrupted: attempts that were cut off.
        effects: lines of the ledger.
        extra: of these, beyond one for each node; each is explained.
        overtaken: how often a process found that it had lost a run.
        said: answers, events and cancels that were acknowledged.
    """

    kills: int = 0
    naps: int = 0
    restarts: int = 0
    runs: int = 0
    resumes: int = 0
    interrupted: int = 0
    effects: int = 0
    extra: int = 0
    overtaken: int = 0
    said: int = 0

    def add_account(self, found: Account) -> None:
        """A run has come to its end as it should."""
        self.runs += 1
        self.resumes += found.resumes
        self.interrupted += found.interrupted
        self.effects += found.effects
        self.extra += found.extra

    def add(self, others: Figures) -> None:
        """Count what others have counted, too."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(others, one.name))
