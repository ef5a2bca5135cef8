"""Where a command speaks: standard output holds what it was asked for, standard error everything else.

With ``--json`` standard output gets one document and nothing beside it. What is imported and run then may still
print, from threads, child processes and C libraries too: so for that time the descriptor itself points to standard
error, and the document is written to a copy of it that was put aside before.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from planweave.cli.jsonform import json_form


class Output:
    """What a command writes to standard output: lines for people, or one JSON document.

    Args:
        stream: standard output, or the copy of it that was put aside.
        json: whether a document is asked for; lines for people are left out then.
    """

    def __init__(self, stream: TextIO, *, json: bool) -> None:
        self.json = json
        self.wrote_document = False
        self._stream = stream

    def line(self, text: str) -> None:
        """Write a line for people."""
        if not self.json:
            write(self._stream, f"{text}\n")

    def document(self, content: Any) -> None:
        """Write the document, as JSON whatever it holds."""
        encoding = (getattr(self._stream, "encoding", None) or "ascii").lower().replace("-", "")
        form = json_form(content)
        text = json.dumps(form, indent=2, allow_nan=False, ensure_ascii=encoding != "utf8")
        self.wrote_document = True
        write(self._stream, f"{text}\n")

    def settle(self) -> None:
        """Let everything out; what cannot be (a full disk, a reader that went away) is dropped, as it has been told."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):  # no descriptor behind it
                os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


def write(stream: TextIO, text: str) -> None:
    """Write what the stream's encoding has, and escapes for the rest; and let it out at once."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def complain(text: str) -> None:
    """Write a line to standard error; one that nobody can read any more is not worth another error."""
    with contextlib.suppress(OSError, ValueError):  # closed, or a pipe whose reader went away
        write(sys.stderr, f"{text}\n")


@contextlib.contextmanager
def standard_output(*, json: bool, last: bool = False) -> Iterator[Output]:
    """The output of a command; with ``json``, whatever else goes to standard output goes to standard error meanwhile.

    Args:
        json: whether a document is asked for.
        last: nothing of the process may follow: what prints after the command (left threads, exit handlers) is kept
            out of the document too, and a reader that went away raises nothing at the end.
    """
    _open_closed()
    real = sys.stdout
    aside = _put_aside() if json else None
    output = Output(real if aside is None else aside, json=json)
    if json:
        sys.stdout = sys.stderr
    try:
        yield output
    finally:
        output.settle()
        if not last:
            _put_back(aside)
            sys.stdout = real


def _open_closed() -> None:
    """Give the process the streams that it was started without (``>&-``): what is written there is lost, as asked."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # because it lasts as long as the process


def _put_aside() -> TextIO | None:
    """A copy of descriptor 1, which itself points to standard error from now on; None where there is no descriptor."""
    try:
        if sys.stdout.fileno() != 1:
            return None
        sys.stdout.flush()
        aside = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError, AttributeError, io.UnsupportedOperation):  # replaced by a buffer, closed, or None
        return None
    return open(aside, "w", encoding=sys.stdout.encoding, errors="backslashreplace", newline="")


def _put_back(aside: TextIO | None) -> None:
    if aside is not None:
        os.dup2(aside.fileno(), 1)
        aside.close()
