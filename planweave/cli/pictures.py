"""The files that pictures go into: looked at before a run, so that a long one does not end in a wrong file name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from planweave.cli.errors import UsageError


def check_picture(path: Path | None, option: str, what: type, kind: str = "graph", *more: str) -> None:
    """Refuse a file that cannot be written, or whose suffix does not say what to draw.

    Args:
        path: the file; None: none is wanted.
        option: what it was typed behind.
        what: whose picture it is, ``Graph`` or ``Run``.
        kind: of the picture.
        more: suffixes that are fine too.

    Raises:
        UsageError: with the suffixes there are, or the folder that is missing.
    """
    if path is None:
        return
    check_suffix(path, option, (*suffixes(what, kind), *more))
    try:
        if path.is_dir():
            raise UsageError(f"{option} {str(path)!r} is a folder", mend="name a file in it")
        if not path.parent.is_dir():
            raise UsageError(f"{option}: there is no folder {str(path.parent)!r}", mend=f"mkdir -p {path.parent}")
    except (OSError, ValueError) as error:  # no permission, too long a name, a null byte
        raise UsageError(f"{option}: {str(path)!r} cannot be written: {error}") from error


def check_suffix(path: Path, option: str, known: Iterable[str]) -> None:
    """Refuse a file whose suffix does not say what to write."""
    if path.suffix.lower() not in known:
        raise UsageError(
            f"{option} {str(path)!r} does not say what to draw", mend=f"end it in one of: {' '.join(known)}"
        )


def suffixes(what: type, kind: str) -> tuple[str, ...]:
    """The suffixes of the pictures of a kind, as the table of pictures has them."""
    from planweave.visualize.render import KINDS

    return tuple(KINDS[what][kind])
