"""The ledger: what is going on in a run, kept from its events. Pure; the time is what the events say.

An observer is called for each of what may be hundreds of thousands of events, on the thread of the event loop: so
each event costs a few dictionary operations, and everything that is only for the eye is left to who draws.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planweave.cli.progress.wording import counted, duration, ends
from planweave.engine.graph import Graph
from planweave.engine.journal import Event
from planweave.engine.node import Map, Node, Repeat, Template, When, templates_of

ENDS = frozenset({"succeeded", "failed", "cancelled", "skipped", "upstream_failed"})
"""The kinds of events after which nothing happens to a node any more."""

QUIET_LEVEL = "DEBUG"
"""The level of log lines that are recorded, and not told."""
LOG_LINES = 50
"""Lines of tasks that are remembered."""


@dataclass(slots=True)
class Group:
    """A map that is going on: how many of its items have ended, and how many nodes each of them has.

    ``left`` counts, for items of several nodes, the nodes that have not ended.
    """

    items: int
    template: Template
    done: int = 0
    left: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pause:
    """A node that waits until ``due`` (seconds since the epoch): for its attempt number ``attempt``, or by a sleep."""

    due: float
    attempt: int = 0
    error: BaseException | None = None


class Ledger:
    """What is going on in a run.

    Attributes:
        total: how many nodes there are, as far as is known yet.
        ended: how many nodes have ended in each of ``ENDS``.
        running: when each running node started.
        pauses: the nodes that wait for a time.
        groups: the maps that are going on.
        progress: how far running nodes say they are: done, total, message.
        logs: the last log lines: node, level, message.
        retries: how many attempts have been followed by another.
        state: the last thing said about the run itself.
        began, last: when the run started, and when the last thing was said about it itself.

    >>> from planweave.engine.compile import compile_nodes
    >>> ledger = Ledger(compile_nodes("nothing", []))
    >>> ledger.note(Event(0, 5.0, "started", "load", {"attempt": 1}))
    >>> ledger.running
    {'load': 5.0}
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.total = len(graph)
        self.ended: Counter[str] = Counter()
        self.retries = 0
        self.running: dict[str, float] = {}
        self.pauses: dict[str, Pause] = {}
        self.groups: dict[str, Group] = {}
        self.progress: dict[str, tuple[float, float | None, str]] = {}
        self.logs: deque[tuple[str, str, str]] = deque(maxlen=LOG_LINES)
        self.state = "queued"
        self.began: float | None = None
        self.last: float | None = None
        self._indexes: dict[int, dict[str, Node]] = {}

    def note(self, event: Event) -> None:
        """Take an event in."""
        kind, node = event.kind, event.node
        if node is None:
            self.state = kind.removeprefix("run_")
            self.began = event.time if self.began is None else self.began
            self.last = event.time
            self.total += len(event.data.get("undo", ())) if kind == "run_compensating" else 0
        elif kind == "started":
            self.running[node] = event.time
            if self.pauses:
                self.pauses.pop(node, None)
        elif kind in ENDS:
            self._end(node, kind)
        elif kind != "ready":
            self._note_rest(node, kind, event.data)

    @property
    def done(self) -> int:
        """How many nodes have ended."""
        return sum(self.ended.values())

    def summary(self) -> str:
        """How the run went, in a line; the numbers count the nodes that expansions added too."""
        parts = ends(self.ended, besides=True) + ([f"{counted(self.retries, 'retry')}"] if self.retries else [])
        besides = f" ({', '.join(parts)})" if parts else ""
        took = duration((self.last or 0.0) - (self.began or 0.0))
        return f"{self.graph.name} {self.state} in {took}: {counted(self.done, 'node')}{besides}"

    def node(self, node_id: str) -> Node | None:
        """What stands behind an id in the run, as it was traced; None for parts of a graph that a task gave."""
        return self._find(self.graph, node_id)

    def group_of(self, node_id: str) -> str | None:
        """The id of the map that a node is a part of an item of; None: of none."""
        base = node_id
        while (end := base.rfind("[")) >= 0:
            base = base[:end]
            if base in self.groups:
                return base
        return None

    # ------------------------------------------------------------------ what events change

    def _end(self, node: str, kind: str) -> None:
        self.ended[kind] += 1
        self.running.pop(node, None)
        if self.progress:
            self.progress.pop(node, None)
        if self.pauses:
            self.pauses.pop(node, None)
        if self.groups:
            self.groups.pop(node, None)
            self._end_in_group(node)

    def _end_in_group(self, node: str) -> None:
        bracket = node.rfind("]")
        if bracket < 0:
            return
        item, rest = node[: bracket + 1], node[bracket + 1 :]
        group = self.groups.get(item[: item.rfind("[")])
        if group is None:
            return
        size = len(group.template.graph)
        if size == 1:
            group.done += not rest or rest[1:] in self._index(group.template.graph)
        elif not rest or rest[1:] in self._index(group.template.graph):
            left = group.left.pop(item, size) - 1
            group.done += not left
            if left:
                group.left[item] = left

    def _note_rest(self, node: str, kind: str, data: Mapping[str, Any]) -> None:
        if kind == "expanded":
            self.running.pop(node, None)
            self._expand(node, data)
        elif kind == "retrying":
            self.running.pop(node, None)
            self.progress.pop(node, None)
            self.retries += 1
            self.pauses[node] = Pause(data["due"], data["attempt"] + 1, data["error"])
        elif kind == "waiting":
            self.running.pop(node, None)
            if isinstance(data.get("until"), int | float):
                self.pauses[node] = Pause(data["until"])
        elif kind == "progress":
            self.progress[node] = (data["done"], data["total"], data["message"])
        elif kind == "log" and data["level"] != QUIET_LEVEL:
            self.logs.append((node, data["level"], data["message"]))

    def _expand(self, node: str, data: Mapping[str, Any]) -> None:
        found = self.node(node)
        match None if found is None else found.control:
            case Map(template=template):
                self.groups[node] = Group(data["items"], template)
                self.total += data["items"] * len(template.graph)
            case When(then=then, otherwise=otherwise):
                taken = then if data["condition"] else otherwise
                self.total += 0 if taken is None else len(taken.graph)
            case Repeat(template=template):
                self.total += len(template.graph)

    # ------------------------------------------------------------------ ids

    def _index(self, graph: Graph) -> dict[str, Node]:
        found = self._indexes.get(id(graph))
        if found is None:
            found = self._indexes[id(graph)] = {node.id: node for node in graph.nodes}
        return found

    def _find(self, graph: Graph, path: str) -> Node | None:
        """Walk an id: through clusters, then through the template of whatever expanded on its way."""
        index = self._index(graph)
        if path in index:
            return index[path]
        cuts = [i for i, character in enumerate(path) if character in "/[@"]
        for cut in reversed(cuts):
            outer = index.get(path[:cut])
            if outer is not None and outer.control is not None:
                return self._find_inside(outer, path[cut:])
        return None

    def _find_inside(self, outer: Node, rest: str) -> Node | None:
        if rest[0] != "/":  # an item or a round: its number ends at the next slash
            _, slash, rest = rest.partition("/")
            for template in templates_of(outer.control).values():
                if not slash:
                    return None if template.main is None else template.graph.nodes[template.main]
        else:
            rest = rest[1:]
        for template in templates_of(outer.control).values():
            found = self._find(template.graph, rest)
            if found is not None:
                return found
        return None
