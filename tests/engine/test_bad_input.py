"""Large faulty graphs and deep nesting end in a clear error; large sound graphs compile and run."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

import planweave as pw

MANY = 100_000
DEEP = 10_000
NEEDS = {
    "a self-loop at the end": {MANY - 1: [MANY - 1]},
    "a cycle at the end": {MANY - 2: [MANY - 1]},
    "a cycle through everything": {0: [MANY - 1]},
    "an unknown name at the end": {MANY - 1: [MANY]},
}
SAYS: dict[str, tuple[type[pw.PlanweaveError], str]] = {
    "a self-loop at the end": (pw.CycleError, "'n99999' waits for itself"),
    "a cycle at the end": (pw.CycleError, "nodes wait for each other: n9999"),
    "a cycle through everything": (pw.CycleError, "... 99992 more ..."),
    "an unknown name at the end": (pw.UnknownNameError, "'n100000'"),
}


@pw.task(executor="inline")
def add(one: object = 0, *more: object) -> int:
    return 1


@pw.task(executor="inline")
def sure(value: object = 0) -> bool:
    return True


def needs_of(fault: str) -> dict[str, list[str]]:
    """A chain of many names with a fault in it."""
    chain = {i: [i - 1] if i else [] for i in range(MANY)}
    for i, more in NEEDS[fault].items():
        chain[i] = [*chain[i], *more] if fault != "a self-loop at the end" else more
    return {f"n{i}": [f"n{j}" for j in some] for i, some in chain.items()}


def from_document(needs: dict[str, list[str]]) -> pw.Graph:
    nodes = [{"id": name, "task": "t:add", "args": [{"node": need} for need in some]} for name, some in needs.items()]
    whole = {"format": "planweave graph", "version": 1, "name": "g", "inputs": [], "pools": {}, "nodes": nodes}
    return pw.Graph.from_json(json.dumps({**whole, "output": None}), {"t:add": add})


def from_needs(needs: dict[str, list[str]]) -> pw.Graph:
    return pw.workflow_from(dict.fromkeys(needs, add), needs).graph()


def from_plan(needs: dict[str, list[str]]) -> pw.Graph:
    steps = tuple(pw.Step(name, "add") for name in needs)
    orderings = tuple((need, name) for name, some in needs.items() for need in some)
    return pw.compile(pw.Plan("p", steps, (), orderings), actions={"add": add})


@pytest.mark.parametrize(
    ("door", "fault"),
    [
        *((from_needs, fault) for fault in NEEDS),
        (from_document, "a self-loop at the end"),
        (from_document, "a cycle through everything"),
        (from_document, "an unknown name at the end"),
        (from_plan, "a cycle at the end"),
        (from_plan, "an unknown name at the end"),
    ],
)
def test_faults_in_graphs_of_100000_nodes_are_named(door: Callable[[Any], pw.Graph], fault: str) -> None:
    """Law: by whichever door it comes, the error is typed, short, and names what is wrong."""
    error, says = SAYS[fault]
    with pytest.raises(error) as caught:
        door(needs_of(fault))
    assert says in caught.value.what
    assert len(str(caught.value)) < 600
    if isinstance(caught.value, pw.CycleError):
        assert len(caught.value.cycle) in (1, 2, MANY)


def test_two_nodes_of_one_id_among_100000_are_named() -> None:
    """Law: the id that is there twice is told."""
    nodes = [{"id": f"n{i % (MANY - 1)}", "task": "t:add", "args": []} for i in range(MANY)]
    whole = {"format": "planweave graph", "version": 1, "name": "g", "inputs": [], "pools": {}, "nodes": nodes}
    with pytest.raises(pw.DuplicateIdError, match="two nodes are called 'n0'"):
        pw.Graph.from_json(json.dumps({**whole, "output": None}), {"t:add": add})


def graph_of(compose: Callable[[], Any]) -> pw.Graph:
    """The graph of a workflow."""
    return pw.workflow(name="w")(compose).graph()


def deep(kind: str, value: Any = 1) -> Any:
    """Containers in each other."""
    for _ in range(DEEP):
        value = [value] if kind == "list" else (value,) if kind == "tuple" else {"key": value}
    return value


@pytest.mark.parametrize("kind", ["list", "tuple", "dict"])
def test_containers_nested_deep_are_refused_wherever_they_are_passed(kind: str) -> None:
    """Law: as an argument, with a handle at the bottom, as a result, to a map, to a loop and in after=."""
    places: list[Callable[[], Any]] = [
        lambda: add(deep(kind)),
        lambda: add(deep(kind, add())),
        lambda: deep(kind),
        lambda: add.map([deep(kind)]),
        lambda: pw.repeat(add, deep(kind), until=sure, limit=2),
    ]
    for place in places:
        with pytest.raises(pw.BindingError, match="nests lists, tuples or dicts more than 100 deep"):
            graph_of(place)
    with pytest.raises(pw.BindingError, match="after="):
        graph_of(lambda: [add.using(after=[deep(kind, add())])()])


def test_containers_that_hold_themselves_are_refused() -> None:
    """Law: an argument without an end is refused like one that is too deep."""
    itself: list[Any] = []
    itself.append(itself)
    by_key: dict[str, Any] = {}
    by_key["key"] = by_key
    with pytest.raises(pw.BindingError, match="or holds itself"):
        graph_of(lambda: [add(itself)])
    with pytest.raises(pw.BindingError, match="or holds itself"):
        graph_of(lambda: [add(by_key)])
    with pytest.raises(pw.BindingError, match="or holds itself"):
        graph_of(lambda: [add.using(after=itself)()])


def test_handles_deep_in_keys_and_sets_are_found() -> None:
    """Law: a key or a member of a set may nest deep, and a handle at its bottom is refused all the same."""

    def nested(value: Any) -> Any:
        for _ in range(500):
            value = (value,)
        return value

    with pytest.raises(pw.BindingError, match="cannot be in a set"):
        graph_of(lambda: add({nested(add())}))
    with pytest.raises(pw.BindingError, match="cannot be the key"):
        graph_of(lambda: add({nested(add()): 1}))
    assert graph_of(lambda: add({nested(1)})).run().result == 1


def branches(depth: int) -> Any:
    return pw.when(sure(), then=lambda: branches(depth - 1)) if depth else add()


def loops(depth: int) -> Any:
    return pw.repeat(lambda _: loops(depth - 1), 0, until=sure, limit=2) if depth else add()


def maps(depth: int) -> Any:
    body = pw.workflow(name="body")(lambda item: maps(depth - 1))
    return body.map([1]) if depth else add()


def clusters(depth: int) -> Any:
    return pw.workflow(name="part")(lambda: clusters(depth - 1))() if depth else add()


@pytest.mark.parametrize("nest", [branches, loops, maps, clusters])
def test_structures_nested_too_deep_are_refused(nest: Callable[[int], Any]) -> None:
    """Law: branches, loops, bodies and workflows nest at most a hundred deep; up to that they compile."""
    with pytest.raises(pw.DefinitionError, match="more than 100 deep") as caught:
        graph_of(lambda: nest(DEEP))
    assert caught.value.where is not None and caught.value.where.file == __file__
    assert caught.value.mend == "a workflow must not call itself; use pw.repeat for a loop"
    graph = graph_of(lambda: nest(90))
    assert len(graph.digest) == len(graph.fingerprint) == 64
    assert pw.Graph.from_json(graph.to_json(), [add, sure]).digest == graph.digest


@pw.workflow
def endless() -> Any:
    return endless()


def test_a_workflow_that_calls_itself_is_refused() -> None:
    """Law: the error says so, instead of running out of stack."""
    with pytest.raises(pw.DefinitionError, match="'endless' is called inside itself, more than 100 deep"):
        endless.graph()


def test_a_chain_of_100000_compiles_and_runs() -> None:
    """Law: no part of the way recurses along the graph; the digest and the heights neither."""
    graph = graph_of(lambda: functools.reduce(lambda handle, _: add(handle), range(MANY - 1), add()))
    assert len(graph) == MANY and graph.heights[0] == MANY - 1
    assert len(graph.digest) == 64
    assert graph.run().result == 1


def test_a_fan_of_100000_compiles_and_runs() -> None:
    """Law: one node may be read by many, and read many."""

    def compose() -> Any:
        first = add()
        return add(*[add(first) for _ in range(MANY)])

    graph = graph_of(compose)
    assert len(graph) == MANY + 2 and graph.heights[0] == 2
    assert graph.run().result == 1


class Large:
    """One with a million parts."""

    def __init__(self, first: Any) -> None:
        self.data = [first, *range(10**6)]
        self.rows = {i: (i,) for i in range(10**4)}


class Link:
    """One of a chain."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def test_handles_in_large_values_are_looked_for_in_bounded_time() -> None:
    """Law: a constant of a million parts is passed to a thousand calls like a small one; the nearest handles count."""
    large = Large(0)
    assert len(graph_of(lambda: [add(large) for _ in range(1000)])) == 1000
    with pytest.raises(pw.BindingError, match="a Large holds a handle"):
        graph_of(lambda: add(Large(add())))


def test_objects_that_hold_each_other_are_opened_once() -> None:
    """Law: a chain in which each knows the one before is searched to its end, and not forth and back again."""
    links: list[Any] = [Link(None) for _ in range(300)]
    for before, after in itertools.pairwise(links):
        before.inner, after.outer = after, before

    def build() -> Any:
        links[-1].inner = add()
        return add(links[0])

    with pytest.raises(pw.BindingError, match="a Link holds a handle"):
        graph_of(build)


def test_objects_nested_deep_are_searched_without_recursion() -> None:
    """Law: a chain of a thousand objects is opened to its end."""

    def chain(value: Any) -> Any:
        return functools.reduce(lambda inner, _: Link(inner), range(1000), value)

    with pytest.raises(pw.BindingError, match="a Link holds a handle"):
        graph_of(lambda: add(chain(add())))
    assert graph_of(lambda: add(chain(1))).run().result == 1
