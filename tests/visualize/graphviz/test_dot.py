"""The DOT text says what the picture says, and nothing that a user wrote can break it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planweave.engine.state import NodeState
from planweave.visualize.graphviz.dot import dot_of, quoted
from planweave.visualize.graphviz.embedded import layout_embedded
from planweave.visualize.graphviz.geometry import read_geometry
from planweave.visualize.graphviz.program import layout
from planweave.visualize.options import Options
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from planweave.visualize.text.label import clean, fit
from tests.visualize.samples import HOSTILE, report, run_of, troubled

SVG = "{http://www.w3.org/2000/svg}"


def drawn(dot: str) -> list[str]:
    """The texts that Graphviz draws, with plain blanks."""
    root = ElementTree.fromstring(layout_embedded(dot))
    return [(text.text or "").replace("\u00a0", " ") for text in root.iter(f"{SVG}text")]


@settings(max_examples=80)
@given(st.text(st.characters(), max_size=40))
@example(HOSTILE)
@example("ends with \\")
@example('"; } digraph evil { b [label="')
@example("&amp; &#65; \\N \\G \\l")
def test_a_label_is_drawn_as_it_was_written(text: str) -> None:
    """Law: what Graphviz draws is the text, character by character, but for what cannot be shown."""
    lines = [fit(line).replace("\u00a0", " ") for line in text.split("\n")]
    texts = drawn(f"digraph {{ a [label={quoted(text)}] }}")
    assert [line.strip() for line in texts if line.strip()] == [line.strip() for line in lines if line.strip()]


@settings(max_examples=25)
@given(st.lists(st.text(st.characters(), max_size=20), min_size=5, max_size=5))
@example([HOSTILE] * 5)
def test_nothing_that_a_user_wrote_changes_the_graph(words: list[str]) -> None:
    """Law: titles, labels, details, tooltips and names are text; vertices and edges stay those of the picture."""
    title, label, detail, name, frame = (clean(word) for word in words)
    vertices = (
        Vertex("a" + label, label or "a", detail, HOSTILE, "task", NodeState.FAILED, "c", ("a",)),
        Vertex("b" + label, label or "b", shape="when"),
    )
    edges = (Edge(vertices[0].key, vertices[1].key, label=name),)
    picture = Picture(title, detail, vertices, edges, (Cluster("c", frame, "parts"),))
    for bare in (True, False):
        geometry = read_geometry(layout_embedded(dot_of(picture, bare=bare)))
        assert {"v0", "v1"} <= set(geometry.vertices)
        assert set(geometry.vertices) - {"v0", "v1"} == (set() if bare else {"s_failed"})
        assert list(geometry.edges) == ["v0->v1"]


@pytest.mark.parametrize("direction", ["down", "right"])
def test_a_full_text_has_title_labels_states_and_legend(direction: str) -> None:
    """Law: with the text alone, Graphviz draws every label with its sign, the second lines, and one entry a state."""
    picture = compose(run_of(troubled))
    texts = drawn(dot_of(picture, Options(direction=direction)))  # type: ignore[arg-type]  # because it is parametrized
    assert picture.title in texts[0:40]
    for vertex in picture.vertices:
        if vertex.state is not None:
            assert f"{LOOKS[vertex.state].sign}  {vertex.label}" in texts
    for state in picture.legend.states:
        assert texts.count(f"{LOOKS[state].sign}  {LOOKS[state].word}") == 1
    assert "flaky" in "".join(texts) and "3 tries" in "".join(texts)


def test_there_are_no_html_labels() -> None:
    """Law: the embedded Graphviz would drop them, and refuses them."""
    layout_embedded(dot_of(compose(run_of(report, number=1))))


def test_the_room_of_a_box_is_that_of_its_text() -> None:
    """Law: Graphviz makes no box narrower or lower than was asked for."""
    picture = compose(report.graph())
    geometry = read_geometry(layout(dot_of(picture, bare=True)))
    assert all(box.width >= 45 and box.height >= 27 for box in geometry.vertices.values() if box.width > 10)


def test_every_edge_and_cluster_has_its_place() -> None:
    """Law: all that the picture has is found in what Graphviz made, inside its bounds."""
    picture = compose(run_of(report, number=2))
    geometry = read_geometry(layout(dot_of(picture, bare=True)))
    assert len(geometry.vertices) == len(picture.vertices)
    assert len(geometry.edges) == len(picture.edges)
    assert len(geometry.clusters) == len(picture.clusters)
    for box in (*geometry.vertices.values(), *geometry.clusters.values()):
        assert box.x >= -1 and box.x + box.width <= geometry.width + 1
        assert box.y >= -1 and box.y + box.height <= geometry.height + 1
    for cluster in picture.clusters:
        frame = geometry.clusters[f"cluster_{picture.clusters.index(cluster)}"]
        for place, vertex in enumerate(picture.vertices):
            if vertex.cluster == cluster.key:
                middle = geometry.vertices[f"v{place}"].middle
                assert frame.x < middle.x < frame.x + frame.width and frame.y < middle.y < frame.y + frame.height


@pytest.mark.parametrize("direction", ["down", "right"])
def test_the_legend_is_compact_and_in_order(direction: str) -> None:
    """Law: entries stand in rows, or a column, in the order of the legend, and take little more room than they need."""
    picture = compose(run_of(troubled))
    geometry = read_geometry(layout_embedded(dot_of(picture, Options(direction=direction))))  # type: ignore[arg-type]
    names = [f"s_{state}" for state in picture.legend.states] + [f"g_{ghost}" for ghost in picture.legend.ghosts]
    boxes = [geometry.vertices[name] for name in names]
    places = [(round(box.middle.y), box.middle.x) for box in boxes]
    assert places == sorted(places)
    assert len({y if direction == "down" else round(x) for y, x in places}) == 1
    ends = [box.x + box.width if direction == "right" else box.y + box.height for box in boxes]
    others = [box for name, box in geometry.vertices.items() if name.startswith("v")]
    if direction == "down":
        assert min(box.y for box in boxes) >= max(box.y + box.height for box in others)
        assert max(ends) - min(box.y for box in boxes) < 25
    else:
        assert min(box.x for box in boxes) >= max(box.x + box.width for box in others)
        assert places[-1][0] - places[0][0] < 40 * len(boxes)


def test_the_legend_has_a_sample_of_each_line() -> None:
    """Law: a line of the same style as in the picture, beside its words, and no description of it in words."""
    dot = dot_of(compose(report.graph()))
    samples = {found[1]: found[2] for found in re.finditer(r"e_(\w+)_line -> e_\1 \[(.*) tailclip", dot)}
    assert set(samples) == {"control", "capture", "again"}
    assert len(set(samples.values())) == 3
    for style in samples.values():
        assert re.search(rf"  v\d+ -> v\d+ \[{re.escape(style)}", dot)
    assert "dashed:" not in dot and "dotted:" not in dot


def test_what_takes_turns_or_time_is_round() -> None:
    """Law: repeat and sleep have the shape that comes nearest to round ends, with room for their text."""
    lines = dot_of(compose(report.graph())).splitlines()
    round_ones = [line for line in lines if "shape=ellipse" in line]
    assert len(round_ones) == 2
    assert all("repeat" in line or "sleep" in line for line in round_ones)


def test_counts_look_as_in_the_other_formats() -> None:
    """Law: many nodes in one state have its colours and sign; many with failures have the border and sign of those."""
    states = ((NodeState.FAILED, 2), (NodeState.SUCCEEDED, 5))
    uniform = Vertex("u", "u", shape="many", state=NodeState.SUCCEEDED, members=("u",), counts=states[1:])
    mixed = Vertex("m", "m", shape="many", state=NodeState.FAILED, members=("m",), counts=states)
    lines = dot_of(Picture("p", "", (uniform, mixed), (), ())).splitlines()
    first, second = (next(line for line in lines if f"  {name} [label" in line) for name in ("v0", "v1"))
    failed, succeeded = LOOKS[NodeState.FAILED], LOOKS[NodeState.SUCCEEDED]
    assert succeeded.sign in first and succeeded.light.fill in first
    assert failed.sign in second and f'color="{failed.light.line}"' in second and failed.light.fill not in second
