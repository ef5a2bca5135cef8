"""Networks as numbers: equal terms are one number, so that what is known about a network is looked up.

What stands side by side is sorted. So series-parallel networks that differ only in the names of their tasks are one
number, which is what finding duplicates takes. Weaves that are the same up to names may be two, which costs time only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from planweave.planners.htn.interleave.network import (
    COMMITTED,
    CURRENT,
    LEAF,
    PARALLEL,
    SERIES,
    WEAVE,
    Pairs,
)

Network: TypeAlias = int

EMPTY: Network = 0
"""The network without tasks."""


class Networks:
    """All networks that have come up, by number: the algebra of numbers.

    Attributes:
        kinds: of each network.
        inner: of each network, its parts; of a leaf, the number of its task.
        orders: of each weave, the order of its parts.
        marked: of each network, whether some part is marked.
        committed: of each network, whether some part is COMMITTED.
    """

    def __init__(self) -> None:
        self.kinds: list[int] = [PARALLEL]
        self.inner: list[tuple[int, ...]] = [()]
        self.orders: list[Pairs] = [()]
        self.marked = [False]
        self.committed = [False]
        self._numbers: dict[tuple[int, tuple[int, ...], Pairs], Network] = {}

    def _number(self, kind: int, inner: tuple[int, ...], order: Pairs = ()) -> Network:
        key = kind, inner, order
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.kinds)
            self.kinds.append(kind)
            self.inner.append(inner)
            self.orders.append(order)
            parts = inner if kind != LEAF else ()
            self.marked.append(kind in (COMMITTED, CURRENT) or True in map(self.marked.__getitem__, parts))
            self.committed.append(kind == COMMITTED or True in map(self.committed.__getitem__, parts))
        return number

    def kind(self, term: Network) -> int:
        """The kind of a network."""
        return self.kinds[term]

    def parts(self, term: Network) -> tuple[Network, ...]:
        """What it consists of."""
        return self.inner[term] if self.kinds[term] != LEAF else ()

    def order(self, term: Network) -> Pairs:
        """The order of the parts of a weave."""
        return self.orders[term]

    def is_empty(self, term: Network) -> bool:
        """Whether nothing is to be done."""
        return term == EMPTY

    def is_marked(self, term: Network) -> bool:
        """Whether some part is marked."""
        return self.marked[term]

    def leaf(self, task: int) -> Network:
        """A task."""
        return self._number(LEAF, (task,))

    def series(self, parts: Sequence[Network]) -> Network:
        """Parts one after the other.

        >>> networks = Networks()
        >>> one, two = networks.leaf(7), networks.leaf(8)
        >>> networks.series([one, networks.series([two, one])]) == networks.series([one, EMPTY, two, one])
        True
        """
        return self._joined(SERIES, parts)

    def parallel(self, parts: Sequence[Network]) -> Network:
        """Parts side by side.

        >>> networks = Networks()
        >>> one, two = networks.leaf(7), networks.leaf(8)
        >>> networks.parallel([two, one]) == networks.parallel([one, two])
        True
        """
        return self._joined(PARALLEL, parts)

    def _joined(self, kind: int, parts: Sequence[Network]) -> Network:
        kinds, inner = self.kinds, self.inner
        flat: list[Network] = []
        for one in parts:
            if kinds[one] == kind:
                flat += inner[one]  # the empty network has none
            elif one != EMPTY:
                flat.append(one)
        if len(flat) < 2:
            return flat[0] if flat else EMPTY
        if kind == PARALLEL:
            flat.sort()
        return self._number(kind, tuple(flat))

    def spliced(self, term: Network, position: int, part: Network) -> Network:
        """A series or parallel with another part at a position; as fast as a copy, since series may be long."""
        kind, inner = self.kinds[term], self.inner[term]
        new = self.inner[part] if self.kinds[part] == kind else (part,) if part != EMPTY else ()
        parts = inner[:position] + new + inner[position + 1 :]
        if len(parts) < 2:
            return parts[0] if parts else EMPTY
        return self._number(kind, tuple(sorted(parts)) if kind == PARALLEL else parts)

    def weave(self, parts: Sequence[Network], order: Pairs) -> Network:
        """Parts in another partial order, sorted as far as that tells them apart."""
        rank = sorted(range(len(parts)), key=parts.__getitem__)
        where = {old: new for new, old in enumerate(rank)}
        pairs = sorted((where[one], where[two]) for one, two in order)
        return self._number(WEAVE, tuple([parts[i] for i in rank]), tuple(pairs))

    def committed_to(self, part: Network) -> Network:
        """The part, marked as that in which the next thing is done; nothing can be done where it is empty."""
        return self._number(COMMITTED, (part,)) if part != EMPTY else EMPTY

    def current(self, part: Network) -> Network:
        """The part, marked as that in which the last thing was done; one that is empty or marked stays as it is."""
        if part == EMPTY or self.kinds[part] in (COMMITTED, CURRENT):
            return part
        return self._number(CURRENT, (part,))
