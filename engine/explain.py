"""Why a node of a run is in the state that it is in.

What is asked here is what decided: the join rules through the frontier, room and rates through the lanes, further
attempts through the retry policy. So an explanation cannot say anything else than what the scheduler did.

After the ``-d explain`` of ninja and n2, which tell why a step is run by the code that decides it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from planweave.engine.errors import UnknownNameError
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.reason import Reason
from planweave.engine.explanation.states import reason_of
from planweave.engine.explanation.unknown import unknown
from planweave.engine.run import Run


def explain(run: Run[Any], node: str, *, now: float | None = None) -> Reason:
    """Why a node of a run is in the state that it is in.

    Args:
        run: live, ended, or as it is recorded.
        node: its id.
        now: seconds since the epoch; the present unless given.

    Raises:
        UnknownNameError: the run has no such node, with the reason where it may have one later, or does not any more.

    >>> from planweave.engine.task import task
    >>> from planweave.engine.workflow import workflow
    >>> @task
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> @workflow
    ... def twice(x: int) -> int:
    ...     return double(double(x))
    >>> print(explain(twice.run(x=1), "double-2").why[0])
    it ran because 'double' has succeeded
    """
    return Explainer(run, time.time() if now is None else now).explain(node)


def unknown_node(run: Run[Any], node: str) -> UnknownNameError:
    """The error about an id that no node of a run bears, with the reason where it may have one later."""
    return unknown(Evidence(run, time.time()), node)


class Explainer:
    """Answers for the nodes of one run as it is now; reads its records once.

    Args:
        run: live, ended, or as it is recorded.
        now: seconds since the epoch.
        is_recorded: whether it is only told from its records: then these say who has which room.
        is_held: whether a process runs it.
    """

    def __init__(self, run: Run[Any], now: float, *, is_recorded: bool = False, is_held: bool = True) -> None:
        self._evidence = Evidence(run, now, is_recorded=is_recorded, is_held=is_held)

    def explain(self, node: str) -> Reason:
        """Why this node is in the state that it is in; see ``explain``."""
        positions = [i for i, one in enumerate(self._evidence.data.nodes) if one.id == node]
        if not positions:
            raise unknown(self._evidence, node)
        return reason_of(self._evidence, positions[0])

    def all(self) -> Iterator[Reason]:
        """Why each node is in the state that it is in, in their order."""
        return (reason_of(self._evidence, position) for position in range(len(self._evidence.state)))
