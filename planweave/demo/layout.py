"""The layout of a topic: which lines are prose, which are a list, and under which heading they stand.

The topics are plain text that Sphinx wrote: headings are underlined, paragraphs stand between blank lines, lists keep
the indentation of their paragraph, what belongs to a signature (`object.__del__(self)`) or a term is indented below
it, and examples are indented by three below a line that ends in a colon. Only prose can be quoted, so everything that
is not (grammar, examples, tables, headings) is told apart here, by its shape alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

UNDERLINE = re.compile(r"([*=\-~^\"'#+])\1{2,}$")
MARKER = re.compile(r"(?:\*|\d+\.|\[\d+\]|\(\d+\)) +(?=\S)")
TABLE_OR_SESSION = re.compile(r"[+|]|>>>")
LEAD = re.compile(r"[a-z,]+ [a-z]+$")
EXAMPLE_INDENT = 3
FOOTNOTES = "-[ Footnotes ]-"


class Kind(Enum):
    """What a block is."""

    PROSE = "a paragraph"
    ITEM = "the first paragraph of a list item, without its bullet or number"
    GRAMMAR = "productions of the grammar: never quoted"
    OTHER = "an example, a table or a label: never quoted"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a topic: the span `start:end` of its text, without the indentation or bullet in front.

    `outer` is the column where its first line begins (the bullet, for an item), `inner` the column of its words.
    `section` holds the headings and labels that it stands under, outermost first.
    """

    kind: Kind
    start: int
    end: int
    outer: int
    inner: int
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: where it starts in the text, its column of first character, and its words."""

    start: int
    indent: int
    words: str

    @property
    def end(self) -> int:
        """Where its words end in the text."""
        return self.start + self.indent + len(self.words)


def blocks(text: str) -> list[Block]:
    r"""The blocks of a topic, in reading order.

    >>> source = "Title\n*****\n\nSome words.\n\n* An item."
    >>> [(block.kind.name, source[block.start : block.end]) for block in blocks(source)]
    [('PROSE', 'Some words.'), ('ITEM', 'An item.')]
    """
    return list(Reader().read(text))


class Reader:
    """Reads a topic from top to bottom, keeping the headings and labels that are open."""

    def __init__(self) -> None:
        self.underlines: list[str] = []
        self.headings: list[str] = []
        self.labels: list[tuple[int, str]] = []
        self.announced: int | None = None
        self.example: int | None = None

    def read(self, text: str) -> Iterator[Block]:
        """Yield the blocks of `text`."""
        chunks = list(paragraphs(text))
        for chunk, following in zip(chunks, [*chunks[1:], []], strict=True):
            if chunk[0].words == FOOTNOTES:
                self.open_footnotes()
                continue
            if len(chunk) > 1 and UNDERLINE.fullmatch(chunk[-1].words):
                self.open_heading(chunk)
                continue
            parts = list(items(chunk))
            for part, deeper in zip(parts, [*parts[1:], following], strict=True):
                yield self.classify(part, deeper)

    def open_heading(self, chunk: list[Line]) -> None:
        """Enter the section of a heading; its level is that of its underline, in order of appearance."""
        underline = chunk[-1].words[0]
        if underline not in self.underlines:
            self.underlines.append(underline)
        level = self.underlines.index(underline)
        self.headings = [*self.headings[:level], " ".join(line.words for line in chunk[:-1])]
        self.labels = []
        self.announced = self.example = None

    def open_footnotes(self) -> None:
        """Enter the footnotes, which stand at the end of a topic and belong to the whole of it."""
        self.headings = [*self.headings[:1], "Footnotes"]
        self.labels = []
        self.announced = self.example = None

    def classify(self, lines: list[Line], following: list[Line]) -> Block:
        """The block that the lines of a paragraph or list item make, given the lines that follow."""
        first = lines[0]
        while self.labels and first.indent <= self.labels[-1][0]:
            self.labels.pop()
        if self.example is not None and first.indent < self.example:
            self.example = None
        marker = MARKER.match(first.words)
        if self.example is None and marker is None and self.announced is not None and first.indent >= self.announced:
            self.example = first.indent
        self.announced = None
        if any("::=" in line.words for line in lines):
            return self.block(Kind.GRAMMAR, lines, first.indent)
        if self.example is not None or TABLE_OR_SESSION.match(first.words):
            return self.block(Kind.OTHER, lines, first.indent)
        if marker is not None:
            return self.announce(self.block(Kind.ITEM, lines, first.indent + marker.end()), lines)
        if len(lines) > 1 and lines[1].indent > first.indent:
            self.labels.append((first.indent, first.words))
            return self.classify(lines[1:], following)
        if following and following[0].indent > first.indent and is_label(lines):
            self.labels.append((first.indent, " ".join(line.words for line in lines)))
            return self.block(Kind.OTHER, lines, first.indent)
        return self.announce(self.block(Kind.PROSE, lines, first.indent), lines)

    def announce(self, block: Block, lines: list[Line]) -> Block:
        """Note whether an example may follow, indented: after a colon, or after words like `is equivalent to`."""
        if lines[-1].words.endswith(":") or LEAD.search(lines[-1].words):
            self.announced = block.inner + EXAMPLE_INDENT
        return block

    def block(self, kind: Kind, lines: list[Line], inner: int) -> Block:
        """The block of these lines, in the section that is open."""
        section = (*self.headings, *(label for _, label in self.labels))
        start = lines[0].start + inner
        return Block(kind, start, lines[-1].end, lines[0].indent, inner, section)


def is_label(lines: list[Line]) -> bool:
    """Whether lines above deeper ones are a label, such as a signature, and not words that lead to an example."""
    last = lines[-1].words
    return not last.endswith((".", ":", ",")) and LEAD.search(last) is None


def paragraphs(text: str) -> Iterator[list[Line]]:
    """The runs of lines between blank lines."""
    start, run = 0, list[Line]()
    for line in text.split("\n"):
        words = line.strip()
        if words:
            run.append(Line(start, len(line) - len(line.lstrip()), words))
        elif run:
            yield run
            run = []
        start += len(line) + 1
    if run:
        yield run


def items(chunk: list[Line]) -> Iterator[list[Line]]:
    """The parts of a run of lines: a new one at every bullet or number."""
    part: list[Line] = []
    for line in chunk:
        if part and MARKER.match(line.words) and line.indent <= part[0].indent:
            yield part
            part = []
        part.append(line)
    yield part
