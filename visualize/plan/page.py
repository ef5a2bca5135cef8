"""One HTML file that shows a plan: pan, zoom, search, and what each step needs and is part of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from planweave.visualize.document import Drawing
from planweave.visualize.legend import Entry as Explained
from planweave.visualize.page.details import MOST_NODES, script_json
from planweave.visualize.page.page import filled, style_sheet
from planweave.visualize.page.sheets import graph_sheet, legend_list
from planweave.visualize.plan.order import Order, Stop
from planweave.visualize.plan.outline import Entry, Kind, Outline
from planweave.visualize.text.svg import escape

__all__ = ["Thing", "decomposition_page", "order_page", "reason_page"]

Thing = dict[str, Any]
"""What the page knows of a step, a task or a box, as JSON."""


def order_page(whole: Order, shown: Order, drawing: Drawing, legend: Iterable[Explained]) -> str:
    """The page of a partial order.

    Args:
        whole: all steps.
        shown: those that have a box, or the blocks.
        drawing: of what is shown.
        legend: what its lines mean.
    """
    things = [_step(stop, whole.stops) for stop in whole.stops]
    numbers = {stop.ids[0]: number for number, stop in enumerate(whole.stops)}
    boxes = [(stop.label, [numbers[one] for one in stop.ids]) for stop in shown.stops]
    return _page(shown.title, shown.subtitle, things, boxes, drawing, legend)


def decomposition_page(
    whole: Outline, shown: Outline, order: Order, drawing: Drawing, legend: Iterable[Explained]
) -> str:
    """The page of a decomposition.

    Args:
        whole: all tasks and steps.
        shown: those that have a box.
        order: of the steps.
        drawing: of what is shown.
        legend: what its boxes and lines mean.
    """
    stops = {stop.ids[0]: stop for stop in order.stops}
    names = list(_names(whole.entries, stops))
    things = []
    for entry, name in zip(whole.entries, names, strict=True):
        stop = stops.get(entry.key) if entry.kind == "step" else None
        thing = _task(entry, name) if stop is None else _step(stop, order.stops)
        things.append(thing | ({"parent": names[entry.parent]} if entry.parent >= 0 else {}))
    homes = shown.homes or range(len(shown.entries))
    held: list[list[int]] = [[] for _ in shown.entries]
    for place, home in enumerate(homes):
        held[home].append(place)
    boxes = [(entry.label, some if entry.folded else some[:1]) for entry, some in zip(shown.entries, held, strict=True)]
    return _page(shown.title, shown.subtitle, things, boxes, drawing, legend)


_REJECTED: dict[Kind, str] = {
    "refused": "task",
    "method": "method",
    "operator": "operator",
    "culprit": "what is to be mended",
    "mend": "what would do",
    "more": "count",
}


def reason_page(outline: Outline, drawing: Drawing, legend: Iterable[Explained]) -> str:
    """The page of why no plan exists.

    Args:
        outline: what was tried and rejected.
        drawing: of all of it.
        legend: what its boxes mean.
    """
    names = list(_names(outline.entries, {}))
    things = [
        {"id": name, "kind": _REJECTED[entry.kind], "about": entry.tooltip.replace("\n", "; ")}
        | ({"parent": names[entry.parent]} if entry.parent >= 0 else {})
        for entry, name in zip(outline.entries, names, strict=True)
    ]
    boxes = [(entry.label, [place]) for place, entry in enumerate(outline.entries)]
    return _page(outline.title, outline.subtitle, things, boxes, drawing, legend)


def _names(entries: Sequence[Entry], stops: Mapping[str, Stop]) -> Iterator[str]:
    """What the page calls tasks and steps, each by another name."""
    count: Counter[str] = Counter()
    for entry in entries:
        if entry.kind == "step" and entry.key in stops:
            yield _name(stops[entry.key])
        else:
            count[entry.label] += 1
            yield entry.label if count[entry.label] == 1 else f"{entry.label} ({count[entry.label]:,})"


def _name(stop: Stop) -> str:
    return f"{stop.number}: {stop.label}"


def _step(stop: Stop, stops: Sequence[Stop]) -> Thing:
    """What the page tells of a step."""
    needs = [
        {"name": need.fact}
        | ({"note": "so from the start"} if need.producer < 0 else {"from": [_name(stops[need.producer])]})
        for need in stop.needs
    ]
    after = [_name(stops[place]) for place in stop.after]
    thing = {"id": _name(stop), "kind": "step", "task": stop.name, "policy": {"id": stop.ids[0]}}
    return thing | ({"inputs": needs} if needs else {}) | ({"after": after} if after else {})


def _task(entry: Entry, name: str) -> Thing:
    """What the page tells of a task."""
    policy = {"method": entry.detail} if entry.detail else {}
    return {"id": name, "kind": "compound task", "task": entry.name, "policy": policy}


def _page(
    title: str,
    subtitle: str,
    things: Sequence[Thing],
    boxes: Iterable[tuple[str, Sequence[int]]],
    drawing: Drawing,
    legend: Iterable[Explained],
) -> str:
    vertices = [
        {
            "label": label,
            "nodes": [one for one in some if one < MOST_NODES],
            "total": len(some),
            "counts": "",
            "states": [],
        }
        for label, some in boxes
    ]
    data = {
        "nodes": things[:MOST_NODES],
        "omitted": max(0, len(things) - MOST_NODES),
        "vertices": vertices,
        "groups": [],
        "looks": {},
        "start": "graph",
    }
    return filled(
        style_sheet(),
        title=escape(title),
        subtitle=escape(subtitle),
        tabs="",
        filters="",
        sheets=graph_sheet(drawing, hidden=False),
        legends=legend_list("graph", legend, hidden=False),
        data=script_json(data),
    )
