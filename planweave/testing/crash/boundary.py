"""Boundaries: the two sides of each write of a run, known by what is written and not by its number.

How many writes a run makes depends on what comes together in time; what it writes does not, if its tasks are made so.
"""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from planweave.engine.store.entry import read_text
from planweave.testing.crash.faults import Fault, Point, signalling


class Label(NamedTuple):
    """Something that is written.

    Attributes:
        what: the kind of a record; the name of the call where no record is written.
        position: of its node; -1: none.
        time: how often this process has written it, from 1.
    """

    what: str
    position: int
    time: int


class Boundary(NamedTuple):
    """A moment at which the process may be killed.

    Attributes:
        side: ``"before"`` or ``"after"`` the write.
        label: of the write that has it.
    """

    side: str
    label: Label

    def words(self, names: list[str]) -> str:
        """As it is shown.

        >>> Boundary("before", Label("started", 0, 2)).words(["fetch"])
        "before the write of started 'fetch' (number 2)"
        """
        what, position, time = self.label
        node = "" if position < 0 else f" '{names[position]}'" if position < len(names) else f" node {position}"
        return f"{self.side} the write of {what}{node}{f' (number {time})' if time > 1 else ''}"


class Labels:
    """Labels the writes of a process, as they come."""

    def __init__(self) -> None:
        self._times: Counter[tuple[str, int]] = Counter()

    def of(self, call: str, args: tuple[Any, ...]) -> list[Label]:
        """The labels of a write: one for each record, or one in all."""
        writes = args[0] if call == "commit" else args[1:2] if call == "create" else ()
        entries = [entry for write in writes for entry in write.entries]
        found = [(one.kind, one.position) for entry in entries for one in read_text(entry.text)] or [(call, -1)]
        self._times.update(found)
        return [Label(*one, self._times[one]) for one in found]


def noting(path: Path) -> Fault:
    """Notes the first label of each write in a file."""
    labels = Labels()

    def fault(point: Point, call: str, args: tuple[Any, ...]) -> None:
        if point.side == "before":
            with path.open("a") as file:
                file.write(json.dumps(labels.of(call, args)[0]) + "\n")

    return fault


def noted(path: Path) -> list[Label]:
    """What ``noting`` has noted."""
    return [Label(*json.loads(line)) for line in path.read_text().splitlines()]


def dying_at(boundary: Boundary) -> Fault:
    """Kills the process at a boundary."""
    return signalling(signal.SIGKILL, passing(boundary))


def passing(boundary: Boundary) -> Callable[[Point, str, tuple[Any, ...]], bool]:
    """Tells when a process passes a boundary."""
    labels = Labels()
    written: dict[int, list[Label]] = {}

    def is_there(point: Point, call: str, args: tuple[Any, ...]) -> bool:
        if point.side == "before":
            written[point.number] = labels.of(call, args)
        return point.side == boundary.side and boundary.label in written[point.number]

    return is_there
