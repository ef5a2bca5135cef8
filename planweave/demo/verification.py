"""Verification: reads a report again and holds every line of it against the reference, without trusting who wrote it.

Nothing here is shared with the code that writes reports but the library itself. A report may hold a title, counts,
headings of the reference, quotations with their citations, and the list of topics read: anything else is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from planweave.demo.library import UnknownTopic, edition, list_topics, read
from planweave.demo.quotation import Misquotation

SUMMARY = re.compile(r"(\d+) quotations? from (\d+) topics? of the language reference of Python (\S+), word for word\.")
NOTHING = re.compile(r"Nothing found in the language reference of Python (\S+): [a-z ]+\.")
UNKNOWN = re.compile(r"Words that its prose never uses: \S+(?:, \S+)*(?: and \d+ more)?\.")
HEADING = re.compile(r"## (?P<title>.+)")
CITATION = re.compile(r"- \*(?P<topic>[\w-]+)\*, line (?P<line>\d+)(?:, under (?P<section>.+))?")
TABLE = re.compile(r"\| (?:topic \| title \| lines \| quotations|--- \| --- \| ---: \| ---:) \|")
TABLE_ROW = re.compile(r"\| (?P<topic>[\w-]+) \| (?P<title>.+) \| (?P<lines>\d+) \| (?P<count>\d+) \|")
HINT = re.compile(r'`help\("[\w-]+"\)` in Python shows a topic; its lines are counted from the first\.')
QUOTE = re.compile(r"\s*>")


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation that was found in its source: the `topic`, the `line` it begins on (from 1), and its `text`."""

    topic: str
    line: int
    text: str


class InvalidReport(ValueError):
    """A report holds something that it may not; `line` (from 1) says where in the report, `reason` what."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line} of the report: {reason}")

    def __reduce__(self) -> tuple[type[InvalidReport], tuple[int, str]]:
        return type(self), (self.line, self.reason)


def verify_report(markdown: str) -> list[Citation]:
    """Check a report against the reference, line by line; returns what it quotes, in its order.

    Raises `Misquotation` for a quotation that its source does not have on the line that is cited, and `InvalidReport`
    for anything that is neither a quotation nor one of the few things that a report may hold beside.
    """
    lines = markdown.split("\n")
    citations: list[Citation] = []
    number = 0
    while number < len(lines):
        if QUOTE.match(lines[number]):
            end = number
            while end < len(lines) and QUOTE.match(lines[end]):
                end += 1
            citations.append(verified(lines, number, end))
            number = end + 1
        else:
            check_line(lines[number], number + 1)
            number += 1
    check_summary(lines, citations)
    check_table(lines, citations)
    return citations


def verified(lines: list[str], start: int, end: int) -> Citation:
    """The quotation in the lines `start` to `end` (from 0, end excluded), found where the line after it says."""
    for number in range(start, end):
        if lines[number] != ">" and not lines[number].startswith("> "):
            raise InvalidReport(number + 1, f"a line of a quotation must begin with '> ', not {lines[number]!r}")
    text = "\n".join(line[2:] for line in lines[start:end])
    found = CITATION.fullmatch(lines[end]) if end < len(lines) else None
    if found is None:
        raise InvalidReport(end + 1, f"the quotation {flat(text)!r} has no citation on the line after it")
    topic, line = found["topic"], int(found["line"])
    try:
        source = read(topic).text.split("\n")
    except UnknownTopic as error:
        raise Misquotation(text, topic, line, str(error)) from error
    if not 1 <= line <= len(source):
        raise Misquotation(text, topic, line, f"the topic has {len(source)} lines")
    span = "\n".join(source[line - 1 : line - 1 + end - start])
    if not text.strip():
        raise Misquotation(text, topic, line, "it is empty")
    if text not in span:
        raise Misquotation(text, topic, line, f"the source reads {flat(span)!r} there")
    if (section := found["section"]) is not None and not heads(section, source):
        raise InvalidReport(end + 1, f"the topic {topic!r} has no heading {section!r}")
    return Citation(topic, line, text)


def check_line(line: str, number: int) -> None:
    """Refuse a line outside quotations that a report may not hold."""
    if CITATION.fullmatch(line):
        raise InvalidReport(number, f"the citation {line!r} has no quotation above it")
    if number == 1:
        if not line.startswith("# "):
            raise InvalidReport(number, "a report begins with the question as its title")
        return
    if heading := HEADING.fullmatch(line):
        known = heading["title"] == "Topics read" or any(
            unescaped(heading["title"]) == read(topic).text.split("\n")[0].strip() for topic in list_topics()
        )
        if not known:
            raise InvalidReport(number, f"no topic of the reference is called {heading['title']!r}")
    elif line and not any(form.fullmatch(line) for form in (SUMMARY, NOTHING, UNKNOWN, TABLE, TABLE_ROW, HINT)):
        raise InvalidReport(number, f"these words are nobody's: {flat(line)!r}")


def check_summary(lines: list[str], citations: list[Citation]) -> None:
    """Compare what the report says about itself with what it holds."""
    said = [(number, SUMMARY.fullmatch(line) or NOTHING.fullmatch(line)) for number, line in enumerate(lines, start=1)]
    sayings = [(number, match) for number, match in said if match is not None]
    if len(sayings) != 1:
        raise InvalidReport(3, "a report says once how many quotations it holds, or that nothing was found")
    number, match = sayings[0]
    version = match.groups()[-1]
    if version != edition():
        raise InvalidReport(
            number, f"it quotes Python {version}, and this is Python {edition()}: check it with that one"
        )
    counts = tuple(map(int, match.groups()[:-1])) or (0, 0)
    held = (len(citations), len({citation.topic for citation in citations}))
    if counts != held:
        raise InvalidReport(
            number, "it counts {} quotations from {} topics, and holds {} from {}".format(*counts, *held)
        )


def check_table(lines: list[str], citations: list[Citation]) -> None:
    """Compare the list of topics read with the reference, and with the quotations."""
    for number, line in enumerate(lines, start=1):
        row = TABLE_ROW.fullmatch(line)
        if row is None or TABLE.fullmatch(line):
            continue
        topic = row["topic"]
        if topic not in list_topics():
            raise InvalidReport(number, f"the language reference has no topic {topic!r}")
        source = read(topic).text
        quoted = sum(citation.topic == topic for citation in citations)
        truth = (source.split("\n")[0].strip(), source.count("\n"), quoted)
        if (unescaped(row["title"]), int(row["lines"]), int(row["count"])) != truth:
            raise InvalidReport(
                number, f"the topic is {truth[0]!r}, of {truth[1]} lines, and {truth[2]} quotations are from it"
            )


def heads(section: str, source: list[str]) -> bool:
    """Whether these are the words, or the first words, of a heading or label of a topic."""
    wanted = unescaped(section).removesuffix("…")
    return wanted in " ".join(" ".join(source).split())


def unescaped(text: str) -> str:
    """The text without the backslashes that keep Markdown from reading it."""
    return re.sub(r"\\(.)", r"\1", text)


def flat(text: str) -> str:
    """The beginning of a text on one line, for messages."""
    words = " ".join(text.split())
    return words if len(words) <= 90 else words[:89] + "…"
