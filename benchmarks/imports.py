"""Imports: what it costs to import planweave, and to ask its command line for help, in fresh processes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.bare import BARE, at_reference, reference_loop
from benchmarks.child import run_python, time_with_children
from benchmarks.measure import Match, Piece
from benchmarks.row import OURS, Row, Unit, judged
from benchmarks.setting import Setting

PYDANTIC = "import pydantic"
EMPTY = "empty program"
IMPORT_BOUND = 0.15
"""Seconds more than importing pydantic, at reference."""
HELP_BOUND = 0.4
"""Seconds, at reference."""


def rows(setting: Setting) -> Iterator[Row]:
    """Importing, less what pydantic alone costs; and the whole process that prints the help."""
    for case, arguments, beside, subtracted, bound in (
        ("import planweave", ("-c", "import planweave"), PYDANTIC, [PYDANTIC], IMPORT_BOUND),
        ("planweave --help", ("-m", "planweave", "--help"), EMPTY, [], HELP_BOUND),
    ):
        match = Match(
            {
                OURS: Piece(partial(run_python, *arguments)),
                beside: Piece(partial(run_python, "-c", PYDANTIC if beside == PYDANTIC else "")),
                BARE: reference_loop(),
            },
            time_with_children,
        )
        yield judged(
            case,
            match,
            setting,
            at_reference(OURS, *subtracted),
            beside=beside,
            unit=Unit.REFERENCE_SECONDS,
            bound=bound,
            note="the difference" if subtracted else "",
        )
