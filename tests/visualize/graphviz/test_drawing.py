"""The SVG shows the picture: every label in its box, every state with its cues, and users' words as words."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planweave.engine.errors import RenderError
from planweave.engine.state import NodeState
from planweave.visualize.graphviz.box import box_of
from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.graphviz.geometry import Geometry, Point, Route, read_geometry
from planweave.visualize.legend import EDGE_DASHES
from planweave.visualize.options import Options
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from planweave.visualize.text.label import clean
from planweave.visualize.text.measure import text_width_points
from planweave.visualize.text.svg import element, escape
from tests.visualize.samples import HOSTILE, elements, mapped, report, run_of, texts, troubled

KNOWN = {"svg", "title", "g", "rect", "path", "polygon", "circle", "text"}


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(), max_size=30), min_size=5, max_size=5))
@example([HOSTILE] * 5)
def test_what_users_wrote_is_text_and_nothing_else(words: list[str]) -> None:
    """Law: the elements are ours, no attribute is an event or a link, and every label stands in a text of its own."""
    title, label, detail, name, frame = (clean(word) for word in words)
    vertices = (
        Vertex("a", label or "a", detail, HOSTILE, "task", NodeState.FAILED, "c", ("a",)),
        Vertex("b", label or "b", shape="when"),
    )
    picture = Picture(title, detail, vertices, (Edge("a", "b", label=name),), (Cluster("c", frame, "parts"),))
    svg = draw(picture)
    found = list(elements(svg))
    assert {one.tag for one in found} <= KNOWN
    names = {attribute.lower() for one in found for attribute in one.attrib}
    assert not any(attribute.startswith("on") or "href" in attribute or attribute == "style" for attribute in names)
    assert {*box_of(vertices[0]).lines, *box_of(vertices[1]).lines} <= set(texts(svg))


@given(st.text(st.characters(), max_size=60))
@example(HOSTILE)
def test_escaped_text_is_read_back(text: str) -> None:
    """Law: an XML parser finds the text again, in an attribute as in an element, but for what cannot be shown."""
    read = ElementTree.fromstring(element("a", text, b=text))
    assert escape(read.text or "") == escape(text)
    assert escape((read.get("b") or "").replace("\n", " ").replace("\t", " ")) == escape(
        text.replace("\r\n", "\n").replace("\n", " ").replace("\t", " ")
    )


def test_every_vertex_has_its_label_its_sign_and_its_tooltip() -> None:
    """Law: a group for each vertex, with the id in its tooltip and the sign of its state before the label."""
    picture = compose(run_of(troubled))
    groups = [
        one
        for one in elements(draw(picture))
        if "vertex" in one.get("class", "").split() and "data-vertex" in one.attrib
    ]
    assert len(groups) == sum(vertex.shape != "junction" for vertex in picture.vertices)
    for group in groups:
        vertex = picture.vertices[int(group.attrib["data-vertex"])]
        words = ["".join(child.itertext()) for child in group]
        assert words[0] == (vertex.tooltip or vertex.label)
        assert set(box_of(vertex).lines) <= set(words)
        if vertex.state is not None:
            assert LOOKS[vertex.state].sign in words
            assert vertex.state.value in group.attrib["class"]


def test_no_label_is_wider_than_its_box() -> None:
    """Law: whatever the font, the text of a vertex ends within its outline."""
    picture = compose(run_of(report, number=1))
    for group in elements(draw(picture)):
        if "data-vertex" not in group.attrib:
            continue
        box = next(child for child in group if child.get("class") == "box")
        if box.tag != "rect":
            continue
        left, right = float(box.attrib["x"]), float(box.attrib["x"]) + float(box.attrib["width"])
        for text in (child for child in group if child.tag == "text"):
            width = text_width_points(text.text or "", float(text.attrib["font-size"]))
            start = float(text.attrib["x"]) - (width / 2 if text.get("text-anchor") == "middle" else 0)
            assert left <= start + 0.1 and start + width <= right + 0.1, text.text


@pytest.mark.parametrize("label", ["x" * 300, "計画" * 60, "سلام " * 30, "🧑‍🚀" * 40, "i" * 400, "W" * 90])
def test_odd_labels_are_cut_to_a_box_of_bounded_width(label: str) -> None:
    """Law: a box has at most two lines of a label and a bounded width; the tooltip has it all."""
    box = box_of(Vertex("a", label, "x" * 500))
    assert len(box.lines) <= 2 and box.width < 230 and box.height < 60
    assert all(text_width_points(line, 11) < 200 for line in box.lines)


def test_the_legend_has_a_sample_for_each_state_and_line_that_occurs() -> None:
    """Law: its words are exactly those of what is there."""
    picture = compose(run_of(troubled))
    drawn = texts(draw(picture))
    words = {look.word for look in LOOKS.values()}
    assert {text for text in drawn if text in words} == {LOOKS[state].word for state in picture.legend.states}
    assert "did not run" in drawn and "used in a branch or body" in drawn and "only waits for it" not in drawn
    assert "succeeded" not in texts(draw(compose(report.graph())))


def test_a_count_has_a_bar_that_divides_like_its_states() -> None:
    """Law: the pieces of the bar are as wide as their share, and side by side."""
    vertex = Vertex(
        "m", "… 100 more", shape="many", state=NodeState.FAILED, members=("a",) * 100,
        counts=((NodeState.FAILED, 25), (NodeState.SUCCEEDED, 75)),
    )  # fmt: skip
    drawn = elements(draw(Picture("p", "", (vertex,), (), ())))
    marks = [one for one in drawn if one.tag == "rect" and "mark" in one.get("class", "")]
    widths = [float(mark.attrib["width"]) for mark in marks]
    assert widths[1] / widths[0] == pytest.approx(3, rel=0.05)
    assert float(marks[1].attrib["x"]) == pytest.approx(float(marks[0].attrib["x"]) + widths[0], abs=0.2)


def test_many_nodes_in_one_state_look_like_one_of_them() -> None:
    """Law: their box has its colours and its sign, and needs no bar."""
    vertex = Vertex(
        "m", "… 9 more", shape="many", state=NodeState.SUCCEEDED, members=("a",) * 9, counts=((NodeState.SUCCEEDED, 9),)
    )
    found = elements(draw(Picture("p", "", (vertex,), (), ())))
    look = LOOKS[NodeState.SUCCEEDED]
    (box,) = (one for one in found if one.get("class") == "box" and float(one.attrib["width"]) > 20)
    assert (box.attrib["fill"], box.attrib["stroke"]) == (look.light.fill, look.light.line)
    assert [one.text for one in found if one.get("class") == "sign"] == [look.sign]
    assert not any("mark" in one.get("class", "") for one in found)


def test_many_nodes_of_which_some_failed_have_the_sign_and_the_border_of_that() -> None:
    """Law: a failure among many is seen at once, and not only as a sliver of the bar."""
    vertex = Vertex(
        "m", "… 100 more", shape="many", state=NodeState.FAILED, members=("a",) * 100,
        counts=((NodeState.FAILED, 1), (NodeState.SUCCEEDED, 99)),
    )  # fmt: skip
    found = elements(draw(Picture("p", "", (vertex,), (), ())))
    look = LOOKS[NodeState.FAILED]
    assert look.sign in [one.text for one in found if one.get("class") == "sign"]
    assert [one.attrib["stroke"] for one in found if one.get("class") == "bracket failed"] == [look.mark]


def test_another_round_has_a_dash_of_its_own_a_label_and_an_entry() -> None:
    """Law: an edge back is not taken for one that only waits."""
    assert len(set(EDGE_DASHES.values())) == len(EDGE_DASHES) == 4
    picture = compose(report.graph())
    found = elements(draw(picture))
    (group,) = (one for one in found if "again" in one.get("class", "").split())
    assert group[0].attrib["stroke-dasharray"] == EDGE_DASHES["again"]
    assert [one.text for one in group if one.tag == "text"] == ["again"]
    assert "another round" in texts(draw(picture))
    assert "another round" not in texts(draw(compose(run_of(report, number=1))))


def test_text_of_uncertain_width_is_cut_off_at_its_box() -> None:
    """Law: where the width of a script is a guess, the text stands in a picture of its own, as large as its box."""
    label = "دمج بيانات العملاء"
    vertices = (Vertex("a", label, "200 ms", state=NodeState.FAILED), Vertex("b", "plain"))
    (group, other) = (one for one in elements(draw(Picture("p", "", vertices, (), ()))) if "data-vertex" in one.attrib)
    (clip,) = (one for one in group if one.tag == "svg")
    box = next(one for one in group if one.get("class") == "box")
    assert [clip.attrib[name] for name in ("x", "y", "width", "height")] == [
        box.attrib[name] for name in ("x", "y", "width", "height")
    ]
    assert clip.attrib["overflow"] == "hidden"
    assert [text.text for text in clip] == [LOOKS[NodeState.FAILED].sign, label, "200 ms"]
    assert all(0 < float(text.attrib["x"]) < float(clip.attrib["width"]) for text in clip)
    assert not any(one.tag == "svg" for one in other)


@pytest.mark.parametrize(
    "label", ["دمج بيانات العملاء من قاعدة البيانات القديمة", "தமிழ் மொழி செயலாக்கம்", "מיזוג נתוני לקוחות מהמאגר הישן"]
)
def test_names_in_scripts_that_join_are_shown_whole(label: str) -> None:
    """Law: a name of usual length is not cut while half of its box is empty."""
    assert " ".join(box_of(Vertex("a", label)).lines) == label


def test_items_are_drawn_in_order_whatever_graphviz_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: a layout that has them from the last to the first gives the same order as one that has them right."""

    def mirrored(svg: bytes) -> Geometry:
        found = read_geometry(svg)

        def flipped(point: Point) -> Point:
            return Point(point.x, found.height - point.y)

        boxes = {name: box._replace(y=found.height - box.y - box.height) for name, box in found.vertices.items()}
        frames = {name: box._replace(y=found.height - box.y - box.height) for name, box in found.clusters.items()}
        routes = {
            name: Route(tuple(map(flipped, route.curve)), tuple(map(flipped, route.arrow)), None)
            for name, route in found.edges.items()
        }
        return Geometry(found.width, found.height, boxes, frames, routes)

    def order() -> list[str]:
        options = Options(direction="right")
        drawn = elements(draw(compose(run_of(mapped(9)), options), options))
        found = [one for one in drawn if one.tag == "text" and (one.text or "").startswith("check[")]
        return [one.text or "" for one in sorted(found, key=lambda one: float(one.attrib["y"]))]

    assert order() == [f"check[{number}]" for number in range(9)]
    monkeypatch.setattr("planweave.visualize.graphviz.drawing.read_geometry", mirrored)
    assert order() == [f"check[{number}]" for number in range(9)]


def test_a_picture_needs_no_network_and_no_styles() -> None:
    """Law: an SVG file refers to nothing outside it, and reaches nothing outside it in a notebook."""
    svg = draw(compose(run_of(mapped(30))))
    assert svg.count("http") == svg.count("http://www.w3.org/2000/svg") == 1
    assert "<style" not in svg and " id=" not in svg and "url(" not in svg


def test_a_graph_without_nodes_is_drawn() -> None:
    """Law: nothing is a picture too."""
    assert "nothing" in texts(draw(Picture("nothing", "0 nodes", (), (), ())))


def test_an_unknown_form_of_svg_is_refused_with_the_mend() -> None:
    """Law: what is not Graphviz's SVG is an error, not an empty picture."""
    with pytest.raises(RenderError, match="unknown form") as found:
        read_geometry(b"<svg></svg>")
    assert found.value.mend is not None
