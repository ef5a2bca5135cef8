"""What arrives where a value is absent: ``Missing``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planweave.engine.state import NodeState


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands where a predecessor left no value, under a join rule or a map that lets a node go on without it.

    Args:
        state: how the node that would have given the value stands: skipped, failed, ...
        cause: the id of the node at the root of it.

    >>> Missing(NodeState.FAILED, "load")
    Missing(state=<NodeState.FAILED: 'failed'>, cause='load')
    """

    state: NodeState
    cause: str

    def __bool__(self) -> Literal[False]:  # so that type checkers know what is left of ``part or default``
        return False
