"""Puts siblings into the order of the picture: items of a map, calls in a loop, whatever has the same neighbours.

Graphviz orders the vertices of a level so that few edges cross. Where that leaves a choice, it depends on the version:
one draws items from the last to the first, another begins with the eighth. What has the same neighbours can change
places without any edge crossing more or fewer others, so that is done here: boxes and frames go to each other's places,
and edges take the ways that the others had.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import dist

from planweave.visualize.graphviz.geometry import Geometry, Point, Rectangle, Route
from planweave.visualize.picture.picture import Cluster, Picture

__all__ = ["in_order"]

_SAME = 1.0  # points by which boxes may differ and still change places as they are


@dataclass(frozen=True, slots=True)
class _Block:
    """What moves together: a vertex, or the frame of an item with all that is in it.

    Attributes:
        vertices, clusters: names; of a frame the frame itself is the first cluster.
        inner: the edges within it.
        outer: the edges that leave it or enter, ordered by their other ends: those, the inner ends, the names.
    """

    vertices: tuple[str, ...]
    clusters: tuple[str, ...]
    inner: tuple[str, ...]
    outer: tuple[tuple[tuple[str, bool], str, str], ...]


@dataclass(frozen=True, slots=True)
class _Places:
    """A geometry that changes."""

    vertices: dict[str, Rectangle]
    clusters: dict[str, Rectangle]
    edges: dict[str, Route]


def in_order(picture: Picture, geometry: Geometry, *, across: int) -> Geometry:
    """The geometry in which siblings stand in the order of the picture, from left to right or from above.

    Args:
        picture: what is drawn.
        geometry: the places that Graphviz found; it stays as it is.
        across: the axis along which siblings stand: 0 for x, where edges lead down, 1 for y.
    """
    found = _Places(dict(geometry.vertices), dict(geometry.clusters), dict(geometry.edges))
    for family in _families(picture):
        _arrange(found, family, across)
    return replace(geometry, vertices=found.vertices, clusters=found.clusters, edges=found.edges)


# ---------------------------------------------------------------------- who are siblings


def _families(picture: Picture) -> Iterator[list[_Block]]:
    """Blocks in the same cluster with the same neighbours, in the order of the picture; outer ones first."""
    names = {vertex.key: f"v{place}" for place, vertex in enumerate(picture.vertices)}
    frames = {cluster.key: f"cluster_{place}" for place, cluster in enumerate(picture.clusters)}
    parents = {cluster.key: cluster for cluster in picture.clusters}
    held: dict[str, tuple[list[str], list[str]]] = {key: ([], []) for key in frames}
    for vertex in picture.vertices:
        for key in _outward(parents, vertex.cluster):
            held[key][0].append(names[vertex.key])
    for cluster in picture.clusters:
        for key in _outward(parents, cluster.key):
            held[key][1].append(frames[cluster.key])
    ends: dict[str, list[tuple[str, bool]]] = {name: [] for name in names.values()}
    for edge in picture.edges:
        tail, head = names[edge.tail], names[edge.head]
        ends[tail].append((head, True))
        ends[head].append((tail, False))
    families: dict[object, list[_Block]] = {}
    whole = [(cluster.parent, *held[cluster.key]) for cluster in picture.clusters if cluster.kind == "item"]
    for cluster_key, vertices, clusters in [*whole, *((v.cluster, [names[v.key]], []) for v in picture.vertices)]:
        block = _block(vertices, clusters, ends)
        families.setdefault((cluster_key, tuple(other for other, _, _ in block.outer)), []).append(block)
    for family in families.values():
        if len(family) > 1:
            yield sorted(family, key=lambda block: int(block.vertices[0][1:]))


def _outward(parents: Mapping[str, Cluster], key: str | None) -> Iterator[str]:
    """The cluster and those around it."""
    while key is not None:
        yield key
        key = parents[key].parent


def _block(vertices: Sequence[str], clusters: Sequence[str], ends: Mapping[str, Sequence[tuple[str, bool]]]) -> _Block:
    within = set(vertices)
    inner, outer = [], []
    for name in vertices:
        for other, leaves in ends[name]:
            edge = f"{name}->{other}" if leaves else f"{other}->{name}"
            if other not in within:
                outer.append(((other, leaves), name, edge))
            elif leaves:
                inner.append(edge)
    outer.sort(key=lambda end: end[0])
    return _Block(tuple(vertices), tuple(clusters), tuple(inner), tuple(outer))


# ---------------------------------------------------------------------- places


def _arrange(found: _Places, family: Sequence[_Block], across: int) -> None:
    """Put the blocks of a family in order, if they stand in a row and nothing is in the way."""
    places = [found.clusters[b.clusters[0]] if b.clusters else found.vertices[b.vertices[0]] for b in family]
    along = 1 - across
    if max(place[along] for place in places) >= min(place[along] + place[2 + along] for place in places):
        return  # they do not stand in a row
    slots = sorted(range(len(places)), key=lambda number: places[number][across])
    if slots == list(range(len(slots))):
        return
    starts = _starts(places, slots, across)
    sizes = [place[2 + across] for place in places]
    if max(sizes) - min(sizes) > _SAME and _in_the_way(found, family, places):
        return
    vertices, edges = dict(found.vertices), dict(found.edges)
    for block, place, start in zip(family, places, starts, strict=True):
        _shift(found, block, across, start - place[across])
    for block, slot in zip(family, slots, strict=True):
        for (_, inner, name), (_, former, way) in zip(block.outer, family[slot].outer, strict=True):
            leaves = name.startswith(f"{inner}->")
            route = _attached(edges[way], vertices[former], found.vertices[inner], leaves)
            found.edges[name] = route


def _starts(places: Sequence[Rectangle], slots: Sequence[int], across: int) -> list[float]:
    """Where each block begins: one after another, with the gaps that there were."""
    starts = [places[slots[0]][across]]
    for number, (one, following) in enumerate(pairwise(slots)):
        gap = places[following][across] - places[one][across] - places[one][2 + across]
        starts.append(starts[-1] + places[number][2 + across] + gap)
    return starts


def _in_the_way(found: _Places, family: Sequence[_Block], places: Sequence[Rectangle]) -> bool:
    """Whether something else stands between the blocks: a box, or a frame that does not hold them all."""
    left, top = min(place.x for place in places), min(place.y for place in places)
    right, bottom = max(p.x + p.width for p in places), max(p.y + p.height for p in places)
    own = {name for block in family for name in (*block.vertices, *block.clusters)}
    for name, place in (*found.vertices.items(), *found.clusters.items()):
        apart = place.x > right or place.x + place.width < left or place.y > bottom or place.y + place.height < top
        around = (
            place.x <= left and place.x + place.width >= right and place.y <= top and place.y + place.height >= bottom
        )
        if name not in own and not apart and not around:
            return True
    return False


def _shift(found: _Places, block: _Block, across: int, by: float) -> None:
    """Move a block, with the edges within it."""
    step = Point(by, 0.0) if across == 0 else Point(0.0, by)
    for kind, names in ((found.vertices, block.vertices), (found.clusters, block.clusters)):
        for name in names:
            place = kind[name]
            kind[name] = place._replace(x=place.x + step.x, y=place.y + step.y)
    for name in block.inner:
        found.edges[name] = _bent(found.edges[name], step, step)


# ---------------------------------------------------------------------- edges


def _attached(route: Route, former: Rectangle, box: Rectangle, leaves: bool) -> Route:
    """The route with one end at another box, at the same part of its outline.

    Args:
        route: as it was.
        former: the box at which it ended, or began.
        box: the other one.
        leaves: whether it begins at the box.
    """
    end = route.curve[0] if leaves else _tip(route)
    x = box.middle.x + (end.x - former.middle.x) * box.width / former.width
    y = box.middle.y + (end.y - former.middle.y) * box.height / former.height
    step, none = Point(x - end.x, y - end.y), Point(0.0, 0.0)
    return _bent(route, step, none) if leaves else _bent(route, none, step)


def _tip(route: Route) -> Point:
    """Where an edge ends, with its arrow."""
    end = route.curve[-1]
    return max(route.arrow, key=lambda one: (one.x - end.x) ** 2 + (one.y - end.y) ** 2, default=end)


def _bent(route: Route, first: Point, last: Point) -> Route:
    """The route with its first and last point moved, and what lies between accordingly.

    Each control point moves by its share of the way: then two pieces that met without a corner still do.
    """
    ways = [0.0, *accumulate(dist(one, following) for one, following in pairwise(route.curve))]

    def moved(point: Point, part: float) -> Point:
        return Point(point.x + first.x * (1 - part) + last.x * part, point.y + first.y * (1 - part) + last.y * part)

    return replace(
        route,
        curve=tuple(moved(point, way / (ways[-1] or 1.0)) for way, point in zip(ways, route.curve, strict=True)),
        arrow=tuple(moved(point, 1.0) for point in route.arrow),
        label=None if route.label is None else moved(route.label, 0.5),
    )
