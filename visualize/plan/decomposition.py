"""The sheet that tells how the tasks of a plan were decomposed: an outline; read downwards, its steps are the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planweave.visualize.graphviz.geometry import Rectangle
from planweave.visualize.plan.lines import lines_of
from planweave.visualize.plan.outline import Entry, Kind, Outline
from planweave.visualize.plan.rows import BETWEEN, PITCH, Layout, lay_out
from planweave.visualize.plan.sheet import SMALL, Box, Note, Sample, Sheet
from planweave.visualize.plan.words import STYLES, words_of
from planweave.visualize.text.label import shorten

__all__ = ["sheet_of"]

_MEANINGS: dict[Kind, str] = {
    "task": "task, and the method chosen for it",
    "step": "step, by its place in the plan",
    "empty": "task with nothing to do",
    "open": "task that is not decomposed",
    "refused": "task that cannot be done",
    "method": "method that was rejected",
    "operator": "operator that would help, and cannot be used",
    "culprit": "what most likely is to be mended",
    "mend": "what would do",
}


def sheet_of(outline: Outline) -> Sheet:
    """The outline on a sheet, in columns."""
    layout = lay_out(outline)
    entries = outline.entries
    return Sheet(
        outline.title,
        outline.subtitle,
        [_box(entry, place) for entry, place in zip(entries, layout.boxes, strict=True)],
        list(lines_of(entries, layout)),
        list(_crumbs(entries, layout)),
        list(_samples(entries)),
        layout.width,
        layout.height,
    )


def _box(entry: Entry, place: Rectangle) -> Box:
    return Box(place, words_of(entry), STYLES[entry.kind], entry.label, entry.tooltip, entry.folded)


def _crumbs(entries: Sequence[Entry], layout: Layout) -> Iterator[Note]:
    """At the head of each column, what its first row is part of."""
    for left, crumbs, following in zip(layout.lefts, layout.crumbs, layout.lefts[1:], strict=False):
        if crumbs:
            names = [entries[place].label for place in crumbs]
            text = shorten("… " + " › ".join(names), following - left - BETWEEN, SMALL)
            yield Note(left, PITCH / 2 + 3, text, tooltip="\n".join(names))


def _samples(entries: Sequence[Entry]) -> Iterator[Sample]:
    kinds = {entry.kind for entry in entries}
    for kind, words in _MEANINGS.items():
        if kind in kinds:
            yield Sample(words, STYLES[kind])
    if any(entry.folded for entry in entries):
        yield Sample("folded: there is more in it", STYLES["task"], is_folded=True)
    if any(entry.follows for entry in entries):
        yield Sample("its last part, drawn below it: a recursion", arrow=True, is_down=True)
