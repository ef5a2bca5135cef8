"""A line of a user's file: where a node, a task or an error comes from."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import NamedTuple

_PLANWEAVE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_COMMANDS = os.path.dirname(sys.executable or "")


class Location(NamedTuple):
    """A file and a line in it, counted from 1.

    >>> str(Location("digest.py", 12))
    'digest.py:12'
    """

    file: str
    line: int

    @classmethod
    def of(cls, frame: FrameType) -> Location:
        """The line that ``frame`` is executing."""
        return cls(frame.f_code.co_filename, frame.f_lineno)

    @classmethod
    def of_user(cls) -> Location | None:
        """The line of the nearest caller in a user's own file.

        Where all the callers are libraries, it is the line of the nearest of those; None where the command line of
        planweave made the call, since it was no line of Python that asked.
        """
        library = None
        here: FrameType | None = sys._getframe(1)
        while here is not None and not _name_of(here).startswith("planweave.cli."):
            if not _is_planweave(here):
                if _is_users(here):
                    return cls.of(here)
                if library is None and _is_installed(here):
                    library = cls.of(here)
            here = here.f_back
        return library

    def __str__(self) -> str:
        """The place as a person would type it: relative to the working folder where that is shorter."""
        try:
            near = os.path.relpath(self.file)
        except (ValueError, OSError):  # another drive on Windows, or a working folder that was removed
            near = self.file
        return f"{min(near, self.file, key=len)}:{self.line}"


def _name_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def _is_planweave(frame: FrameType) -> bool:
    # by the name of the module too, since the code that dataclasses generate stands in no file
    return _name_of(frame).startswith("planweave.") or frame.f_code.co_filename.startswith(_PLANWEAVE)


def _is_installed(frame: FrameType) -> bool:
    """Whether it is the code of a package, as pip or the system installed it."""
    return any(folder in frame.f_code.co_filename for folder in ("site-packages", "dist-packages"))


def _is_users(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    is_command = os.path.dirname(file) == _COMMANDS and not file.endswith(".py")  # a script that pip has written
    return not (is_command or _is_installed(frame) or file.startswith((_STANDARD_LIBRARY, "<frozen ")))
