"""A line of a user's file: where a node, a task or an error comes from."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import NamedTuple

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


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
    def of_user(cls) -> Location:
        """The line of the nearest caller outside the engine and the standard library."""
        here = sys._getframe(1)
        while here.f_back is not None and not _is_users(here):
            here = here.f_back
        return cls.of(here)

    def __str__(self) -> str:
        """The place as a person would type it: relative to the working folder where that is shorter."""
        try:
            near = os.path.relpath(self.file)
        except (ValueError, OSError):  # another drive on Windows, or a working folder that was removed
            near = self.file
        return f"{min(near, self.file, key=len)}:{self.line}"


def _is_users(frame: FrameType) -> bool:
    # by the name of the module, since the code that dataclasses generate stands in no file
    if str(frame.f_globals.get("__name__")).startswith("planweave.engine."):
        return False
    file = frame.f_code.co_filename
    return "site-packages" in file or not file.startswith((_STANDARD_LIBRARY, "<frozen "))
