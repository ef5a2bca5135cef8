"""Facts in words, as many as there is room for; what is left out is counted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.plan.order import Need, Stop
from planweave.visualize.plan.sheet import SMALL
from planweave.visualize.text.label import clean, shorten
from planweave.visualize.text.measure import text_width_points

__all__ = ["facts_in_words", "initial_in_words", "tooltip_of"]

_IDS = 5  # of many steps, that are told
_SENTENCES = 40


def facts_in_words(stop: Stop, stops: Sequence[Stop], room: float) -> str:
    """What other steps make so for a step, each with their numbers.

    >>> from planweave.visualize.plan.outline import Span
    >>> stops = [Stop(("a",), "go", span=Span(1, place, place)) for place in range(9)]
    >>> facts_in_words(Stop(("b",), "go", needs=(Need(0, "data", True), Need(4, "not late", False))), stops, 200)
    'data ← 0, not late ← 4'
    >>> needs = tuple(Need(place, "at truck city", True) for place in range(9))
    >>> facts_in_words(Stop(("b",), "go", needs=needs), stops, 120)
    'at truck city ← 0, +8'
    """
    return _joined([f"{need.fact} ← {stops[need.producer].number}" for need in stop.needs if need.producer >= 0], room)


def initial_in_words(needs: Sequence[Need], room: float) -> str:
    """What is so from the start; nothing, where nothing is.

    >>> initial_in_words([Need(-1, "at truck city", True)], 200)
    'initially at truck city'
    """
    return _joined([need.fact for need in needs], room, "initially ") if needs else ""


def _joined(words: Sequence[str], room: float, start: str = "") -> str:
    """The words as far as there is room; the first is shortened, if it must be."""
    text = start
    for place, word in enumerate(words):
        left = len(words) - place - 1
        longer = f"{text}, {word}" if place else start + word
        rest = f", +{left:,}" if left else ""
        if text_width_points(longer + rest, SMALL) > room:
            if place:
                return f"{text}, +{left + 1:,}"
            longer = shorten(longer, room - text_width_points(rest, SMALL), SMALL)
        text = longer
    return text


def tooltip_of(stop: Stop, stops: Sequence[Stop]) -> Iterator[str]:
    """All that is known of a step, in lines."""
    yield f"step {stop.number}" if not stop.is_many else f"{stop.span.steps:,} steps, {stop.number}"
    yield stop.label
    ids = [clean(one) for one in stop.ids]
    yield f"id: {ids[0]}" if len(ids) == 1 else ", ".join(ids[:_IDS]) + (f", … {ids[-1]}" if len(ids) > _IDS else "")
    told = list(_sentences(stop, stops))
    yield from told[:_SENTENCES]
    if len(told) > _SENTENCES:
        yield f"and {len(told) - _SENTENCES:,} more"


def _sentences(stop: Stop, stops: Sequence[Stop]) -> Iterator[str]:
    """What a step needs and waits for, in lines.

    >>> from planweave.visualize.plan.outline import Span
    >>> gather = Stop(("a",), "gather", span=Span(1, 0, 0))
    >>> write = Stop(("b",), "write", needs=(Need(0, "data", True), Need(-1, "paper", True)))
    >>> list(_sentences(write, [gather]))
    ['needs data, from 0: gather', 'needs paper, so from the start']
    """
    for need in stop.needs:
        source = "so from the start"
        if need.producer >= 0:
            source = f"from {stops[need.producer].number}: {stops[need.producer].label}"
        yield f"needs {need.fact}, {source}"
    for number in stop.after:
        yield f"comes after {stops[number].number}: {stops[number].label}"
