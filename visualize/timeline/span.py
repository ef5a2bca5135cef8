"""When each node of a run did what: the spans that a timeline draws, and the longest chain among them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planweave.engine.history import NodeRun
from planweave.engine.journal import NODE_KINDS, Event
from planweave.engine.node import Repeat
from planweave.engine.state import NodeState
from planweave.visualize.picture.snapshot import Snapshot

if TYPE_CHECKING:
    pass

__all__ = ["Span", "Stretch", "Times", "critical_path", "read_times", "waited_on"]

Stretch = tuple[float, float]
"""From when to when, in seconds since the epoch."""

_MOVES = frozenset(NODE_KINDS[state] for state in NodeState if state in NODE_KINDS)  # not what a node told of itself


@dataclass(frozen=True, slots=True)
class Span:
    """When a node did what, in seconds since the epoch.

    Attributes:
        record: what has happened to the node.
        start: when it first started; where it never did, when it ended.
        end: when its own work ended: that of an expanded node ends where its parts begin. ``now`` of the run while it
            goes on.
        close: when it ended altogether, parts included.
        expanded: whether parts took its place.
        waits: when it could have started and had no room; before each attempt, where there are several.
        pauses: when it waited for the time of its next attempt.
    """

    record: NodeRun
    start: float
    end: float
    close: float
    expanded: bool = False
    waits: tuple[Stretch, ...] = ()
    pauses: tuple[Stretch, ...] = ()

    @property
    def ran(self) -> bool:
        """Whether it started, or got its value from the cache."""
        return self.record.started is not None or self.record.cached

    @property
    def begin(self) -> float:
        """When it could first have started; where it never could, when it ended."""
        return min(self.start, self.waits[0][0]) if self.waits else self.start

    @property
    def waited(self) -> float:
        """Seconds that it had no room, over all its attempts."""
        return sum(end - begin for begin, end in self.waits)


@dataclass(frozen=True, slots=True)
class Times:
    """The spans of a run by id, for the nodes that have one, and the time from its first event to its end or now."""

    spans: Mapping[str, Span]
    start: float
    end: float


def read_times(run: Snapshot) -> Times:
    """The times of a run at the moment that is told of; what goes on has gone on until then."""
    events, records = run.events, run.nodes
    start = events[0].time if events else 0.0
    last = max((event.time for event in events), default=0.0)
    now = last if run.now is None else max(run.now, last)
    opened: dict[str, float] = {}
    for event in events:
        if event.kind == "expanded" and event.node is not None:
            opened.setdefault(event.node, event.time)
    waits, pauses = _stretches(events, now)
    spans = {}
    for record in records.values():
        begin = record.started
        if begin is None:
            begin = record.ready if record.cached and record.ready is not None else record.ended
        if begin is None:
            if record.ready is None:
                continue
            begin = now  # it waits for room
        close = record.ended if record.ended is not None else now
        end = min(opened.get(record.id, close), close)
        waited = () if record.cached and not record.attempts else tuple(waits.get(record.id, ()))
        paused = tuple(pauses.get(record.id, ()))
        spans[record.id] = Span(record, begin, end, close, record.id in opened, waited, paused)
    return Times(spans, start, now)


def _stretches(events: Iterable[Event], now: float) -> tuple[dict[str, list[Stretch]], dict[str, list[Stretch]]]:
    """When each node waited for room, and when it paused before a retry: from one move of it to the next."""
    waits: dict[str, list[Stretch]] = {}
    pauses: dict[str, list[Stretch]] = {}
    kept = {"ready": waits, "retrying": pauses}
    since: dict[str, Event] = {}
    for event in events:
        if event.node is None or event.kind not in _MOVES:
            continue
        before = since.pop(event.node, None)
        if before is not None:
            kept[before.kind].setdefault(event.node, []).append((before.time, event.time))
        if event.kind in kept:
            since[event.node] = event
    for node, event in since.items():
        kept[event.kind].setdefault(node, []).append((event.time, now))
    return waits, pauses


def critical_path(times: Times) -> list[Span]:
    """The chain of nodes that determined when the run ended, first to last: each had to await the one before.

    From the node that ended last it goes back, each time to the one that ended last among those that had to end
    first: what a node waited for, the expanded node that it is a part of, or the round before. As long as no node on
    it waits for room (``waited_on`` says how long they did), making any other node faster does not make the run end
    sooner; where one does wait, other nodes have taken its room, and more room or less of them helps too. The critical
    path of J. E. Kelley and M. R. Walker, "Critical-path planning and scheduling" (1959), found from recorded times
    instead of estimates.
    """
    spans = times.spans
    parts: dict[str, list[Span]] = {}
    for span in sorted(spans.values(), key=lambda span: span.end):
        if span.record.parent is not None:
            parts.setdefault(span.record.parent, []).append(span)
    ran = [span for span in spans.values() if span.ran]
    last = max(ran, key=lambda span: (span.end, span.start), default=None)
    path: list[Span] = []
    seen: set[str] = set()
    while last is not None and last.record.id not in seen:
        seen.add(last.record.id)
        if last.ran:
            path.append(last)
        before = [one for one in _before(last, spans, parts) if one.end <= last.start and one.record.id not in seen]
        last = max(before, key=lambda span: (span.end, span.start), default=None)
    return path[::-1]


def waited_on(path: Sequence[Span]) -> float:
    """Seconds of a critical path in which its next node could have started, and had no room."""
    total, reached = 0.0, float("-inf")
    for span in path:
        total += sum(max(0.0, end - max(begin, reached)) for begin, end in span.waits)
        reached = span.end
    return total


def _before(span: Span, spans: Mapping[str, Span], parts: Mapping[str, list[Span]]) -> list[Span]:
    """The spans that had to end before this one could start."""
    found = [last for name in span.record.before if name in spans for last in _last(spans[name], parts)]
    parent = spans.get(span.record.parent or "")
    if parent is not None:
        found.append(parent)
        if isinstance(parent.record.node.control, Repeat):  # the rounds before it ended before this one was made
            siblings = parts[parent.record.id]
            place = bisect_right(siblings, span.start, key=lambda one: one.end)
            found += siblings[max(0, place - 2) : place]
    return found


def _last(span: Span, parts: Mapping[str, list[Span]]) -> list[Span]:
    """The span itself; for an expanded node, its parts and theirs."""
    found, work = [], [span]
    for one in work:  # grows while it is walked
        inner = parts.get(one.record.id, [])
        work += inner
        if not inner:
            found.append(one)
    return found
