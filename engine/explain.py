"""Why a node of a run is in the state that it is in.

What is asked here is what decided: the join rules through the frontier, room and rates through the lanes, further
attempts through the retry policy. So an explanation cannot say anything else than what the scheduler did.

After the ``-d explain`` of ninja and n2, which tell why a step is run by the code that decides it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from planweave.engine.approval import Approval
from planweave.engine.errors import RecordedError, UnknownNameError, describe
from planweave.engine.join import Verdict
from planweave.engine.journal import records_of
from planweave.engine.lanes import POSITION, Lane
from planweave.engine.node import Approve, Repeat, Replan, Sleep, WaitFor, When
from planweave.engine.policy import Join
from planweave.engine.run import Run
from planweave.engine.state import BROKEN, UNDOING, NodeState, RunState
from planweave.engine.wording import clip, listing

_S = NodeState

WANTS: dict[Join, str] = {
    "all_success": "all must succeed",
    "all_done": "all must end, however they do",
    "one_success": "one must succeed",
    "none_failed": "none may fail",
}
"""What each join rule wants of the nodes before."""

NAMED = 5
"""So many nodes are named in a row."""


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


def explain(run: Run[Any], node: str, *, now: float | None = None) -> Reason:
    """Why a node of a run is in the state that it is in.

    Args:
        run: live, ended, or as it is recorded.
        node: its id.
        now: seconds since the epoch; the present unless given.

    Raises:
        UnknownNameError: the run has no such node, with the reason where it may have one later, or does not any more.

    >>> from planweave.engine.task import task
    >>> from planweave.engine.workflow import workflow
    >>> @task
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> @workflow
    ... def twice(x: int) -> int:
    ...     return double(double(x))
    >>> print(explain(twice.run(x=1), "double-2").why[0])
    it ran because 'double' has succeeded
    """
    return Explainer(run, time.time() if now is None else now).explain(node)


def unknown_node(run: Run[Any], node: str) -> UnknownNameError:
    """The error about an id that no node of a run bears, with the reason where it may have one later."""
    return Explainer(run, time.time())._unknown(node)


class Explainer:
    """Answers for the nodes of one run as it is now; reads its records once.

    Args:
        run: live, ended, or as it is recorded.
        now: seconds since the epoch.
        is_recorded: whether it is only told from its records: then these say who has which room.
        is_held: whether a process runs it.
    """

    def __init__(self, run: Run[Any], now: float, *, is_recorded: bool = False, is_held: bool = True) -> None:
        self._now = now
        self._scheduler = run._scheduler
        self._data, self._frontier = run._scheduler.data, run._scheduler.frontier
        self._state = self._frontier.state
        self._records = records_of(run._journal.records)
        self._last = {position: (when, kind, data) for when, kind, position, data in self._records if position >= 0}
        self._is_held = is_held
        self._children: dict[int, list[int]] = {}
        for i in range(self._frontier.static, len(self._state)):
            self._children.setdefault(self._frontier.parent_of(i), []).append(i)
        if is_recorded:
            self._occupy()

    def explain(self, node: str) -> Reason:
        """Why this node is in the state that it is in; see ``explain``."""
        positions = [i for i, one in enumerate(self._data.nodes) if one.id == node]
        if not positions:
            raise self._unknown(node)
        return self.reason(positions[0])

    def all(self) -> Iterator[Reason]:
        """Why each node is in the state that it is in, in their order."""
        return map(self.reason, range(len(self._state)))

    def reason(self, position: int) -> Reason:
        """Why the node at a position is in the state that it is in."""
        state = self._state[position]
        why, causes = _BY_STATE[state](self, position)
        return Reason(self._id(position), state, tuple(why), tuple(map(self._id, causes)))

    # ------------------------------------------------------------------ before the start

    def _pending(self, position: int) -> tuple[list[str], list[int]]:
        left = [i for i in self._frontier.before[position] if not self._state[i].is_end]
        if not left:
            return ["it has not been looked at yet"], []
        join = self._join(position)
        return [f"it waits for {self._named(left)}; {_rule(join)}"], left

    def _ready(self, position: int) -> tuple[list[str], list[int]]:
        scheduler = self._scheduler
        if scheduler.lanes.is_shut:
            return ["nothing starts any more: the run is being cancelled"], []
        lane = scheduler.lanes.lanes[scheduler.placing.lane[position]]
        full = [limit for limit in lane.limits if limit.used >= limit.size]
        why, holders = [], []
        for limit in full:
            inside = [i for i in self._running() if limit in self._lane(i).limits]
            holders += inside
            why.append(
                f"{_room(limit.name)} is full: {limit.used} of {limit.size} by {self._named(inside, states=False)}"
            )
        opens = None if lane.window is None else lane.window.opens_at(self._now)
        if lane.window is not None and opens is not None and opens > self._now:
            rate = lane.window.rate
            starts = "1 start" if rate.starts == 1 else f"{rate.starts} starts"
            why.append(f"its rate allows {starts} in {rate.per:g} s: the next is allowed {self._left(opens)}")
        before = [ranked & POSITION for ranked in lane.queue if ranked < self._data.ranks[position]]
        if why and before:
            why.append(f"{len(before)} more wait for the same, and come before it")
        if not why and self._is_held:
            why.append("it starts as soon as the scheduler gets to it")
        elif not why:
            why.append("it may start: a process that goes on with the run starts it")
        return why, holders

    def _retry_wait(self, position: int) -> tuple[list[str], list[int]]:
        data = self._last[position][2]
        due = f"attempt {data['attempt'] + 1} is due {self._left(data['due'])}"
        return [f"attempt {data['attempt']} failed: {describe(data['error'])}", due], []

    # ------------------------------------------------------------------ under way

    def _running(self) -> list[int]:
        return [i for i, state in enumerate(self._state) if state is _S.RUNNING]

    def _started(self, position: int) -> tuple[list[str], list[int]]:
        attempt = self._data.attempts.get(position, 1)
        since = f"attempt {attempt} runs since {_clock(self._last_start(position))}"
        if not self._is_held:
            since = f"attempt {attempt} began at {_clock(self._last_start(position))}, and its process is gone"
            since += (
                f": by on_crash={self._data.nodes[position].policy.on_crash!r} that is decided when the run goes on"
            )
        return [since, self._why_run(position)], []

    def _waiting(self, position: int) -> tuple[list[str], list[int]]:
        node, data = self._data.nodes[position], self._last[position][2] or {}
        until = data.get("until")
        end = "" if until is None else f"until {_clock(until)}, which is {self._left(until)}"
        match node.control:
            case Sleep():
                why = f"it sleeps {end}"
            case Approve():
                why = f"it asks for a decision{_quoted(data.get('title'))}, and nobody has given it{_or_until(end)}"
            case WaitFor():
                why = f"it waits for an event{_quoted(data.get('event'))}, which nobody has sent{_or_until(end)}"
            case _:
                why = f"it waits for a person to decide{_quoted(data.get('title'))}{_or_until(end)}"
        return [why, self._why_run(position)], []

    def _expanded(self, position: int) -> tuple[list[str], list[int]]:
        inside = self._inside(position)
        left = [i for i in inside if not self._state[i].is_end]
        what = f"it has become {len(inside)} nodes"
        if not left:
            return [f"{what}, which have all ended; it is about to end, too"], []
        return [f"{what}, of which {len(left)} have not ended: {self._named(left)}"], left

    # ------------------------------------------------------------------ ends

    def _succeeded(self, position: int) -> tuple[list[str], list[int]]:
        data = self._last[position][2]
        why = [self._why_run(position)]
        if data == "cached":
            why.append("an equal call had been made before: its value came from the cache")
        elif self._inside(position):
            why.append(f"it became {len(self._inside(position))} nodes, whose ends gave its value")
        elif self._data.attempts.get(position, 1) > 1:
            why.append(f"attempt {self._data.attempts[position]} gave its value")
        return why, []

    def _failed(self, position: int) -> tuple[list[str], list[int]]:
        error = self._data.errors.get(position)
        node, attempt = self._data.nodes[position], self._data.attempts.get(position, 1)
        why = ["it failed" if error is None else describe(error)]
        retry = node.policy.retry
        if node.control is not None or error is None:
            return why, []
        if retry is None:
            why.append("its policy makes one attempt: it has no retry")
        elif not retry.wants(error, 0) and not isinstance(error, RecordedError):
            why.append(f"it is not among what its policy tries again: {_kinds(retry.kinds)}")
        elif attempt - self._data.crashes.get(position, 0) >= retry.attempts:
            why.append(f"all {retry.attempts} attempts of its policy were made")
        else:
            why.append(f"its policy does not try that again: {retry.attempts} attempts on {_kinds(retry.kinds)}")
        return why, list(self._data.origins.get(position, ()))

    def _skipped(self, position: int) -> tuple[list[str], list[int]]:
        path = self._path(position, (_S.SKIPPED,))
        root = path[-1] if path else position
        why = [f"it needs the value of {self._named(path[:1])}"] if path else []
        node = self._data.nodes[root]
        if isinstance(node.control, When):
            no = "no branch for that" if node.control.otherwise is None else "an absent value in the branch it took"
            why.append(f"the condition of {clip(node.id)} was {self._condition(root)}, and it has {no}")
        return why or ["what it was to become is not there"], path

    def _upstream_failed(self, position: int) -> tuple[list[str], list[int]]:
        path = self._path(position, tuple(BROKEN))
        join = self._join(position)
        if path and path[0] in self._frontier.before[position]:
            why = [f"it could not run because of {self._named(path[:1])}; {_rule(join)}"]
        else:
            why = [f"the failure of {self._named(path[:1])} in it got out of it"] if path else []
        root = path[-1] if path else position
        error = self._data.errors.get(root)
        if error is not None:
            why.append(f"{clip(self._id(root))} failed: {describe(error)}")
        return why or ["something before it failed"], path

    def _cancelled(self, position: int) -> tuple[list[str], list[int]]:
        root = self._frontier.root_of(position)
        if root != position:
            why = [f"it had not begun when {clip(self._id(root))} broke, and so was given up with its plan"]
            return why, [root]
        begun = any(one[2] == position and one[1] is _S.RUNNING for one in self._records)
        return [f"the run was cancelled {'while it was under way' if begun else 'before it started'}"], []

    # ------------------------------------------------------------------ helpers

    def _undone(self, position: int) -> tuple[list[str], list[int]]:
        """A node that had succeeded, and is undone, or could not be."""
        undoing = self._scheduler.undoing
        undo = next(i for i, one in undoing.undone.items() if one == position)
        why = [f"it had succeeded, and {self._why_undone()}, so {clip(self._id(undo))} undoes it"]
        if self._state[position] is _S.COMPENSATION_FAILED:
            why += [f"that failed: {one}" for one in self._failed(undo)[0][:1]]
        return why, [undo, *undoing.roots]

    def _why_undone(self) -> str:
        roots = self._scheduler.undoing.roots
        return f"its run failed at {self._named(roots, states=False)}" if roots else "its run was cancelled"

    def _why_run(self, position: int) -> str:
        """Why a node may run: the verdict of its join rule."""
        undone = self._scheduler.undoing.undone.get(position)
        if undone is not None:
            return f"it undoes {clip(self._id(undone))}, since {self._why_undone()}"
        before = self._frontier.before[position]
        if not before:
            return "it ran because it waits for nothing"
        ended = [i for i in before if self._state[i].is_end]
        join = self._join(position)
        if self._frontier.judge(position) is not Verdict.RUN:  # a part of what it waited for has changed since
            return f"it ran when what it waited for allowed it; {_rule(join)}"
        done = [i for i in ended if self._state[i] is _S.SUCCEEDED or self._state[i] in UNDOING]
        if len(done) == len(before):
            return f"it ran because {self._named(done, states=False)} {'have' if len(done) > 1 else 'has'} succeeded"
        if join == "one_success":
            return f"it ran because {self._named(done[:1], states=False)} has succeeded; {_rule(join)}"
        return f"it ran because of how {self._named(ended)} ended; {_rule(join)}"

    def _path(self, position: int, states: tuple[NodeState, ...]) -> list[int]:
        """From a node back to the root of its state, by what each was because of."""
        path: list[int] = []
        root, here = self._frontier.root_of(position), position
        while here != root and len(path) < len(self._state):
            near = [*self._frontier.before[here], *self._inside(here)]
            found = [i for i in near if self._state[i] in states and i not in path]
            if not found:
                break
            here = next((i for i in found if self._frontier.root_of(i) == root), found[0])
            path.append(here)
        if root != position and (not path or path[-1] != root):
            path.append(root)
        return path

    def _inside(self, position: int) -> list[int]:
        return self._children.get(position, [])

    def _join(self, position: int) -> Join:
        return self._frontier.joins.get(position, "all_success")

    def _condition(self, position: int) -> str:
        (source,) = self._data.nodes[position].args
        value = self._data.value_of(source)
        return clip(value.approved if isinstance(value, Approval) else value, 40)

    def _lane(self, position: int) -> Lane:
        return self._scheduler.lanes.lanes[self._scheduler.placing.lane[position]]

    def _last_start(self, position: int) -> float:
        return next(one[0] for one in reversed(self._records) if one[2] == position and one[1] is _S.RUNNING)

    def _id(self, position: int) -> str:
        return self._data.nodes[position].id

    def _named(self, positions: Sequence[int], *, states: bool = True) -> str:
        """Some nodes in a row, each with its state."""
        names = [clip(self._id(i)) + (f" ({words(self._state[i])})" if states else "") for i in positions[:NAMED]]
        more = f" and {len(positions) - NAMED} more" if len(positions) > NAMED else ""
        return ", ".join(names) + more

    def _left(self, moment: float) -> str:
        """How long it is until then."""
        return f"in {_span(moment - self._now)}" if moment > self._now else "now"

    def _occupy(self) -> None:
        """Give the nodes that run elsewhere the room that they have taken, and count what their rates have seen."""
        scheduler = self._scheduler
        scheduler.placing.push_all(())
        last = {one[2]: number for number, one in enumerate(self._records) if one[1] is _S.RUNNING}
        for number, (moment, kind, position, _) in enumerate(self._records):
            if kind is not _S.RUNNING:
                continue
            lane = scheduler.placing.lane[position]
            scheduler.lanes.take_room(lane, moment)
            if last[position] != number or self._state[position] is not _S.RUNNING:
                scheduler.lanes.release(lane)
        scheduler.placing.push_all(i for i, state in enumerate(self._state) if state is _S.READY)

    def _unknown(self, node: str) -> UnknownNameError:
        """Why there is no such node, as far as the node tells that would have had it inside."""
        owners = [
            i for i, one in enumerate(self._data.nodes) if _stands_under(node, one.id) and one.control is not None
        ]
        what = f"the run has no node {clip(node)}"
        if not owners:
            ids = [one.id for one in self._data.nodes]
            near = get_close_matches(node, ids, n=3)
            mend = f"did you mean {listing(map(clip, near))}?" if near else f"its nodes are: {listing(ids)}"
            return UnknownNameError(what, mend=mend)
        owner = max(owners, key=lambda i: len(self._id(i)))
        state, control = self._state[owner], self._data.nodes[owner].control
        if self._inside(owner) and isinstance(control, When):
            why = f"the condition of {clip(self._id(owner))} was {self._condition(owner)}: it took another branch"
        elif self._inside(owner):
            kind = "rounds" if isinstance(control, Repeat | Replan) else "parts"
            why = f"{clip(self._id(owner))} has become {len(self._inside(owner))} nodes, and it is none of these {kind}"
        else:
            why = f"{clip(self._id(owner))} is {words(state)}, and has not become anything: {self.reason(owner).why[0]}"
        return UnknownNameError(f"{what}: {why}", mend=f"ask for {self._id(owner)}")


_BY_STATE: dict[NodeState, Any] = {
    _S.PENDING: Explainer._pending,
    _S.READY: Explainer._ready,
    _S.RUNNING: Explainer._started,
    _S.RETRY_WAIT: Explainer._retry_wait,
    _S.WAITING: Explainer._waiting,
    _S.EXPANDED: Explainer._expanded,
    _S.SUCCEEDED: Explainer._succeeded,
    _S.FAILED: Explainer._failed,
    _S.CANCELLED: Explainer._cancelled,
    _S.SKIPPED: Explainer._skipped,
    _S.UPSTREAM_FAILED: Explainer._upstream_failed,
    _S.COMPENSATING: Explainer._undone,
    _S.COMPENSATED: Explainer._undone,
    _S.COMPENSATION_FAILED: Explainer._undone,
}
"""What explains each state."""


def words(state: NodeState | RunState) -> str:
    """A state as people read it.

    >>> words(NodeState.UPSTREAM_FAILED)
    'upstream failed'
    """
    return str(state).replace("_", " ")


def _room(name: str) -> str:
    kind, _, pool = name.partition(" ")
    return f"pool {clip(pool)}" if kind == "pool" else f"the room for {kind} tasks"


def _stands_under(node: str, owner: str) -> bool:
    return node.startswith(owner) and node[len(owner) : len(owner) + 1] in ("/", "[", "@")


def _kinds(kinds: Sequence[type]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def _rule(join: Join) -> str:
    return f"its rule is {join}: {WANTS[join]}"


def _span(seconds: float) -> str:
    """A time span in words.

    >>> _span(94.62), _span(480), _span(30_000), _span(400_000)
    ('94.6 s', '8 min', '8.3 h', '4.6 d')
    """
    for unit, size, digits in (("d", 86_400, 1), ("h", 3600, 1), ("min", 60, 0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.{digits}f} {unit}"
    return f"{seconds:.1f} s"


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _quoted(text: Any) -> str:
    return f" ({clip(text)})" if isinstance(text, str) and text else ""


def _or_until(end: str) -> str:
    return f"; {end}" if end else ""
