"""Errors of the command line: which exit code they have, and how they fit on one line of a terminal."""

from __future__ import annotations

import os
import sysconfig
import unicodedata
from pathlib import Path
from types import TracebackType

from planweave.engine.errors import (
    DefinitionError,
    InputError,
    PlanweaveError,
    RunCancelled,
    RunStopped,
    UndeclaredPoolError,
    UnknownQuestion,
    UnknownRun,
)
from planweave.engine.location import Location

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; the work failed; bad usage or input; stopped by Ctrl-C (128 and the number of the signal)."""

LONGEST_LINE = 2000
"""Characters of an error on one line; whoever needs more says ``--debug``."""

_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class UsageError(PlanweaveError):
    """What was typed, or a file that it names, cannot be used."""


class TargetError(UsageError):
    """TARGET does not lead to a workflow or a graph."""


_BAD_INPUT = (UsageError, DefinitionError, InputError, UndeclaredPoolError, UnknownQuestion, UnknownRun)


def exit_code(error: BaseException) -> int:
    """The exit code of a command that this error ended.

    >>> exit_code(UsageError("no such file")), exit_code(ValueError("oh"))
    (2, 1)
    """
    if isinstance(error, KeyboardInterrupt | RunCancelled | RunStopped):
        return INTERRUPTED
    return USAGE if isinstance(error, _BAD_INPUT) else FAILED


def one_line(error: BaseException) -> str:
    """The error as the one line that a person reads.

    >>> one_line(UsageError("no such file: 'a.py'", mend="check the path"))
    "no such file: 'a.py'; fix: check the path"
    """
    if isinstance(error, PlanweaveError):
        return shown(error.line)
    return shown("; ".join(part.strip() for part in f"{type(error).__name__}: {error}".splitlines() if part.strip()))


def shown(text: str, longest: int = LONGEST_LINE) -> str:
    r"""The text so that a terminal shows it as it is: no character in it moves the cursor or hides another.

    >>> shown("red: \x1b[31m, and a tab:\t.")
    'red: \\x1b[31m, and a tab: .'
    """
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(_escaped(one) if unicodedata.category(one) in _UNSHOWN else one for one in cut)


def _escaped(character: str) -> str:
    return " " if character in "\n\t\r" else character.encode("unicode_escape", "surrogatepass").decode("ascii")


def place_in(file: str, traceback: TracebackType | None) -> Location | None:
    """The line of ``file`` that a traceback passed through last; else the last line that is in no library."""
    here = own = last = None
    while traceback is not None:
        code, line = traceback.tb_frame.f_code, traceback.tb_lineno
        if code.co_filename == file:
            here = Location(file, line)
        elif not code.co_filename.startswith("<"):  # <frozen importlib._bootstrap>
            last = Location(code.co_filename, line)
            own = own if _is_library(code.co_filename) else last
        traceback = traceback.tb_next
    return here or own or last


def _is_library(file: str) -> bool:
    folders = (*map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")), str(Path(__file__).parents[1]))
    return any(file.startswith(f"{folder}{os.sep}") for folder in folders)
