"""Folds an outline that is too long to be read: tasks become counts of their steps, long rows of parts too. Pure.

What is opened first is what holds most steps, so that the picture is about as fine everywhere.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from planweave.visualize.picture.collapse import pick
from planweave.visualize.plan.outline import Entry, Outline, Span, homes_of, steps_in_words
from planweave.visualize.text.unit import count, plural

__all__ = ["FOLDED", "fold"]

FOLDED = 200
"""How many entries an outline has at most that was folded: what fits on a few screens."""


def fold(outline: Outline, most: int, items: int) -> Outline:
    """The outline as it is, if it is short enough; else with tasks folded.

    Args:
        outline: stays as it is.
        most: how many entries there may be.
        items: how many parts of a task, or rounds of a recursion, are shown before the rest becomes a count.

    >>> long = Outline("p", "", tuple(Entry(f"s{i}", "step", "go", span=Span(1, i, i)) for i in range(50)))
    >>> [entry.label for entry in fold(long, 10, 3).entries]
    ['go', 'go', '… 47 more go', 'go']
    """
    if len(outline.entries) <= most:
        return outline
    work = _Folding(outline.entries, min(most, FOLDED), items)
    work.open(-1)
    while work.closed:
        _, place = heapq.heappop(work.closed)
        if len(work.shown) + work.cost(place) <= work.most:
            work.open(place)
    entries, homes = work.made()
    return replace(outline, subtitle=f"{outline.subtitle} · folded", entries=entries, homes=homes)


@dataclass
class _Folding:
    """Which entries are shown.

    Attributes:
        entries: of the whole outline.
        most: how many may be shown.
        items: how many in a row.
        shown: the positions of entries that are shown, and of those that begin a row that is a count.
        rest: the positions that such a count stands for, by the first of them.
        opened: the entries whose parts are shown.
        closed: those that may be opened, the largest first.
    """

    entries: Sequence[Entry]
    most: int
    items: int
    shown: set[int] = field(default_factory=set)
    rest: dict[int, list[int]] = field(default_factory=dict)
    opened: set[int] = field(default_factory=set)
    closed: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows: dict[int, list[int]] = {-1: []}
        for place, home in enumerate(homes_of(self.entries)):
            self.rows.setdefault(home, []).append(place)

    def cost(self, place: int) -> int:
        """How many entries more there are once the parts of one are shown."""
        return min(len(self.rows.get(place, ())), self.items + 1)

    def open(self, place: int) -> None:
        """Show the parts of an entry: the first few and the last."""
        row = self.rows.get(place, [])
        shown = pick([False] * len(row), self.items)
        self.opened.add(place)
        for left, right in zip([-1, *shown], [*shown, len(row)], strict=True):
            if right - left > 1:
                self.rest[row[left + 1]] = row[left + 1 : right]
                self.shown.add(row[left + 1])
        for one in (row[i] for i in shown):
            self.shown.add(one)
            if one in self.rows:
                heapq.heappush(self.closed, (-self.entries[one].span.steps, one))

    def made(self) -> tuple[tuple[Entry, ...], tuple[int, ...]]:
        """The entries that are left, and of each entry the new position of the one that shows it."""
        names: dict[int, int] = {}
        found: list[Entry] = []
        for place in sorted(self.shown):
            entry = self.entries[place]
            new = replace(entry, parent=names.get(entry.parent, -1))
            if place in self.rest:
                new = self._count(new, self.rest[place])
                names |= dict.fromkeys(self.rest[place], len(found))
            elif place in self.rows and place not in self.opened:
                new = replace(new, folded=True)
            names[place] = len(found)
            found.append(new)
        homes: list[int] = []
        for place, entry in enumerate(self.entries):
            homes.append(names[place] if place in names else homes[entry.parent])
        return tuple(found), tuple(homes)

    def _count(self, first: Entry, hidden: Sequence[int]) -> Entry:
        """One entry for several."""
        some = [self.entries[place] for place in hidden]
        span = Span()
        for entry in some:
            span = span.joined(entry.span)
        names = {entry.name for entry in some}
        same = next(iter(names)) if len(names) == 1 else ""
        kinds = {entry.kind == "step" for entry in some}
        name = same or ("parts" if len(kinds) > 1 else "steps" if True in kinds else "tasks")
        label = f"… {count(len(some))} more {name}"
        tasks = sum(entry.kind != "step" for entry in some)
        words = [label, plural(tasks, "task") if tasks else "", steps_in_words(span)]
        return replace(
            first,
            key=f"{first.key} and more",
            kind="more",
            name=label,
            words="",
            detail=steps_in_words(span),
            span=span,
            folded=True,
            tooltip="\n".join(filter(None, words)),
        )
