"""Progress as plain lines: the events that are worth telling, where nobody can draw.

A graph that is small enough is told node by node, and its maps as a whole; of a large one there is a count from time
to time. What goes wrong is always told, but not more often than anybody reads. While nothing happens, a line says
what is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from planweave.cli.errors import shown
from planweave.cli.progress.ledger import QUIET_LEVEL, Ledger
from planweave.cli.progress.wording import counted, duration, ends
from planweave.engine.errors import describe
from planweave.engine.graph import Graph
from planweave.engine.journal import Event
from planweave.engine.questions import EVENT

SMALL = 40
"""Nodes of a graph that is told node by node."""
TOLD = 20
"""Failures, retries and log lines (each) that are told one by one; past them they are counted."""
NODE_LINES = 200
"""Other lines of a small graph, whose loops may be long."""
EVERY = 5.0
"""Seconds between counts of a large graph or map, and between lines while nothing happens."""
ALWAYS = frozenset({"failed", "retrying", "log", "run_cancelling", "run_compensating"})
"""The kinds of events that are told of large graphs and maps too."""
LONG = 1.0
"""Seconds after which it is worth a line that a node of a small graph runs; what ends before has its end told only."""


class Lines:
    """Tells a run as lines.

    Args:
        graph: what is run.
        write: takes one line, without its end.
        clock: seconds since the epoch.
    """

    def __init__(self, graph: Graph, write: Callable[[str], object], clock: Callable[[], float] = time.time) -> None:
        self.ledger = Ledger(graph)
        self._small = len(graph) <= SMALL
        self._write = write
        self._clock = clock
        self._began = clock()
        self._told = self._began
        self._counts: dict[str, int] = {}
        self._announced: set[str] = set()
        self._saying = threading.Lock()
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="planweave progress", daemon=True)
        self._ticker.start()

    def observe(self, event: Event) -> None:
        """Tell an event, if it is worth a line."""
        kind, node = event.kind, event.node or ""
        ledger = self.ledger
        if kind == "ready" or kind == "started":
            ledger.note(event)
        elif kind in ALWAYS or (self._small and ledger.group_of(node) is None):
            started, group = ledger.running.get(node), ledger.groups.get(node)
            ledger.note(event)
            line = self._line(event, started, group.items if group is not None else None)
            if line is not None:
                self._say(line, event.time)
        else:
            ledger.note(event)

    def close(self) -> None:
        """Stop telling."""
        self._closed.set()
        self._ticker.join(1.0)

    def _say(self, line: str, now: float) -> None:
        with self._saying:
            self._told = now
            self._write(f"{duration(now - self._began):>7}  {shown(line, 300)}")

    def _tick(self) -> None:
        while not self._closed.wait(LONG / 4):
            now = self._clock()
            if self._small:
                self._announce(now)
            if now - self._told >= EVERY:
                self._say(self._count(), now)

    def _announce(self, now: float) -> None:
        """Tell what runs for a while by now."""
        for node, since in self.ledger.running.copy().items():
            if now - since >= LONG and node not in self._announced and self.ledger.group_of(node) is None:
                self._announced.add(node)
                self._say(f"{node} is running", now)

    def _count(self) -> str:
        """What is waited for, and how far everything is."""
        ledger = self.ledger
        parts = [f"{ledger.done:,} of {counted(ledger.total, 'node')}", *ends(ledger.ended, besides=True)]
        parts += [f"{name} {group.done:,} of {group.items:,}" for name, group in list(ledger.groups.copy().items())[:3]]
        running = [name for name in ledger.running.copy() if ledger.group_of(name) is None]
        if running:
            more = f" and {len(running) - 3:,} more" if len(running) > 3 else ""
            parts.append(f"running: {', '.join(map(self._how_far, running[:3]))}{more}")
        pauses = list(ledger.pauses.copy())
        if pauses:
            more = f" and {len(pauses) - 3:,} more" if len(pauses) > 3 else ""
            parts.append(f"waiting: {', '.join(pauses[:3])}{more}")
        return "; ".join(parts)

    def _how_far(self, node: str) -> str:
        done, total, message = self.ledger.progress.get(node, (0, None, ""))
        if not done:
            return node
        return f"{node} {done:g}{f' of {total:g}' if total else ''}{f' {message}' if message else ''}"

    # ------------------------------------------------------------------ what is worth a line

    def _line(self, event: Event, started: float | None, items: int | None) -> str | None:
        data = event.data
        match event.kind:
            case "run_cancelling":
                return "cancelling"
            case "run_compensating" if data:
                return f"undoing {counted(len(data['undo']), 'node')}"
            case "failed":
                return self._bounded("failed", f"{event.node} failed: {describe(data['error'])}")
            case "retrying":
                pause = duration(data["due"] - event.time)
                line = f"{event.node} failed: {describe(data['error'])}; attempt {data['attempt'] + 1} in {pause}"
                return self._bounded("retrying", line)
            case "log" if data["level"] != QUIET_LEVEL:
                return self._bounded("log", f"{event.node}: {data['level'].lower()}: {data['message']}")
        told = self._small_line(event, started, items) if event.node is not None else None
        return None if told is None else self._bounded("node", told, NODE_LINES)

    def _small_line(self, event: Event, started: float | None, items: int | None) -> str | None:
        node, data = event.node, event.data
        took = f" in {duration(event.time - started)}" if started is not None else ""
        match event.kind:
            case "expanded" if "items" in data:
                return f"{node} over {counted(data['items'], 'item')}"
            case "expanded" if "condition" in data:
                return f"{node} is {str(data['condition']).lower()}"
            case "expanded" if "round" in data:
                return f"{node} round {data['round']}"
            case "waiting" if "asked" in data:
                return f"{node} {'' if data['asked'] == EVENT else 'asks: '}{data.get('title', '')}"
            case "answered":
                return f"{node} is answered{' by ' + data['by'] if data.get('by') else ''}"
            case "waiting" if "until" in data:
                return f"{node} waits {duration(data['until'] - event.time)}"
            case "succeeded" if items is not None:
                return f"{node} done, {counted(items, 'item')}"
            case "succeeded" if data.get("cached"):
                return f"{node} done, from the cache"
            case "succeeded":
                return f"{node} done{took}"
            case "cancelled":
                return f"{node} cancelled"
        return None

    def _bounded(self, kind: str, line: str, most: int = TOLD) -> str | None:
        """The line, unless there have been enough of its kind."""
        self._counts[kind] = count = self._counts.get(kind, 0) + 1
        if count == most:
            return f"{line} (more of these are only counted)"
        return line if count < most else None
