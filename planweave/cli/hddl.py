"""The files of ``plan`` and ``verify``: a domain and a problem in HDDL, and a plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planweave.cli.errors import UsageError

if TYPE_CHECKING:
    from planweave.planners.htn.domain import Domain
    from planweave.planners.htn.model import Problem

DomainFile = Annotated[Path, typer.Argument(metavar="DOMAIN", help="A domain in HDDL.", show_default=False)]
ProblemFile = Annotated[Path, typer.Argument(metavar="PROBLEM", help="A problem in HDDL.", show_default=False)]


def read_files(domain: Path, problem: Path) -> tuple[Domain, Problem]:
    """The domain and the problem in these files.

    Raises:
        HddlError: one of them is not HDDL.
        UsageError: one of them cannot be read.
    """
    from planweave.planners.htn.hddl.read import read

    with readable():
        return read(domain, problem)


def read_text(path: Path) -> str:
    """The text in a file.

    Raises:
        UsageError: it cannot be read.
    """
    with readable():
        return path.read_text(encoding="utf-8", errors="replace")


@contextmanager
def readable() -> Iterator[None]:
    """What cannot be read was typed wrongly."""
    try:
        yield
    except OSError as error:
        reason = f"{str(error.filename)!r} cannot be read: {error.strerror}"
        raise UsageError(reason, mend="check the path") from error
