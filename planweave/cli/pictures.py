"""The files that pictures go into: looked at before a run, so that a long one does not end in a wrong file name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planweave.cli.errors import UsageError

PICTURES = (".svg", ".png", ".pdf", ".dot", ".html", ".mmd")


def check_picture(path: Path | None, option: str, suffixes: Sequence[str] = PICTURES) -> None:
    """Refuse a file that cannot be written, or whose suffix does not say what to draw.

    Raises:
        UsageError: with the suffixes there are, or the folder that is missing.
    """
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise UsageError(
            f"{option} {str(path)!r} does not say what to draw", mend=f"end it in one of: {', '.join(suffixes)}"
        )
    try:
        if path.is_dir():
            raise UsageError(f"{option} {str(path)!r} is a folder", mend="name a file in it")
        if not path.parent.is_dir():
            raise UsageError(f"{option}: there is no folder {str(path.parent)!r}", mend=f"mkdir -p {path.parent}")
    except (OSError, ValueError) as error:  # no permission, too long a name, a null byte
        raise UsageError(f"{option}: {str(path)!r} cannot be written: {error}") from error
