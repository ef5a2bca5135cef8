"""The frontier: which nodes may start, and what each end makes of the rest. Pure.

It knows positions and states; no task, value, clock, event loop, pool or file. The shell around it
(``engine/scheduler.py``) tells it what happened and when, and reads ``ready`` (nodes that may start) and ``closing``
(expansions all of whose nodes have ended). ``move`` is the one door through which every state changes; it
refuses what ``engine/state.py`` does not allow and notes what it did.

After ``graphlib`` (CPython): a pure scheduler of few verbs. Order is deterministic: what happens depends only on the
calls made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planweave.engine.errors import IllegalTransition
from planweave.engine.join import FAILS_AT_ONCE, RULES, Verdict
from planweave.engine.policy import Join
from planweave.engine.state import BROKEN, EXITS, UNDOING, NodeState

PENDING, READY, RUNNING = NodeState.PENDING, NodeState.READY, NodeState.RUNNING
SUCCEEDED, FAILED, SKIPPED = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED
UPSTREAM_FAILED, CANCELLED, EXPANDED = NodeState.UPSTREAM_FAILED, NodeState.CANCELLED, NodeState.EXPANDED
RETRY_WAIT, WAITING = NodeState.RETRY_WAIT, NodeState.WAITING

UNBEGUN = frozenset({PENDING, READY, RETRY_WAIT})
"""The states in which no attempt is running, and one may still start."""

BEGUN = frozenset({RUNNING, WAITING, EXPANDED})
"""The states in which a node is under way."""

Note = Callable[[tuple[float, NodeState, int, Any]], object]
"""Takes the record of one transition: time, new state, position, data."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """What the frontier must know of a node that an expansion adds: whom it waits for, and how."""

    before: tuple[int, ...]
    join: Join = "all_success"
    controls: frozenset[int] = frozenset()
    """Those of ``before`` whose value it does not need."""


def door(state: list[NodeState], note: Note) -> Callable[..., None]:
    """The function that moves a node to another state and notes it: the only place where a state changes.

    A closure, because it is called three times for each node, and looking up attributes would be a third of it.
    """

    def move(position: int, to: NodeState, now: float, data: Any = None) -> None:
        if to not in EXITS[state[position]]:
            raise IllegalTransition(f"node {position} cannot go from {state[position]} to {to}")
        state[position] = to
        note((now, to, position, data))

    return move


class Frontier:
    """Which nodes may start, and what each end makes of the rest.

    Args:
        before: for each node, the positions that it waits for.
        after: for each node, the positions that wait for it; read, never changed.
        joins: the rule of each node that has another than ``all_success``.
        controls: for some nodes, those that they wait for without needing their value.
        note: takes the record of each transition.

    Attributes:
        move: the one door through which states change; see ``door``.

    >>> frontier = Frontier([(), (0,)], [[1], []])
    >>> frontier.begin(0.0); frontier.take_ready()
    [0]
    >>> frontier.start(0, 0.0); frontier.succeed(0, 1.0); frontier.take_ready()
    [1]
    """

    def __init__(
        self,
        before: Sequence[tuple[int, ...]],
        after: Sequence[Sequence[int]],
        joins: Mapping[int, Join] | None = None,
        controls: Mapping[int, frozenset[int]] | None = None,
        note: Note = lambda record: None,
    ) -> None:
        self.static = len(before)
        self.state: list[NodeState] = [PENDING] * self.static
        self.before: list[tuple[int, ...]] = list(before)
        self.after: list[Sequence[int]] = list(after)
        self.more: dict[int, list[int]] = {}  # successors that expansions added to nodes of the graph itself
        self.missing: list[int] = list(map(len, before))
        self.joins: dict[int, Join] = dict(joins or {})
        self.controls: dict[int, frozenset[int]] = dict(controls or {})
        self.special: set[int] = set(self.joins)  # nodes that a rule must judge once nothing is missing
        self.unsettled: dict[int, int] = {}  # one_success: how many may still succeed
        self.parent: list[int] = []  # of each node that was added: the expanded one; -1: it undoes another
        self.open: dict[int, int] = {}  # expanded nodes: how many nodes of theirs have not ended
        self.root: dict[int, int] = {}  # the node at the root of why this one is skipped or upstream_failed
        self.broken: dict[int, list[int]] = {}  # by parent (-1: none), in the order in which they broke
        self.active = self.static
        self.ready: list[int] = []
        self.closing: list[int] = []
        self.guards: dict[int, int] = {}  # for some nodes, the one that takes in their failures
        self.watched: dict[int, list[int]] = {}  # these nodes, by their guards
        self.given_up: list[int] = []  # those of them that were cancelled; whoever reads it clears it
        self.note = note
        self.move = door(self.state, note)
        for position, join in self.joins.items():
            self._prepare(position, join)

    def _prepare(self, position: int, join: Join) -> None:
        if join == "one_success" and self.missing[position]:
            self.unsettled[position] = self.missing[position]
            self.missing[position] = 1  # the first success leaves nothing missing

    # ------------------------------------------------------------------ verbs

    def begin(self, now: float) -> None:
        """Make ready what waits for nothing."""
        for position, count in enumerate(self.missing):
            if not count:
                self._make_ready(position, now)

    def take_ready(self) -> list[int]:
        """The nodes that became ready since the last call, in order."""
        taken = self.ready[:]
        self.ready.clear()
        return taken

    def start(self, position: int, now: float, attempt: int = 1) -> None:
        """An attempt starts."""
        self.move(position, RUNNING, now, attempt)

    def succeed(self, position: int, now: float, data: Any = None) -> None:
        """The node has its value."""
        move, missing, special, ready = self.move, self.missing, self.special, self.ready
        move(position, SUCCEEDED, now, data)
        self.active -= 1
        for j in self.after[position]:
            left = missing[j] - 1
            missing[j] = left
            if not left:
                if j in special:
                    self._settle(j, now)
                else:
                    move(j, READY, now)
                    ready.append(j)
        if self.more and position in self.more:
            self._arrive_at_more(position, now)
        if position >= self.static:
            self._end_in_parent(position)

    def fail(self, position: int, now: float, error: Any) -> None:
        """The node failed for good."""
        self._end(position, FAILED, now, error)

    def skip(self, position: int, now: float, cause: int | None = None) -> None:
        """The node takes a branch that is not there."""
        if cause is not None:
            self.root[position] = cause
        self._end(position, SKIPPED, now, self.root.get(position, position))

    def fail_upstream(self, position: int, now: float, cause: int) -> None:
        """An expansion failed because of the node ``cause`` in it."""
        self.root[position] = self.root_of(cause)
        self._end(position, UPSTREAM_FAILED, now, self.root[position])

    def retry(self, position: int, now: float, data: Any) -> None:
        """An attempt failed; another one will be due."""
        self.move(position, RETRY_WAIT, now, data)

    def wait(self, position: int, now: float, data: Any) -> None:
        """The node waits for a time, an event or a person."""
        self.move(position, WAITING, now, data)

    def due(self, position: int, now: float) -> None:
        """The pause before another attempt is over."""
        self._make_ready(position, now)

    def expand(self, position: int, vertices: Sequence[Vertex], now: float, data: Any = None) -> int:
        """The node ends in a graph that takes its place; gives the position of the first new node.

        ``before`` of the new vertices are positions here: those of the new nodes start at the number given back,
        which is ``len(frontier.state)`` at the time of the call.
        """
        assert vertices, "an expansion of nothing is a value"
        self.move(position, EXPANDED, now, data)
        first = len(self.state)
        self.open[position] = len(vertices)
        self.broken[position] = []
        self._add(position, vertices, now)
        return first

    def compensate(self, vertices: Sequence[Vertex], now: float) -> int:
        """All has ended, and nodes that undo some of it are added; gives the position of the first."""
        assert not self.active, "what has not ended cannot be undone"
        first = len(self.state)
        self._add(-1, vertices, now)
        return first

    def watch_over(self, guard: int, positions: Sequence[int]) -> None:
        """Let the node ``guard`` take in the failures of some nodes, which nothing but these and ``guard`` waits for.

        When one of them breaks, those that have not begun are cancelled, and ``guard`` waits for those that have.
        """
        self.watched.setdefault(guard, []).extend(positions)
        self.guards.update(dict.fromkeys(positions, guard))

    def cancel(self, now: float) -> list[int]:
        """Cancel every node that is not running; gives those that are."""
        running = []
        for position, state in enumerate(self.state):
            if state is RUNNING:
                running.append(position)
            elif not state.is_end:
                self._mark_cancelled(position, now)
        self.ready.clear()
        self.closing.clear()
        return running

    def cancel_running(self, position: int, now: float) -> None:
        """A running node was stopped by a cancel."""
        self._mark_cancelled(position, now)

    # ------------------------------------------------------------------ questions

    def judge(self, position: int) -> Verdict:
        """What its join rule makes of a node, given how those that it waits for have ended."""
        controls = self.controls.get(position, frozenset())
        ends = [
            (SUCCEEDED if self.state[i] in UNDOING else self.state[i], i not in controls) for i in self.before[position]
        ]
        return RULES[self.joins.get(position, "all_success")](ends)

    def root_of(self, position: int) -> int:
        """The node at the root of the state of this one: itself unless it was skipped or failed because of another."""
        return self.root.get(position, position)

    def successors(self, position: int) -> Iterator[int]:
        """The nodes that wait for this one, those that expansions added last."""
        yield from self.after[position]
        yield from self.more.get(position, ())

    def unhandled(self, parent: int = -1) -> list[int]:
        """The broken nodes (of an expansion, or of the run) that nothing waits for: the failure gets out by them.

        A broken node that something waits for either broke that too, or was let pass by its join rule.
        """
        return [i for i in self.broken.get(parent, ()) if not any(True for _ in self.successors(i))]

    def parent_of(self, position: int) -> int:
        """The expanded node that this one stands for a part of; -1: none."""
        return self.parent[position - self.static] if position >= self.static else -1

    # ------------------------------------------------------------------ new nodes

    def _add(self, parent: int, vertices: Sequence[Vertex], now: float) -> None:
        """Add the nodes of an expansion, or, with -1 for the parent, nodes of the run itself."""
        first = len(self.state)
        self.active += len(vertices)
        for vertex in vertices:
            self.state.append(PENDING)
            self.before.append(vertex.before)
            self.after.append([])
            self.missing.append(0)
            self.parent.append(parent)
        # every node is connected before any is judged: judging one may end others of them
        settled = [first + offset for offset, vertex in enumerate(vertices) if self._attach(first + offset, vertex)]
        for i in settled:
            self._settle(i, now)

    # ------------------------------------------------------------------ how ends spread

    def _make_ready(self, position: int, now: float) -> None:
        self.move(position, READY, now)
        self.ready.append(position)

    def _end(self, position: int, state: NodeState, now: float, data: Any) -> None:
        """End a node without success, and every node that this settles; a long chain takes no recursion."""
        guard = self.guards.get(position) if self.guards and state in BROKEN else None
        if guard is not None:
            self._await_begun(guard, position)
        work = [(position, state, data)]
        for i, to, what in work:  # grows while it is walked
            self.move(i, to, now, what)
            self.active -= 1
            if to in BROKEN:
                self.broken.setdefault(self.parent_of(i), []).append(i)
            for j in self.successors(i):
                verdict = self._arrive(i, j)
                if verdict is Verdict.RUN:
                    self._make_ready(j, now)
                elif verdict is not None:
                    self.root[j] = self._root_for(j, verdict)
                    self.special.discard(j)
                    self.missing[j] = -1  # judged: nothing that arrives later counts
                    work.append((j, UPSTREAM_FAILED if verdict is Verdict.FAIL else SKIPPED, self.root[j]))
            if i >= self.static:
                self._end_in_parent(i)
        if guard is not None:
            self._give_up(guard, position, now)

    def _await_begun(self, guard: int, position: int) -> None:
        """Let a guard wait for the nodes it watches over that have begun, now that one of these is going to break."""
        if self.state[guard] is PENDING:
            known = (position, *self.before[guard])
            begun = [i for i in self.watched[guard] if self.state[i] in BEGUN and i not in known]
            self.before[guard] += tuple(begun)
            self.controls[guard] = self.controls.get(guard, frozenset()).union(begun)
            self.missing[guard] += len(begun)
            self._follow(guard, begun)

    def _give_up(self, guard: int, cause: int, now: float) -> None:
        """Cancel the nodes that a guard watches over and that have not begun, since one of them broke."""
        given_up = [i for i in self.watched[guard] if self.state[i] in UNBEGUN]
        for i in given_up:
            self.root[i] = self.root_of(cause)
            self._mark_cancelled(i, now)
            if i >= self.static:
                self._end_in_parent(i)
        self.given_up += given_up
        self.ready[:] = [i for i in self.ready if self.state[i] is READY]
        if self.state[guard] is PENDING:
            self.missing[guard] = sum(not self.state[i].is_end for i in self.before[guard])
            self.special.add(guard)
            if not self.missing[guard]:
                self._settle(guard, now)

    def _arrive(self, i: int, j: int) -> Verdict | None:
        """What becomes of ``j`` now that ``i`` ended without success; None: nothing yet."""
        if self.state[j] is not PENDING or self.missing[j] < 0:
            return None
        join = self.joins.get(j, "all_success")
        if self.state[i] in BROKEN and join in FAILS_AT_ONCE:
            return Verdict.FAIL
        if join == "one_success":
            self.unsettled[j] -= 1
            return self.judge(j) if not self.unsettled[j] else None
        self.missing[j] -= 1
        self.special.add(j)
        return self.judge(j) if not self.missing[j] else None

    def _settle(self, position: int, now: float) -> None:
        """Judge a node that nothing is missing for any more."""
        if self.state[position] is not PENDING:
            return
        verdict = self.judge(position)
        if verdict is Verdict.RUN:
            self._make_ready(position, now)
            return
        self.root[position] = root = self._root_for(position, verdict)
        self._end(position, UPSTREAM_FAILED if verdict is Verdict.FAIL else SKIPPED, now, root)

    def _root_for(self, position: int, verdict: Verdict) -> int:
        """The root of the first predecessor that explains the verdict."""
        for i in self.before[position]:
            if self.state[i] in BROKEN if verdict is Verdict.FAIL else self.state[i] is SKIPPED:
                return self.root_of(i)
        raise AssertionError("a verdict has a cause")

    def _arrive_at_more(self, position: int, now: float) -> None:
        for j in self.more[position]:
            self.missing[j] -= 1
            if not self.missing[j]:
                self._settle(j, now)

    def _follow(self, position: int, positions: Sequence[int]) -> None:
        """Note that a node waits for others, which were there before it or before it did."""
        for i in positions:
            if i < self.static:
                self.more.setdefault(i, []).append(position)
            else:
                self.after[i].append(position)  # type: ignore[attr-defined]  # because the lists of new nodes are the run's own

    def _attach(self, position: int, vertex: Vertex) -> bool:
        """Connect a new node to what it waits for, ended or not; whether that settles what becomes of it."""
        self._follow(position, vertex.before)
        if vertex.join != "all_success":
            self.joins[position] = vertex.join
            self.special.add(position)
        if vertex.controls:
            self.controls[position] = vertex.controls
        ended = [state for i in vertex.before if (state := self.state[i]).is_end]
        self.missing[position] = len(vertex.before) - len(ended)
        if vertex.join == "one_success":
            decided = SUCCEEDED in ended
        else:
            decided = vertex.join in FAILS_AT_ONCE and any(state in BROKEN for state in ended)
        if decided or not self.missing[position]:
            self.missing[position] = -1  # judged: nothing that arrives later counts
            return True
        if any(state is not SUCCEEDED for state in ended):
            self.special.add(position)
        self._prepare(position, vertex.join)
        return False

    def _end_in_parent(self, position: int) -> None:
        parent = self.parent[position - self.static]
        if parent < 0:
            return
        self.open[parent] -= 1
        if not self.open[parent]:
            self.closing.append(parent)

    def _mark_cancelled(self, position: int, now: float) -> None:
        self.move(position, CANCELLED, now)
        self.missing[position] = -1  # a predecessor that still succeeds does not make it ready
        self.active -= 1
        self.broken.setdefault(self.parent_of(position), []).append(position)
