"""Errors stand at a line of the user's own file, where there is one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from threading import Thread

from planweave.engine.location import Location

LIBRARY = os.path.join("site-packages", "some", "library.py")
STANDARD = os.path.join(os.path.dirname(os.__file__), "json", "decoder.py")
COMMAND = os.path.join(os.path.dirname(sys.executable), "tool")


def through(*callers: tuple[str, str]) -> Location | None:
    """What ``of_user`` gives when it is called through files, the innermost last; each is a file and a module."""
    found: list[Location | None] = []
    call: Callable[[], None] = lambda: None  # noqa: E731  # because each caller takes its place
    for i, (file, module) in enumerate(reversed(callers)):
        names = {"__name__": module, "call": call, "found": found, "of_user": Location.of_user}
        exec(compile(f"def caller(): {'call()' if i else 'found.append(of_user())'}", file, "exec"), names)
        call = names["caller"]  # type: ignore[assignment]  # because it is one
    thread = Thread(target=call)  # which has no callers but the standard library's
    thread.start()
    thread.join()
    return found[0]


def test_the_nearest_own_file_counts() -> None:
    """Law: planweave, libraries, the standard library and generated code are passed over."""
    inner = [
        ("flow.py", "flow"),
        (LIBRARY, "some.library"),
        (STANDARD, "json.decoder"),
        ("<frozen importlib._bootstrap>", "importlib._bootstrap"),
        ("<string>", "planweave.engine.policy"),
        ("anywhere.py", "planweave.testing.runner"),
    ]
    assert through(("outer.py", "outer"), *inner) == Location("flow.py", 1)


def test_a_library_counts_where_nothing_else_called() -> None:
    """Law: without a file of the user's, the nearest library is told, but no script that pip wrote."""
    callers = [(COMMAND, "__main__"), (LIBRARY, "some.library"), (STANDARD, "json.decoder")]
    assert through(*callers) == Location(LIBRARY, 1)
    assert through(("tool.py", "__main__"), *callers[1:]) == Location("tool.py", 1)


def test_a_call_by_the_command_line_stands_nowhere() -> None:
    """Law: what called the command line of planweave is no line of the user's; what it called may be."""
    command = [(COMMAND, "__main__"), (LIBRARY, "typer.main"), ("target.py", "planweave.cli.target")]
    assert through(*command, ("plan.py", "planweave.engine.plan")) is None
    assert through(*command, ("flow.py", "flow")) == Location("flow.py", 1)
