"""Why a node is under way: it runs, it waits for the world, or it has become a graph."""

from __future__ import annotations

from planweave.engine.explanation.cause import why_run
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.phrases import clock, or_until, quoted
from planweave.engine.explanation.reason import Why
from planweave.engine.node import Approve, Sleep, WaitFor


def started(run: Evidence, position: int) -> Why:
    """A node that runs, or ran when its process ended."""
    attempt = run.data.attempts.get(position, 1)
    since = f"attempt {attempt} runs since {clock(run.last_start(position))}"
    if not run.is_held:
        since = f"attempt {attempt} began at {clock(run.last_start(position))}, and its process is gone"
        since += f": by on_crash={run.data.nodes[position].policy.on_crash!r} that is decided when the run goes on"
    return [since, why_run(run, position)], []


def waiting(run: Evidence, position: int) -> Why:
    """A node that waits for a time, a person or an event."""
    node, data = run.data.nodes[position], run.last[position][2] or {}
    until = data.get("until")
    end = "" if until is None else f"until {clock(until)}, which is {run.left(until)}"
    match node.control:
        case Sleep():
            why = f"it sleeps {end}"
        case Approve():
            why = f"it asks for a decision{quoted(data.get('title'))}, and nobody has given it{or_until(end)}"
        case WaitFor():
            why = f"it waits for an event{quoted(data.get('event'))}, which nobody has sent{or_until(end)}"
        case _:
            why = f"it waits for a person to decide{quoted(data.get('title'))}{or_until(end)}"
    return [why, why_run(run, position)], []


def expanded(run: Evidence, position: int) -> Why:
    """A node that has become a graph: what of that has not ended."""
    inside = run.inside(position)
    left = [i for i in inside if not run.state[i].is_end]
    what = f"it has become {len(inside)} nodes"
    if not left:
        return [f"{what}, which have all ended; it is about to end, too"], []
    return [f"{what}, of which {len(left)} have not ended: {run.named(left)}"], left
