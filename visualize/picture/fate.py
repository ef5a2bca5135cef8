"""What became of the branches and bodies of a node in a run: which of them are ghosts, and what their frames say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from planweave.engine.approval import Approval
from planweave.engine.history import NodeRun
from planweave.engine.node import Map, Repeat, Replan, When, templates_of
from planweave.engine.recovery import is_search
from planweave.engine.source import resolve
from planweave.engine.state import NodeState
from planweave.visualize.picture.picture import Ghost
from planweave.visualize.text.unit import plural

__all__ = ["COPY", "Fate", "condition_of", "fates_of", "label_of_parts"]

COPY = re.compile(r"(?:\[(\d+)\]|@(\d+))(?=/|$)")
"""The part of an id that tells the items of a map and the rounds of a loop apart."""


class Fate(NamedTuple):
    """Whether a branch or body is a ghost, and what its frame says of that."""

    ghost: Ghost
    note: str = ""


def condition_of(record: NodeRun, records: Sequence[NodeRun], inputs: Mapping[str, Any]) -> bool | None:
    """What the condition of a ``when`` came to; None: nothing yet, or no bool."""

    def value_of(position: int) -> Any:
        return records[position].value if records[position].state is NodeState.SUCCEEDED else None

    value = resolve(record.node.args[0], value_of, inputs.get)
    if isinstance(value, Approval):
        return value.approved
    return value if isinstance(value, bool) else None


def fates_of(record: NodeRun, expanded: bool, condition: bool | None) -> dict[str, Fate]:
    """The templates of a node that are worth showing although nothing of them ran, by their roles.

    Args:
        record: what has happened to the node.
        expanded: whether one of them took its place.
        condition: of a ``when``; None: not known.
    """
    roles = templates_of(record.node.control)
    open_still = not expanded and not record.state.is_end
    if not isinstance(record.node.control, When):
        return dict.fromkeys(roles, Fate("later")) if open_still else {}
    if condition is None:
        return dict.fromkeys(roles, Fate("later", "not decided yet")) if open_still else {}
    taken = "then" if condition else "otherwise"
    fates = {role: Fate("never", "not taken") for role in roles if role != taken}
    if open_still and taken in roles:
        fates[taken] = Fate("later", "not yet run")
    return fates


def label_of_parts(parent: NodeRun, last: NodeRun, condition: bool | None) -> str:
    """What stands on the frame around the parts of a node.

    Args:
        parent: the node.
        last: the last of its parts.
        condition: of a ``when``.
    """
    copy = COPY.match(last.id, len(parent.id))
    match parent.node.control:
        case Map() if copy is not None and copy[1]:
            return f"each of {plural(int(copy[1]) + 1, 'item')}"
        case Repeat() if copy is not None and copy[2]:
            return plural(int(copy[2]), "round")
        case When():
            return "then" if condition else "otherwise"
        case Replan():
            return "other plans"
    return "another plan" if is_search(parent.node) else "expansion"
