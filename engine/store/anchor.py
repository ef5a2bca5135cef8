"""Anchors: how far the records of each run had come at some time, to be kept where nobody can change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from planweave.engine.errors import DocumentError

FORMAT, VERSION = "planweave anchor", 1


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the records of a run had come: how many entries there were, and the hash of the last one."""

    entries: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far the records of all runs of a store had come.

    Attributes:
        store: where they are.
        time: seconds since the epoch, by the clock of the store.
        marks: by the id of the run.
    """

    store: str
    time: float
    marks: Mapping[str, Mark]

    def text(self) -> str:
        """As JSON."""
        runs = {run: [mark.entries, mark.head.hex()] for run, mark in self.marks.items()}
        document = {"format": FORMAT, "version": VERSION, "store": self.store, "time": self.time, "runs": runs}
        return json.dumps(document, indent=1) + "\n"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """The inverse of ``text``.

        Raises:
            DocumentError: it is no anchor.

        >>> anchor = Anchor("sqlite:///runs.db", 1.5, {"r": Mark(2, bytes(32))})
        >>> Anchor.read(anchor.text()) == anchor
        True
        """
        try:
            document = json.loads(text)
            if (document["format"], document["version"]) != (FORMAT, VERSION):
                raise ValueError(f"it is a {document['format']!s:.40}, version {document['version']!s:.10}")
            marks = {str(run): Mark(int(count), bytes.fromhex(head)) for run, (count, head) in document["runs"].items()}
            return cls(str(document["store"]), float(document["time"]), marks)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DocumentError(
                f"this is no anchor: {error}", mend="planweave audit anchor -o FILE writes one"
            ) from None
