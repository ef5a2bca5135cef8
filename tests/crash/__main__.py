"""The command ``python -m tests.crash``: kill processes, tell what came of it, and end with 1 if anything is wrong."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence

import pytest
from rich.console import Console

from tests.crash.mutants import BUGS
from tests.crash.pieces import FLOWS, KINDS
from tests.crash.setting import STORES
from tests.crash.whole import LEGEND, Whole

KILLS = 2000


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill; gives the exit code: 0, or 1 when something was lost, recorded twice, stuck, or wrong otherwise."""
    options = parser().parse_args(arguments)
    console, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not console.is_terminal:
        console.width = 200
    whole = Whole(options.seed, frozenset(options.only), lambda text: progress.print(text, markup=False, style="dim"))
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch, contextlib.closing(whole.server):
        if options.plant:
            BUGS[options.plant](patch)
        try:
            is_well = whole.go(options.kills)
        except pytest.skip.Exception as error:
            console.print(f"{error}; make sets up all that is needed, and --only sqlite does without it")
            return 2
    console.print(whole.table())
    console.print(LEGEND)
    console.print(f"{time.monotonic() - began:.0f} s, seed {options.seed}: {'all is well' if is_well else 'WRONG'}")
    return 0 if is_well else 1


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    made = argparse.ArgumentParser(
        "python -m tests.crash",
        description="Kill the processes of runs, and hold what is recorded against what was really done. "
        f"{KILLS:,} kills take about ten minutes on two cores.",
    )
    words = (*KINDS, *STORES, *FLOWS)
    made.add_argument("--kills", type=int, default=KILLS, help=f"how many at least; {KILLS:,} unless given")
    made.add_argument("--seed", type=int, default=0, help="of all that is random; 0 unless given")
    made.add_argument(
        "--only",
        action="append",
        default=[],
        choices=words,
        metavar="WORD",
        help=f"only pieces that have this word, and all others that are given: {', '.join(words)}",
    )
    made.add_argument("--plant", choices=BUGS, help=argparse.SUPPRESS)  # a bug, which must be found
    return made


if __name__ == "__main__":
    sys.exit(main())
