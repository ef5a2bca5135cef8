"""Why a node has ended as it did."""

from __future__ import annotations

from planweave.engine.errors import RecordedError, describe
from planweave.engine.explanation.cause import why_run, why_undone
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.phrases import kinds, rule
from planweave.engine.explanation.reason import Why
from planweave.engine.node import When
from planweave.engine.state import BROKEN, NodeState
from planweave.engine.wording import clip

_S = NodeState


def succeeded(run: Evidence, position: int) -> Why:
    """A node that has a value: what made it run, and where the value comes from."""
    data = run.last[position][2]
    why = [why_run(run, position)]
    if data == "cached":
        why.append("an equal call had been made before: its value came from the cache")
    elif run.inside(position):
        why.append(f"it became {len(run.inside(position))} nodes, whose ends gave its value")
    elif run.data.attempts.get(position, 1) > 1:
        why.append(f"attempt {run.data.attempts[position]} gave its value")
    return why, []


def failed(run: Evidence, position: int) -> Why:
    """A node whose last attempt failed: with what, and why there is no other."""
    error = run.data.errors.get(position)
    node = run.data.nodes[position]
    why = ["it failed" if error is None else describe(error)]
    retry = node.policy.retry
    if node.control is not None or error is None:
        return why, []
    if retry is None:
        why.append("its policy makes one attempt: it has no retry")
    elif not retry.wants(error, 0) and not isinstance(error, RecordedError):
        why.append(f"it is not among what its policy tries again: {kinds(retry.kinds)}")
    elif run.data.tries(position) >= retry.attempts:
        why.append(f"all {retry.attempts} attempts of its policy were made")
    else:
        why.append(f"its policy does not try that again: {retry.attempts} attempts on {kinds(retry.kinds)}")
    return why, list(run.data.origins.get(position, ()))


def skipped(run: Evidence, position: int) -> Why:
    """A node that does not run: which condition had no branch for it."""
    path = run.path(position, (_S.SKIPPED,))
    root = path[-1] if path else position
    why = [f"it needs the value of {run.named(path[:1])}"] if path else []
    node = run.data.nodes[root]
    if isinstance(node.control, When):
        no = "no branch for that" if node.control.otherwise is None else "an absent value in the branch it took"
        why.append(f"the condition of {clip(node.id)} was {run.condition(root)}, and it has {no}")
    return why or ["what it was to become is not there"], path


def upstream_failed(run: Evidence, position: int) -> Why:
    """A node that could not run: the failure that it is because of, and its root."""
    path = run.path(position, tuple(BROKEN))
    join = run.join(position)
    if path and path[0] in run.frontier.before[position]:
        why = [f"it could not run because of {run.named(path[:1])}; {rule(join)}"]
    else:
        why = [f"the failure of {run.named(path[:1])} in it got out of it"] if path else []
    root = path[-1] if path else position
    error = run.data.errors.get(root)
    if error is not None:
        why.append(f"{clip(run.id(root))} failed: {describe(error)}")
    return why or ["something before it failed"], path


def cancelled(run: Evidence, position: int) -> Why:
    """A node that was stopped, or never started, since its run or its plan was given up."""
    root = run.frontier.root_of(position)
    if root != position:
        why = [f"it had not begun when {clip(run.id(root))} broke, and so was given up with its plan"]
        return why, [root]
    begun = any(one[2] == position and one[1] is _S.RUNNING for one in run.records)
    return [f"the run was cancelled {'while it was under way' if begun else 'before it started'}"], []


def undone(run: Evidence, position: int) -> Why:
    """A node that had succeeded, and is undone, or could not be."""
    undoing = run.scheduler.undoing
    undo = next(i for i, one in undoing.undone.items() if one == position)
    why = [f"it had succeeded, and {why_undone(run)}, so {clip(run.id(undo))} undoes it"]
    if run.state[position] is _S.COMPENSATION_FAILED:
        why += [f"that failed: {one}" for one in failed(run, undo)[0][:1]]
    return why, [undo, *undoing.roots]
