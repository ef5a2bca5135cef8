"""What is collapsed is the rest of what is alike, with a count that is right; failures stay in sight."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.state import NodeState
from planweave.visualize.options import Options
from planweave.visualize.picture.collapse import collapse_strands, pick
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.draft import Draft, Link, Part, Strand
from planweave.visualize.picture.junction import dissolve_junctions
from planweave.visualize.picture.picture import Picture, Vertex, levels
from tests.visualize.samples import inner, layered, load, looped, mapped, members_of, merge, parse, run_of


def shown(picture: Picture, cluster: str) -> list[str]:
    return [vertex.key for vertex in picture.vertices if vertex.cluster == cluster and vertex.shape != "many"]


def many(picture: Picture) -> list[Vertex]:
    return [vertex for vertex in picture.vertices if vertex.shape == "many"]


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_failures_are_shown_first_then_the_beginning_and_the_end(bad: list[bool], limit: int) -> None:
    """Law: up to the limit, bad ones come before all others; what is left shows the last and the first."""
    places = pick(bad, limit)
    assert places == sorted(set(places))
    if len(bad) <= limit + 1:
        assert len(places) == len(bad)
        return
    assert len(places) == limit
    failures = [place for place, is_bad in enumerate(bad) if is_bad]
    assert set(failures[:limit]) <= set(places)
    if len(failures) < limit:
        assert places[-1] == len(bad) - 1
        good = [place for place in places if not bad[place] and place != len(bad) - 1]
        assert good == [place for place, is_bad in enumerate(bad) if not is_bad and place != len(bad) - 1][: len(good)]


def test_ten_thousand_items_become_twelve_and_a_count() -> None:
    """Law: both failures are shown; the count says how many more there are, and in which states."""

    @pw.task(executor="inline")
    def ten_thousand() -> list[int]:
        return list(range(10_000))

    @pw.task(executor="inline")
    def check(number: int) -> int:
        if number in (17, 4021):
            raise ValueError(number)
        return number

    @pw.workflow
    def workflow() -> Any:
        return merge(check.map(ten_thousand(), failures="drop"))

    run = pw.run(workflow)
    picture = compose(run)
    items = shown(picture, "check ")
    assert len(items) == 12
    assert {"check[0]", "check[17]", "check[4021]", "check[9999]"} <= set(items)
    (rest,) = many(picture)
    assert (rest.label, rest.detail) == ("… 9,988 more", "9,988 succeeded")
    assert rest.counts == ((NodeState.SUCCEEDED, 9_988),)
    assert len(members_of(picture)) == len(run.nodes) == 10_003


def test_failures_beyond_the_limit_are_counted() -> None:
    """Law: where there are more failures than places, failures alone are shown, and the count names the others."""

    @pw.task
    def refuse(number: int) -> int:
        if number % 2:
            raise ValueError(number)
        return number

    @pw.task
    def hundred() -> list[int]:
        return list(range(100))

    @pw.workflow
    def half() -> Any:
        return merge(refuse.map(hundred(), failures="drop"))

    picture = compose(run_of(half), Options(items=4))
    assert shown(picture, "refuse ") == ["refuse[1]", "refuse[3]", "refuse[5]", "refuse[7]"]
    assert many(picture)[0].detail == "46 failed, 50 succeeded"


def test_one_more_than_the_limit_is_simply_shown() -> None:
    """Law: nothing is collapsed into a vertex that stands for a single other one."""
    assert not many(compose(run_of(mapped(13))))
    assert len(many(compose(run_of(mapped(14))))) == 1


def test_a_long_loop_shows_its_first_rounds_and_its_last_in_their_order() -> None:
    """Law: the count stands where the rounds that it stands for would."""
    run = run_of(looped(50))
    picture = compose(run)
    frames = [cluster.label for cluster in picture.clusters if cluster.kind == "item"]
    assert frames == ["step@1", "step@2", "step@3", "step@4", "step@5", "step@50"]
    (rest,) = many(picture)
    assert (rest.label, rest.detail) == ("… 44 more", "88 nodes · 44 succeeded")
    edges = {(edge.tail, edge.head) for edge in picture.edges}
    assert {("step@5/enough", rest.key), (rest.key, "step@50")} <= edges
    assert sorted(members_of(picture)) == sorted(run.nodes)


def test_rounds_that_are_shown_stay_between_those_that_are_not() -> None:
    """Law: where a round in the middle is shown because of a failure, there is a count before it and one after."""
    strands = [Strand("loop", number, rounds=True, outer=None) for number in range(1, 21)]
    owner, keys = "loop", [f"loop@{strand.number}" for strand in strands]
    draft = Draft("d", parts={owner: Part(owner, "repeat")})
    for key, strand in zip(keys, strands, strict=True):
        failed = strand.number == 12
        member = (key, NodeState.FAILED if failed else NodeState.SUCCEEDED)
        draft.parts[key] = Part(key, "task", strand=strand, members=(member,))
    for tail, head in pairwise([owner, *keys]):
        draft.link(tail, head, Link("part"))
    fewer = collapse_strands(draft, 8)
    order = sorted(fewer.parts, key=levels(fewer.parts, fewer.forward()).__getitem__)
    numbers = [part.many.number if part.many else part.key for part in map(fewer.parts.__getitem__, order)]
    assert numbers == ["loop", "loop@1", "loop@2", 9, "loop@12", 7, "loop@20"]


def test_large_items_are_shown_less_often() -> None:
    """Law: an item of many nodes takes the room of many; at least three are shown."""

    @pw.workflow
    def large(number: int) -> int:
        return merge(*[inner(number) for _ in range(8)])

    @pw.workflow
    def over() -> Any:
        return merge(large.map(pw_numbers(40)))

    run = run_of(over)
    picture = compose(run)
    assert sum(cluster.label.startswith("large[") for cluster in picture.clusters) == 3
    assert many(picture)[0].label == "… 37 more"
    assert all(edge.tail != edge.head for edge in picture.edges)
    assert sorted(members_of(picture)) == sorted(run.nodes)


@pw.task
def pw_numbers(count: int) -> list[int]:
    """The numbers below ``count``."""
    return list(range(count))


def test_nodes_made_in_a_loop_are_collapsed_with_what_hangs_on_them() -> None:
    """Law: calls of a task, chains of tasks and calls of a workflow between the same neighbours are each one group."""

    @pw.workflow
    def calls() -> Any:
        return merge(
            *[load() for _ in range(30)],
            *[parse(load()) for _ in range(40)],
            *[inner(load.using(id=f"seed-{place}")()) for place in range(50)],
        )

    graph = calls.graph()
    picture = compose(graph)
    assert sorted(vertex.label for vertex in many(picture)) == ["… 18 more load", "… 28 more", "… 38 more"]
    assert sorted(len(vertex.members) for vertex in many(picture)) == [18, 2 * 28, 4 * 38]
    assert all(edge.head == "merge" for edge in picture.edges if edge.tail in {vertex.key for vertex in many(picture)})
    assert sorted(members_of(picture)) == sorted(node.id for node in graph.nodes)


def test_twins_of_different_parents_are_not_mixed() -> None:
    """Law: what is collapsed has the same neighbours, so that no edge leads to a node that had none."""

    @pw.workflow
    def fans() -> Any:
        return [merge(*[parse(source) for _ in range(20)]) for source in (load(), load())]

    picture = compose(fans.graph())
    assert len(many(picture)) == 2
    for vertex in many(picture):
        assert len({edge.tail for edge in picture.edges if edge.head == vertex.key}) == 1


def test_nodes_that_only_look_alike_are_left_alone() -> None:
    """Law: a graph in which every node has its own neighbours is drawn whole."""
    graph = layered(6, 20).graph()
    assert not many(compose(graph))


def test_a_long_chain_of_one_task_keeps_its_ends() -> None:
    """Law: the middle of a chain becomes a count between its ends."""

    @pw.workflow
    def chain() -> int:
        value = load()
        for _ in range(99):
            value = load(value)
        return value

    picture = compose(chain.graph())
    (rest,) = many(picture)
    assert rest.label == "… 88 more load"
    assert picture.levels()[rest.key] == 11
    assert [vertex.key for vertex in picture.vertices][-1] == "load-100"


def test_a_junction_where_nothing_meets_is_taken_out() -> None:
    """Law: one edge in or none out needs no junction; what it connected stays connected, by its second edge."""
    draft = Draft("d", parts={key: Part(key, "junction" if key == "j" else "task") for key in "abjc"})
    draft.link("a", "j", Link("part"))
    draft.link("j", "c", Link("control", ghost="never"))
    alone = dissolve_junctions(draft)
    assert list(alone.parts) == ["a", "b", "c"]
    assert alone.links == {("a", "c"): Link("control", ghost="never")}
    draft.link("b", "j", Link("part"))
    assert dissolve_junctions(draft).links == draft.links
    assert set(dissolve_junctions(draft, every=True).links) == {("a", "c"), ("b", "c")}
