"""The live display: everything that goes on, on any terminal."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

import planweave as pw
from planweave.cli.progress.live import Display
from planweave.engine.journal import Event
from planweave.testing import Scenario, workflows


@pw.task(retry=pw.Retry(attempts=4))
def fetch(page: int) -> str:
    return str(page)


@pw.task
def pages(n: int) -> list[int]:
    return list(range(n))


@pw.workflow
def crawl(n: int) -> list[str]:
    return fetch.map(pages(n))


BEFORE = [
    Event(0, 0.0, "run_started"),
    Event(1, 0.0, "started", "pages", {"attempt": 1}),
    Event(2, 2.0, "succeeded", "pages"),
    Event(3, 2.0, "started", "fetch", {"attempt": 1}),
    Event(4, 2.0, "expanded", "fetch", {"items": 4}),
    Event(5, 2.0, "started", "fetch[0]", {"attempt": 1}),
    Event(6, 2.0, "started", "fetch[1]", {"attempt": 1}),
    Event(7, 2.0, "started", "fetch[2]", {"attempt": 1}),
    Event(8, 3.0, "succeeded", "fetch[0]"),
    Event(9, 3.0, "progress", "fetch[1]", {"done": 30, "total": 120, "message": "KB"}),
    Event(10, 3.0, "log", "fetch[2]", {"level": "WARNING", "message": "slow\x1b[2J line"}),
    Event(11, 4.0, "retrying", "fetch[2]", {"attempt": 1, "due": 7.5, "error": ConnectionError("gone")}),
]


class Terminal:
    """A terminal of some size and encoding, and what is drawn on it."""

    def __init__(self, width: int, height: int, encoding: str = "utf-8", *, colour: bool = False) -> None:
        self.stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
        self.console = Console(
            file=self.stream,
            width=width,
            height=height,
            force_terminal=True,
            color_system="standard" if colour else None,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def drawn(self, display: Display) -> list[str]:
        """The rows of one drawing."""
        buffer = io.StringIO()
        console = Console(file=buffer, width=self.console.width, color_system=None, markup=False, legacy_windows=False)
        console.print(display.draw())
        return buffer.getvalue().splitlines()

    def display(self, events: list[Event], now: float, graph: pw.Graph | None = None) -> Display:
        """A display that has seen some events, off again."""
        display = Display(graph or crawl.graph(), self.console, redirect_stdout=False, now=lambda: now)
        display.close()
        for event in events:
            display.observe(event)
        return display


def test_the_display_shows_what_runs_waits_and_how_far_all_is() -> None:
    """Law: overall bar and clock, counts by state, retries with their countdown, maps, progress and log lines."""
    terminal = Terminal(80, 24)
    assert terminal.drawn(terminal.display(BEFORE, now=5.0)) == [
        "crawl  ━━━━━━━━──────────────── 2 of 6 nodes  0:05",
        "1 running · 1 waiting · 1 retried · 2 done",
        "↻ fetch[2] try 2 of 4 in 2.5 s: ConnectionError: gone",
        "▤ fetch    1 of 4 ━━━─────────",
        "● fetch[1] 0:03  30 of 120 ━━━───────── KB",
        r"fetch[2]: warning: slow\x1b[2J line",
    ]


def test_a_terminal_without_unicode_gets_ascii_only() -> None:
    """Law: what the encoding of the terminal has not is not drawn, in signs or in messages."""
    terminal = Terminal(80, 24, encoding="ascii")
    events = [*BEFORE, Event(12, 4.5, "progress", "fetch[1]", {"done": 60, "total": 120, "message": "größer"})]
    rows = terminal.drawn(terminal.display(events, now=5.0))
    assert all(row.isascii() for row in rows)
    assert rows[0] == "crawl  ########................ 2 of 6 nodes  0:05"
    assert rows[4] == "* fetch[1] 0:03  60 of 120 ######...... gr??er"


@settings(max_examples=40)
@given(workflows(), st.integers(0, 99), st.integers(1, 130), st.integers(1, 40), st.booleans())
def test_every_drawing_fits_every_terminal(
    scenario: Scenario, seed: int, width: int, height: int, unicode: bool
) -> None:
    """Law: no drawing of any moment of any run is wider or higher than the terminal, however small that is."""
    run = scenario.simulate(seed)
    terminal = Terminal(width, height, "utf-8" if unicode else "ascii")
    display = terminal.display([], now=run.events[0].time, graph=run.graph)
    for number, event in enumerate(run.events):
        display.observe(event)
        if number % 11 == 0:
            rows = terminal.drawn(display)
            assert len(rows) <= max(height - 1, 1)
            assert all(len(row) <= width for row in rows)


@pytest.mark.parametrize("height", [6, 10, 24])
def test_more_than_fits_is_counted(height: int) -> None:
    """Law: where there are more running nodes than rows, the last row says how many are not shown."""
    many = [Event(i, 2.0, "started", f"fetch[{i}]", {"attempt": 1}) for i in range(100)]
    terminal = Terminal(80, height)
    rows = terminal.drawn(terminal.display([*BEFORE[:5], *many], now=5.0))
    shown = sum(row.startswith(("●", "▤")) for row in rows)
    assert rows[-1] == f"  and {101 - shown} more"
    assert len(rows) <= height - 1


def test_colours_are_off_where_a_person_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: with NO_COLOR set nothing is coloured, and everything is still said."""
    terminal = Terminal(80, 24, colour=True)
    display = terminal.display(BEFORE, now=5.0)
    with terminal.console.capture() as coloured:
        terminal.console.print(display.draw())
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal(80, 24, colour=True)
    with plain.console.capture() as uncoloured:
        plain.console.print(plain.display(BEFORE, now=5.0).draw())
    assert "\x1b[34m" in coloured.get()
    assert "\x1b[3" not in uncoloured.get()


def test_the_display_leaves_the_terminal_as_it_was() -> None:
    """Law: the display is taken off at the end, and the cursor is shown again; closing it twice is harmless."""
    terminal = Terminal(80, 24)
    display = Display(crawl.graph(), terminal.console, redirect_stdout=False, now=lambda: 5.0)
    display.close()
    display.close()
    terminal.stream.flush()
    drawn = terminal.stream.buffer.getvalue().decode()
    assert drawn.count("\x1b[?25l") == drawn.count("\x1b[?25h") == 1
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")
