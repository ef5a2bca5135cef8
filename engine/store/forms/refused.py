"""The error about a value that has no form, which gathers where in the value it stands on its way out."""

from __future__ import annotations

from planweave.engine.errors import describe

MAX_DEPTH = 100
"""How deep lists, dicts and objects may stand in each other."""

LARGEST = 64 * 2**20
"""How many bytes of UTF-8 a value may take."""

_LONGEST_PATH = 200


class Refused(ValueError):
    """A value cannot be written, or what is written cannot be read.

    >>> error = Refused("nan is no value of JSON")
    >>> str(error.within("[3]").within(".rows"))
    '.rows[3]: nan is no value of JSON'
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []

    def within(self, step: str) -> Refused:
        """The same, one step further out."""
        self.path.append(step)
        return self

    def __str__(self) -> str:
        if not self.path:
            return self.reason
        path = "".join(reversed(self.path))
        return f"{path if len(path) <= _LONGEST_PATH else path[:_LONGEST_PATH] + '...'}: {self.reason}"


def too_large() -> Refused:
    """The error about a value that takes too much room."""
    return Refused(f"it takes more than {LARGEST // 2**20} MiB")


def too_deep() -> Refused:
    """The error about a value that nests too deep."""
    return Refused(f"it nests more than {MAX_DEPTH} deep, or holds itself")


def unseen(error: Exception) -> Refused:
    """The error about a value that raises when it is looked at."""
    return Refused(f"it cannot be looked at: {describe(error)}")
