"""The critical path of a run stands out in its picture, by the same nodes and times as in its timeline."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planweave.testing import Scenario, workflows
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.legend import CRITICAL_WIDTH, critical_in_words
from planweave.visualize.mermaid import mermaid_of
from planweave.visualize.options import Options
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.snapshot import snapshot_of
from planweave.visualize.timeline.span import critical_path, read_times
from tests.visualize.samples import elements, mapped, report, run_of, texts, troubled

ALL = Options(items=10_000, nodes=100_000)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.integers(0, 2**16))
def test_the_nodes_on_the_path_are_marked_and_no_others(scenario: Scenario, seed: int) -> None:
    """Law: where each node has its vertex, those of the path are critical; edges join vertices of it and junctions."""
    run = scenario.simulate(seed)
    path = [span.record.id for span in critical_path(read_times(snapshot_of(run)))]
    picture = compose(run, ALL)
    marked = {vertex.key for vertex in picture.vertices if vertex.critical}
    assert marked == (set(path) if len(path) > 1 else set())
    junctions = {vertex.key for vertex in picture.vertices if vertex.shape == "junction"}
    for edge in picture.edges:
        assert not edge.critical or {edge.tail, edge.head} <= marked | junctions


def test_edges_lead_along_the_path_through_junctions() -> None:
    """Law: from each node of the path marked edges lead to the next, also out of a map or a loop."""
    for run in (run_of(report, number=1), run_of(report, number=2), run_of(mapped(5)), run_of(troubled)):
        path = [span.record.id for span in critical_path(read_times(snapshot_of(run)))]
        picture = compose(run, ALL)
        after: dict[str, set[str]] = {vertex.key: set() for vertex in picture.vertices}
        for edge in picture.edges:
            if edge.critical:
                after[edge.tail].add(edge.head)
        for one, following in pairwise(path):
            reached, row = {one}, [one]
            for key in row:
                new = after[key] - reached
                reached |= new
                row += new
            assert following in reached, (one, following)


def test_a_collapsed_part_of_the_path_is_marked() -> None:
    """Law: a count that hides a node of the path stands for it."""
    picture = compose(run_of(mapped(200)), Options(items=2))
    path = {span.record.id for span in critical_path(read_times(snapshot_of(run_of(mapped(200)))))}
    assert all(vertex.critical == bool(path & set(vertex.members)) for vertex in picture.vertices)


def test_the_legend_says_how_many_nodes_and_how_long() -> None:
    """Law: its entry has the numbers of the path; a graph has none."""
    run = run_of(troubled)
    path = critical_path(read_times(snapshot_of(run)))
    picture = compose(run)
    assert picture.critical is not None
    assert picture.critical.nodes == len(path)
    assert picture.critical.seconds == path[-1].end - path[0].begin
    words = critical_in_words(picture.critical)
    assert words in texts(draw(picture)) and words in dot_of(picture) and words in mermaid_of(picture)
    assert compose(report.graph()).critical is None


def test_borders_and_lines_of_the_path_are_heavier() -> None:
    """Law: in SVG, DOT and Mermaid as many boxes and lines are heavy as are on the path."""
    picture = compose(run_of(report, number=1))
    vertices = sum(vertex.critical for vertex in picture.vertices)
    edges = sum(edge.critical for edge in picture.edges)
    assert vertices and edges
    found = elements(draw(picture))
    heavy = [one for one in found if one.get("stroke-width") == f"{CRITICAL_WIDTH:g}"]
    assert sum(one.get("class") == "box" for one in heavy) == vertices
    assert sum("edge" in one.get("class", "").split() for one in heavy) == edges
    dot = dot_of(picture).splitlines()
    assert sum("penwidth=2.4" in line and "tooltip" in line for line in dot) == vertices
    assert sum("penwidth=2.4" in line and line.startswith("  v") and "->" in line for line in dot) == edges
    (links,) = (line for line in mermaid_of(picture).splitlines() if "linkStyle" in line)
    assert len(links.split()[1].split(",")) == edges
