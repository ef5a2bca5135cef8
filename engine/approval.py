"""An approval: what a person has decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person has decided; the value of ``pw.approve``.

    Attributes:
        approved: whether it was approved.
        by: who decided; empty: somebody who gave no name, or nobody in time.
        comment: what they said about it.
        at: when, in seconds since the epoch.
    """

    approved: bool
    by: str
    comment: str
    at: float
