"""What ``planweave run --json`` prints: a run as one JSON document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from planweave.engine.errors import PlanweaveError, RunFailed, describe
from planweave.engine.history import NodeRun
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState


def run_document(run: Run[Any]) -> dict[str, Any]:
    """A run as values: ``id``, ``workflow``, ``state``, ``result``, ``error``, ``nodes``.

    ``error`` is one line and None when there is none; a failed run has ``causes`` too, the errors at its root by node.
    """
    error = run.error
    document: dict[str, Any] = {
        "id": run.id,
        "workflow": run.graph.name,
        "state": run.state,
        "result": run.result if run.state is RunState.SUCCEEDED else None,
        "error": None if error is None else error.line,
    }
    if isinstance(error, RunFailed):
        document["causes"] = {node: describe(cause) for node, cause in error.causes.items()}
    return document | {"nodes": {node.id: node_document(node) for node in run.nodes.values()}}


def node_document(node: NodeRun) -> dict[str, Any]:
    """What has happened to a node; ``value`` is there only if it has one."""
    document: dict[str, Any] = {
        "state": node.state,
        "attempts": len(node.attempts),
        "started": moment(node.started),
        "ended": moment(node.ended),
        "error": None if node.error is None else describe(node.error),
        "cause": node.cause,
    }
    if node.state is NodeState.SUCCEEDED:
        document["value"] = node.value
    return document


def error_document(error: BaseException, line: str) -> dict[str, Any]:
    """What stands for a run that there never was."""
    fix = error.mend if isinstance(error, PlanweaveError) else None
    return {"error": line, "kind": type(error).__name__, "fix": fix}


def moment(seconds: float | None) -> str | None:
    """A time as ISO 8601 in UTC, with microseconds.

    >>> moment(0.5)
    '1970-01-01T00:00:00.500000+00:00'
    """
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
