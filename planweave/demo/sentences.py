"""Sentences: the prose of a topic, cut where sentences end, each with its exact place.

A sentence ends at a full stop, question mark or exclamation mark before a space and something that can begin a
sentence. Full stops inside quoted code, after abbreviations such as `e.g.` and inside brackets do not end one
(the classic difficulties: Palmer and Hearst, "Adaptive Multilingual Sentence Boundary Disambiguation",
Computational Linguistics 23(2), 1997). Nothing is normalised: a sentence is a span of the topic's text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planweave.demo.layout import Block, Kind

LITERAL = re.compile(r'"[^"]*"')
STOP = re.compile(r"[.!?][\"”’)*\]]*(?=\s+[\"“‘(*\[A-Z_])")
ABBREVIATION = re.compile(r"(?:\b(?:[Ee]\.g|[Ii]\.e|etc|vs|cf|a\.k\.a|resp|approx)|\b[A-Z])\.$")
FOOTNOTE = re.compile(r"(?:\[\d+\]\s+)+")
ENDING = re.compile(r"(?:[.!?][\"”’)*]*|:)$")
OPENING = re.compile(r"[\"“‘(*A-Z_]")
PLAIN_WORD = re.compile(r"(?<![\w.*\"])[A-Za-z][a-z’'-]*(?![\w*\"(]|\.\w)")
PLAIN_WORDS_NEEDED = 4


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: the span `start:end` of its topic's text, and where it stands.

    `text` is that span, unchanged. `section` holds the headings and labels above it, outermost first;
    `paragraph` is the place of its block in the layout, and `inner` the column of that block's words.
    """

    start: int
    end: int
    text: str
    section: tuple[str, ...]
    paragraph: int
    inner: int

    @property
    def complete(self) -> bool:
        """Whether it is a whole sentence in words: it opens and ends like one, and is not mostly code."""
        if not OPENING.match(self.text) or not ENDING.search(self.text) or not is_balanced(self.text):
            return False
        return len(PLAIN_WORD.findall(LITERAL.sub(" ", self.text))) >= PLAIN_WORDS_NEEDED

    @property
    def announces(self) -> bool:
        """Whether it leads to a list, an example or grammar: it ends in a colon, or in "as follows"."""
        return self.text.endswith((":", "as follows."))


def sentences(text: str, layout: Sequence[Block]) -> list[Sentence]:
    """The sentences of a topic with this layout, in reading order, quotable or not; never grammar, examples or tables.

    >>> from planweave.demo.layout import blocks
    >>> text = 'Use "a. B" now, e.g. Here.  [1] Then stop.'
    >>> [sentence.text for sentence in sentences(text, blocks(text))]
    ['Use "a. B" now, e.g. Here.', 'Then stop.']
    """
    return [
        Sentence(start, end, text[start:end], block.section, number, block.inner)
        for number, block in enumerate(layout)
        if block.kind in {Kind.PROSE, Kind.ITEM}
        for start, end in spans(text, block)
    ]


def spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The spans of the sentences in a block."""
    # Code in quotes is blanked out, character for character, so that its full stops end nothing.
    body = LITERAL.sub(lambda literal: '"' + "x" * (len(literal[0]) - 2) + '"', text[block.start : block.end])
    start = 0
    for stop in STOP.finditer(body):
        if ABBREVIATION.search(body[start : stop.start() + 1]) or not is_balanced(body[start : stop.end()]):
            continue
        yield from trimmed(body, block.start, start, stop.end())
        start = stop.end()
    yield from trimmed(body, block.start, start, len(body))


def trimmed(body: str, offset: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span without the blanks and footnote marks in front of it, if anything is left."""
    start += len(body[start:end]) - len(body[start:end].lstrip())
    if mark := FOOTNOTE.match(body, start, end):
        start = mark.end()
    if start < end and not FOOTNOTE.fullmatch(body[start:end] + " "):
        yield offset + start, offset + end


def is_balanced(text: str) -> bool:
    """Whether every bracket and curly quotation mark that the words open is closed again."""
    words = LITERAL.sub(" ", text)
    return words.count("(") == words.count(")") and words.count("“") == words.count("”")


class Lines:
    r"""Line numbers of a text: `number(position)` counts from 1.

    >>> Lines("a\nb\nc").number(2)
    2
    """

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def number(self, position: int) -> int:
        """The number of the line that holds the character at `position`."""
        return bisect_right(self.starts, position)
