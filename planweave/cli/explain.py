"""``planweave explain``: why the nodes of a run are in the states that they are in."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from planweave.cli.errors import DONE, UsageError, shown
from planweave.cli.options import Debug, Json
from planweave.cli.progress.wording import counted
from planweave.cli.runs import INTERRUPTED, is_held, standing, when
from planweave.cli.stores import RunName, StoreUrl, opened, row_of
from planweave.cli.streams import Output
from planweave.cli.tables import MOST, terminal_width
from planweave.engine.errors import UnknownNameError
from planweave.engine.explain import Explainer
from planweave.engine.explanation.reason import Reason, words
from planweave.engine.recorded import recorded
from planweave.engine.run import Run
from planweave.engine.state import NodeState, RunState
from planweave.engine.store.rows import RunRow


def explain(
    context: typer.Context,
    name: RunName,
    node: Annotated[
        str | None, typer.Argument(metavar="[NODE]", help="Why this one; else all that did not just succeed.")
    ] = None,
    store: StoreUrl = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Say why nodes of a run run, wait, were skipped, failed or were not started.

    What is asked is what decided: the records are told to the scheduler again, and its own rules say why.
    """
    output: Output = context.obj
    with opened(store) as there:
        row = row_of(there, name)
        run, now = recorded(there, row), there.now()
    held = is_held(row, now)
    explainer = Explainer(run, now, is_recorded=True, is_held=held)
    try:
        reasons = list(explainer.all()) if node is None else [explainer.explain(node)]
    except UnknownNameError as error:
        raise UsageError(error.what, mend=error.mend) from error
    if output.json:
        about = {"id": row.id, "state": row.state, "why": why_run(row, run, now)}
        output.document(about | {"nodes": {one.node: document(one) for one in reasons}})
    elif node is not None:
        for line in told_one(reasons[0]):
            output.line(line)
    else:
        head = f"run {row.id} of {row.workflow} is {standing(row, now)}: {why_run(row, run, now)}"
        for line in wrapped(head, terminal_width()):
            output.line(line)
        for line in told(reasons):
            output.line(line)
    return DONE


def document(reason: Reason) -> dict[str, Any]:
    """What ``--json`` prints about a node."""
    return {"state": reason.state, "why": list(reason.why), "causes": list(reason.causes)}


def why_run(row: RunRow, run: Run[Any], now: float) -> str:
    """Why a run is in the state that it is in."""
    state, counts = RunState(row.state), Counter(run._scheduler.frontier.state)
    if standing(row, now) == INTERRUPTED:
        return "no process has it in hands; planweave resume goes on with it"
    match state:
        case RunState.FAILED | RunState.CANCELLED:
            return run.error.what if run.error is not None else row.reason or "it has ended so"
        case RunState.SUCCEEDED:
            return "its result is there"
        case RunState.WAITING:
            due = "" if row.due is None else f"; it is due {when(row.due)}"
            return f"nothing of it runs, and {counted(counts[NodeState.WAITING], 'node')} of it wait{due}"
        case RunState.BLOCKED:
            return row.reason or "a person must decide"
        case RunState.COMPENSATING:
            return f"what it has done is being undone: {counted(counts[NodeState.COMPENSATED], 'node')} so far"
    return f"{counted(counts[NodeState.RUNNING], 'node')} of it run"


def told_one(reason: Reason) -> Iterator[str]:
    """What people read about one node."""
    width = terminal_width()
    yield from wrapped(f"{reason.node} ({words(reason.state)})", width)
    for why in reason.why:
        yield from wrapped(f"  {why}", width)
    if len(reason.causes) > 1 and reason.state in (NodeState.UPSTREAM_FAILED, NodeState.SKIPPED):
        yield from wrapped(f"  from the nearest cause to the root: {' <- '.join(reason.causes)}", width)


def wrapped(text: str, width: int | None) -> list[str]:
    """A line, or as many as it takes on a terminal.

    >>> wrapped("fetch is failed: ValueError", 20)
    ['fetch is failed:', '    ValueError']
    """
    line = shown(text)
    return [line] if width is None else textwrap.wrap(line, max(width, 20), subsequent_indent="    ")


def told(reasons: Sequence[Reason]) -> Iterator[str]:
    """What people read about all nodes: those that did not just succeed, and how many did."""
    some = [one for one in reasons if one.state is not NodeState.SUCCEEDED]
    width = terminal_width()
    for one in some[:MOST]:
        yield from wrapped(f"{one.node} ({words(one.state)}): {'; '.join(one.why)}", width)
    if len(some) > MOST:
        yield f"and {len(some) - MOST:,} more: --json has them all"
    done = len(reasons) - len(some)
    if done:
        yield f"{counted(done, 'node')} succeeded"
