"""What stands in the box of an entry, and how the box looks. Pure.

Steps are what a plan comes to, so their boxes are the ones that are seen first; tasks are round and pale behind them.
"""

from __future__ import annotations

from planweave.engine.state import NodeState
from planweave.visualize.dress import GHOST_SHADE, PALE_SHADE
from planweave.visualize.palette import LOOKS, PLAIN
from planweave.visualize.plan.outline import Entry, Kind, steps_in_words
from planweave.visualize.plan.sheet import SIZE, SMALL, Style, Word
from planweave.visualize.text.label import shorten
from planweave.visualize.text.unit import count

__all__ = ["STYLES", "words_of"]

_FAILED, _SUCCEEDED = LOOKS[NodeState.FAILED], LOOKS[NodeState.SUCCEEDED]
STYLES: dict[Kind, Style] = {
    "step": Style(PLAIN.light),
    "task": Style(PALE_SHADE, is_round=True, class_="pale"),
    "more": Style(PALE_SHADE, is_round=True, class_="pale"),
    "empty": Style(GHOST_SHADE, "dotted", is_round=True, class_="ghost"),
    "open": Style(GHOST_SHADE, "dashed", is_round=True, class_="ghost"),
    "refused": Style(PALE_SHADE, is_round=True, class_="pale"),
    "method": Style(PLAIN.light, "dashed"),
    "operator": Style(PLAIN.light),
    "culprit": Style(_FAILED.light, class_=str(NodeState.FAILED), sign=_FAILED.sign),
    "mend": Style(_SUCCEEDED.light, class_=str(NodeState.SUCCEEDED), sign=_SUCCEEDED.sign),
}
"""How each kind of entry looks."""

_WIDEST_NAME, _WIDEST_WORDS, _WIDEST_DETAIL = 240.0, 360.0, 170.0
_SHORT: tuple[Kind, ...] = ("task", "step", "empty", "open", "more")  # what says no reason
_WIDEST_REASON = 560.0


def words_of(entry: Entry) -> tuple[Word, ...]:
    """The words in the box of an entry, none of them too long.

    >>> [word.text for word in words_of(Entry("s", "task", "deliver", "box", "by-car"))]
    ['deliver', 'box', 'by-car']
    """
    numbered = entry.kind == "step" and entry.span.steps
    detail = entry.detail
    if entry.folded and entry.kind != "more":
        detail = " · ".join(filter(None, (detail, steps_in_words(entry.span))))
    words = (
        Word(STYLES[entry.kind].sign or (count(entry.span.first) if numbered else ""), SMALL, is_quiet=True),
        Word(shorten(entry.name, _WIDEST_NAME if entry.kind in _SHORT else _WIDEST_REASON, SIZE)),
        Word(shorten(entry.words, _WIDEST_WORDS, SIZE), is_quiet=entry.kind not in ("task", "more", "refused")),
        Word(shorten(detail, _WIDEST_DETAIL if entry.kind in _SHORT else _WIDEST_REASON, SMALL), SMALL, is_quiet=True),
    )
    return tuple(word for word in words if word.text)
