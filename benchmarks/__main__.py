"""The command ``python -m benchmarks``: measure, print the tables, and end with 1 when a bound is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.bare import BARE, REFERENCE, reference_loop
from benchmarks.measure import Match
from benchmarks.report import seconds
from benchmarks.setting import Setting
from benchmarks.table import BENCHMARKS

LEGEND = """\
Times are processor time of one node (item, round, ...) unless said otherwise; a figure is the median of what each turn
gave, side by side in one process. With a star: as it would be where the bare loop takes {reference} a node, for which
machine the bounds in seconds were set; here it takes {here}."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; gives the exit code: 0, or 1 when a bound is missed."""
    options = parser().parse_args(arguments)
    setting = Setting(options.quick, options.data, tuple(options.planner or ()))
    console, progress = Console(highlight=False), Console(stderr=True)
    if console.width < 140 and not console.is_terminal:
        console.width = 140
    began = time.monotonic()
    found: dict[str, list[Any]] = {}
    for name in options.only or [name for name, one in BENCHMARKS.items() if one.in_quick or not setting.quick]:
        with progress.status(f"{name} ..."):
            found[name] = list(BENCHMARKS[name].rows(setting))
        BENCHMARKS[name].show(console, BENCHMARKS[name].title, found[name])
    speed = bare_speed()
    console.print(LEGEND.format(reference=seconds(REFERENCE), here=seconds(speed)))
    if options.json is not None:
        options.json.write_text(as_json(found, speed), encoding="utf-8")
    missed = [f"{name}: {row.case}" for name, rows in found.items() for row in rows if row.verdict == "misses"]
    judged = sum(bool(row.verdict) for rows in found.values() for row in rows)
    console.print(f"\n{judged - len(missed)} of {judged} bounds hold, in {time.monotonic() - began:.0f} s.")
    for case in missed:
        console.print(f"misses: {case}", style="red")
    return 1 if missed else 0


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser("python -m benchmarks", description="Measure planweave against its bounds.")
    made.add_argument("--quick", action="store_true", help="fewer turns, smaller sizes, no peers: half a minute")
    made.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    made.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to a file")
    made.add_argument("--data", type=folder, metavar="FOLDER", help="data for benchmarks that read some: HDDL")
    made.add_argument(
        "--planner", action="append", metavar="NAME", help="a planner to measure; the default one if none"
    )
    return made


def folder(text: str) -> Path:
    """A folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return path


def bare_speed() -> float:
    """Seconds a node that the bare loop takes here."""
    match = Match({BARE: reference_loop()})
    match.play(5)
    return match.seconds(BARE).middle


def as_json(found: dict[str, list[Any]], speed: float) -> str:
    """Everything that was measured, and where."""
    about = {"python": platform.python_version(), "machine": platform.machine(), "bare loop": speed}
    rows = {name: [row.as_dict() for row in rows] for name, rows in found.items()}
    return json.dumps(about | {"benchmarks": rows}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
