"""Measures of networks: what there is to do first and last, how much there is to do, and what it needs from outside.

Each is worked out once for a network, from those of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from planweave.planners.htn.interleave.masks import Facts, Masks
from planweave.planners.htn.interleave.network import COMMITTED, CURRENT, LEAF, PARALLEL, SERIES, Place
from planweave.planners.htn.interleave.networks import EMPTY, Network
from planweave.planners.htn.interleave.profile import Profiles, first_parts, last_parts, traffic

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
        self._firsts: dict[Network, tuple[Spot, ...]] = {EMPTY: ()}
        self._lasts: dict[Network, tuple[Spot, ...]] = {EMPTY: ()}

    def size(self, network: Network) -> int:
        """How many actions and methods it takes at least."""
        return self._known(self._sizes, network, self._size)

    def traffic(self, network: Network) -> tuple[Facts, Facts]:
        """What it needs that it does not make true itself, and what it may make true."""
        return self._known(self._traffics, network, self._traffic)

    def first(self, network: Network) -> tuple[Spot, ...]:
        """The tasks that may be done next: those of what is CURRENT first, then those of small parts."""
        return self._known(self._firsts, network, self._first)

    def last(self, network: Network) -> tuple[Spot, ...]:
        """The tasks that may be done last."""
        return self._known(self._lasts, network, self._last)

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

    def _first(self, network: Network) -> tuple[Spot, ...]:
        networks = self._networks
        kind, inner = networks.kinds[network], networks.inner[network]
        if kind == LEAF:
            return (Spot((), inner[0], 0),)
        if kind in (SERIES, COMMITTED, CURRENT):
            return tuple([Spot((0, *spot.place), *spot[1:]) for spot in self._firsts[inner[0]]])
        some = _distinct(kind, inner, first_parts(kind, len(inner), networks.orders[network]))
        if networks.committed[network]:
            some = [i for i in some if networks.committed[inner[i]]]
        current = [i for i in some if networks.kinds[inner[i]] == CURRENT]
        some.sort(key=lambda i: (i not in current, self.size(inner[i])))
        return tuple(
            [
                Spot((i, *spot.place), spot.task, spot.interruptions + (bool(current) and i not in current))
                for i in some
                for spot in self._firsts[inner[i]]
            ]
        )

    def _last(self, network: Network) -> tuple[Spot, ...]:
        kind, inner = self._networks.kinds[network], self._networks.inner[network]
        if kind == LEAF:
            return (Spot((), inner[0], 0),)
        some = _distinct(kind, inner, last_parts(kind, len(inner), self._networks.orders[network]))
        return tuple([Spot((i, *spot.place), spot.task, 0) for i in some for spot in self._lasts[inner[i]]])


def _distinct(kind: int, inner: Sequence[Network], some: Sequence[int]) -> list[int]:
    """The parts, of equal ones side by side only one: which of them it is makes no difference."""
    return [i for i in some if kind != PARALLEL or i == 0 or inner[i] != inner[i - 1]]
