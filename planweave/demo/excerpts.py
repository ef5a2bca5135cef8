"""Excerpts: the spans of a topic that can be quoted, each cut so that it can be read on its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from planweave.demo.layout import Block, Kind, blocks
from planweave.demo.library import Passage
from planweave.demo.sentences import Sentence, sentences

LONGEST = 700
"""Characters that an excerpt may have; a longer one is not read by anyone."""

LEANING = re.compile(
    r"""\(?(?:
      This|That|These|Those|It|Its|They|Their|Such|Here|Then|Thus|Hence|Otherwise|However|Also|So|But|And|Both|Therefore
    | Consequently|Finally|Next|Likewise|Similarly|Instead|Conversely|Moreover|Furthermore|Additionally|Accordingly
    | In\ (?:this|that|these|such|either|both|particular|other|addition)|For\ (?:example|instance|this)
    | The\ (?:latter|former|same|second|other|statement|method|first|resulting|result)|As\ a\ (?:result|consequence)
    | If\ (?:not|so|it|this|they|that)|When\ (?:it|this|they|doing)
    )\b""",
    re.VERBOSE,
)
POINTING = re.compile(
    r"\(?(?:See|For (?:more|full|further)|Additional information|Further explanation|Same note)\b|.*\bsee section\b"
)
REFERENCE = re.compile(r"\*\*PEP ")
EMPTY_LEAD = re.compile(r"\bfollow|\bsyntax\b|\bis:$")
BREAKS_MARKDOWN = re.compile(r"\n\s*(?:[-+*>#|=]|\d+[.)]\s|`{3}|~{3})")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A span `start:end` of a topic that can be quoted, with its `text`, unchanged.

    `section` holds the headings and labels above it, outermost first, `nearby` the sentences of its paragraph just
    before and after, and `opens` says that it stands in the first paragraph of its section.
    """

    start: int
    end: int
    text: str
    section: tuple[str, ...]
    nearby: str
    opens: bool


def excerpts(passage: Passage) -> list[Excerpt]:
    """What can be quoted of a topic, in reading order; excerpts may overlap.

    Every whole sentence is one. A sentence that leans on the one before it ("This is ...") takes that along, as far as
    its paragraph goes, and one that ends in a colon takes along the list that it announces. Sentences that only point
    elsewhere ("See ..."), lists of references, and what is too long are left out.

    >>> [excerpt.text for excerpt in excerpts(Passage("demo", "Names refer to objects. This is how they are bound."))]
    ['Names refer to objects.', 'Names refer to objects. This is how they are bound.']
    """
    layout = blocks(passage.text)
    found = sentences(passage.text, layout)
    opening: dict[tuple[str, ...], int] = {}
    for sentence in found:
        opening.setdefault(sentence.section, sentence.paragraph)
    made: list[Excerpt] = []
    for place, sentence in enumerate(found):
        end = completion(layout, sentence) if sentence.announces else sentence.end
        if end is None or not sentence.complete or points_elsewhere(sentence):
            continue
        first = beginning(found, place)
        start = found[first].start
        if end - start > LONGEST or BREAKS_MARKDOWN.search(passage.text, start, sentence.end):
            continue
        opens = opening[sentence.section] == sentence.paragraph
        made.append(Excerpt(start, end, passage.text[start:end], sentence.section, nearby(found, first, place), opens))
    return made


def beginning(found: Sequence[Sentence], place: int) -> int:
    """The place of the sentence to begin with, so that the one at `place` can be understood."""
    while place and LEANING.match(found[place].text):
        before = found[place - 1]
        if before.paragraph != found[place].paragraph or points_elsewhere(before) or not before.complete:
            break
        place -= 1
    return place


def points_elsewhere(sentence: Sentence) -> bool:
    """Whether a sentence says nothing itself, but where to read on."""
    return bool(POINTING.match(sentence.text)) or any(map(REFERENCE.match, sentence.section))


def nearby(found: Sequence[Sentence], first: int, last: int) -> str:
    """The sentences just before and after those from `first` to `last`, in their paragraph."""
    around = [*found[max(first - 1, 0) : first], *found[last + 1 : last + 2]]
    return " ".join(other.text for other in around if other.paragraph == found[last].paragraph)


def completion(layout: Sequence[Block], sentence: Sentence) -> int | None:
    """Where what a sentence announces ends; None where that is something that is never quoted.

    What announces a list ends with the list. What only leads to the grammar of its subject says enough by itself.
    """
    after = layout[sentence.paragraph + 1 :]
    if after and after[0].kind is Kind.GRAMMAR:
        return None if EMPTY_LEAD.search(sentence.text) else sentence.end
    end = None
    for block in after:
        if block.outer < sentence.inner or (block.outer == sentence.inner and block.kind is not Kind.ITEM):
            break
        if block.section != sentence.section:
            break
        if block.kind in {Kind.OTHER, Kind.GRAMMAR} or (end is None and block.kind is Kind.PROSE):
            return None
        end = block.end
    return end
