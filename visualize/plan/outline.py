"""A forest of entries to be read from top to bottom: a plan's tasks and steps in order of execution. Pure.

Entries stand in preorder, each with the position of the one that it is part of, so that nothing here recurs: a
decomposition is as deep as its plan is long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

__all__ = [
    "NOTHING",
    "Entry",
    "Kind",
    "Outline",
    "Span",
    "children_of",
    "depths_of",
    "hoisted",
    "homes_of",
    "steps_in_words",
]

Kind = Literal["task", "step", "empty", "open", "more", "refused", "method", "operator", "culprit", "mend"]
"""What an entry is: a task with parts; a step; a task with nothing to do; a task that was not decomposed; a count.

Where no plan exists: a task that cannot be done; a method that was rejected; an operator that could make a fact true
and cannot be used; what most likely is to be mended; with what there would be a plan.
"""


class Span(NamedTuple):
    """How many steps there are in something, and the numbers of the first and the last."""

    steps: int = 0
    first: int = -1
    last: int = -1

    def joined(self, other: Span) -> Span:
        """Both together.

        >>> Span(2, 0, 1).joined(Span()).joined(Span(1, 7, 7))
        Span(steps=3, first=0, last=7)
        """
        if not self.steps or not other.steps:
            return self if self.steps else other
        return Span(self.steps + other.steps, min(self.first, other.first), max(self.last, other.last))


NOTHING = Span()
"""No steps."""


def steps_in_words(span: Span) -> str:
    """How many steps there are, and which.

    >>> steps_in_words(Span(3, 4, 6)), steps_in_words(Span(2, 4, 6)), steps_in_words(Span(1, 4, 4))
    ('steps 4–6', '2 steps of 4–6', 'step 4')
    """
    if span.steps < 2:
        return f"step {span.first:,}" if span.steps else "nothing to do"
    numbers = f"{span.first:,}–{span.last:,}"
    return f"steps {numbers}" if span.steps == span.last - span.first + 1 else f"{span.steps:,} steps of {numbers}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in an outline.

    Attributes:
        key: unique in the outline; of a step, its id.
        kind: what it is.
        name: of the task or operator.
        words: its objects, on one line.
        detail: the method, or what else is read second.
        parent: the position of what it is part of; -1: of nothing.
        span: the steps in it, without those of what follows it.
        follows: whether it stands below what it is part of, not to the right: the last part of a recursion.
        folded: whether its parts are not shown.
        tooltip: everything that its line may have no room for, in lines.
    """

    key: str
    kind: Kind
    name: str
    words: str = ""
    detail: str = ""
    parent: int = -1
    span: Span = NOTHING
    follows: bool = False
    folded: bool = False
    tooltip: str = ""

    @property
    def label(self) -> str:
        """Its name and objects."""
        return f"{self.name} {self.words}".rstrip()


@dataclass(frozen=True, slots=True)
class Outline:
    """What is to be drawn.

    Attributes:
        title, subtitle: stand above it.
        entries: in preorder.
        homes: of each entry before some were folded, the position of the one that shows it now; empty: none were.
    """

    title: str
    subtitle: str
    entries: tuple[Entry, ...]
    homes: tuple[int, ...] = ()


def children_of(entries: Sequence[Entry]) -> list[list[int]]:
    """The positions of the parts of each entry."""
    found: list[list[int]] = [[] for _ in entries]
    for place, entry in enumerate(entries):
        if entry.parent >= 0:
            found[entry.parent].append(place)
    return found


def homes_of(entries: Sequence[Entry]) -> list[int]:
    """To the right of what each entry stands: of what it is part of, or of what that stands to the right of."""
    found: list[int] = []
    for entry in entries:
        found.append(found[entry.parent] if entry.follows else entry.parent)
    return found


def depths_of(entries: Sequence[Entry]) -> list[int]:
    """How far to the right each entry stands; what follows stands where the one does that it is part of.

    >>> a, b = Entry("a", "task", "a"), Entry("b", "step", "b", parent=0)
    >>> depths_of([a, b, Entry("c", "task", "a", parent=0, follows=True)])
    [0, 1, 0]
    """
    found: list[int] = []
    for entry in entries:
        found.append(0 if entry.parent < 0 else found[entry.parent] + (not entry.follows))
    return found


# ---------------------------------------------------------------------- recursion


def hoisted(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, in which recursions that end a task follow it, so that they read as lists.

    A task that ends in a task that ends in ... a task of its own name is a loop that was written as a recursion (tail
    recursion; H. Abelson, G. Sussman, "Structure and Interpretation of Computer Programs", section 1.2.1). Drawn as it
    is nested, its rounds would lead off the page.

    >>> loop = [Entry("0", "task", "all"), Entry("s", "step", "s", parent=0), Entry("1", "empty", "all", parent=0)]
    >>> [entry.follows for entry in hoisted(loop)]
    [False, False, True]
    """
    below = children_of(entries)
    last = [some[-1] if some and entries[some[-1]].kind != "step" else -1 for some in below]
    ends = set(last)
    follows = [False] * len(entries)
    for head in range(len(entries)):
        if head in ends or last[head] < 0:
            continue
        path = [head]
        while last[path[-1]] >= 0:
            path.append(last[path[-1]])
        for place in _rounds([entries[one].name for one in path]):
            follows[path[place]] = True
    return _without_rounds([replace(entry, follows=follows[place]) for place, entry in enumerate(entries)])


def _without_rounds(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, each with the steps that are drawn as its parts."""
    spans = [entry.span if entry.kind == "step" else NOTHING for entry in entries]
    for place, home in reversed(list(enumerate(homes_of(entries)))):
        if home >= 0:
            spans[home] = spans[home].joined(spans[place])
    return tuple(replace(entry, span=span) for entry, span in zip(entries, spans, strict=True))


def _rounds(names: Sequence[str]) -> list[int]:
    """Which of the names on a way down belong to the same loop as the one before them.

    >>> _rounds(["run", "all", "one", "all", "one", "end"]), _rounds(["a", "b", "c"])
    ([2, 3, 4], [])
    """
    final = {name: place for place, name in enumerate(names)}
    found: list[int] = []
    loop: set[str] = set()
    for place in range(1, len(names)):
        before = names[place - 1]
        if final[before] >= place or (loop and names[place] in loop):
            loop.add(before)
            found.append(place)
        else:
            loop = set()
    return found
