"""Progress as a live display on a terminal: what runs, what waits, how far all is, and the last log lines.

It is drawn anew a few times a second by a thread of its own, from copies of what the ledger holds: a run of a hundred
thousand nodes costs as many drawings as seconds, not as many as events. Everything fits the terminal, however narrow
or low it is, and is legible without colours and without Unicode: colours only repeat what signs and words say.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from planweave.cli.errors import shown
from planweave.cli.progress.ledger import Group, Ledger, Pause
from planweave.cli.progress.wording import clock, counted, duration, ends
from planweave.engine.errors import describe
from planweave.engine.graph import Graph
from planweave.engine.journal import Event

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

DRAWINGS = 8
"""A second: enough for a clock that does not jump, and under two percent of a processor."""
LOG_ROWS = 4
"""Log lines that are shown, where there is room."""
SAID = {"cancelling": "cancelling", "compensating": "undoing"}
"""What is said of a run that is not simply going on, by its state."""
BAR = 24
"""The widest bar, in columns."""


class Signs(NamedTuple):
    """The signs of a display: one set for terminals with Unicode, one for those without."""

    running: str
    pause: str
    group: str
    bar: str
    rest: str
    dot: str
    cut: str


UNICODE = Signs("●", "↻", "▤", "━", "─", " · ", "…")
ASCII = Signs("*", "~", "=", "#", ".", ", ", "...")


class Display:
    """Draws a run on a terminal while it goes on.

    Args:
        graph: what is run.
        console: the terminal.
        redirect_stdout: what tasks print goes to this terminal too, and must appear above the display.
        now: seconds since the epoch.
    """

    def __init__(
        self, graph: Graph, console: Console, *, redirect_stdout: bool, now: Callable[[], float] = time.time
    ) -> None:
        from rich.live import Live

        self.ledger = Ledger(graph)
        self._console = console
        self._now = now
        self._signs = signs_of(console)
        self._live = Live(
            console=console,
            get_renderable=self.draw,
            refresh_per_second=DRAWINGS,
            transient=True,
            redirect_stdout=redirect_stdout,
            redirect_stderr=True,
        )
        self._live.start()

    def observe(self, event: Event) -> None:
        """Take an event in; it is seen with the next drawing."""
        self.ledger.note(event)

    def close(self) -> None:
        """Take the display off the terminal."""
        self._live.stop()

    def draw(self) -> RenderableType:
        """The display as it is now, no wider and no higher than the terminal."""
        from rich.text import Text

        width, height = self._console.size
        now = self._now()
        rows = max(height - 4, 0)  # without the head, the counts, and room for what tasks print and for the cursor
        logs = min(LOG_ROWS, len(self.ledger.logs), max(rows - 3, 0))
        lines = [self._head(now, width), self._counts()]
        lines += self._rows(now, width, rows - logs)
        lines += [self._log(*line) for line in list(self.ledger.logs)[len(self.ledger.logs) - logs :]]
        for line in lines:
            line.rstrip()
            line.truncate(max(width - 1, 1), overflow="ellipsis" if self._signs is UNICODE else "crop")
        return Text("\n", no_wrap=True, overflow="crop").join(lines[: max(height - 1, 1)])

    # ------------------------------------------------------------------ the parts

    def _head(self, now: float, width: int) -> Text:
        ledger = self.ledger
        done, total = ledger.done, max(ledger.total, 1)
        seconds = 0.0 if ledger.began is None else now - ledger.began
        text = f"{done:,} of {counted(ledger.total, 'node')}  {clock(seconds)}"
        name = self._fit(ledger.graph.name, max(width - len(text) - 12, 8))
        room = width - len(name) - len(text) - 6
        return self._text((f"{name}  ", "bold"), *self._bar(done / total, min(room, BAR)), (text, ""))

    def _counts(self) -> Text:
        ledger = self.ledger
        parts = [f"{len(ledger.running):,} running"] if ledger.running else []
        parts += [f"{len(ledger.pauses):,} waiting"] if ledger.pauses else []
        parts += [f"{ledger.retries:,} retried"] if ledger.retries else []
        parts += ends(ledger.ended)
        if ledger.state in SAID:
            parts.insert(0, SAID[ledger.state])
        return self._text((self._signs.dot.join(parts), "red" if ledger.ended["failed"] else "dim"))

    def _rows(self, now: float, width: int, rows: int) -> Iterator[Text]:
        """What goes on, a row each: pauses first, as they say that something went wrong; then maps, then nodes."""
        groups, pauses, running = self.ledger.groups.copy(), self.ledger.pauses.copy(), self.ledger.running.copy()
        left = len(groups) + len(pauses) + len(running)
        some = rows if left <= rows else rows - 1  # the last row then says how many more there are
        waits = list(islice(pauses, max(some // 3, 1)))
        maps = list(islice(groups, max((some - len(waits)) // 2, 1)))
        nodes = list(islice(running, max(some - len(waits) - len(maps), 0)))
        drawn = waits + maps + nodes
        wide = min(max(map(len, drawn), default=0), width // 2)
        for name in waits:
            yield self._row(self._signs.pause, "yellow", name, wide, self._pause(name, pauses[name], now))
        for name in maps:
            yield self._group_row(name, groups[name], wide)
        for name in nodes:
            yield self._running_row(name, now - running[name], wide)
        if left > len(drawn):
            yield self._text((f"  and {left - len(drawn):,} more", "dim"))

    def _group_row(self, name: str, group: Group, wide: int) -> Text:
        share = group.done / group.items if group.items else 1.0
        far = (f"{group.done:,} of {group.items:,} ", "")
        return self._row(self._signs.group, "cyan", name, wide, far, *self._bar(share, BAR // 2))

    def _running_row(self, name: str, seconds: float, wide: int) -> Text:
        done, total, message = self.ledger.progress.get(name, (0.0, None, ""))
        parts: list[tuple[str, str]] = [(f"{clock(seconds):<5} ", "")]
        if total:
            parts += [(f"{done:,g} of {total:,g} ", ""), *self._bar(done / total, BAR // 2)]
        elif done:
            parts.append((f"{done:,g} ", ""))
        parts.append((shown(message, 200), "dim"))
        return self._row(self._signs.running, "blue", name, wide, *parts)

    def _pause(self, name: str, pause: Pause, now: float) -> tuple[str, str]:
        left = f"in {duration(max(pause.due - now, 0))}"
        if pause.error is None:
            return (f"goes on {left}", "")
        found = self.ledger.node(name)
        retry = found.policy.retry if found is not None else None
        of = f" of {retry.attempts}" if retry is not None else ""
        return (f"try {pause.attempt}{of} {left}: {shown(describe(pause.error), 200)}", "")

    def _row(self, sign: str, style: str, name: str, wide: int, *parts: tuple[str, str]) -> Text:
        from rich.cells import set_cell_size

        return self._text((f"{sign} ", style), (set_cell_size(self._fit(name, wide), wide) + " ", ""), *parts)

    def _log(self, node: str, level: str, message: str) -> Text:
        style = "dim" if level in ("DEBUG", "INFO") else "yellow"
        return self._text((f"{node}: {level.lower()}: {shown(message, 300)}", style))

    def _bar(self, share: float, width: int) -> list[tuple[str, str]]:
        """A bar of so many columns and a space after it; nothing where there is no room for one."""
        if width < 4:
            return []
        full = int(min(max(share, 0.0), 1.0) * width)
        return [(self._signs.bar * full, "blue"), (self._signs.rest * (width - full) + " ", "dim")]

    def _fit(self, name: str, width: int) -> str:
        """A name in so many columns: its end tells more than its beginning (``report[3]/draft``)."""
        from rich.cells import cell_len

        name = shown(name, 500)
        if cell_len(name) <= width:
            return name
        keep = name
        while keep and cell_len(keep) > width - len(self._signs.cut):
            keep = keep[1:]
        return self._signs.cut + keep

    def _text(self, *parts: tuple[str, str]) -> Text:
        from rich.text import Text

        text = Text(no_wrap=True, overflow="crop")
        for words, style in parts:
            text.append(words if self._signs is UNICODE else words.encode("ascii", "replace").decode("ascii"), style)
        return text


def signs_of(console: Console) -> Signs:
    """The signs that the encoding of a terminal has."""
    return UNICODE if (console.encoding or "").lower().replace("-", "") == "utf8" else ASCII
