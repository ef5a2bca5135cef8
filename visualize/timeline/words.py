"""The words beside and behind a row of a timeline: how long it took, and everything that it has no room for."""

from __future__ import annotations

from collections.abc import Iterator

from planweave.engine.errors import describe
from planweave.visualize.palette import LOOKS
from planweave.visualize.picture.caption import counts_in_words
from planweave.visualize.text.label import clean
from planweave.visualize.text.unit import duration, plural
from planweave.visualize.timeline.rows import Row
from planweave.visualize.timeline.span import Span

__all__ = ["spoken", "tooltip", "words_of"]


def words_of(row: Row) -> str:
    """What stands on the right: how long it took, in how many tries; of many, what went wrong."""
    if row.many:
        return counts_in_words(row.counts[:1])
    if row.part is None:
        return duration(max(s.close for s in row.spans) - min(s.start for s in row.spans)) if row.spans else ""
    if not row.spans or not row.spans[0].ran:
        return LOOKS[row.part.state].word if row.part.state is not None else ""
    span = row.spans[0]
    if span.record.cached:
        return "cached"
    tries = plural(len(span.record.attempts), "try", "tries") + ", " if len(span.record.attempts) > 1 else ""
    return tries + duration(span.close - span.start)


def spoken(row: Row) -> str:
    """The row as a screen reader says it.

    >>> from planweave.engine.state import NodeState
    >>> spoken(Row("… 3 more items", 1, None, (), True, (), ((NodeState.FAILED, 2), (NodeState.SKIPPED, 1))))
    '… 3 more items, 2 failed, 1 skipped'
    """
    state = LOOKS[row.part.state].word if row.part is not None and row.part.state is not None else ""
    words = [row.label, state, counts_in_words(row.counts) if row.many else words_of(row)]
    return ", ".join(dict.fromkeys(word for word in words if word))


def tooltip(row: Row, start: float) -> str:
    """Everything that is known of a row, in lines; times are counted from ``start``."""
    if row.part is None:
        return "\n".join(line for line in (row.label, counts_in_words(row.counts)) if line)
    return "\n".join([clean(row.part.key), *(line for span in row.spans for line in _course(span, start))])


def _course(span: Span, start: float) -> Iterator[str]:
    record = span.record
    yield f"{LOOKS[record.state].word}, from {duration(span.start - start)} to {duration(span.close - start)}"
    if span.waited:
        yield f"waited {duration(span.waited)} for room"
    for attempt in record.attempts if len(record.attempts) > 1 else ():
        said = "" if attempt.error is None else f": {clean(describe(attempt.error))[:120]}"
        took = "" if attempt.ended is None else f" {duration(attempt.ended - attempt.started)}"
        yield f"try {attempt.number}{took}{said}"
    if record.error is not None and len(record.attempts) < 2:
        yield clean(describe(record.error))[:200]
