"""The difference between two runs of one workflow, in words: how they ended, and where their ways parted.

The id of the run, and the idempotency keys that follow from it, are another in each, and are no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planweave.engine.context import idempotency_key
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.wording import cut


def outcome(run: Run[Any]) -> tuple[Any, ...]:
    """How a run ended: the same for two runs of the same result."""
    if run.state is RunState.SUCCEEDED:
        return str(run.state), run.result
    return str(run.state), *(run.nodes[one].id for one in getattr(run.error, "causes", ()))


def impersonal(text: str, run: str, nodes: Iterable[str]) -> str:
    """A text without what is another in each run: its id, and the idempotency keys of its nodes.

    >>> impersonal("order r7 of ann", "r7", [])
    'order RUN of ann'
    """
    for node in nodes:
        text = text.replace(idempotency_key(run, node), f"KEY OF {node}")
    return text.replace(run, "RUN")


class Telling:
    """What a run tells of itself, to be held against another.

    Args:
        run: which.
    """

    def __init__(self, run: Run[Any]) -> None:
        self._run = run
        self._nodes = tuple(run.nodes)

    def text(self, value: Any) -> str:
        """What a value of it looks like, without what is another in each run."""
        return impersonal(repr(value), self._run.id, self._nodes)

    def values(self) -> dict[str, Any]:
        """What the nodes gave, by id, in the order in which that was recorded."""
        data, states = self._run._scheduler.data, self._run._scheduler.frontier.state
        positions = {node.id: i for i, node in enumerate(data.nodes)}
        names = [event.node for event in self._run.events if event.kind == "succeeded" and event.node is not None]
        return {
            name: data.value_at(positions[name]) for name in names if states[positions[name]] is NodeState.SUCCEEDED
        }

    def is_same(self, mine: Any, other: Telling, value: Any) -> bool:
        """Whether a value of this run is the same, to whoever looks at it, as one of the other."""
        if self.text(mine) == other.text(value):
            return True
        try:
            return bool(mine == value)
        except Exception:  # an array, say, has many truths
            return False

    def parting(self, other: Telling) -> str:
        """The first node, in the order of the other run, of which this one has another value; empty: there is none."""
        values = self.values()
        for node, expected in other.values().items():
            if node in values and not self.is_same(values[node], other, expected):
                return f"'{node}' gave {cut(self.text(values[node]))} instead of {cut(other.text(expected))}"
        return ""
