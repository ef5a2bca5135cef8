"""The report: what the reference says to a question, in Markdown, in nobody's words but its own.

Every quotation is a blockquote that holds source text only, one line of the source a line, so that stripping `> ` gives
the exact span back; its citation is on the line after. That line is a list item, because CommonMark would take a plain
line there for a part of the quotation (section 5.1, lazy continuation). All other words are fixed ones, headings of the
reference, or the question itself, and all of them are escaped: a question cannot forge a quotation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from planweave.demo.library import Passage, edition, read
from planweave.demo.question import Query
from planweave.demo.quotation import Quotation, shortened

LONGEST_TITLE = 200
LONGEST_SECTION = 80
MOST_WORDS = 10
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|&~$])")


def write(query: Query, quotations: Sequence[Quotation], passages: Sequence[Passage]) -> str:
    """The report on a question, in Markdown.

    `quotations` come in the order of their worth: topics are in the order of their best quotation, and the quotations
    from a topic in reading order. `passages` are the topics that were read. Without a quotation, the report says so.
    """
    lines = [f"# {escaped(shortened(printable(query.question), LONGEST_TITLE)) or '(no question)'}", ""]
    unknown = [term.asked for term in query.terms if not term.known]
    if quotations:
        topics = list(dict.fromkeys(quotation.topic for quotation in quotations))
        counts = f"{counted(len(quotations), 'quotation')} from {counted(len(topics), 'topic')}"
        lines += [f"{counts} of the language reference of Python {edition()}, word for word.", ""]
        lines += unknown_words(unknown)
        for topic in topics:
            lines += [f"## {escaped(title(read(topic)))}", ""]
            for quotation in sorted(quotations, key=lambda quotation: quotation.start):
                if quotation.topic == topic:
                    lines += [*blockquote(quotation.text), citation(quotation), ""]
    else:
        reason = "no sentence of it bears on half of what the question is about"
        if not query.terms:
            reason = "the question has no words that could be looked for"
        lines += [f"Nothing found in the language reference of Python {edition()}: {reason}.", ""]
        lines += unknown_words(unknown)
    return "\n".join([*lines, *reading_list(quotations, passages)]).rstrip("\n") + "\n"


def blockquote(text: str) -> list[str]:
    r"""The lines of a blockquote that holds exactly this text.

    >>> blockquote("one\n\n  two")
    ['> one', '>', '>   two']
    """
    return [f"> {line}" if line else ">" for line in text.split("\n")]


def citation(quotation: Quotation) -> str:
    """The line that says where a quotation stands: topic, line, and the heading or signature above it."""
    place = f"- *{quotation.topic}*, line {quotation.line}"
    if not quotation.section or quotation.section == title(read(quotation.topic)):
        return place
    return f"{place}, under {escaped(shortened(quotation.section, LONGEST_SECTION))}"


def unknown_words(unknown: Sequence[str]) -> list[str]:
    """The line that names words of the question that the reference never uses; none where there are none."""
    if not unknown:
        return []
    named = [escaped(shortened(printable(word), 40)) for word in unknown[:MOST_WORDS]]
    more = len(unknown) - len(named)
    return [f"Words that its prose never uses: {', '.join(named)}{f' and {more} more' if more else ''}.", ""]


def reading_list(quotations: Sequence[Quotation], passages: Sequence[Passage]) -> list[str]:
    """The table of the topics that were read, and how to read them."""
    if not passages:
        return []
    rows = [
        f"| {passage.topic} | {escaped(title(passage))} | {passage.text.count(chr(10))} "
        f"| {sum(quotation.topic == passage.topic for quotation in quotations)} |"
        for passage in passages
    ]
    hint = f'`help("{passages[0].topic}")` in Python shows a topic; its lines are counted from the first.'
    return [
        "## Topics read",
        "",
        "| topic | title | lines | quotations |",
        "| --- | --- | ---: | ---: |",
        *rows,
        "",
        hint,
    ]


def title(passage: Passage) -> str:
    """The heading that a topic begins with."""
    return next((line.strip() for line in passage.text.split("\n") if line.strip()), passage.topic)


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "topic"), counted(2, "topic")
    ('1 topic', '2 topics')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """The text without characters that have no shape of their own: controls, direction marks, lone surrogates."""
    kept = (
        " " if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else character
        for character in text
    )
    return " ".join("".join(kept).split())


def escaped(text: str) -> str:
    r"""The text so that Markdown shows it as it is, on one line.

    >>> escaped("__del__ <b>")
    '\\_\\_del\\_\\_ \\<b\\>'
    """
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
