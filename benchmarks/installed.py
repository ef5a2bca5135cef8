"""What is installed: benchmarks of what is not are skipped, and say so."""

from __future__ import annotations

from importlib.util import find_spec

SKIPPED = "skipped: it is not installed here"
"""The note of a row that has nothing else to tell."""


def is_installed(*modules: str) -> bool:
    """Whether all of these modules can be imported.

    >>> is_installed("json.decoder"), is_installed("json", "no_such.module")
    (True, False)
    """
    try:
        return all(find_spec(module) is not None for module in modules)
    except ModuleNotFoundError:  # what a module is in is missing
        return False
