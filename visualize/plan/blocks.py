"""Makes a partial order short that is too long to be read: steps that follow one another become one. Pure.

A block is what the folded decomposition shows as one, the steps of a task. Blocks are stretches of the plan, so that
what is drawn is still an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from planweave.visualize.plan.fold import FOLDED, fold
from planweave.visualize.plan.order import Need, Order, Stop, ordered
from planweave.visualize.plan.outline import NOTHING, Entry, Outline

__all__ = ["in_blocks"]


def in_blocks(order: Order, outline: Outline, most: int, items: int) -> Order:
    """The order as it is, if it is short enough; else in blocks.

    Args:
        order: of the steps of a plan.
        outline: of the same plan.
        most: how many steps there may be.
        items: how many parts of a task are shown before the rest becomes a count.

    >>> from planweave.visualize.plan.outline import Span
    >>> stops = tuple(Stop((f"s{i}",), "go", span=Span(1, i, i)) for i in range(50))
    >>> entries = tuple(Entry(f"s{i}", "step", "go", span=Span(1, i, i)) for i in range(50))
    >>> [stop.number for stop in in_blocks(Order("p", "", stops), Outline("p", "", entries), 10, 3).stops]
    ['0', '1', '2–48', '49']
    """
    count = len(order.stops)
    if count <= most:
        return order
    folded = fold(outline, most, items)
    shown = {entry.key: home for entry, home in zip(outline.entries, folded.homes, strict=True) if entry.kind == "step"}
    homes = [shown[stop.ids[0]] for stop in order.stops]
    stretches = [list(some) for _, some in groupby(range(count), homes.__getitem__)]
    if len(stretches) > min(most, FOLDED):  # steps of different tasks take turns
        size = -(-count // min(most, FOLDED))
        stretches = [list(range(start, min(start + size, count))) for start in range(0, count, size)]
    place_of = [place for place, some in enumerate(stretches) for _ in some]
    blocks = [
        _block([order.stops[i] for i in some], {_name(folded.entries[homes[i]]) for i in some}) for some in stretches
    ]
    needs = [list(_needs([order.stops[i] for i in some], place, place_of)) for place, some in enumerate(stretches)]
    pairs = {(place_of[one], place_of[two]) for two, stop in enumerate(order.stops) for one in stop.after}
    apart = [(one, two) for one, two in sorted(pairs) if one != two]
    return Order(order.title, f"{order.subtitle} · folded", ordered(blocks, needs, apart))


def _name(entry: Entry) -> tuple[str, str]:
    return entry.name, entry.words


def _block(stops: Sequence[Stop], names: set[tuple[str, str]]) -> Stop:
    """Several steps as one; what they all are part of is its name."""
    if len(stops) == 1:
        return stops[0]
    span = NOTHING
    for stop in stops:
        span = span.joined(stop.span)
    name, words = next(iter(names)) if len(names) == 1 else ("steps of different tasks", "")
    return Stop(tuple(one for stop in stops for one in stop.ids), name, words, span)


def _needs(stops: Sequence[Stop], place: int, place_of: Sequence[int]) -> Iterator[Need]:
    """What the steps of a block need that other blocks or nothing but the start make so."""
    for stop in stops:
        for need in stop.needs:
            producer = need.producer if need.producer < 0 else place_of[need.producer]
            if producer != place:
                yield need._replace(producer=producer)
