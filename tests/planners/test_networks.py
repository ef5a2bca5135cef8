"""Networks of tasks as terms: they leave the orders that they are made of, and equal ones are one."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from planweave.planners.htn.interleave.masks import Masks
from planweave.planners.htn.interleave.measures import Measures
from planweave.planners.htn.interleave.network import WEAVE, Pairs, arranged, continued, replaced, unmarked
from planweave.planners.htn.interleave.networks import EMPTY, Network, Networks
from tests.planners.oracle import linearizations


@st.composite
def partial_orders(draw: st.DrawFn, most: int = 5) -> tuple[list[int], Pairs]:
    """Tasks, some of them equal, in a partial order."""
    count = draw(st.integers(1, most))
    tasks = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    pairs = [(i, k) for k in range(count) for i in range(k)]
    return tasks, tuple(draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else ())


def orders(networks: Networks, measures: Measures, network: Network, backwards: bool) -> Iterator[tuple[int, ...]]:
    """The orders of tasks that a network leaves: taken off the front, or off the back."""
    if network == EMPTY:
        yield ()
    for spot in (measures.last if backwards else measures.first)(network):
        rest = replaced(networks, network, spot.place, EMPTY)
        for order in orders(networks, measures, rest, backwards):
            yield (*order, spot.task) if backwards else (spot.task, *order)


class NoProfiles:
    """Profiles of tasks without any."""

    sizes = may_set = needs = (1, 2, 3)


def measured(networks: Networks) -> Measures:
    masks = Masks.__new__(Masks)
    masks.networks = networks
    return Measures(masks, NoProfiles())  # type: ignore[arg-type]


@settings(max_examples=100)
@given(order=partial_orders(), backwards=st.booleans())
def test_a_network_leaves_the_orders_that_its_pairs_leave(order: tuple[list[int], Pairs], backwards: bool) -> None:
    """Law: whatever partial order is arranged, first and last tasks are those of its linearizations."""
    tasks, pairs = order
    networks = Networks()
    network = arranged(networks, [networks.leaf(task) for task in tasks], pairs)
    found = set(orders(networks, measured(networks), network, backwards))
    assert found == {tuple(tasks[i] for i in one) for one in linearizations(len(tasks), pairs)}


def kinds_in(networks: Networks, network: Network) -> set[int]:
    found = {networks.kind(network)}
    return found.union(*(kinds_in(networks, part) for part in networks.parts(network)))


@settings(max_examples=100)
@given(order=partial_orders(), chance=st.randoms(use_true_random=False))
def test_networks_that_differ_in_names_only_are_one(order: tuple[list[int], Pairs], chance: random.Random) -> None:
    """Law: a series-parallel network has the same number whatever the order in which its tasks are listed."""
    tasks, pairs = order
    where = list(range(len(tasks)))
    chance.shuffle(where)
    networks = Networks()
    network = arranged(networks, [networks.leaf(task) for task in tasks], pairs)
    listed = [networks.leaf(tasks[where.index(i)]) for i in range(len(tasks))]
    other = arranged(networks, listed, tuple((where[one], where[two]) for one, two in pairs))
    if WEAVE not in kinds_in(networks, network):
        assert network == other
    assert measured(networks).size(network) == measured(networks).size(other)


def test_what_is_neither_series_nor_parallel_is_woven() -> None:
    """Law: the smallest such order, the N, is kept; what is left of it is one of both again."""
    networks = Networks()
    leaves = [networks.leaf(i) for i in range(4)]
    woven = arranged(networks, leaves, ((0, 2), (0, 3), (1, 3)))
    assert networks.kind(woven) == WEAVE
    spots = measured_wide(networks).first(woven)
    (second,) = [spot.place for spot in spots if spot.task == 1]
    assert replaced(networks, woven, second, EMPTY) == networks.series(
        [leaves[0], networks.parallel([leaves[2], leaves[3]])]
    )


def measured_wide(networks: Networks) -> Measures:
    measures = measured(networks)
    measures.profiles.sizes = [1] * 9
    return measures


def test_only_what_was_worked_on_last_is_current() -> None:
    """Law: going on elsewhere marks that instead, at every level; what is committed to is all there is to do."""
    networks = Networks()
    a, b, c, d = (networks.leaf(i) for i in range(4))
    whole = networks.parallel([networks.series([networks.parallel([networks.series([a, b]), c]), d]), d])
    measures = measured_wide(networks)
    place = {spot.task: spot.place for spot in measures.first(whole)}
    begun = continued(networks, whole, place[0], EMPTY)
    assert [(spot.task, spot.interruptions) for spot in measures.first(begun)] == [(1, 0), (2, 1), (3, 1)]
    (behind,) = [spot.place for spot in measures.last(begun) if len(spot.place) > 1]
    rest = networks.parallel([networks.current(networks.parallel([networks.current(b), c])), d])
    assert replaced(networks, begun, behind, EMPTY) == rest
    elsewhere = {spot.task: spot.place for spot in measures.first(begun)}[3]
    assert not networks.is_marked(continued(networks, begun, elsewhere, EMPTY))
    committed = replaced(networks, whole, place[2], networks.committed_to(networks.parallel([a, b])))
    assert {spot.task for spot in measures.first(committed)} == {0, 1}
    assert unmarked(networks, committed) == replaced(networks, whole, place[2], networks.parallel([a, b]))


def test_networks_may_be_as_deep_as_plans_are_long() -> None:
    """Law: nothing about networks is limited by how deep calls may be."""
    networks = Networks()
    a, b = networks.leaf(0), networks.leaf(1)
    whole = a
    for _ in range(1500):
        whole = networks.series([networks.parallel([networks.committed_to(whole), b]), a])
    measures = measured(networks)
    assert measures.size(whole) == 3001 + 1500
    (first,) = measures.first(whole)
    assert continued(networks, whole, first.place, EMPTY) != whole
    assert not networks.is_marked(unmarked(networks, whole))
