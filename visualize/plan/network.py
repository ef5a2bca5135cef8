"""The partial order of a plan as boxes and arrows, each causal link labelled with its fact. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.picture.picture import Edge, Picture, Shape, Vertex
from planweave.visualize.plan.order import Need, Order, Stop
from planweave.visualize.plan.phrases import initial_in_words, tooltip_of
from planweave.visualize.text.unit import plural

__all__ = ["network"]

_LABELLED = 80
"""With more edges than these, their labels would hide what they label."""

_LINES = 3  # of a label
_ROOM = 185.0  # points of a second line


def network(order: Order) -> Picture:
    """The picture of a partial order.

    >>> stops = Stop(("a",), "gather"), Stop(("b",), "write", needs=(Need(0, "data", True),))
    >>> [(edge.label, edge.kind) for edge in network(Order("p", "", stops)).edges]
    [('data', 'data')]
    """
    edges = [edge for number, stop in enumerate(order.stops) for edge in _edges(stop, str(number))]
    if len(edges) > _LABELLED:
        edges = [Edge(edge.tail, edge.head, edge.kind, count=edge.count) for edge in edges]
    vertices = [_vertex(number, stop, order.stops) for number, stop in enumerate(order.stops)]
    return Picture(order.title, order.subtitle, tuple(vertices), tuple(edges), ())


def _vertex(number: int, stop: Stop, stops: Sequence[Stop]) -> Vertex:
    detail = plural(stop.span.steps, "step") if stop.is_many else initial_in_words(stop.initial, _ROOM)
    shape: Shape = "many" if stop.is_many else "task"
    tooltip = "\n".join(tooltip_of(stop, stops))
    return Vertex(str(number), f"{stop.number}: {stop.label}", detail, tooltip, shape, members=stop.ids)


def _edges(stop: Stop, head: str) -> Iterator[Edge]:
    """The edges to a step."""
    links = stop.links
    for tail, kind in stop.edges():
        needs = links.get(tail, ())
        yield Edge(str(tail), head, kind, _label(needs), count=max(1, len(needs)))


def _label(needs: Sequence[Need]) -> str:
    """The facts, one on each line."""
    facts = [need.fact for need in needs]
    if len(facts) > _LINES:
        facts[_LINES - 1 :] = [f"and {len(facts) - _LINES + 1:,} more"]
    return "\n".join(facts)
