"""A story: the events of a run told again step by step, with what stood in which state at each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from planweave.engine.code import code_hash
from planweave.engine.errors import NodeTimeout
from planweave.engine.journal import NODE_KINDS, RUN_KINDS, Event
from planweave.engine.run import Run
from planweave.engine.source import nodes_of
from planweave.engine.state import NodeState, RunState

STATE_OF: dict[str, NodeState] = {kind: state for state, kind in NODE_KINDS.items() if isinstance(state, NodeState)}
"""The state that a node is in after an event of each kind."""

ROUNDING = 1e-6
"""Seconds by which two times may differ because seconds since 1970 leave no room for more digits."""

RUN_STATE_OF: dict[str, RunState] = {kind: state for state, kind in RUN_KINDS.items()}
"""The same for the run."""


class Move(NamedTuple):
    """A node that went from one state to another, by an event."""

    event: Event
    node: str
    before: NodeState
    after: NodeState


@dataclass(frozen=True)
class Need:
    """A node that another waits for; ``by_value``: not only for its end."""

    node: str
    by_value: bool


class Story:
    """The events of a run, and what follows from them.

    Attributes:
        run: the run; it has ended.
        events: its events.
        nodes: its nodes by id.
    """

    def __init__(self, run: Run[Any]) -> None:
        self.run = run
        self.events: Sequence[Event] = run.events
        self.nodes = run.nodes

    @cached_property
    def moves(self) -> list[Move]:
        """Every change of the state of a node."""
        state = dict.fromkeys(self.nodes, NodeState.PENDING)
        found = []
        for event in self.events:
            if event.node is not None and event.kind in STATE_OF:
                found.append(Move(event, event.node, state[event.node], STATE_OF[event.kind]))
                state[event.node] = STATE_OF[event.kind]
        return found

    @cached_property
    def ended(self) -> dict[str, int]:
        """The number of the event that ended each node."""
        return {move.node: move.event.number for move in self.moves if move.after.is_end}

    @cached_property
    def needs(self) -> dict[str, list[Need]]:
        """What each node waits for."""
        ids = list(self.nodes)
        found = {}
        for name, node in self.nodes.items():
            by_value = {ids[i] for source in node.node.args for i in nodes_of(source)}
            found[name] = [Need(one, one in by_value) for one in node.before]
        return found

    @cached_property
    def children(self) -> dict[str, list[str]]:
        """The nodes that took the place of each expanded node."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for name, node in self.nodes.items():
            if node.parent is not None:
                found[node.parent].append(name)
        return found

    @cached_property
    def arrivals(self) -> dict[int, list[str]]:
        """The nodes that are there from an event on: those of the graph from the first that becomes ready.

        Those of an expansion are there from the last event before their own by which their parent was expanded.
        """
        found: dict[int, list[str]] = {}
        expanded: dict[str | None, int] = {}
        seen: set[str] = set()
        begun = next((event.number for event in self.events if event.node is not None), 0)
        found[begun] = [name for name, node in self.nodes.items() if node.parent is None]
        for event in self.events:
            if event.kind == "expanded":
                expanded[event.node] = event.number
            if event.node is not None and event.node not in seen:
                seen.add(event.node)
                parent = self.nodes[event.node].parent
                if parent is not None:
                    found.setdefault(expanded.get(parent, event.number), []).append(event.node)
        return found

    @cached_property
    def heights(self) -> dict[str, int]:
        """The longest path after each node of the graph itself, in nodes; not of those that expansions added."""
        static = [name for name, node in self.nodes.items() if node.parent is None]
        found = dict.fromkeys(static, 0)
        for _ in static:  # as often as a path can be long
            before = dict(found)
            for name in static:
                for need in self.nodes[name].before:
                    found[need] = max(found[need], found[name] + 1)
            if found == before:
                break
        return found

    # ------------------------------------------------------------------ what nodes need to run

    @property
    def sizes(self) -> dict[str, int]:
        """How many nodes may hold each slot at once: ``"thread"``, ``"process"``, ``"pool NAME"``, ..."""
        return dict(self.run._scheduler.sizes)

    @property
    def group(self) -> int:
        """How many nodes the journal takes at a time."""
        return self.run._journal.group

    def slots(self, name: str) -> list[str]:
        """The slots that a node holds while it runs."""
        node = self.nodes[name].node
        if node.control is not None or node.task is None:
            return []
        found: list[str] = []
        if not node.task.is_async:
            found.append(node.policy.executor or "thread")
        if node.policy.pool is not None:
            found.append(f"pool {node.policy.pool}")
        return [slot for slot in found if slot in self.sizes]

    @cached_property
    def overrun(self) -> frozenset[str]:
        """Slots that were held at some time by a thread that is past its timeout, which the events do not tell."""
        late = [
            node for node in self.nodes.values() if any(isinstance(one.error, NodeTimeout) for one in node.attempts)
        ]
        return frozenset(slot for node in late for slot in self.slots(node.id) if "thread" in self.slots(node.id))

    def rate(self, name: str) -> tuple[int, int, float] | None:
        """What nodes share that may start only so often: the task, how many starts, in how many seconds."""
        node = self.nodes[name].node
        if node.control is not None or node.task is None or node.policy.rate is None:
            return None
        return id(node.task.fn), node.policy.rate.starts, node.policy.rate.per


class Scene:
    """How everything stands between two events of a story.

    Attributes:
        state: of each node.
        used: how many nodes hold each slot.
        ready: the nodes that are ready; ``begun``: those that have started and not ended.
        starts: when nodes started, by what their rate is shared by.
    """

    def __init__(self, story: Story) -> None:
        self.story = story
        self.state = dict.fromkeys(story.nodes, NodeState.PENDING)
        self.ready: dict[str, None] = {}
        self.used: Counter[str] = Counter()
        self.starts: dict[tuple[int, int, float], list[float]] = {}
        self.begun: dict[str, None] = {}

    def take(self, event: Event) -> None:
        """Let an event happen."""
        if event.node is None or event.kind not in STATE_OF:
            return
        name, after = event.node, STATE_OF[event.kind]
        before, self.state[name] = self.state[name], after
        if before is NodeState.RUNNING:
            self.used.subtract(self.story.slots(name))
        if after is NodeState.RUNNING:
            self.begun[name] = None
            self.used.update(self.story.slots(name))
            rate = self.story.rate(name)
            if rate is not None:
                self.starts.setdefault(rate, []).append(event.time)
        if after.is_end:
            self.begun.pop(name, None)
        if after is NodeState.READY:
            self.ready[name] = None
        else:
            self.ready.pop(name, None)

    def has_room(self, name: str) -> bool:
        """Whether every slot that a node needs is free."""
        return all(self.used[slot] < self.story.sizes[slot] for slot in self.story.slots(name))

    def opens_at(self, name: str) -> float:
        """The time from which the rate of a node lets it start."""
        rate = self.story.rate(name)
        starts = self.starts.get(rate, []) if rate is not None else []
        return starts[-rate[1]] + rate[2] if rate is not None and len(starts) >= rate[1] else 0.0

    def may_wait_for_equal(self, name: str) -> bool:
        """Whether a node may be waiting for the value of an equal call that is being made."""
        node = self.story.nodes[name].node
        if not node.policy.cache or node.task is None:
            return False
        others = [task for one in self.begun if one != name and (task := self.story.nodes[one].node.task) is not None]
        return any(code_hash(task) == code_hash(node.task) for task in others)


def scenes(story: Story) -> Iterator[tuple[Event, Scene]]:
    """Each event, with the scene before it; the scene is one object, which changes when the next event is asked for."""
    scene = Scene(story)
    for event in story.events:
        yield event, scene
        scene.take(event)
