"""Task networks as terms: tasks one after the other, side by side, or partially ordered in some other way.

What stands here takes terms apart and puts them together without knowing what they are: the numbers that a search
works with (``networks.py``), or trees of tasks that each have a name (``trace.py``). Both stay in step, because both
are built by the same rules: no series stands in a series, nothing side by side in what is side by side, nothing empty
anywhere.

(J. Valdes, R. Tarjan, E. Lawler, "The recognition of series parallel digraphs", 1982.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from graphlib import TopologicalSorter
from typing import Protocol, TypeAlias, TypeVar

Pairs: TypeAlias = tuple[tuple[int, int], ...]
"""Positions of parts: the first of each pair is done before the second."""
Place: TypeAlias = tuple[int, ...]
"""Where a part stands: the how-manieth part of the how-manieth part, from the outside."""

LEAF, SERIES, PARALLEL, WEAVE, COMMITTED, CURRENT = range(6)
"""The kinds of networks: a task; parts one after the other; parts side by side; parts in a partial order that is
neither; one part in which the next thing is done; one part in which the last thing was done."""

Term = TypeVar("Term")


class Algebra(Protocol[Term]):
    """What takes terms apart, and what puts them together; the rules of the normal form are kept by it."""

    def kind(self, term: Term) -> int:
        """The kind of a network; that of the empty one is PARALLEL."""
        ...

    def parts(self, term: Term) -> Sequence[Term]:
        """What a network consists of; nothing where it is a task."""
        ...

    def order(self, term: Term) -> Pairs:
        """The order of the parts of a weave."""
        ...

    def is_empty(self, term: Term) -> bool:
        """Whether nothing is to be done."""
        ...

    def is_marked(self, term: Term) -> bool:
        """Whether some part is marked: COMMITTED or CURRENT."""
        ...

    def series(self, parts: Sequence[Term]) -> Term:
        """Parts one after the other."""
        ...

    def parallel(self, parts: Sequence[Term]) -> Term:
        """Parts side by side."""
        ...

    def spliced(self, term: Term, position: int, part: Term) -> Term:
        """A series or parallel with another part at a position."""
        ...

    def weave(self, parts: Sequence[Term], order: Pairs) -> Term:
        """Parts, none of them empty, in a partial order that is neither of these."""
        ...

    def current(self, part: Term) -> Term:
        """The part, marked; one that is empty or marked stays as it is."""
        ...


def arranged(algebra: Algebra[Term], parts: Sequence[Term], order: Pairs) -> Term:
    """The network of parts in a partial order: series and parallels as far as it goes."""
    before: dict[int, set[int]] = {i: set() for i in range(len(parts))}
    for first, second in order:
        before[second].add(first)
    for one in tuple(TopologicalSorter(before).static_order()):  # what is before what is before, too
        before[one].update(*(before[other] for other in before[one]))
    kept = [i for i, one in enumerate(parts) if not algebra.is_empty(one)]
    return _arranged(algebra, parts, kept, before)


def _arranged(algebra: Algebra[Term], parts: Sequence[Term], some: list[int], before: dict[int, set[int]]) -> Term:
    if len(some) == 1:
        return parts[some[0]]
    groups = _groups(some, lambda one, other: one in before[other] or other in before[one])
    if len(groups) != 1:
        return algebra.parallel([_arranged(algebra, parts, group, before) for group in groups])
    groups = _groups(some, lambda one, other: one not in before[other] and other not in before[one])
    if len(groups) > 1:
        groups.sort(key=lambda group: len(before[group[0]].intersection(some) - set(group)))
        return algebra.series([_arranged(algebra, parts, group, before) for group in groups])
    order = tuple((i, k) for k, two in enumerate(some) for i, one in enumerate(some) if one in before[two])
    return algebra.weave([parts[i] for i in some], order)


def _groups(some: Sequence[int], is_tied: Callable[[int, int], bool]) -> list[list[int]]:
    """The numbers, those that ties connect together.

    >>> _groups([0, 1, 2, 3], lambda one, other: abs(one - other) == 2)
    [[0, 2], [1, 3]]
    """
    groups = []
    left = list(some)
    while left:
        group = [left.pop(0)]
        for one in group:
            group += [other for other in left if is_tied(one, other)]
            left = [other for other in left if other not in group]
        groups.append(sorted(group))
    return groups


def replaced(algebra: Algebra[Term], term: Term, place: Place, new: Term) -> Term:
    """The network with another one at a place. A commitment to what holds the place has been kept: its mark goes."""
    for whole, i in _above(algebra, term, place):
        kind = algebra.kind(whole)
        if kind == CURRENT:
            new = algebra.current(new)
        elif kind != COMMITTED:
            new = _with(algebra, whole, i, new)
    return new


def continued(algebra: Algebra[Term], term: Term, place: Place, new: Term) -> Term:
    """The same, and what holds the place is marked as CURRENT wherever something stands beside it, and nothing else."""
    for whole, i in _above(algebra, term, place):
        kind = algebra.kind(whole)
        if kind in (PARALLEL, WEAVE):
            new = algebra.current(new)
            parts = algebra.parts(whole)
            if any(algebra.is_marked(one) for k, one in enumerate(parts) if k != i):
                rest = [new if k == i else unmarked(algebra, one) for k, one in enumerate(parts)]
                new = _rebuilt(algebra, whole, rest)
                continue
        if kind not in (COMMITTED, CURRENT):
            new = _with(algebra, whole, i, new)
    return new


def _with(algebra: Algebra[Term], whole: Term, i: int, part: Term) -> Term:
    """A series, parallel or weave with another part."""
    if algebra.kind(whole) != WEAVE:
        return algebra.spliced(whole, i, part)
    parts = list(algebra.parts(whole))
    parts[i] = part
    return _rebuilt(algebra, whole, parts)


def _above(algebra: Algebra[Term], term: Term, place: Place) -> list[tuple[Term, int]]:
    """What holds a place, from the inside, and the position of what holds it there. Networks are as deep as plans."""
    found = []
    for i in place:
        found.append((term, i))
        term = algebra.parts(term)[i]
    return found[::-1]


def unmarked(algebra: Algebra[Term], term: Term) -> Term:
    """The network without its marks."""
    if not algebra.is_marked(term):
        return term
    stack: list[tuple[Term, list[Term]]] = [(term, [])]  # networks, and those of their parts that are done
    while True:
        whole, parts = stack[-1]
        for one in algebra.parts(whole)[len(parts) :]:
            if algebra.is_marked(one):
                stack.append((one, []))
                break
            parts.append(one)
        else:
            stack.pop()
            new = parts[0] if algebra.kind(whole) in (COMMITTED, CURRENT) else _rebuilt(algebra, whole, parts)
            if not stack:
                return new
            stack[-1][1].append(new)


def _rebuilt(algebra: Algebra[Term], term: Term, parts: Sequence[Term]) -> Term:
    """A series, parallel or weave with other parts."""
    kind = algebra.kind(term)
    if kind == SERIES:
        return algebra.series(parts)
    if kind == PARALLEL:
        return algebra.parallel(parts)
    if any(algebra.is_empty(one) for one in parts):
        return arranged(algebra, parts, algebra.order(term))
    return algebra.weave(parts, algebra.order(term))
