"""Measures of networks: what there is to do first and last, how much there is to do, and what it needs from outside.

Each is worked out once for a network, from those of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from planweave.planners.htn.interleave.masks import Facts, Masks
from planweave.planners.htn.interleave.network import COMMITTED, CURRENT, LEAF, PARALLEL, SERIES, WEAVE, Place
from planweave.planners.htn.interleave.networks import EMPTY, Network
from planweave.planners.htn.interleave.profile import Profiles, first_parts, last_parts, traffic

FEW = 8
"""So many first tasks of a network are remembered; of more often only the first few are asked for."""

V = TypeVar("V")


class Spot(NamedTuple):
    """A task in a network.

    Attributes:
        place: where it stands.
        task: which it is.
        interruptions: how many parts that are CURRENT are left for it.
    """

    place: Place
    task: int
    interruptions: int


class Measures:
    """Measures of the networks of a problem.

    Attributes:
        profiles: of its tasks.
    """

    def __init__(self, masks: Masks, profiles: Profiles) -> None:
        self._networks = masks.networks
        self.profiles = profiles
        self._sizes: dict[Network, int] = {EMPTY: 0}
        self._traffics: dict[Network, tuple[Facts, Facts]] = {EMPTY: (0, 0)}
        self._firsts: dict[Network, tuple[Spot, ...] | None] = {}
        self._orders: dict[Network, tuple[int, ...]] = {}

    def size(self, network: Network) -> int:
        """How many actions and methods it takes at least."""
        return self._known(self._sizes, network, self._size)

    def traffic(self, network: Network) -> tuple[Facts, Facts]:
        """What it needs that it does not make true itself, and what it may make true."""
        return self._known(self._traffics, network, self._traffic)

    def first(self, network: Network) -> Iterator[Spot]:
        """The tasks that may be done next: those of what is CURRENT first, then those of small parts."""
        if network not in self._firsts:
            some = tuple(islice(self._spots(network, self._first), FEW + 1))
            self._firsts[network] = some if len(some) <= FEW else None
        known = self._firsts[network]
        return self._spots(network, self._first) if known is None else iter(known)

    def last(self, network: Network) -> Iterator[Spot]:
        """The tasks that may be done last."""
        return self._spots(network, self._last)

    def _spots(self, network: Network, parts_of: Callable[[Network], Sequence[int]]) -> Iterator[Spot]:
        """Tasks one by one, since often only the first few are asked for; no recursion, since networks may be deep."""
        kinds, inner = self._networks.kinds, self._networks.inner
        if kinds[network] == LEAF:
            yield Spot((), inner[network][0], 0)
            return
        path = [(network, iter(parts_of(network)), 0)]  # networks, their parts that are left, and interruptions so far
        place: list[int] = []
        while path:
            whole, parts, interruptions = path[-1]
            i = next(parts, None)
            if i is None:
                path.pop()
                if place:
                    place.pop()
                continue
            part = inner[whole][i]
            more = interruptions + self._interrupts(whole, part)
            if kinds[part] == LEAF:
                yield Spot((*place, i), inner[part][0], more)
            else:
                place.append(i)
                path.append((part, iter(parts_of(part)), more))

    def _interrupts(self, whole: Network, part: Network) -> bool:
        """Whether something else is CURRENT."""
        networks = self._networks
        if networks.kinds[whole] not in (PARALLEL, WEAVE) or networks.kinds[part] == CURRENT:
            return False
        return networks.kinds[networks.inner[whole][self._first(whole)[0]]] == CURRENT

    def _known(self, found: dict[Network, V], network: Network, measure: Callable[[Network], V]) -> V:
        """A measure, worked out for the parts of a network before the network: these may be deep."""
        value = found.get(network)
        if value is not None:
            return value
        left = [network]
        while left:
            one = left[-1]
            missing = [part for part in self._networks.parts(one) if part not in found]
            if missing:
                left += missing
            else:
                found[left.pop()] = measure(one)
        return found[network]

    def _size(self, network: Network) -> int:
        inner = self._networks.inner[network]
        is_leaf = self._networks.kinds[network] == LEAF
        return self.profiles.sizes[inner[0]] if is_leaf else sum([self._sizes[one] for one in inner])

    def _traffic(self, network: Network) -> tuple[Facts, Facts]:
        kind, inner = self._networks.kinds[network], self._networks.inner[network]
        if kind == LEAF:
            return self.profiles.needs[inner[0]], self.profiles.may_set[inner[0]]
        return traffic(kind, [self._traffics[one] for one in inner])

    def _first(self, network: Network) -> Sequence[int]:
        """The parts in which something may be done next, in the order in which they should be tried."""
        networks = self._networks
        kind, inner = networks.kinds[network], networks.inner[network]
        if kind in (SERIES, COMMITTED, CURRENT):
            return (0,)
        if network not in self._orders:
            some = _distinct(kind, inner, first_parts(kind, len(inner), networks.orders[network]))
            if networks.committed[network]:
                some = [i for i in some if networks.committed[inner[i]]]
            some.sort(key=lambda i: (networks.kinds[inner[i]] != CURRENT, self.size(inner[i])))
            self._orders[network] = tuple(some)
        return self._orders[network]

    def _last(self, network: Network) -> Sequence[int]:
        """The parts in which something may be done last."""
        kind, inner = self._networks.kinds[network], self._networks.inner[network]
        return _distinct(kind, inner, last_parts(kind, len(inner), self._networks.orders[network]))


def _distinct(kind: int, inner: Sequence[Network], some: Sequence[int]) -> list[int]:
    """The parts, of equal ones side by side only one: which of them it is makes no difference."""
    return [i for i in some if kind != PARALLEL or i == 0 or inner[i] != inner[i - 1]]
