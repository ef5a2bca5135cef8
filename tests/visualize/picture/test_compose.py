"""A picture shows every node once, whatever is collapsed, and explains exactly what it shows."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planweave as pw
from planweave.engine.node import templates_of
from planweave.engine.state import NodeState
from planweave.testing import Scenario, workflows
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.options import Options
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Picture
from tests.visualize.samples import inner, layered, looped, mapped, members_of, report, run_of, troubled

ALL = Options(items=10_000, nodes=100_000)
"""Limits that collapse nothing."""

SMALL = st.builds(Options, items=st.integers(2, 5), nodes=st.sampled_from([10, 20, 1_500]))


def check_form(picture: Picture) -> None:
    """What holds of every picture."""
    keys = [vertex.key for vertex in picture.vertices]
    assert len(set(keys)) == len(keys)
    clusters = [cluster.key for cluster in picture.clusters]
    assert len(set(clusters)) == len(clusters)
    for place, cluster in enumerate(picture.clusters):
        assert cluster.parent is None or cluster.parent in clusters[:place]
    parents = {cluster.parent for cluster in picture.clusters}
    homes = {vertex.cluster for vertex in picture.vertices}
    assert homes - {None} <= set(clusters)
    assert all(key in parents or key in homes for key in clusters), "a frame around nothing"
    assert {end for edge in picture.edges for end in (edge.tail, edge.head)} <= set(keys)
    assert len({(edge.tail, edge.head) for edge in picture.edges}) == len(picture.edges)
    levels = picture.levels()
    assert all(levels[edge.tail] < levels[edge.head] for edge in picture.edges if edge.kind != "again")
    for vertex in picture.vertices:
        assert vertex.label or vertex.shape == "junction"
        assert not vertex.members or not vertex.ghost
    members = members_of(picture)
    assert len(set(members)) == len(members)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16), SMALL)
def test_collapsing_loses_no_node_of_a_run_and_shows_none_twice(
    scenario: Scenario, seed: int, options: Options
) -> None:
    """Law: the members of the vertices are the nodes of the run; edges go one way; frames hold something."""
    run = scenario.simulate(seed)
    picture = compose(run, options)
    check_form(picture)
    nodes = run.nodes
    assert sorted(members_of(picture)) == sorted(nodes)
    for vertex in picture.vertices:
        if vertex.shape == "many":
            assert sum(count for _, count in vertex.counts) <= len(vertex.members)
            assert {state for state, _ in vertex.counts} <= {nodes[member].state for member in vertex.members}
        elif vertex.members:
            assert vertex.state is nodes[vertex.members[0]].state


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16))
def test_every_node_of_a_run_has_its_vertex_where_there_is_room(scenario: Scenario, seed: int) -> None:
    """Law: within the limits each node is a vertex under its own id, and what it waited for leads to it."""
    run = scenario.simulate(seed)
    picture = compose(run, ALL)
    check_form(picture)
    keys = {vertex.key for vertex in picture.vertices}
    assert set(run.nodes) <= keys
    before: dict[str, set[str]] = {key: set() for key in keys}
    for key in sorted(keys, key=picture.levels().__getitem__):
        for edge in picture.edges:
            if edge.head == key and edge.kind != "again":
                before[key] |= {edge.tail} | before[edge.tail]
    for record in run.nodes.values():
        assert set(record.before) <= before[record.id]
        assert record.parent is None or record.parent in before[record.id]


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16), SMALL)
def test_the_legend_lists_exactly_what_is_there(scenario: Scenario, seed: int, options: Options) -> None:
    """Law: its states are those of the vertices and of what they count, its edges those that are not plain."""
    picture = compose(scenario.simulate(seed), options)
    states = {state for vertex in picture.vertices for state, _ in vertex.counts}
    states |= {vertex.state for vertex in picture.vertices if vertex.state is not None and vertex.shape != "many"}
    assert set(picture.legend.states) == states
    assert len(picture.legend.states) == len(states)
    kinds = {edge.kind for edge in picture.edges}
    assert set(picture.legend.edges) == kinds & {"control", "capture", "again"}
    assert set(picture.legend.ghosts) == {vertex.ghost for vertex in picture.vertices} - {""}
    assert (picture.legend.critical is not None) == any(vertex.critical for vertex in picture.vertices)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), SMALL)
def test_the_picture_of_a_graph_shows_every_node_and_each_body_once(scenario: Scenario, options: Options) -> None:
    """Law: members are the nodes of the graph and of its bodies, but for the one task that a map runs."""
    picture = compose(scenario.graph, options)
    check_form(picture)
    hidden = 0
    for node in scenario.graph.all_nodes():
        for role, template in templates_of(node.control).items():
            if role == "each" and len(template.graph) == 1 and not templates_of(template.graph.nodes[0].control):
                hidden += 1
    assert len(members_of(picture)) == len(scenario.graph.all_nodes()) - hidden
    assert {node.id for node in scenario.graph.nodes} <= set(members_of(picture))
    assert not picture.legend.states


def test_both_branches_of_a_graph_lead_from_the_choice_to_one_place() -> None:
    """Law: a choice that has not been made shows what each way would do, captured values dotted."""
    picture = compose(report.graph())
    labels = {cluster.label for cluster in picture.clusters}
    assert {"then", "otherwise: inner", "each round, at most 9", "inner"} <= labels
    (junction,) = (vertex for vertex in picture.vertices if vertex.shape == "junction")
    assert sum(edge.head == junction.key for edge in picture.edges) == 2
    captured = [edge for edge in picture.edges if edge.kind == "capture"]
    assert {edge.tail for edge in captured} == {"load"}
    assert [(edge.head, edge.label) for edge in picture.edges if edge.kind == "again"] == [("step", "again")]
    assert "again" in picture.legend.edges
    assert [edge.head for edge in picture.edges if edge.kind == "control"] == ["sleep"]


@pytest.mark.parametrize(("number", "taken", "other"), [(2, "then", "otherwise, not taken: inner"), (1, None, "then")])
def test_the_branch_that_was_not_taken_is_a_ghost(number: int, taken: str | None, other: str) -> None:
    """Law: the way that a run went stands in a frame of its nodes, the other one is grey and counts for nothing."""
    picture = compose(run_of(report, number=number))
    frames = {cluster.label: cluster for cluster in picture.clusters}
    if taken is not None:
        assert not frames[taken].ghost
    ghosts = [cluster for cluster in picture.clusters if cluster.ghost]
    assert [cluster.label.partition(",")[0] for cluster in ghosts] == [other.partition(",")[0]]
    inside = {cluster.key for cluster in ghosts}
    assert all(vertex.ghost == "never" for vertex in picture.vertices if vertex.cluster in inside)
    assert picture.legend.ghosts == ("never",)


def test_items_and_rounds_stand_in_frames_in_their_order() -> None:
    """Law: what a map or a loop became is framed, and rounds follow one another."""
    picture = compose(run_of(report, number=2))
    items = [vertex.label for vertex in picture.vertices if vertex.cluster == "check "]
    assert items == [f"check[{index}]" for index in range(5)]
    rounds = [cluster.label for cluster in picture.clusters if cluster.parent == "step "]
    assert rounds == ["step@1", "step@2"]
    assert ("step@1/is_even", "step@2") in {(edge.tail, edge.head) for edge in picture.edges}


def test_a_failure_names_itself_and_what_it_kept_from_running() -> None:
    """Law: the second line says of what a node failed, and because of whom others did not run."""
    vertices = {vertex.key: vertex for vertex in compose(run_of_troubled()).vertices}
    assert vertices["broken"].detail.startswith("KeyError")
    assert vertices["parse"].detail == "by broken"
    assert vertices["flaky"].detail.endswith("3 tries")
    assert vertices["when"].state is NodeState.SKIPPED


def run_of_troubled() -> pw.Run[object]:
    return run_of(troubled)


def test_parameters_stand_on_edges_only_where_they_help() -> None:
    """Law: a name is written where several values arrive, and not where it repeats the tail or only numbers a rest."""

    @pw.task
    def join(left: int, right: int) -> int:
        return left + right

    @pw.task
    def right() -> int:
        return 1

    @pw.workflow
    def small() -> int:
        return join(right.using(id="first")(), right())

    picture = compose(small.graph())
    assert {edge.tail: edge.label for edge in picture.edges} == {"first": "left", "right": ""}
    assert not any(edge.label for edge in compose(layered(3, 4).graph()).edges)


def test_a_live_run_can_be_drawn_at_any_moment() -> None:
    """Law: after each step of the loop the picture has every node of the run so far, each once, and draws."""
    states: set[NodeState] = set()

    @pw.task
    async def take(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @pw.task
    async def some() -> list[int]:
        return [1, 2, 3]

    @pw.workflow
    def live() -> list[int]:
        taken = take.map(some())
        pw.sleep(3600.0, after=[taken])
        return taken

    async def watch() -> None:
        run: pw.Run[list[int]] = await pw.start(live)
        while not run.state.is_end:
            picture = compose(run, ALL)
            check_form(picture)
            assert sorted(members_of(picture)) == sorted(run.nodes)
            assert "<svg" in draw(picture)
            states.update(vertex.state for vertex in picture.vertices if vertex.state is not None)
            if run.nodes["sleep"].state is NodeState.WAITING:
                run.cancel()
            await asyncio.sleep(0)
        await run.wait(check=False)
        states.update(record.state for record in run.nodes.values())

    asyncio.run(watch())
    assert {NodeState.PENDING, NodeState.EXPANDED, NodeState.RUNNING, NodeState.WAITING} <= states
    assert {NodeState.CANCELLED, NodeState.SUCCEEDED} <= states


@pytest.mark.parametrize("make", [lambda: mapped(40), lambda: looped(30), lambda: layered(4, 20), lambda: inner])
def test_the_same_graph_gives_the_same_bytes(make: object) -> None:
    """Law: drawing has no memory and no chance in it."""
    assert callable(make)
    graph = make().graph()
    assert draw(compose(graph)) == draw(compose(graph))


DRAW = """
import hashlib
from planweave.visualize.picture.compose import compose
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.page.page import page_of
from tests.visualize.samples import inner, layered, load, mapped, merge, report, run_of
import planweave as pw

@pw.workflow
def many():
    return merge(*[inner(load()) for _ in range(30)], *[load(load()) for _ in range(30)])

things = [many.graph(), report.graph(), layered(45, 40).graph(), run_of(mapped(40)), run_of(report, number=1)]
for thing in things[:3]:
    print(hashlib.sha256((draw(compose(thing)) + page_of(thing)).encode()).hexdigest())
for thing in things[3:]:
    print(hashlib.sha256(draw(compose(thing)).replace(thing.id, "").encode()).hexdigest())
"""


def test_pictures_do_not_depend_on_the_seed_of_hashes() -> None:
    """Law: other processes draw the same bytes, whatever PYTHONHASHSEED is."""
    root = Path(__file__).parents[3]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", DRAW],
            cwd=root,
            env=dict(os.environ, PYTHONHASHSEED=seed),
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop().split()) == 5
