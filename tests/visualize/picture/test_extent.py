"""The direction of a picture follows from its size, long edges included."""

from __future__ import annotations

from itertools import pairwise

from planweave.visualize.graphviz.box import Box, best_direction
from planweave.visualize.picture.extent import extents
from planweave.visualize.picture.picture import Edge, Picture, Vertex


def test_long_edges_take_room_beside_the_boxes_that_they_pass() -> None:
    """Law: each edge that passes a level makes the picture wider there, and only there."""
    sizes = dict.fromkeys("abcd", (100.0, 40.0))
    level = {"a": 0, "b": 1, "c": 2, "d": 3}
    chain = [("a", "b"), ("b", "c"), ("c", "d")]
    plain = extents(level, chain, sizes)
    wider = extents(level, [*chain, ("a", "d"), ("a", "d"), ("a", "c")], sizes)
    assert wider[0].height == plain[0].height and wider[0].width > plain[0].width
    assert wider[1].width == plain[1].width and wider[1].height > plain[1].height


def test_many_long_edges_turn_a_picture() -> None:
    """Law: a chain alone leads to the right in a window; with edges that all pass its middle it is wide already."""
    keys = [f"n{number}" for number in range(30)]
    boxes = {key: Box(90, 30) for key in keys}
    vertices = tuple(Vertex(key, key) for key in keys)
    chain = tuple(Edge(one, other) for one, other in pairwise(keys))
    long = tuple(Edge(one, other) for place, one in enumerate(keys) for other in keys[place + 2 :])
    assert best_direction(Picture("p", "", vertices, chain, ()), boxes, "auto") == "down"
    assert best_direction(Picture("p", "", vertices, chain + long, ()), boxes, "auto", shape=1.5) == "right"
