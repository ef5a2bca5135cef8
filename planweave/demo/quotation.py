"""Quotations: spans of a topic that may be quoted, and the check that they are verbatim.

What *verbatim* means here: the characters of a quotation, line breaks and indentation included, are a contiguous span
of its topic's text, and the span begins on the line that is cited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planweave.demo.library import UnknownTopic, read
from planweave.demo.sentences import Lines


@dataclass(frozen=True, slots=True)
class Quotation:
    """A span of a topic's text that bears on a question.

    `text` is the span `start:end` of the topic, unchanged, and `line` (from 1) the line it begins on. `section` is the
    heading or signature it stands under, and `score` (0 to 1, greater is better) how well it answers.
    """

    topic: str
    start: int
    end: int
    line: int
    text: str
    section: str
    score: float


class Misquotation(ValueError):
    """A quotation is not what its source says; `quotation` is the text, `topic` and `line` the place it claims."""

    def __init__(self, quotation: str, topic: str, line: int, reason: str) -> None:
        self.quotation = quotation
        self.topic = topic
        self.line = line
        self.reason = reason
        super().__init__(f"not verbatim: {shortened(quotation)!r}, cited as {topic!r}, line {line}: {reason}")

    def __reduce__(self) -> tuple[type[Misquotation], tuple[str, str, int, str]]:
        return type(self), (self.quotation, self.topic, self.line, self.reason)


def shortened(text: str, width: int = 70) -> str:
    """The beginning of a text on one line, for messages."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def check(quotations: Iterable[Quotation]) -> list[Quotation]:
    """The same quotations, each compared with its source; raises `Misquotation` on the first that is not verbatim."""
    return [checked(quotation) for quotation in quotations]


def checked(quotation: Quotation) -> Quotation:
    """The same quotation, compared with its source."""

    def refuse(reason: str) -> Misquotation:
        return Misquotation(quotation.text, quotation.topic, quotation.line, reason)

    try:
        source = read(quotation.topic).text
    except UnknownTopic as error:
        raise refuse(str(error)) from error
    if not quotation.text.strip():
        raise refuse("it is empty")
    if source[quotation.start : quotation.end] != quotation.text:
        there = shortened(source[quotation.start : quotation.end])
        raise refuse(f"characters {quotation.start} to {quotation.end} of it read {there!r}")
    if (line := Lines(source).number(quotation.start)) != quotation.line:
        raise refuse(f"it begins on line {line}")
    return quotation
