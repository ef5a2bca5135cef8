"""The report of planning: a row for each domain, in columns that planners are compared by."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.planning.coverage import Coverage
from benchmarks.report import STYLES, seconds

NOTE = """\
Seconds and steps are medians of what was solved, seconds being processor time from the start of Python to the verified
plan. Path and width are those of the plan with the orderings that it needs: its longest chain and its widest level.
Agile is the score of the competitions."""


def show(console: Console, title: str, rows: Sequence[Coverage]) -> None:
    """Print the rows, or how to get some."""
    if not rows:
        console.print(f"[bold]{title}[/]: name a folder of HDDL with its instances.tsv, make bench DATA=...\n")
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "planner"):
        table.add_column(name, no_wrap=True)
    for name in ("solved", "of", "agile", "seconds", "steps", "path", "width", "memory", "bound"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    table.add_column("", style="dim", overflow="fold")
    for row in rows:
        verdict = f"[{STYLES[row.verdict]}]{row.verdict}[/]" if row.verdict else ""
        table.add_row(
            row.case, row.planner, *numbers(row), verdict, row.others(), end_section=row.case.startswith("all")
        )
    console.print(table)
    console.print(NOTE + "\n")


def numbers(row: Coverage) -> tuple[str, ...]:
    """The texts of the columns with numbers."""
    took = row.middle("seconds")
    peak = max((one["memory"] for one in row.answers if "memory" in one), default=0)
    return (
        str(len(row.solved)),
        str(len(row.answers)),
        f"{row.agile:.2f}",
        "" if took is None else seconds(took),
        *("" if value is None else f"{value:,.0f}" for value in map(row.middle, ("steps", "path", "width"))),
        f"{peak / 1e9:.2f} GB" if peak else "",
        "" if row.bound is None else str(row.bound),
    )
