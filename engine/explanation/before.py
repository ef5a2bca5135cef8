"""Why a node has not started: what it waits for, and who has the room that it needs."""

from __future__ import annotations

from planweave.engine.errors import describe
from planweave.engine.explanation.evidence import Evidence
from planweave.engine.explanation.phrases import room, rule
from planweave.engine.explanation.reason import Why
from planweave.engine.lanes import POSITION


def pending(run: Evidence, position: int) -> Why:
    """A node that waits for others: which of them have not ended, and its rule."""
    left = [i for i in run.frontier.before[position] if not run.state[i].is_end]
    if not left:
        return ["it has not been looked at yet"], []
    join = run.join(position)
    return [f"it waits for {run.named(left)}; {rule(join)}"], left


def ready(run: Evidence, position: int) -> Why:
    """A node that might start, if there were room, or if its rate let it."""
    scheduler = run.scheduler
    if scheduler.lanes.is_shut:
        return ["nothing starts any more: the run is being cancelled"], []
    lane = scheduler.lanes.lanes[scheduler.placing.lane[position]]
    full = [limit for limit in lane.limits if limit.used >= limit.size]
    why, holders = [], []
    for limit in full:
        inside = [i for i in run.running() if limit in run.lane(i).limits]
        holders += inside
        why.append(f"{room(limit.name)} is full: {limit.used} of {limit.size} by {run.named(inside, states=False)}")
    opens = None if lane.window is None else lane.window.opens_at(run.now)
    if lane.window is not None and opens is not None and opens > run.now:
        rate = lane.window.rate
        starts = "1 start" if rate.starts == 1 else f"{rate.starts} starts"
        why.append(f"its rate allows {starts} in {rate.per:g} s: the next is allowed {run.left(opens)}")
    before = [ranked & POSITION for ranked in lane.queue if ranked < run.data.ranks[position]]
    if why and before:
        why.append(f"{len(before)} more wait for the same, and come before it")
    if not why and run.is_held:
        why.append("it starts as soon as the scheduler gets to it")
    elif not why:
        why.append("it may start: a process that goes on with the run starts it")
    return why, holders


def retry_wait(run: Evidence, position: int) -> Why:
    """A node that is tried again later."""
    data = run.last[position][2]
    due = f"attempt {data['attempt'] + 1} is due {run.left(data['due'])}"
    return [f"attempt {data['attempt']} failed: {describe(data['error'])}", due], []
