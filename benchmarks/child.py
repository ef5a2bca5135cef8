"""A child: a Python of its own for what must not share memory or imports with the rest."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import Any

MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit that the system tells peak memory in."""


class ChildFailed(Exception):
    """A child ended without an answer.

    Attributes:
        last: the last line that it wrote to its standard error.
    """

    def __init__(self, command: list[str], code: int, errors: str) -> None:
        self.last = (errors.strip().splitlines() or ["it said nothing"])[-1]
        super().__init__(f"{' '.join(command)} ended with {code}:\n{errors}")


def answer_of(*arguments: str, timeout: float = 1800) -> Any:
    """What ``python ARGUMENTS`` prints, read as JSON.

    Raises:
        ChildFailed: it ended with another exit code than 0.
    """
    command = [sys.executable, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if ended.returncode:
        raise ChildFailed(command, ended.returncode, ended.stderr)
    return json.loads(ended.stdout)


def run_python(*arguments: str) -> None:
    """Run ``python ARGUMENTS`` to its end, and drop what it prints.

    Raises:
        subprocess.CalledProcessError: it ended with another exit code than 0.
    """
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def time_with_children() -> float:
    """Seconds of processor time that this process and the children that have ended took: a clock for ``Match``."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_memory() -> int:
    """The most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEMORY_UNIT
