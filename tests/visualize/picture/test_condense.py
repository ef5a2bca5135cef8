"""What is too large is condensed: to a few boxes that count every node, with the failures in sight."""

from __future__ import annotations

from typing import Any

import pytest

import planweave as pw
from planweave.engine.state import NodeState
from planweave.visualize.dress import dress_of
from planweave.visualize.options import Options
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.condense import OVERVIEW
from planweave.visualize.picture.draft import Draft, Link, Part
from planweave.visualize.picture.extent import is_strip, length_of_edges
from planweave.visualize.picture.picture import Picture, Vertex
from planweave.visualize.text.label import wrap
from tests.visualize.samples import layered, load, members_of, merge, parse, reaching, run_of, unlike


def many(picture: Picture) -> list[Vertex]:
    return [vertex for vertex in picture.vertices if vertex.shape == "many"]


def check_overview(picture: Picture, nodes: Any) -> None:
    """What holds of every condensed picture."""
    failed = [vertex for vertex in picture.vertices if vertex.shape != "many" and vertex.state is NodeState.FAILED]
    assert len(picture.vertices) <= OVERVIEW + len(failed)
    assert sorted(members_of(picture)) == sorted(nodes)
    levels = picture.levels()
    assert all(levels[edge.tail] < levels[edge.head] for edge in picture.edges)
    assert "condensed by level" in picture.subtitle


# ---------------------------------------------------------------------- when


@pytest.mark.parametrize("nodes", [100, 1_500])
def test_a_graph_past_the_limit_is_condensed_by_level(nodes: int) -> None:
    """Law: there are far fewer vertices than the limit, they count every node, and edges still lead one way."""
    graph = layered(60, 40).graph()
    picture = compose(graph, Options(nodes=nodes))
    check_overview(picture, [node.id for node in graph.nodes])


def test_a_graph_of_few_nodes_and_too_many_edges_is_condensed_too() -> None:
    """Law: it is edges that take time to lay out and room to read."""

    @pw.workflow
    def dense() -> Any:
        rows: list[list[int]] = [[load.using(id=f"l{place}")() for place in range(30)]]
        for depth in range(3):
            rows.append([(load, parse)[place % 2](*rows[-1][place % 3 :]) for place in range(30 + depth)])
        return merge(*rows[-1])

    graph = dense.graph()
    picture = compose(graph, Options(items=1_000, nodes=200))
    check_overview(picture, [node.id for node in graph.nodes])


def test_a_graph_whose_edges_reach_far_back_is_condensed_too() -> None:
    """Law: fewer nodes and edges than the limits are too many if the edges are long: Graphviz would take minutes."""
    graph = reaching(30, 40, 3).graph()
    assert len(graph.nodes) < 1_500
    check_overview(compose(graph), [node.id for node in graph.nodes])


def test_long_edges_are_borne_up_to_what_takes_seconds() -> None:
    """Law: edges that pass a few thousand levels together are drawn as they are."""
    graph = reaching(14, 20, 3).graph()
    picture = compose(graph)
    assert "condensed" not in picture.subtitle
    assert len(picture.vertices) == len(graph.nodes)


def test_the_length_of_edges_is_what_they_pass() -> None:
    """Law: an edge counts by the levels that it leads over."""
    draft = Draft("d", parts={key: Part(key, "task") for key in "abcd"})
    for tail, head in ("ab", "bc", "cd", "ad"):
        draft.link(tail, head, Link("data"))
    assert length_of_edges(draft) == 3 + 3


# ---------------------------------------------------------------------- strips


def test_a_chain_of_different_tasks_is_folded_where_it_would_be_a_strip() -> None:
    """Law: 500 nodes in one column become what a few screens hold, with a count and the failures; short ones stay."""
    tasks = unlike(500)

    def chain(length: int) -> Any:
        @pw.workflow(name=f"chain of {length}")
        def workflow() -> Any:
            value = tasks[0]()
            for task in tasks[1:length]:
                value = task(value)
            return value

        return workflow

    run = run_of(chain(500))
    picture = compose(run)
    assert len(picture.vertices) <= 27
    assert sorted(members_of(picture)) == sorted(run.nodes)
    assert {"task_0", "task_311", "task_499"} <= {vertex.key for vertex in picture.vertices}
    assert not many(compose(chain(30).graph()))
    assert not many(compose(chain(500).graph(), Options(items=1_000, nodes=20_000)))


def test_a_fan_of_different_tasks_is_folded_where_it_would_be_a_strip() -> None:
    """Law: 500 nodes side by side between the same neighbours become as many as can be read, and a count."""
    tasks = unlike(500)

    @pw.workflow
    def fan() -> Any:
        first = load()
        return merge(*[task(first) for task in tasks])

    picture = compose(fan.graph())
    assert len(picture.vertices) <= 27
    assert [vertex.label for vertex in many(picture)] == ["… 476 more"]
    assert len(members_of(picture)) == 502


def test_a_long_ladder_is_condensed() -> None:
    """Law: a strip that cannot be folded becomes an overview."""

    @pw.workflow
    def ladder() -> Any:
        left, right = load(), parse()
        for _ in range(150):
            left, right = load(left, right), parse(right, left)
        return merge(left, right)

    graph = ladder.graph()
    check_overview(compose(graph), [node.id for node in graph.nodes])


def test_only_long_pictures_are_strips() -> None:
    """Law: what fits on a few screens is none, whatever its shape; nor is what is long and wide."""

    def chain(length: int) -> Draft:
        draft = Draft("d", parts={str(number): Part(str(number), "task") for number in range(length)})
        for number in range(length - 1):
            draft.link(str(number), str(number + 1), Link("data"))
        return draft

    assert not is_strip(chain(25), 1_500)
    assert is_strip(chain(100), 1_500)
    assert not is_strip(chain(100), 10_000)
    assert is_strip(Draft("d", parts={str(number): Part(str(number), "task") for number in range(200)}), 1_500)


# ---------------------------------------------------------------------- words and failures


def test_labels_say_which_level_and_of_how_many_tasks() -> None:
    """Law: a box of several tasks is named by its place; how many nodes and tasks it stands for is said below."""
    picture = compose(layered(60, 40).graph())
    boxes = many(picture)
    assert boxes[0].label == "levels 1–2 of 61"
    assert boxes[0].detail == "80 nodes of 2 tasks"
    assert all(vertex.label.startswith("level") for vertex in boxes)


def test_the_states_of_a_condensed_level_stand_beside_its_size() -> None:
    """Law: where all are in one state its word is enough, else each state has its number."""
    boxes = many(compose(run_of(layered(60, 40))))
    assert boxes[0].detail == "80 nodes of 2 tasks · succeeded"
    assert dress_of(boxes[0]).name == "succeeded"


def test_a_count_of_one_task_never_stands_alone_on_a_line() -> None:
    """Law: the name and the count are held together."""
    labels = {vertex.label for vertex in many(compose(reaching(30, 40, 3).graph()))}
    assert "load\u00a0×\u00a040" in labels
    for length in range(10, 40):
        assert not any(line.startswith("×") for line in wrap(f"{'x' * length}_task\u00a0×\u00a01,234", 178, 11))


def troubled_levels(failures: int) -> pw.Run[Any]:
    """Eighty levels of thirty nodes; so many nodes of the fortieth fail, and one of the next level needs each."""

    @pw.task
    def refuse(*before: Any) -> int:
        raise ValueError("no")

    @pw.workflow
    def workflow() -> Any:
        row = [load() for _ in range(30)]
        for level in range(79):
            following = [(load, parse)[place % 2](row[place], row[(place * 7 + level) % 30]) for place in range(30)]
            if level == 39:
                for place in range(failures):
                    following[place] = merge(refuse(row[place]), following[place])
            row = following
        return merge(*row)

    return run_of(workflow)


def test_the_first_failures_of_each_level_stay_vertices() -> None:
    """Law: five of a level keep their boxes, the rest is counted, and the picture still has no cycle."""
    run = troubled_levels(8)
    picture = compose(run)
    check_overview(picture, run.nodes)
    alone = [v for v in picture.vertices if v.state is NodeState.FAILED and v.shape != "many"]
    assert [vertex.label for vertex in alone] == ["refuse", "refuse-2", "refuse-3", "refuse-4", "refuse-5"]
    (rest,) = (vertex for vertex in many(picture) if vertex.state is NodeState.FAILED)
    assert rest.counts[0] == (NodeState.FAILED, 3)


def test_twenty_failures_stay_at_most() -> None:
    """Law: an overview stays one, however much failed."""

    @pw.task
    def refuse(*before: Any) -> int:
        raise ValueError("no")

    @pw.workflow
    def workflow() -> Any:
        row = [load() for _ in range(40)]
        for level in range(50):
            for place in range(3):
                refuse(row[place])
            row = [(load, parse)[place % 2](row[place], row[(place * 7 + level) % 40]) for place in range(40)]
        return merge(*row)

    picture = compose(run_of(workflow))
    assert sum(v.state is NodeState.FAILED and v.shape != "many" for v in picture.vertices) == 20
    assert len(picture.vertices) <= OVERVIEW + 20


def test_edges_that_others_imply_are_left_out_of_an_overview() -> None:
    """Law: where each level would be linked with each, the picture shows the order alone, and says so."""
    picture = compose(reaching(30, 40, 3).graph())
    assert "without the edges that others imply" in picture.subtitle
    after: dict[str, set[str]] = {vertex.key: set() for vertex in picture.vertices}
    for edge in picture.edges:
        after[edge.tail].add(edge.head)
    beyond: dict[str, set[str]] = {}
    for key in sorted(after, key=picture.levels().__getitem__, reverse=True):
        beyond[key] = set().union(*(after[head] | beyond[head] for head in after[key]))
        assert not after[key] & beyond[key]
