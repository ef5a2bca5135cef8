"""Tables on a terminal: columns under their names, which give way where the terminal is narrow."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Collection, Iterator, Sequence

from planweave.cli.errors import shown
from planweave.cli.progress.watch import is_terminal

GAP = "  "
MOST = 60
"""Nodes that are listed for people; ``--json`` has all."""
LEAST = 6
"""Cells that a column keeps, however narrow the terminal is."""


def terminal_width() -> int | None:
    """How many cells a line of standard output has; None: nobody looks at it, and lines may be as long as they are."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


def table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: Collection[int] = (), width: int | None = None
) -> Iterator[str]:
    """The lines of a table.

    Args:
        names: of the columns.
        rows: a text for each of them.
        flexible: which columns may be cut, the widest first, until the lines fit.
        width: how many cells a line may have; None: any.

    >>> for line in table(["RUN", "WORKFLOW"], [["a1", "digest of notes"]], flexible=[1], width=12): print(line)
    RUN WORKFLOW
    a1  digest …
    """
    texts = [names, *([shown(text, 10_000) for text in row] for row in rows)]
    widths = [max(cells(row[i]) for row in texts) for i in range(len(names))]
    gap = GAP
    if width is not None and sum(widths) + len(gap) * (len(names) - 1) > width:
        gap = " "
        _shrink(widths, flexible, width - (len(names) - 1))
    for row in texts:
        yield gap.join(_filled(cut(text, size), size) for text, size in zip(row, widths, strict=True)).rstrip()


def _shrink(widths: list[int], flexible: Collection[int], room: int) -> None:
    while sum(widths) > room:
        widest = max(flexible, key=lambda i: widths[i], default=None)
        if widest is None or widths[widest] <= LEAST:
            return
        widths[widest] -= 1


def cells(text: str) -> int:
    """How many cells of a terminal a text takes.

    >>> cells("abc"), cells("日本")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def cut(text: str, size: int) -> str:
    """The text, or as much of it as fits, and a sign that there is more.

    >>> cut("digest", 6), cut("digests", 6)
    ('digest', 'diges…')
    """
    if cells(text) <= size:
        return text
    while text and cells(text) > size - 1:
        text = text[:-1]
    return f"{text}…"


def _filled(text: str, size: int) -> str:
    return text + " " * (size - cells(text))
