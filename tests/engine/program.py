"""Small programs as a user would write them, in a file called flow.py, and what planweave says of them."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

import pytest

import planweave as pw


def execute(text: str) -> dict[str, Any]:
    """Run a program, in which `pw` is imported already, as the file flow.py; gives what it defines.

    The first line that is not empty is line 1, so that the lines in error messages can be counted in the text.
    """
    names: dict[str, Any] = {"__name__": "flow", "pw": pw}
    code = compile(textwrap.dedent(text).lstrip("\n"), "flow.py", "exec", dont_inherit=True)
    exec(code, names)
    return names


class Mistake(NamedTuple):
    """A small program with a mistake in it, and the whole message that it ends with."""

    title: str
    error: type[pw.PlanweaveError]
    program: str
    said: str


def refusal(text: str, error: type[pw.PlanweaveError]) -> str:
    """The whole message of the error that the program ends with, which must be of exactly this class."""
    with pytest.raises(pw.PlanweaveError) as caught:
        execute(text)
    assert type(caught.value) is error, f"{type(caught.value).__name__}: {caught.value}"
    return str(caught.value)


def message(*lines: str) -> str:
    """The lines of a message."""
    return "\n".join(lines)
