"""The report: rows as a table that people read."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Spread
from benchmarks.row import OURS, Row, Unit

STYLES = {"holds": "green", "misses": "bold red", "": ""}
"""The colour of each verdict."""

STEPS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}
"""Seconds, by unit."""
SIZES = {"GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1.0}
"""Bytes, by unit."""


def show(console: Console, title: str, rows: Sequence[Row]) -> None:
    """Print the rows of one benchmark."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in (OURS, "beside it", "figure", "quartiles", "bound"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    table.add_column("", style="dim", overflow="fold")
    for row in rows:
        verdict = f"[{STYLES[row.verdict]}]{row.verdict}[/]" if row.verdict else ""
        table.add_row(row.case, *numbers(row), verdict, row.note)
    console.print(table)


def numbers(row: Row) -> tuple[str, str, str, str, str]:
    """The texts of the columns with numbers.

    >>> numbers(Row("run", Spread(2e-6, 3e-6, 4e-6), figure=Spread(6.0, 7.0, 8.0), bound=8.0))
    ('3.00 µs', '', '7.00x', '6.00-8.00x', '8.00x')
    """
    beside = "" if row.beside is None else f"{row.beside[0]} {seconds(row.beside[1].middle)}"
    ours = "" if row.ours is None else seconds(row.ours.middle)
    if row.figure is None:
        return ours, beside, "", "", ""
    bound = "" if row.bound is None else quantity(row.bound, row.unit)
    return ours, beside, quantity(row.figure.middle, row.unit), quartiles(row.figure, row.unit), bound


def quartiles(spread: Spread, unit: Unit) -> str:
    """Both quartiles, with their unit once where it is the same.

    >>> quartiles(Spread(0.5e-6, 1e-6, 1.5e-6), Unit.SECONDS)
    '0.500-1.50 µs'
    """
    low, high = quantity(spread.low, unit), quantity(spread.high, unit)
    number, _, word = low.rpartition(" ") if " " in low else (low.rstrip("x"), "", "x")
    return f"{number if high.endswith(word) else low}-{high}"


def quantity(value: float, unit: Unit) -> str:
    """A figure with its unit, in three digits.

    >>> quantity(1.5e-6, Unit.REFERENCE_SECONDS), quantity(12.5, Unit.TIMES), quantity(2.5e9, Unit.BYTES)
    ('1.50 µs*', '12.5x', '2.50 GB')
    >>> quantity(367.0, Unit.BYTES), quantity(0.545, Unit.SHARE)
    ('367 B', '54.5 %')
    """
    match unit:
        case Unit.TIMES:
            return f"{digits(value)}x"
        case Unit.BYTES:
            name = next((name for name, size in SIZES.items() if abs(value) >= size), "B")
            return f"{digits(value / SIZES[name])} {name}"
        case Unit.SHARE:
            return f"{digits(100 * value)} %"
        case Unit.SECONDS:
            return seconds(value)
    return f"{seconds(value)}*"


def seconds(value: float) -> str:
    """A time in a fitting unit.

    >>> seconds(0.00025), seconds(0.25e-6)
    ('250 µs', '0.250 µs')
    """
    unit = next((unit for unit, step in STEPS.items() if abs(value) >= step), "µs")
    return f"{digits(value / STEPS[unit])} {unit}"


def digits(value: float) -> str:
    """Three digits that count, thousands apart.

    >>> digits(1234.5), digits(12.345), digits(0.012345)
    ('1,234', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"
