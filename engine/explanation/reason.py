"""The reason why a node of a run is in the state that it is in, and how a state is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from planweave.engine.state import NodeState, RunState

Why: TypeAlias = tuple[list[str], list[int]]
"""In words, the nearest cause first; and the positions of the nodes that it is because of, the root last."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node is in the state that it is in.

    Attributes:
        node: its id.
        state: that state.
        why: in words, the nearest cause first.
        causes: the ids of the nodes that it is because of, the nearest first; the last is the root.
    """

    node: str
    state: NodeState
    why: tuple[str, ...]
    causes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"'{self.node}' ({words(self.state)}): {'; '.join(self.why)}"


def words(state: NodeState | RunState) -> str:
    """A state as people read it.

    >>> words(NodeState.UPSTREAM_FAILED)
    'upstream failed'
    """
    return str(state).replace("_", " ")
