"""Failures: the errors of tasks as JSON, and back. What was raised is told by name and text; no class is looked up."""

from __future__ import annotations

from typing import Any

from planweave.engine.errors import PlanweaveError, RecordedError, describe
from planweave.engine.wording import cut

LONGEST = 4000
"""Characters of a text that are kept."""


def write_error(error: BaseException) -> dict[str, Any]:
    """An error as JSON data.

    >>> write_error(ValueError("no such file"))
    {'kind': 'ValueError', 'what': 'no such file'}
    """
    kind = error.kind if isinstance(error, RecordedError) else type(error).__name__
    what = error.what if isinstance(error, PlanweaveError) else describe(error).removeprefix(kind).removeprefix(": ")
    found = {"kind": _plain(kind), "what": cut(_plain(what), LONGEST)}
    if isinstance(error, PlanweaveError):
        found |= {name: _plain(text) for name in ("node", "mend") if (text := getattr(error, name))}
    return found


def read_error(written: Any) -> RecordedError:
    """The error that was written.

    Raises:
        ValueError: it is none.

    >>> describe(read_error(write_error(ValueError("no such file"))))
    'ValueError: no such file'
    """
    match written:
        case {"kind": str() as kind, "what": str() as what}:
            node, mend = written.get("node"), written.get("mend")
            return RecordedError(
                what,
                kind=kind,
                node=node if isinstance(node, str) else None,
                mend=mend if isinstance(mend, str) else None,
            )
    raise ValueError(f"{str(written)[:80]} is no error")


def _plain(text: str) -> str:
    """Text that can be written in any database: without lone surrogates and NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
