"""What made a node run."""

from __future__ import annotations

from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.phrases import rule
from planweave.engine.join import Verdict
from planweave.engine.state import UNDOING, NodeState
from planweave.engine.wording import clip

_S = NodeState


def why_run(run: Evidence, position: int) -> str:
    """Why a node may run: the verdict of its join rule."""
    undone = run.scheduler.undoing.undone.get(position)
    if undone is not None:
        return f"it undoes {clip(run.id(undone))}, since {why_undone(run)}"
    before = run.frontier.before[position]
    if not before:
        return "it ran because it waits for nothing"
    ended = [i for i in before if run.state[i].is_end]
    join = run.join(position)
    if run.frontier.judge(position) is not Verdict.RUN:  # a part of what it waited for has changed since
        return f"it ran when what it waited for allowed it; {rule(join)}"
    done = [i for i in ended if run.state[i] is _S.SUCCEEDED or run.state[i] in UNDOING]
    if len(done) == len(before):
        return f"it ran because {run.named(done, states=False)} {'have' if len(done) > 1 else 'has'} succeeded"
    if join == "one_success":
        return f"it ran because {run.named(done[:1], states=False)} has succeeded; {rule(join)}"
    return f"it ran because of how {run.named(ended)} ended; {rule(join)}"


def why_undone(run: Evidence) -> str:
    """Why what a run has done is undone."""
    roots = run.scheduler.undoing.roots
    return f"its run failed at {run.named(roots, states=False)}" if roots else "its run was cancelled"
