"""Reads the outline of an explanation: what was tried, why it was rejected, and what most likely is to be mended. Pure.

Where there is too much of it, each part keeps its first few, and always the one that leads to the culprit: that is
what the picture is opened for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from planweave.visualize.plan.fold import FOLDED
from planweave.visualize.plan.outline import Entry, Kind, Outline
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import count, plural

if TYPE_CHECKING:
    from planweave.planners.htn.explanation.reason import Reason, Refusal
    from planweave.planners.htn.solution import GroundTask

__all__ = ["Explanation", "read_reason"]

_FEWER = (6, 3, 1)
_HEAD, _TAIL = 40, 60  # of a way to the culprit that is too long
_STEPS = 2


@runtime_checkable
class Explanation(Protocol):
    """What a ``Reason`` is (``planners/htn/explanation/reason.py``), for those who do not want to load the planners."""

    @property
    def problem(self) -> str:
        """The name of the problem."""

    @property
    def root(self) -> Refusal:
        """The tree."""

    @property
    def culprit(self) -> Refusal:
        """The part of it that most likely is to be mended."""

    @property
    def mended(self) -> str:
        """With what there would be a plan."""


def read_reason(reason: Reason, most: int, items: int) -> Outline:
    """The outline of a reason that no plan exists.

    Args:
        reason: a tree of tasks, methods, and operators that could make a fact true.
        most: how many entries there may be.
        items: how many parts of one are shown before the rest becomes a count.

    >>> from planweave.planners.htn.explanation.reason import Reason, Refusal, Why
    >>> from planweave.planners.htn.solution import GroundTask
    >>> root = Refusal(GroundTask("go", ("home",)), Why.NO_METHOD)
    >>> [(entry.kind, entry.label, entry.detail) for entry in read_reason(Reason("p", root, root), 99, 9).entries]
    [('culprit', '(go home)', 'no method does it')]
    """
    parts = _Parts(reason)
    entries: list[Entry] = []
    for each in (items, *(fewer for fewer in _FEWER if fewer < items)):
        entries = list(parts.entries(each))
        if len(entries) <= min(most, FOLDED):
            break
    words = ["no plan exists", clean(reason.note)]
    return Outline(clean(reason.problem), " · ".join(filter(None, words)), tuple(entries))


class _Parts:
    """The parts of a reason by number, each before its own.

    Attributes:
        refusals: the parts.
        parents: the number of what each is part of.
        below: the numbers of its parts.
        path: those that lead to the culprit.
    """

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        self.refusals: list[Refusal] = [reason.root]
        self.parents = [-1]
        self.below: list[list[int]] = []
        for number, one in enumerate(self.refusals):  # grows while it is walked
            self.below.append(list(range(len(self.refusals), len(self.refusals) + len(one.children))))
            self.refusals += one.children
            self.parents += [number] * len(one.children)
        self.culprit = next(number for number, one in enumerate(self.refusals) if one is reason.culprit)
        way = [self.culprit]
        while self.parents[way[-1]] >= 0:
            way.append(self.parents[way[-1]])
        self.way = way[::-1]
        self.path = set(way)

    def entries(self, each: int) -> Iterator[Entry]:
        """The entries, with so many parts of each at most."""
        cut = self.way[_HEAD:-_TAIL] if each == _FEWER[-1] and len(self.way) > _HEAD + _TAIL else []
        left: list[tuple[int, int]] = [(0, -1)]  # what comes next, and the entry that it is part of
        made = 0
        while left:
            number, parent = left.pop()
            if number < 0:
                yield self.rest(-number - 1, parent, each)
            elif cut and number == cut[0]:
                label = f"… {count(len(cut))} parts further down"
                yield Entry(f"{number} and more", "more", label, parent=parent, folded=True)
                left.append((self.way[len(self.way) - _TAIL], made))
            else:
                yield self.entry(number, parent)
                kept = self.kept(number, each)
                if self.refusals[number].more or len(kept) < len(self.below[number]):
                    left.append((-number - 1, made))
                left += [(child, made) for child in reversed(kept)]
                if number == self.culprit and self.reason.mended:
                    yield Entry("mended", "mend", clean(self.reason.mended), parent=made)
                    made += 1
            made += 1

    def kept(self, number: int, each: int) -> Sequence[int]:
        """The parts that are shown of one: the first, and the one that leads to the culprit."""
        kept = self.below[number][:each]
        leading = [child for child in self.below[number] if child in self.path]
        return kept if set(leading) <= set(kept) else [*kept[: each - 1], *leading]

    def rest(self, number: int, parent: int, each: int) -> Entry:
        """What stands for the parts that are not shown."""
        hidden = len(self.below[number]) - len(self.kept(number, each)) + self.refusals[number].more
        noun = "methods" if self.refusals[number].method is None else "tasks"
        if self.refusals[number].missing is not None:
            noun = "operators"
        return Entry(f"{number} and more", "more", f"… {count(hidden)} more {noun}", parent=parent, folded=True)

    def entry(self, number: int, parent: int) -> Entry:
        """The entry of one part."""
        one = self.refusals[number]
        above = self.refusals[self.parents[number]] if number else None
        is_method = one.method is not None and not one.method.startswith("(")  # hidden ones stand for the problem
        kind: Kind = "refused" if above is None or above.missing is None else "operator"
        name, words = clean(one.title), ""
        if is_method:
            kind, name = "method", clean(one.method or "")
            words = clean(" ".join(f"{key}={value}" for key, value in sorted(one.binding.items())))
        after = one.after if above is None else one.after[len(above.after) :]
        if after and not is_method:
            words = f"after {_steps(after)}"
        said = clean(one.obstacle) or (_count(len(self.below[number]) + one.more) if not is_method and number else "")
        lines = [name, words, said, *(f"after {clean(str(step))}" for step in one.after[:20])]
        return Entry(
            str(number),
            "culprit" if number == self.culprit else kind,
            name,
            words,
            said,
            parent,
            tooltip="\n".join(filter(None, lines)),
        )


def _count(methods: int) -> str:
    return (
        ""
        if not methods
        else "its only method does not do it"
        if methods == 1
        else f"none of its {methods:,} methods does it"
    )


def _steps(steps: Sequence[GroundTask]) -> str:
    """Some steps in words.

    >>> from planweave.planners.htn.solution import GroundTask
    >>> _steps([GroundTask("go"), GroundTask("come"), GroundTask("stay", ("home",))])
    '3 steps, the last (stay home)'
    """
    if len(steps) <= _STEPS:
        return ", ".join(clean(str(step)) for step in steps)
    return f"{plural(len(steps), 'step')}, the last {clean(str(steps[-1]))}"
