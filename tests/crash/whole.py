"""The whole of the crash tests: pieces, until there have been so many kills; and the table of what came of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.table import Table

from planweave.engine.errors import PlanweaveError
from planweave.testing.crash.account import Lost, RecordedTwice, Unexplained
from planweave.testing.crash.child import Stuck
from tests.crash.figures import Figures
from tests.crash.pieces import Piece, pieces
from tests.crash.setting import ServerOnDemand, new_folder, setting

WRONGS: dict[str, type[Exception]] = {
    "lost": Lost,
    "recorded twice": RecordedTwice,
    "stuck": Stuck,
    "unexplained": Unexplained,
    "otherwise": Exception,
}
"""What may be wrong: the first that fits."""

Tell = Callable[[str], object]


@dataclass
class Line:
    """What came of the pieces of one kind in one store.

    Attributes:
        figures: of those that went well.
        pieces: how many there were.
        wrongs: how many of them went wrong, by what was wrong.
    """

    figures: Figures = field(default_factory=Figures)
    pieces: int = 0
    wrongs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WRONGS, 0))

    def add(self, others: Line) -> None:
        """Count what others have counted, too."""
        self.figures.add(others.figures)
        self.pieces += others.pieces
        for wrong, count in others.wrongs.items():
            self.wrongs[wrong] += count


@dataclass
class Whole:
    """Does pieces.

    Attributes:
        seed: of the first of each kind.
        only: those that have all of these words.
        tell: told in words how it goes.
        server: where PostgreSQL is.
        folder: where folders are made; somewhere unless given.
        lines: what came of them, by kind and store.
    """

    seed: int = 0
    only: frozenset[str] = frozenset()
    tell: Tell = print
    server: ServerOnDemand = field(default_factory=ServerOnDemand)
    folder: Path | None = None
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)

    def go(self, kills: int) -> bool:
        """Do pieces until there have been so many kills; gives whether all went well."""
        done = 0
        for piece in pieces(self.seed, self.only):
            if done >= kills:
                break
            done += self._do(replace(piece, kills=min(piece.kills, kills - done)))
            self.tell(f"{done:,} of {kills:,} kills")
        return not any(sum(line.wrongs.values()) for line in self.lines.values())

    def _do(self, piece: Piece) -> int:
        """Do a piece; gives how many kills are taken for done."""
        line, began = Line(pieces=1), time.monotonic()
        folder = new_folder(self.folder)
        try:
            with setting(piece.store, folder, self.server) as here:
                line.figures = piece.go(here)
        except (AssertionError, PlanweaveError) as error:
            wrong = next(name for name, kind in WRONGS.items() if isinstance(error, kind))
            line.wrongs[wrong] += 1
            self.tell(f"{piece.kind} in {piece.store}: {wrong}: {error}\nwhat there is stays in {folder}")
            self.tell(f"again: make crash ARGS='{piece.options}'")
        else:
            shutil.rmtree(folder)
            self.tell(f"{' '.join(piece.words)}, seed {piece.seed}: {time.monotonic() - began:.1f} s")
        self.lines.setdefault((piece.kind, piece.store), Line()).add(line)
        return line.figures.kills or piece.kills

    def table(self) -> Table:
        """What came of it all."""
        table = Table("kind", "store")
        for title in (*_COLUMNS, *WRONGS):
            table.add_column(title, justify="right")
        total = Line()
        for (kind, store), line in sorted(self.lines.items()):
            table.add_row(kind, store, *_cells(line))
            total.add(line)
        table.add_section()
        table.add_row("all", "", *_cells(total))
        return table


_COLUMNS: dict[str, Callable[[Line], int]] = {
    "pieces": lambda line: line.pieces,
    "kills": lambda line: line.figures.kills,
    "naps": lambda line: line.figures.naps,
    "restarts": lambda line: line.figures.restarts,
    "runs": lambda line: line.figures.runs,
    "resumes": lambda line: line.figures.resumes,
    "cut off": lambda line: line.figures.interrupted,
    "effects": lambda line: line.figures.effects,
    "extra": lambda line: line.figures.extra,
    "said": lambda line: line.figures.said,
}

LEGEND = """\
kills: processes ended by SIGKILL; naps: stopped for longer than their lease; cut off: attempts whose process ended;
effects: lines of the ledger; extra: beyond one for each node, each explained by the record; said: answers, events and
cancels that were acknowledged. The others count pieces: each ends with the first wrong that it finds."""


def _cells(line: Line) -> Iterator[str]:
    for column in _COLUMNS.values():
        yield f"{column(line):,}"
    for count in line.wrongs.values():
        yield f"[red]{count}[/red]" if count else "0"
