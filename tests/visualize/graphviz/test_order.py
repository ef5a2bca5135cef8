"""Siblings stand in the order of the picture, whatever order Graphviz chose, and their edges still reach them."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest

import planweave as pw
from planweave.visualize.graphviz.box import box_of
from planweave.visualize.graphviz.dot import dot_of
from planweave.visualize.graphviz.embedded import layout_embedded
from planweave.visualize.graphviz.geometry import Geometry, Point, Rectangle, Route, read_geometry
from planweave.visualize.graphviz.order import in_order
from planweave.visualize.options import Options
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Cluster, Edge, Picture, Vertex
from tests.visualize.samples import inner, layered, load, mapped, merge, numbers, run_of

Way = Literal["down", "right"]


def laid_out(picture: Picture, way: Way) -> Geometry:
    return read_geometry(layout_embedded(dot_of(picture, Options(direction=way), bare=True)))


def fan(widths: list[float], places: list[int], *, extra: bool = False) -> tuple[Picture, Geometry]:
    """An owner above items of these widths, which stand from left to right as ``places`` says, above a junction."""
    keys = [f"item[{number}]" for number in range(len(widths))]
    vertices = (Vertex("owner", "owner"), *(Vertex(key, key) for key in keys), Vertex("end", "", shape="junction"))
    if extra:
        vertices = (*vertices, Vertex("other", "other"))
    edges = tuple(edge for key in keys for edge in (Edge("owner", key), Edge(key, "end")))
    boxes = {"v0": Rectangle(300, 0, 60, 30), f"v{len(keys) + 1}": Rectangle(326, 200, 8, 8)}
    x = 0.0
    for number in places:
        boxes[f"v{number + 1}"] = Rectangle(x, 100, widths[number], 30)
        x += widths[number] + 20
    if extra:
        boxes[f"v{len(keys) + 2}"] = Rectangle(boxes[f"v{places[1] + 1}"].x - 15, 110, 10, 10)
    routes = {}
    for number in range(len(keys)):
        box = boxes[f"v{number + 1}"]
        top, bottom = Point(box.middle.x, box.y), Point(box.middle.x, box.y + box.height)
        base = Point(top.x, top.y - 6)
        arrow = (Point(base.x - 2, base.y), top, Point(base.x + 2, base.y))
        routes[f"v0->v{number + 1}"] = Route((Point(330, 30), Point(330, 60), Point(top.x, 60), base), arrow, None)
        routes[f"v{number + 1}->v{len(keys) + 1}"] = Route(
            (bottom, Point(bottom.x, 160), Point(330, 160), Point(330, 200)), (), None
        )
    return Picture("p", "", vertices, edges, ()), Geometry(x, 210, boxes, {}, routes)


@pytest.mark.parametrize("widths", [[60.0] * 6, [60, 90, 60, 75, 120, 60]])
def test_items_change_places_and_keep_their_edges(widths: list[float]) -> None:
    """Law: from left to right they are in order, none overlaps another, and each edge ends at the box of its item."""
    for seed in range(20):
        places = list(range(6))
        random.Random(seed).shuffle(places)
        picture, before = fan(widths, places)
        after = in_order(picture, before, across=0)
        boxes = [after.vertices[f"v{number + 1}"] for number in range(6)]
        assert [box.width for box in boxes] == widths
        for box, following in pairwise(boxes):
            assert following.x - box.x - box.width == pytest.approx(20)
        assert min(box.x for box in boxes) == 0
        for number, box in enumerate(boxes):
            enters, leaves = after.edges[f"v0->v{number + 1}"], after.edges[f"v{number + 1}->v7"]
            assert enters.arrow[1] == pytest.approx((box.middle.x, box.y))
            assert enters.curve[-1] == pytest.approx((box.middle.x, box.y - 6))
            assert enters.curve[0] == (330, 30) and leaves.curve[-1] == (330, 200)
            assert leaves.curve[0] == pytest.approx((box.middle.x, box.y + box.height))
        assert after.vertices["v0"] == before.vertices["v0"]


def test_what_is_in_order_stays_as_it_is() -> None:
    """Law: nothing moves without need."""
    picture, before = fan([60, 90, 60], [0, 1, 2])
    assert in_order(picture, before, across=0) == before


def test_boxes_of_different_size_stay_where_something_stands_between_them() -> None:
    """Law: order is not worth an overlap."""
    picture, before = fan([60, 90, 60], [2, 1, 0], extra=True)
    assert in_order(picture, before, across=0) == before


def test_what_stands_on_different_levels_is_not_a_row() -> None:
    """Law: only siblings side by side change places."""
    picture, before = fan([60, 60, 60], [2, 1, 0])
    lower = before.vertices["v2"]._replace(y=300)
    before = replace(before, vertices={**before.vertices, "v2": lower})
    assert in_order(picture, before, across=0) == before


def test_nodes_with_other_neighbours_are_no_siblings() -> None:
    """Law: an edge more, and the places that Graphviz found are kept."""
    picture, before = fan([60, 60], [1, 0])
    picture = replace(picture, edges=(*picture.edges, Edge("item[0]", "owner", "again")))
    route = before.edges["v0->v1"]
    before = replace(before, edges={**before.edges, "v1->v0": route})
    assert in_order(picture, before, across=0) == before


@pw.workflow
def items() -> int:
    """A map over a workflow: each item is a frame."""
    return merge(inner.map(numbers(9)))


@pw.workflow
def calls() -> int:
    """Calls in a loop."""
    first = load()
    return merge(*[load(first) for _ in range(9)])


@pytest.mark.parametrize("way", ["down", "right"])
@pytest.mark.parametrize("name", ["items", "calls", "mapped"])
def test_items_and_calls_stand_in_order(name: str, way: Way) -> None:
    """Law: in pictures of maps over tasks and over workflows, and of loops, both ways, counts included."""
    picture = compose(run_of({"items": items, "calls": calls, "mapped": mapped(40)}[name]))
    across = 0 if way == "down" else 1
    after = in_order(picture, laid_out(picture, way), across=across)
    if name == "items":
        row = [after.clusters[f"cluster_{n}"] for n, cluster in enumerate(picture.clusters) if cluster.kind == "item"]
    else:
        row = [
            after.vertices[f"v{number}"]
            for number, vertex in enumerate(picture.vertices)
            if vertex.label.startswith(("load-", "check[", "…"))
        ]
    assert len(row) >= 9
    for one, following in pairwise(row):
        assert one[across] + one[2 + across] <= following[across]


@pytest.mark.parametrize("way", ["down", "right"])
def test_everything_ends_where_its_box_or_frame_is(way: Way) -> None:
    """Law: after changing places, vertices stand in their frames, and edges begin and end at their vertices."""
    for what in (run_of(items), run_of(mapped(40)), layered(5, 8).graph(), calls.graph()):
        picture = compose(what)
        before = laid_out(picture, way)
        after = in_order(picture, before, across=0 if way == "down" else 1)
        assert (after.width, after.height) == (before.width, before.height)
        for place, vertex in enumerate(picture.vertices):
            box = after.vertices[f"v{place}"]
            assert (box.width, box.height) == before.vertices[f"v{place}"][2:]
            for number, cluster in enumerate(picture.clusters):
                if cluster.key == vertex.cluster:
                    assert _inside(box, after.clusters[f"cluster_{number}"])
        names = {vertex.key: f"v{place}" for place, vertex in enumerate(picture.vertices)}
        for edge in picture.edges:
            tail, head = names[edge.tail], names[edge.head]
            route = after.edges[f"{tail}->{head}"]
            assert _near(route.curve[0], after.vertices[tail])
            tip = min(route.arrow or route.curve[-1:], key=lambda one: _gap(one, after.vertices[head]))
            assert _near(tip, after.vertices[head])


def _inside(box: Rectangle, frame: Rectangle) -> bool:
    return (
        frame.x < box.x
        and frame.y < box.y
        and box.x + box.width < frame.x + frame.width
        and box.y + box.height < frame.y + frame.height
    )


def _gap(point: Point, box: Rectangle) -> float:
    across = max(box.x - point.x, point.x - box.x - box.width, 0)
    down = max(box.y - point.y, point.y - box.y - box.height, 0)
    return float(max(across, down))


def _near(point: Point, box: Rectangle) -> bool:
    return _gap(point, box) < 8


def test_bent_edges_have_no_corners() -> None:
    """Law: where two pieces of an edge met smoothly before boxes of different size changed places, they still do."""
    _, before = fan([60, 90, 60], [2, 1, 0])
    smooth = (Point(330, 30), Point(330, 40), Point(280, 40), Point(280, 60), Point(280, 62), Point(250, 70))
    route = replace(before.edges["v0->v3"], curve=(*smooth, before.edges["v0->v3"].curve[-1]))
    wide, _ = fan([60, 90, 75], [2, 1, 0])
    boxes = {**before.vertices, "v3": before.vertices["v3"]._replace(width=75)}
    after = in_order(wide, replace(before, vertices=boxes, edges={**before.edges, "v0->v3": route}), across=0)
    curve = after.edges["v0->v1"].curve
    knot, left, right = curve[3], curve[2], curve[4]
    cross = (knot.x - left.x) * (right.y - knot.y) - (knot.y - left.y) * (right.x - knot.x)
    assert curve != route.curve
    assert abs(cross) < 1e-6


def test_frames_hold_their_clusters_after_the_change() -> None:
    """Law: an item with frames in it moves as a whole."""
    clusters = (Cluster("m", "m", "parts"), *(Cluster(f"i{n}", f"i{n}", "item", "m") for n in (0, 1)))
    inner_frames = tuple(Cluster(f"w{n}", "w", "workflow", f"i{n}") for n in (0, 1))
    vertices = (Vertex("o", "o"), Vertex("a", "a", cluster="w0"), Vertex("b", "b", cluster="w1"))
    picture = Picture("p", "", vertices, (Edge("o", "a"), Edge("o", "b")), (*clusters, *inner_frames))
    boxes = {"v0": Rectangle(90, 0, 20, 20), "v1": Rectangle(130, 120, 40, 20), "v2": Rectangle(30, 120, 40, 20)}
    frames = {
        "cluster_0": Rectangle(0, 80, 200, 100),
        "cluster_1": Rectangle(110, 90, 80, 80),
        "cluster_2": Rectangle(10, 90, 80, 80),
        "cluster_3": Rectangle(120, 100, 60, 60),
        "cluster_4": Rectangle(20, 100, 60, 60),
    }
    line = (Point(100, 20), Point(100, 50), Point(150, 80), Point(150, 120))
    other = tuple(Point(200 - point.x, point.y) for point in line)
    routes = {"v0->v1": Route(line, (), None), "v0->v2": Route(other, (), None)}
    after = in_order(picture, Geometry(200, 180, boxes, frames, routes), across=0)
    assert after.vertices["v1"] == boxes["v2"] and after.vertices["v2"] == boxes["v1"]
    assert after.clusters["cluster_1"] == frames["cluster_2"] and after.clusters["cluster_3"] == frames["cluster_4"]
    assert after.edges["v0->v1"].curve == other


def test_boxes_keep_the_room_of_their_text() -> None:
    """Law: only places change, never sizes."""
    picture = compose(run_of(mapped(40)))
    after = in_order(picture, laid_out(picture, "right"), across=1)
    for place, vertex in enumerate(picture.vertices):
        assert after.vertices[f"v{place}"].width >= box_of(vertex).width - 1
