"""The laws of runs: what is true of every run, whatever it runs and however it went.

Each law is a function of the story of a run that yields what breaks it, as sentences; ``check_laws`` holds a run
against all of them. They read events alone, and are written from what docs/design.md promises, not from what the
scheduler does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from planweave.engine.run import Run
from planweave.testing.errors import LawBroken
from planweave.testing.laws.ends import (
    cached_values_were_made,
    causes_are_roots,
    failures_get_out,
    legal_moves,
    numbered_in_time,
    one_end,
)
from planweave.testing.laws.limits import attempts_in_order, limits_hold, nothing_after_cancel, rates_hold
from planweave.testing.laws.order import after_predecessors, parents_around_children, success_follows_the_order
from planweave.testing.laws.time import (
    no_room_is_wasted,
    nobody_waits_in_vain,
    pauses_end_on_time,
    the_best_starts_first,
)
from planweave.testing.story import Story

Law = Callable[[Story], Iterator[str]]

LAWS: tuple[Law, ...] = (
    numbered_in_time,
    legal_moves,
    one_end,
    after_predecessors,
    success_follows_the_order,
    parents_around_children,
    causes_are_roots,
    failures_get_out,
    limits_hold,
    rates_hold,
    attempts_in_order,
    nothing_after_cancel,
    cached_values_were_made,
)
"""What is true of every run."""

VIRTUAL_LAWS: tuple[Law, ...] = (no_room_is_wasted, nobody_waits_in_vain, pauses_end_on_time, the_best_starts_first)
"""What is true besides of every run under a virtual clock, where only waiting takes time."""


def check_laws(run: Run[Any], *, virtual: bool = True) -> None:
    """Hold a run that has ended against every law.

    Args:
        run: the run.
        virtual: whether it ran under a virtual clock (``simulate``), so that nothing but waiting takes time and the
            laws of what must happen at once hold too.

    Raises:
        LawBroken: with the law, and what breaks it first.

    >>> import planweave as pw
    >>> from planweave.testing import simulate
    >>> @pw.task
    ... async def double(x: int) -> int:
    ...     return 2 * x
    >>> @pw.workflow
    ... def twice(x: int) -> int:
    ...     return double(double(x))
    >>> check_laws(simulate(twice, {"x": 1}))
    """
    story = Story(run)
    for law in LAWS + VIRTUAL_LAWS if virtual else LAWS:
        for what in law(story):
            raise LawBroken(law.__name__, what)
