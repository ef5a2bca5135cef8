"""When each node of a run did what: the spans that a timeline draws, and the longest chain among them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from planweave.engine.history import NodeRun
from planweave.engine.node import Repeat
from planweave.visualize.picture.snapshot import Snapshot

__all__ = ["Span", "Times", "critical_path", "read_times"]


@dataclass(frozen=True, slots=True)
class Span:
    """When a node did what, in seconds since the epoch.

    Attributes:
        record: what has happened to the node.
        ready: when it could have started; None if it never could.
        start: when it first started; where it never did, when it ended.
        end: when its own work ended: that of an expanded node ends where its parts begin. ``now`` of the run while it
            goes on.
        close: when it ended altogether, parts included.
        expanded: whether parts took its place.
    """

    record: NodeRun
    ready: float | None
    start: float
    end: float
    close: float
    expanded: bool = False

    @property
    def ran(self) -> bool:
        """Whether it started, or got its value from the cache."""
        return self.record.started is not None or self.record.cached


@dataclass(frozen=True, slots=True)
class Times:
    """The spans of a run by id, for the nodes that have one, and the time from its first to its last event."""

    spans: Mapping[str, Span]
    start: float
    end: float


def read_times(run: Snapshot) -> Times:
    """The times of a run; of a live one, up to its latest event."""
    events, records = run.events, run.nodes
    start, now = (events[0].time, max(event.time for event in events)) if events else (0.0, 0.0)
    opened: dict[str, float] = {}
    for event in events:
        if event.kind == "expanded" and event.node is not None:
            opened.setdefault(event.node, event.time)
    spans = {}
    for record in records.values():
        begin = record.started
        if begin is None:
            begin = record.ready if record.cached and record.ready is not None else record.ended
        if begin is None:
            if record.ready is not None:  # it waits for room
                spans[record.id] = Span(record, record.ready, now, now, now)
            continue
        close = record.ended if record.ended is not None else now
        end = opened.get(record.id, close)
        ready = min(record.ready, begin) if record.ready is not None and not record.attempts[1:] else None
        spans[record.id] = Span(record, ready, begin, min(end, close), close, record.id in opened)
    return Times(spans, start, now)


def critical_path(times: Times) -> list[Span]:
    """The chain of nodes that determined when the run ended, first to last: each had to await the one before.

    From the node that ended last it goes back, each time to the one that ended last among those that had to end
    first: what a node waited for, the expanded node that it is a part of, or the round before. Making any other node
    faster does not make the run end sooner. The critical path of J. E. Kelley and M. R. Walker, "Critical-path
    planning and scheduling" (1959), found from recorded times instead of estimates.
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
