"""Extraction: the quotations from one topic that bear on a question.

How well a sentence answers is judged as extracts have been since Edmundson, "New Methods in Automatic Extracting"
(Journal of the ACM 16(2), 1969): by the words it shares with the subject, by the heading it stands under, by opening
the section, and by cues that it is beside the point. Words count by their weight in the query, and length counts
against a sentence as in BM25.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from planweave.demo.excerpts import LEANING, Excerpt, excerpts
from planweave.demo.index import COLUMNS, Index, Row
from planweave.demo.library import Passage
from planweave.demo.question import FRAME_WORDS, FUNCTION_WORDS, Query
from planweave.demo.quotation import Quotation
from planweave.demo.search import EVIDENCE
from planweave.demo.sentences import Lines

USUAL = 150
"""Characters of a usual sentence of the reference."""

LENGTH_COUNTS = 0.15
"""How much length counts against a sentence: the b of BM25, which is 0.75 for documents, whose lengths differ more."""

SHARES = {"words": 1.0, "subject": 1.0, "section": 0.75, "title": 0.25, "nearby": 0.25}
"""How much of a word's weight counts: all where the sentence has it, less where its headings or its neighbours do."""

SUBJECT_WORDS = 6
"""Words at the beginning of a sentence that are likely to name what it speaks of."""

SUBJECT_BONUS = 0.25
TITLE_BONUS = 0.25
OPENING_BONUS = 0.5
ASIDE_SHARE = 0.6
LEANING_SHARE = 0.8
ASIDE = re.compile(r"\(|(?:New|Added|Changed|Deprecated) in version|Deprecated since")


def extract(query: Query, passage: Passage, limit: int = 12) -> list[Quotation]:
    """The quotations from a topic that bear on a query, best first, at most `limit`.

    The score is 1 for a sentence of usual length that covers all that the question is about, and more for one that is
    short, begins with its subject, or opens a section on it.
    """
    found = excerpts(passage)
    lines = Lines(passage.text)
    quotations: dict[tuple[int, int], Quotation] = {}
    for excerpt, worth in zip(found, scores(query, found), strict=True):
        if worth > 0:
            section = excerpt.section[-1] if excerpt.section else ""
            line = lines.number(excerpt.start)
            quotations[excerpt.start, excerpt.end] = Quotation(
                passage.topic, excerpt.start, excerpt.end, line, excerpt.text, section, worth
            )
    return sorted(quotations.values(), key=lambda quotation: (-quotation.score, quotation.start))[:limit]


def scores(query: Query, found: Sequence[Excerpt]) -> list[float]:
    """How well each excerpt answers a query."""
    with Index([row(excerpt) for excerpt in found]) as index:
        matches = [{column: index.matching(term.match, [column]) for column in COLUMNS} for term in query.terms]
    weight = query.weight
    shares = [term.weight / weight for term in query.terms]
    return [
        score(excerpt, shares, [{column for column in COLUMNS if place in rows[column]} for rows in matches])
        for place, excerpt in enumerate(found)
    ]


def row(excerpt: Excerpt) -> Row:
    """What is indexed of an excerpt; headings between the first and the last are as near as the sentences around."""
    return Row(
        words=excerpt.text,
        section=" ".join(excerpt.section[-1:]),
        nearby=" ".join([*excerpt.section[1:-1], excerpt.nearby]),
        subject=" ".join(excerpt.text.split()[:SUBJECT_WORDS]),
        title=" ".join(excerpt.section[:1]),
    )


def score(excerpt: Excerpt, shares: Sequence[float], matches: Sequence[set[str]]) -> float:
    """How well an excerpt answers a query whose terms have these `shares` of its weight.

    `matches` are the columns that have each of the terms. 0 where it covers too little of the question to be evidence.
    """

    def held(column: str) -> float:
        return sum(share for share, columns in zip(shares, matches, strict=True) if column in columns)

    covered = sum(
        share * max((SHARES[column] for column in columns), default=0.0)
        for share, columns in zip(shares, matches, strict=True)
    )
    if covered < EVIDENCE:
        return 0.0
    headed = sum("section" in columns for columns in matches)
    bonus = (
        (1 + SUBJECT_BONUS * held("subject")) * (1 + TITLE_BONUS * held("title")) * (1 + opening_bonus(excerpt, headed))
    )
    return covered * bonus * aside_share(excerpt) / length_penalty(excerpt)


def opening_bonus(excerpt: Excerpt, terms: int) -> float:
    """What it is worth to open a section whose heading has this many of the terms, by the share they make of it."""
    if not terms or not excerpt.opens:
        return 0.0
    return OPENING_BONUS * min(1.0, terms / max(1, len(heading_words(excerpt.section[-1]))))


def heading_words(heading: str) -> list[str]:
    """The words of a heading that tell what it is about; of a signature, its name.

    >>> heading_words('The "global" statement'), heading_words("object.__del__(self)")
    (['global', 'statement'], ['__del__'])
    """
    signature, bracket, _ = heading.partition("(")
    name = signature.rpartition(".")[2] if bracket else heading
    return [word for word in re.findall(r"\w+", name.lower()) if word not in FUNCTION_WORDS | FRAME_WORDS]


def aside_share(excerpt: Excerpt) -> float:
    """What is left of the score of an aside: in brackets, on a version of Python, a footnote, or hard to read alone."""
    if ASIDE.match(excerpt.text) or excerpt.section[-1:] == ("Footnotes",):
        return ASIDE_SHARE
    return LEANING_SHARE if LEANING.match(excerpt.text) else 1.0


def length_penalty(excerpt: Excerpt) -> float:
    """What to divide the score by: 1 for an excerpt of usual length, more for a longer one."""
    return 1 - LENGTH_COUNTS + LENGTH_COUNTS * len(excerpt.text) / USUAL
