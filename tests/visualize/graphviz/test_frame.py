"""The labels of frames stand beside the edges, not across them."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from planweave.visualize.graphviz.drawing import draw
from planweave.visualize.graphviz.frame import draw_frame_label, label_lines
from planweave.visualize.graphviz.geometry import Point, Rectangle, Route
from planweave.visualize.options import Options
from planweave.visualize.picture.compose import compose
from planweave.visualize.picture.picture import Cluster
from planweave.visualize.text.measure import text_width_points
from tests.visualize.samples import looped, path_numbers, report, run_of

FRAME = Rectangle(0, 0, 200, 100)


def straight(*points: tuple[float, float]) -> Route:
    """A line through points."""
    curve = [Point(*points[0])]
    for one, following in pairwise(points):
        middle = Point((one[0] + following[0]) / 2, (one[1] + following[1]) / 2)
        curve += [middle, middle, Point(*following)]
    return Route(tuple(curve), (), None)


def place_of(label: str, *routes: Route) -> tuple[float, float]:
    """From where to where the label stands."""
    (text,) = draw_frame_label(Cluster("c", label, "parts"), FRAME, routes, down=True)
    found = ElementTree.fromstring(text)
    x = float(found.attrib["x"])
    return x, x + text_width_points(label, 9)


def test_a_label_stands_at_the_left_unless_an_edge_runs_there() -> None:
    """Law: it moves to the right of the edges in its way, and stays where there is no room for that."""
    assert place_of("check")[0] == 9
    assert place_of("check", straight((150, -50), (150, 50)))[0] == 9
    assert place_of("check", straight((20, -50), (20, 50)))[0] > 20
    assert place_of("check", straight((20, -50), (20, 50)), straight((30, -50), (60, 50)))[0] > 45
    assert place_of("check", straight((20, 30), (20, 90)))[0] == 9
    assert place_of("check", *(straight((x, -50), (x, 50)) for x in range(10, 200, 20)))[0] == 9


def test_a_label_of_two_words_is_broken_where_edges_lead_down() -> None:
    """Law: "otherwise, not taken" needs half the room on two lines; what users wrote is never broken."""
    body = Cluster("c", "otherwise, not taken: inner", "template")
    assert label_lines(body, down=True) == ["otherwise,", "not taken: inner"]
    assert label_lines(body, down=False) == ["otherwise, not taken: inner"]
    assert label_lines(Cluster("c", "a, b", "workflow"), down=True) == ["a, b"]


@pytest.mark.parametrize("what", [looped(3).graph(), run_of(report, number=2), report.graph()])
def test_no_edge_runs_through_the_label_of_a_frame_that_it_enters(what: object) -> None:
    """Law: in pictures that lead down, where edges enter frames from above, their labels are clear."""
    svg = draw(compose(what, Options(direction="down")), Options(direction="down"))  # type: ignore[arg-type]
    root = ElementTree.fromstring(svg)
    labels = [one for one in root.iter() if "halo" in one.get("class", "")]
    paths = [one for group in root.iter() if "edge " in group.get("class", "") for one in group if "d" in one.attrib]
    assert labels and paths
    for label in labels:
        left, base = float(label.attrib["x"]), float(label.attrib["y"])
        right = left + text_width_points(label.text or "", 9)
        for path in paths:
            numbers = path_numbers(path.attrib["d"])
            curve = tuple(Point(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
            for one, following in pairwise(Route(curve, (), None).points()):
                within = max(one.y, following.y) > base - 7 and min(one.y, following.y) < base
                assert not within or max(one.x, following.x) < left or min(one.x, following.x) > right, label.text
